package scalar

import (
	"bytes"
	"strconv"

	"hunt/timeline/ecs/code"
	"hunt/timeline/ecs/notation"
)

// maxDistinct bounds the search for duplicates. Fields with distinct values have a handful; a crafted
// list would cost the square of its length. Values beyond the bound are kept, repeated or not.
const maxDistinct = 256

// AppendNew appends v unless it is in dst[from:].
func AppendNew(dst []Value, from int, v Value) []Value {
	for i := from; i < min(len(dst), from+maxDistinct); i++ {
		if dst[i] == v {
			return dst
		}
	}
	return append(dst, v)
}

// AppendChoice appends one of two words for a boolean.
func AppendChoice(dst []Value, text []byte, yes, no string) []Value {
	v, ok := notation.ParseBool(text)
	switch {
	case !ok:
		return dst
	case v:
		return append(dst, String(yes))
	}
	return append(dst, String(no))
}

// AppendItems appends the words of a text.
func (m *Maker) AppendItems(dst []Value, text []byte) []Value {
	for item := range bytes.FieldsSeq(text) {
		dst = append(dst, m.Text(item))
	}
	return dst
}

// AppendCodes appends the codes of a list, with and without their %%.
func (m *Maker) AppendCodes(dst []Value, text []byte) []Value {
	for item := range bytes.FieldsSeq(text) {
		dst = append(dst, m.Text(item))
		if bare, ok := bytes.CutPrefix(item, []byte("%%")); ok {
			dst = append(dst, m.Text(bare))
		}
	}
	return dst
}

// AppendCodeTexts appends the words for the codes of a list, without duplicates; a code without words
// stands for itself.
func (m *Maker) AppendCodeTexts(dst []Value, t *code.Table, text []byte) []Value {
	from := len(dst)
	for item := range code.Items(text) {
		if s, ok := t.Text(item); ok {
			dst = AppendNew(dst, from, String(s))
		} else {
			dst = AppendNew(dst, from, m.Text(bytes.TrimPrefix(item, []byte("%%"))))
		}
	}
	return dst
}

// AppendFlags appends the words for the bits of a number.
func AppendFlags(dst []Value, t *code.Table, n int64) []Value {
	for s := range t.Flags(uint64(n)) {
		dst = append(dst, String(s))
	}
	return dst
}

// AppendAccessMask appends the words for a mask, given as a number or, as 4674
// does, as a list of %% codes.
func AppendAccessMask(dst []Value, text []byte) []Value {
	from := len(dst)
	for item := range bytes.FieldsSeq(text) {
		if n, ok := notation.ParseInt(item); ok {
			dst = AppendFlags(dst, code.AccessMask, n)
		} else if s, ok := code.Audit.Text(item); ok {
			dst = AppendNew(dst, from, String(s))
		}
	}
	return dst
}

// AppendRegistryData appends the data of Sysmon's Details. Rules are written for decimal numbers (the
// integration) and for hexadecimal ones of eight digits (winlogbeat), hence both; text stays as it is,
// and binary data are not logged.
func (m *Maker) AppendRegistryData(dst []Value, details []byte) []Value {
	if n, digits, ok := notation.RegistryNumber(details); ok {
		return append(dst, String(strconv.FormatUint(n, 10)), String(notation.HexText(n, digits)))
	}
	if notation.IsRegistryBinary(details) {
		return dst
	}
	return append(dst, m.Text(details))
}

// AppendAnswerData appends the data of the answers in Sysmon's QueryResults.
func (m *Maker) AppendAnswerData(dst []Value, results []byte) []Value {
	for a := range notation.Answers(results) {
		if len(a.Data) > 0 {
			dst = append(dst, m.Text(a.Data))
		}
	}
	return dst
}

// AppendAnswerIPs appends the addresses among the answers, without duplicates.
func (m *Maker) AppendAnswerIPs(dst []Value, results []byte) []Value {
	from := len(dst)
	for a := range notation.Answers(results) {
		if a.IsIP {
			dst = AppendNew(dst, from, m.Text(a.Data))
		}
	}
	return dst
}

// AppendAnswerTypes appends the types of the answers.
func (m *Maker) AppendAnswerTypes(dst []Value, results []byte) []Value {
	for a := range notation.Answers(results) {
		switch {
		case a.Type != nil:
			if name, ok := code.DNSTypes.Text(a.Type); ok {
				dst = append(dst, String(name))
			} else {
				dst = append(dst, m.Text(a.Type))
			}
		case a.IsIP && bytes.IndexByte(a.Data, ':') < 0:
			dst = append(dst, String("A"))
		case a.IsIP:
			dst = append(dst, String("AAAA"))
		}
	}
	return dst
}
