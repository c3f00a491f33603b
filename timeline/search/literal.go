package search

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"hunt/evtx"
	"hunt/evtx/binxml"
)

// literal is a text that a search looks for, with what is needed to skip records that cannot contain it.
type literal struct {
	text   string
	bytes  []byte // text, if case counts
	folded []byte
	exact  bool    // case counts
	loose  bool    // matches found by a sift must be compared again
	needle *needle // nil if a sieve has the literal

	// kinds are the kinds of values whose text may contain the literal although the log does not hold that text, and
	// for which there is no binary form of the literal either.
	kinds  evtx.Kinds
	shown  evtx.Kinds   // the same, including those for which there is a binary form
	binary []binaryForm // one of these is in each value whose text contains the literal
	// numbered says that the literal may be in the number that distinguishes namesakes: Data_1.
	numbered bool
	least    int // the lowest such number
	// anywhere says that the bytes of a record do not show whether it contains the literal.
	anywhere bool
}

func newLiteral(text string, exact bool) *literal {
	l := &literal{text: text, folded: appendFold(nil, text), exact: exact}
	if exact {
		l.bytes = []byte(text)
	}
	l.anywhere = strings.ContainsRune(text, utf8.RuneError) // it is what invalid text is shown as
	lower := string(l.folded)
	l.kinds, l.numbered = kindsOf(lower), isNumbered(lower)
	if l.numbered {
		l.least = leastNumber(lower)
	}
	l.shown = l.kinds
	if b := wholeSID(lower); b != nil {
		l.kinds &^= binxml.KindSID
		l.binary = append(l.binary, newBinaryForm(b))
	}
	if b := wholeGUID(lower); b != nil {
		l.kinds &^= binxml.KindGUID
		l.binary = append(l.binary, newBinaryForm(b))
	}
	for _, b := range wholeBinary(lower) {
		l.kinds &^= binxml.KindBinary
		l.binary = append(l.binary, newBinaryForm(b))
	}
	return l
}

// makeNeedle makes the needle of the literal.
func (l *literal) makeNeedle() {
	n, ok := newNeedle(l.text, l.exact)
	l.needle, l.anywhere = &n, l.anywhere || !ok
}

// inBytes reports whether the bytes of records may hold the literal as text or in its binary form.
func (l *literal) inBytes(b []byte) bool {
	if l.anywhere || l.needle.in(b) {
		return true
	}
	for i := range l.binary {
		if l.binary[i].in(b) {
			return true
		}
	}
	return false
}

// binaryForm finds bytes by the rarest of them.
type binaryForm struct {
	form   []byte
	anchor int
}

func newBinaryForm(b []byte) binaryForm {
	f := binaryForm{form: b}
	for i, c := range b {
		if frequency[c] < frequency[b[f.anchor]] {
			f.anchor = i
		}
	}
	return f
}

func (f *binaryForm) in(b []byte) bool {
	for at := f.anchor; at < len(b); at++ {
		i := bytes.IndexByte(b[at:], f.form[f.anchor])
		if i < 0 {
			return false
		}
		at += i
		if bytes.HasPrefix(b[at-f.anchor:], f.form) {
			return true
		}
	}
	return false
}

// everywhere reports whether chunks cannot be skipped by their bytes.
func (l *literal) everywhere() bool { return l.anywhere || l.numbered || l.kinds != 0 }

// in reports whether the literal is in a text, which is also given folded.
func (l *literal) in(text, folded []byte) bool {
	if l.exact {
		return bytes.Contains(text, l.bytes)
	}
	return bytes.Contains(folded, l.folded)
}

// find returns where the literal is in a text, -1 if it is not there. ascii says that the text is ASCII.
func (l *literal) find(text, folded []byte, ascii bool) (from, to int) {
	if l.exact {
		from = bytes.Index(text, l.bytes)
		return from, from + len(l.text)
	}
	if from = bytes.Index(folded, l.folded); from < 0 {
		return -1, -1
	}
	if ascii {
		return from, from + len(l.folded)
	}
	return unfolded(text, from, from+len(l.folded))
}

// numberDigits is how many digits the number that tells namesakes apart has at most: each of them takes 6 bytes or more
// of the text of a record, which ends at binxml.MaxOutput.
const numberDigits = 6

// isNumbered reports whether a text may have a part of what tells namesakes apart.
func isNumbered(s string) bool {
	before := strings.TrimRight(s, "0123456789")
	return len(s)-len(before) <= numberDigits && (before == "" || strings.HasSuffix(before, "_"))
}

// leastNumber returns a number that is not above any of those that a text is a part of, behind whatever it has before
// its digits.
func leastNumber(s string) int {
	n, _ := strconv.Atoi(s[len(strings.TrimRight(s, "0123456789")):]) // of no digits: 0
	return n
}

// shapes are the texts of values of one form, folded: 0 stands for a decimal, f for a hexadecimal
// digit, all else for itself.
var shapes = []struct {
	kind  evtx.Kinds
	shape string
}{
	{binxml.KindGUID, "{ffffffff-ffff-ffff-ffff-ffffffffffff}"},
	{binxml.KindTime, "0000-00-00t00:00:00.0000000z"},
	{binxml.KindTime, "0000-00-00t00:00:00.000z"},
}

// kindsOf returns the kinds of values whose text, folded, may have s in it.
func kindsOf(s string) (k evtx.Kinds) {
	for _, x := range shapes {
		if fits(x.shape, s) {
			k |= x.kind
		}
	}
	const decimal, hexadecimal = "0123456789", "0123456789abcdef"
	if only(strings.TrimPrefix(s, "-"), decimal) && len(s) <= len("-9223372036854775808") {
		k |= binxml.KindInteger
	}
	if only(s, hexadecimal) {
		k |= binxml.KindBinary
	}
	if digits := strings.TrimPrefix(strings.TrimPrefix(s, "0"), "x"); only(digits, hexadecimal) && len(digits) <= 16 {
		k |= binxml.KindHex
	}
	if strings.Contains("true", s) || strings.Contains("false", s) {
		k |= binxml.KindBool
	}
	const longest = len("-1.7976931348623157e+308")
	real := only(s, decimal+"-+.e") && strings.Count(s, ".") <= 1 && len(s) <= longest
	if real || strings.Contains("nan", s) || strings.Contains("-inf", s) {
		k |= binxml.KindReal
	}
	numbers := strings.Split(strings.TrimPrefix(s, "s"), "-")
	if only(strings.Join(numbers, ""), hexadecimal+"x") &&
		!slices.ContainsFunc(numbers, func(p string) bool { return len(p) > len("0xffffffffffff") }) {
		k |= binxml.KindSID
	}
	return k
}

// only reports whether s has no other characters than those of set.
func only(s, set string) bool { return strings.Trim(s, set) == "" }

// fits reports whether s can be a part of a text of that shape.
func fits(shape, s string) bool {
	for from := 0; from+len(s) <= len(shape); from++ {
		i := 0
		for ; i < len(s); i++ {
			c, want := s[i], shape[from+i]
			digit := c >= '0' && c <= '9'
			if c != want && !(digit && (want == '0' || want == 'f')) && !(want == 'f' && c >= 'a' && c <= 'f') {
				break
			}
		}
		if i == len(s) {
			return true
		}
	}
	return false
}

// wholeSID returns bytes that are in each SID whose text has s in it, where s is a whole SID with two
// subauthorities or more; nil for any other text. The last number may go on in the text.
func wholeSID(s string) []byte {
	parts := strings.Split(s, "-")
	if len(parts) < 5 || parts[0] != "s" || parts[1] != "1" {
		return nil
	}
	out := []byte{0, 0}
	for i, p := range parts[2 : len(parts)-1] {
		n, err := strconv.ParseUint(p, 10, 32)
		if err != nil {
			return nil
		}
		if i == 0 {
			out = binary.BigEndian.AppendUint32(out, uint32(n))
		} else {
			out = binary.LittleEndian.AppendUint32(out, uint32(n))
		}
	}
	if !only(parts[len(parts)-1], "0123456789") {
		return nil
	}
	return out
}

// wholeBinary returns bytes of which one is in each binary value whose text has s in it, where s is as many
// hexadecimal digits as a hash has or more: s may begin in the middle of a byte.
func wholeBinary(s string) (out [][]byte) {
	const least = 32
	if len(s) < least {
		return nil
	}
	for _, digits := range []string{s[:len(s)&^1], s[1 : 1+(len(s)-1)&^1]} {
		b, err := hex.DecodeString(digits)
		if err != nil {
			return nil
		}
		out = append(out, b)
	}
	return out
}

// wholeGUID returns the bytes of a GUID, with or without braces; nil for any other text.
func wholeGUID(s string) []byte {
	s = strings.TrimSuffix(strings.TrimPrefix(s, "{"), "}")
	if len(s) != 36 || !fits("ffffffff-ffff-ffff-ffff-ffffffffffff", s) {
		return nil
	}
	s = strings.ReplaceAll(s, "-", "")
	var out []byte
	for i := 0; i < len(s); i += 2 {
		n, err := strconv.ParseUint(s[i:i+2], 16, 8)
		if err != nil {
			return nil
		}
		out = append(out, byte(n))
	}
	out[0], out[1], out[2], out[3] = out[3], out[2], out[1], out[0]
	out[4], out[5], out[6], out[7] = out[5], out[4], out[7], out[6]
	return out
}
