package kql

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/words"
)

// Analyzer cuts text into words as an Elasticsearch analyzer does.
type Analyzer uint8

// The analyzers.
const (
	None     Analyzer = iota // the value is one keyword
	Script                   // runs of ASCII letters, digits, _ and -, in lower case
	Standard                 // words as Unicode Annex 29 finds them, in lower case
)

// analyzers are those of the fields that Elastic's Windows data streams analyse. A name below one of them
// that ends in .text has the standard analyzer.
var analyzers = map[string]Analyzer{
	"powershell.file.script_block_text": Script,
	"message":                           Standard,
}

// analyzerOf returns the analyzer of a field.
func analyzerOf(name string) Analyzer { return analyzers[name] }

// maxWordLen is the longest word of the standard analyzer, in characters; longer ones are cut.
const maxWordLen = 255

// each calls yield with the words of text, in order, until yield returns false. word is valid until
// yield returns.
func (a Analyzer) each(text string, yield func(word string) bool) {
	switch a {
	case Script:
		eachScriptWord(text, yield)
	case Standard:
		eachStandardWord(text, yield)
	default:
		yield(text)
	}
}

// words returns the words of text.
func (a Analyzer) words(text string) []string {
	var out []string
	a.each(text, func(w string) bool {
		out = append(out, w)
		return true
	})
	return out
}

func isScriptByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-'
}

func eachScriptWord(text string, yield func(string) bool) {
	for i := 0; i < len(text); {
		if !isScriptByte(text[i]) {
			i++
			continue
		}
		start := i
		for i < len(text) && isScriptByte(text[i]) {
			i++
		}
		if !yield(strings.ToLower(text[start:i])) {
			return
		}
	}
}

func eachStandardWord(text string, yield func(string) bool) {
	segments := words.FromString(text)
	for segments.Next() {
		word := segments.Value()
		if !strings.ContainsFunc(word, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }) {
			continue
		}
		word = strings.ToLower(word)
		for word != "" {
			cut := prefixOf(word, maxWordLen)
			if !yield(word[:cut]) {
				return
			}
			word = word[cut:]
		}
	}
}

// prefixOf returns the length in bytes of the first n characters.
func prefixOf(s string, n int) int {
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

// phrase reports whether the words are at consecutive positions of text.
func (a Analyzer) phrase(text string, phrase []string) bool {
	if a == Script {
		return scriptPhrase(text, phrase)
	}
	matched := make([]string, 0, len(phrase)) // the last words
	found := false
	a.each(text, func(w string) bool {
		if len(matched) == len(phrase) {
			matched = append(matched[:0], matched[1:]...)
		}
		matched = append(matched, w)
		found = equal(matched, phrase)
		return !found
	})
	return found
}

func equal(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// scriptPhrase is phrase for the script analyzer without cutting the text into words: it looks for the
// first word and reads on from there. A script block is up to 32 KiB, and most contain none of the words
// that rules look for.
func scriptPhrase(text string, phrase []string) bool {
	for from := 0; ; {
		at := indexFold(text[from:], phrase[0])
		if at < 0 {
			return false
		}
		at += from
		if (at == 0 || !isScriptByte(text[at-1])) && scriptWordsAt(text[at:], phrase) {
			return true
		}
		from = at + 1
	}
}

// scriptWordsAt reports whether text begins with the words, with nothing but separators between them, and
// with a separator or the end of the text after the last.
func scriptWordsAt(text string, phrase []string) bool {
	for i, word := range phrase {
		if i > 0 {
			n := 0
			for n < len(text) && !isScriptByte(text[n]) {
				n++
			}
			text = text[n:]
		}
		if len(text) < len(word) || !equalFold(text[:len(word)], word) {
			return false
		}
		text = text[len(word):]
		if text != "" && isScriptByte(text[0]) {
			return false
		}
	}
	return true
}

// indexFold returns where lower, ASCII in lower case, first occurs in text regardless of case, -1 if it
// does not.
func indexFold(text, lower string) int {
	first := lower[0]
	upper := first
	if 'a' <= first && first <= 'z' {
		upper = first - 'a' + 'A'
	}
	for i := 0; i+len(lower) <= len(text); i++ {
		next := strings.IndexByte(text[i:], first)
		if upper != first {
			end := len(text)
			if next >= 0 {
				end = i + next
			}
			if other := strings.IndexByte(text[i:end], upper); other >= 0 {
				next = other
			}
		}
		if next < 0 {
			return -1
		}
		i += next
		if i+len(lower) > len(text) {
			return -1
		}
		if equalFold(text[i:i+len(lower)], lower) {
			return i
		}
	}
	return -1
}

// equalFold reports whether text, of the same length as lower, equals it regardless of the case of ASCII
// letters. lower is ASCII in lower case.
func equalFold(text, lower string) bool {
	for i := range len(lower) {
		c := text[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// wildcard reports whether the whole of word consists of the parts with any text between them.
func wildcard(word string, parts []string) bool {
	first, last := parts[0], parts[len(parts)-1]
	if len(word) < len(first)+len(last) || !strings.HasPrefix(word, first) || !strings.HasSuffix(word, last) {
		return false
	}
	word = word[len(first) : len(word)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		at := strings.Index(word, part)
		if at < 0 {
			return false
		}
		word = word[at+len(part):]
	}
	return true
}

// lower returns a word as both analyzers write it.
func lower(s string) string {
	if utf8.ValidString(s) {
		return strings.ToLower(s)
	}
	return s
}
