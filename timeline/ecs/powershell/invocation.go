package powershell

import (
	"bytes"
	"iter"
)

// Invocations yields the items of PowerShell's pipeline details, each of which begins a line:
//
//	CommandInvocation(Set-Item): "Set-Item"
//	ParameterBinding(Set-Item): name="Value"; value="…"
//
// Their names are in the language of Windows. A value can contain line breaks: a line that begins no item, or
// that follows an item with an open quotation mark, belongs to that item.
func Invocations(text []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		from, to, open := 0, 0, false // of the item
		for start := 0; start < len(text); {
			end := len(text)
			if i := bytes.IndexByte(text[start:], '\n'); i >= 0 {
				end = start + i
			}
			line := trimBlank(text[start:end])
			if isInvocation(line) && !(open && !closesQuote(text[from:to])) {
				if item := trimBlank(text[from:to]); len(item) > 0 && !yield(item) {
					return
				}
				from, open = start, true
			}
			if len(line) > 0 {
				to = start + len(bytes.TrimRight(text[start:end], " \t\r\n"))
			}
			start = end + 1
		}
		if item := trimBlank(text[from:]); len(item) > 0 {
			yield(item)
		}
	}
}

// isInvocation reports whether a line begins like an item: a name, then a command in parentheses and a colon.
func isInvocation(line []byte) bool {
	const longest = 64 // bytes of the name, in any language
	i := bytes.IndexByte(line, '(')
	return i > 0 && i <= longest && !bytes.ContainsAny(line[:i], "\"'=;$[]{}.:<>|&#\\/") &&
		bytes.Contains(line[i:], []byte("): "))
}

// closesQuote reports whether a text ends with a quotation mark, as every item does.
func closesQuote(text []byte) bool {
	for _, mark := range []string{`"`, "»", "”", "“"} {
		if bytes.HasSuffix(text, []byte(mark)) {
			return true
		}
	}
	return false
}
