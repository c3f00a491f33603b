package encoded

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"hunt/pattern"
)

// Obfuscated command lines are shown a second time in a readable form. Only what has one meaning is undone,
// and only in text: nothing is run, nothing is guessed. The result is never called the original; the record
// keeps that.

const (
	// MaxReading bounds the size of text that is simplified, in bytes; longer texts are shown as they are.
	MaxReading = 256 << 10
	// maxPasses bounds how often the simplifications are applied to their own result.
	maxPasses = 12
	// minCodes is the fewest consecutive character codes that are taken for text.
	minCodes = 4
)

// Reading returns s simplified, and in how what was done, which is "" if nothing was.
func Reading(s string) (plain, how string) {
	if len(s) > MaxReading {
		return s, ""
	}
	var done []string
	note := func(what, next string) {
		if next != s {
			s = next
			done = append(done, what)
		}
	}
	seen := signsOf(s)
	if seen&caretSign != 0 {
		note("carets removed", withoutCarets(s))
		seen |= signsOf(s)
	}
	if seen&backtick != 0 {
		note("backticks removed", withoutBackticks(s))
		seen |= signsOf(s)
	}
	if seen&(piecesSign|reverseSign) == 0 {
		return s, strings.Join(done, ", ")
	}
	joined := s
	together := "literals put together"
	for pass := 1; ; pass++ {
		next := fold(joined)
		if next == joined {
			break
		}
		if pass > maxPasses {
			together = "literals put together as far as 12 passes do"
			break
		}
		joined = next
	}
	note(together, joined)
	return s, strings.Join(done, ", ")
}

var (
	caretInWord    = pattern.Of(`[A-Za-z0-9]\^[A-Za-z0-9]`)
	backtickInWord = pattern.Of("[A-Za-z]`[A-Za-z]")
)

// minCarets is the fewest carets within words that are taken for cmd's escapes; one or two can belong to a
// regular expression.
const minCarets = 3

// withoutCarets removes the escapes of cmd.exe: a caret is dropped and the character after it stays.
func withoutCarets(s string) string {
	n := len(caretInWord().FindAllString(s, -1))
	if n == 0 || n < minCarets && !mentions(s, "cmd") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '^' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// withoutBackticks removes the escapes of PowerShell before characters that mean themselves. Those before 0,
// a, b, f, n, r, t and v mean something else and stay; so do those before e and u{, which have a meaning in
// PowerShell 6 and later.
func withoutBackticks(s string) string {
	if !backtickInWord().MatchString(s) {
		return s
	}
	special := "0abfnrtv"
	if mentions(s, "pwsh") {
		special += "e"
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '`' && i+1 < len(s) {
			next := rune(s[i+1])
			if (unicode.IsLetter(next) || unicode.IsDigit(next)) && !strings.ContainsRune(special, next) &&
				!strings.HasPrefix(s[i+1:], "u{") {
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// The constructs of PowerShell that are folded. A literal is in single quotes, doubled within, or in double
// quotes without anything that PowerShell would replace. Anything that is not enclosed in parentheses stays:
// another operator could bind tighter.
const (
	literal = `(?:'(?:[^'\r\n]|'')*'|"[^"'$` + "`" + `\r\n]*")`
	charOf  = `(?:\[char\]\s*(?:0x[0-9a-fA-F]{1,4}|\d{1,5}))`
	piece1  = `(?:` + literal + `|` + charOf + `)`
	atom    = `(?:` + piece1 + `|\(\s*` + piece1 + `\s*\))`
)

var (
	enclosed      = pattern.Of(`(?i)\(\s*\(\s*(` + literal + `)\s*\)\s*\)`)
	concatenation = pattern.Of(`(?i)\(\s*(` + atom + `(?:\s*\+\s*` + atom + `)+)\s*\)`)
	formatting    = pattern.Of(`(?i)\(\s*(` + atom + `)\s*-f\s*(` + atom + `(?:\s*,\s*` + atom + `)*)\s*\)`)
	replacing     = pattern.Of(`(?i)\(\s*(` + atom + `)\s*-(c|i)?replace\s*(` + atom + `)\s*,\s*(` + atom + `)\s*\)`)
	replaceCall   = pattern.Of(`(?i)(\(\s*` + literal + `\s*\)|` + literal + `)\.Replace\(\s*(` + atom + `)\s*,\s*(` +
		atom + `)\s*\)`)
	reversed = pattern.Of(`(?i)(-join\s*)?\(\s*(-join\s*)?(` + literal + `|\(\s*` + literal +
		`\s*\))\s*\[\s*-1\s*\.\.\s*-\s*(\d{1,5})\s*\]` +
		`\s*(-join\s*(?:''|""))?\s*\)`)
	oneAtom    = pattern.Of(`(?i)` + atom)
	formatItem = pattern.Of(`\{(\d{1,3})\}`)
)

// fold joins text that is written in pieces, one round.
func fold(s string) string {
	s = enclosed().ReplaceAllString(s, "($1)")
	s = turn(s)
	s = concatenation().ReplaceAllStringFunc(s, func(m string) string {
		parts := concatenation().FindStringSubmatch(m)[1]
		var b strings.Builder
		for _, a := range oneAtom().FindAllString(parts, -1) {
			b.WriteString(valueOf(a))
		}
		return quoted(b.String(), m)
	})
	s = formatting().ReplaceAllStringFunc(s, func(m string) string {
		g := formatting().FindStringSubmatch(m)
		var args []string
		for _, a := range oneAtom().FindAllString(g[2], -1) {
			args = append(args, valueOf(a))
		}
		format := valueOf(g[1])
		if left := formatItem().ReplaceAllString(format, ""); strings.ContainsAny(left, "{}") {
			return m // alignment, a format of its own, or an escaped brace
		}
		ok := true
		out := formatItem().ReplaceAllStringFunc(format, func(item string) string {
			n, err := strconv.Atoi(item[1 : len(item)-1])
			if err != nil || n >= len(args) {
				ok = false
				return item
			}
			return args[n]
		})
		if !ok {
			return m
		}
		return quoted(out, m)
	})
	s = replacing().ReplaceAllStringFunc(s, func(m string) string {
		g := replacing().FindStringSubmatch(m)
		from, to := valueOf(g[3]), valueOf(g[4])
		if from == "" || regexp.QuoteMeta(from) != from || strings.Contains(to, "$") {
			return m // a regular expression
		}
		flag := "(?i)"
		if strings.EqualFold(g[2], "c") {
			flag = ""
		}
		return quoted(regexp.MustCompile(flag+regexp.QuoteMeta(from)).ReplaceAllLiteralString(valueOf(g[1]), to), m)
	})
	return replaceCall().ReplaceAllStringFunc(s, func(m string) string {
		g := replaceCall().FindStringSubmatch(m)
		from := valueOf(g[2])
		if from == "" {
			return m
		}
		return quoted(strings.ReplaceAll(valueOf(g[1]), from, valueOf(g[3])), m)
	})
}

// turn reverses literals that the code reads from their end.
func turn(s string) string {
	return reversed().ReplaceAllStringFunc(s, func(m string) string {
		g := reversed().FindStringSubmatch(m)
		text := []rune(valueOf(g[3]))
		if n, err := strconv.Atoi(g[4]); err != nil || n < len(text) || g[1]+g[2]+g[5] == "" {
			return m // a part of it, or a list of characters
		}
		slices.Reverse(text)
		return quoted(string(text), m)
	})
}

// quoted writes a value as a literal in parentheses; one that contains line ends stays in pieces.
func quoted(value, pieces string) string {
	if strings.ContainsAny(value, "\r\n") {
		return pieces
	}
	return "('" + strings.ReplaceAll(value, "'", "''") + "')"
}

// valueOf returns the value of an atom.
func valueOf(a string) string {
	a = strings.TrimSpace(a)
	for strings.HasPrefix(a, "(") && strings.HasSuffix(a, ")") {
		a = strings.TrimSpace(a[1 : len(a)-1])
	}
	if strings.HasPrefix(a, "[") {
		n, err := strconv.ParseUint(strings.TrimSpace(a[strings.IndexByte(a, ']')+1:]), 0, 16)
		if err != nil {
			return ""
		}
		return string(rune(n))
	}
	if a[0] == '\'' {
		return strings.ReplaceAll(a[1:len(a)-1], "''", "'")
	}
	return a[1 : len(a)-1]
}

const (
	number = `(?:0x[0-9a-fA-F]{1,4}|\d{1,5})`
	codes  = `\(?\s*` + number + `(?:\s*,\s*` + number + `){3,}\s*\)?`
)

// codeList matches the ways to write text as the codes of its characters: an array that is made characters,
// in PowerShell before or after the list, in JavaScript as a call, and in VBScript and PowerShell one by
// one.
var codeList = pattern.Of(`(?i)(?:\[char\[\]\]\s*` + codes + `|` + codes +
	`\s*\|\s*(?:%|foreach(?:-object)?)\s*\{\s*\[char\]|String\.fromCharCode\(\s*` + number + `(?:\s*,\s*` + number +
	`){3,}\s*\)|` +
	`(?:\bchrw?\(\s*` + number + `\s*\)\s*[&+]\s*){3,}chrw?\(\s*` + number + `\s*\)|(?:\[char\]\s*` + number +
	`\s*\+\s*){3,}\[char\]\s*` + number + `)`)

var oneNumber = pattern.Of(`(?i)\b` + number + `\b`)

// CodeRuns finds lists of character codes.
func CodeRuns(s string) []string { return codeRuns(s, MaxRuns) }

func codeRuns(s string, most int) []string {
	if signsOf(s)&codesSign == 0 {
		return nil
	}
	return codeList().FindAllString(s, most)
}

// CharCodes turns a list of character codes into text, if all of them are codes of text characters.
func CharCodes(run string) (string, bool) {
	var b strings.Builder
	n := 0
	for _, m := range oneNumber().FindAllString(run, -1) {
		code, err := strconv.ParseUint(m, 0, 16)
		r := rune(code)
		if err != nil || !unicode.IsPrint(r) && r != '\n' && r != '\r' && r != '\t' {
			return "", false
		}
		b.WriteRune(r)
		n++
	}
	return b.String(), n >= minCodes
}

// mentions reports whether a text contains one of the words, given in lower case.
func mentions(s string, words ...string) bool {
	s = strings.ToLower(s)
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}
