package encoded

import "strings"

// signs are the hints of encoding that a text shows at a glance. The regular expressions only look at texts with
// the sign of what they undo: most command lines and scripts have none.
type signs uint8

const (
	base64Sign  signs = 1 << iota // a long run of its alphabet, or what says that some follows
	caretSign                     // a caret within a word
	backtick                      // a backtick within a word
	piecesSign                    // literals next to operators that join them
	codesSign                     // what makes characters of numbers
	reverseSign                   // a literal that the code reads from its end
)

// Carries reports whether a text may carry something in encoded form: false is certain. It takes one or two
// nanoseconds per byte.
func Carries(s string) bool { return signsOf(s) != 0 }

// What a byte can be: one of the alphabet of base64, one that a sign can begin or end with, or both.
const (
	inBase64 = 1 << iota
	telling
)

var byteKind = func() (t [256]uint8) {
	for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" {
		t[c] = inBase64
	}
	for _, c := range []byte("^`+-/.[(\x93\x94\x95") { // the last bytes of long dashes
		t[c] |= telling
	}
	return t
}()

// minRun is the length from which a run of the alphabet counts wherever it stands.
const minRun = 40

func signsOf(s string) (out signs) {
	run := 0
	for i := range len(s) {
		c := s[i]
		kind := byteKind[c]
		if kind == inBase64 {
			run++
			continue
		}
		if kind&inBase64 != 0 { // a plus sign or slash
			run++
		} else {
			if run >= minRun {
				out |= base64Sign
			}
			run = 0
		}
		if kind&telling == 0 {
			continue
		}
		switch c {
		case '^':
			if i > 0 && i+1 < len(s) && alphanumeric(s[i-1]) && alphanumeric(s[i+1]) {
				out |= caretSign
			}
		case '`':
			if i > 0 && i+1 < len(s) && letter(s[i-1]) && letter(s[i+1]) {
				out |= backtick
			}
		case '+':
			if endsOperand(before(s, i)) && beginsOperand(after(s, i+1)) {
				out |= piecesSign
			}
		case '-', '/', 0x93, 0x94, 0x95:
			out |= dashed(s, i)
		case '.':
			if hasFold(s[i+1:], "replace") {
				out |= piecesSign
			}
		case '[':
			out |= bracketed(s, i)
		case '(':
			out |= called(s, i)
		}
	}
	if run >= minRun {
		out |= base64Sign
	}
	return out
}

// dashed returns what a dash at i begins: a parameter or an operator.
func dashed(s string, i int) signs {
	rest := s[i+1:]
	if rest == "" {
		return 0
	}
	switch rest[0] | 0x20 {
	case 'e':
		n := 1
		for n < len(rest) && letter(rest[n]) {
			n++
		}
		if name := strings.ToLower(rest[:n]); name == "ec" || strings.HasPrefix("encodedcommand", name) {
			return base64Sign
		}
	case 'f':
		if endsOperand(before(s, i)) && beginsOperand(after(rest, 1)) {
			return piecesSign
		}
	case 'r', 'i', 'c':
		if endsOperand(before(s, i)) && (hasFold(rest, "replace") || hasFold(rest[1:], "replace")) {
			return piecesSign
		}
	}
	return 0
}

// bracketed returns what a bracket at i begins: a cast, or an index.
func bracketed(s string, i int) signs {
	rest := strings.TrimLeft(s[i+1:min(len(s), i+16)], " \t")
	switch {
	case hasFold(rest, "char"):
		return codesSign | piecesSign
	case strings.HasPrefix(rest, "-1") && endsOperand(before(s, i)):
		return reverseSign
	}
	return 0
}

// called returns what is before and after a parenthesis at i.
func called(s string, i int) (out signs) {
	name := s[max(0, i-16):i]
	switch {
	case endsFold(name, "chr"), endsFold(name, "chrw"), endsFold(name, "fromcharcode"):
		out |= codesSign
	case endsFold(name, "frombase64string"):
		out |= base64Sign
	}
	if after(s, i+1) == '(' {
		out |= piecesSign
	}
	return out
}

// before returns the last character before i that is not a blank, 0 if there is none near.
func before(s string, i int) byte {
	for k := i - 1; k >= 0 && k > i-16; k-- {
		if c := s[k]; c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return c
		}
	}
	return 0
}

// after returns the first character from i on that is not a blank, 0 if there is none near.
func after(s string, i int) byte {
	for k := i; k < len(s) && k < i+16; k++ {
		if c := s[k]; c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return c
		}
	}
	return 0
}

// endsOperand reports whether a literal, a parenthesis or the number of a character may end with c.
func endsOperand(c byte) bool {
	return c == '\'' || c == '"' || c == ')' || c >= '0' && c <= '9'
}

// beginsOperand reports whether a literal, a parenthesis or a cast may begin with c.
func beginsOperand(c byte) bool { return c == '\'' || c == '"' || c == '(' || c == '[' }

func letter(c byte) bool { c |= 0x20; return c >= 'a' && c <= 'z' }

func alphanumeric(c byte) bool { return letter(c) || c >= '0' && c <= '9' }

// hasFold reports whether s begins with a word, given in lower case.
func hasFold(s, word string) bool {
	return len(s) >= len(word) && strings.EqualFold(s[:len(word)], word)
}

func endsFold(s, word string) bool {
	return len(s) >= len(word) && strings.EqualFold(s[len(s)-len(word):], word)
}
