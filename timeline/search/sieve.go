package search

import (
	"encoding/binary"
	"sync"
	"unicode/utf16"
	"unicode/utf8"
)

// sieve decides from the bytes of logs whether any of many literals may be in them: in UTF-16 or in the code page,
// in any case, or in binary form. Its size is proportional to the literals; it is read-only and may be shared.
type sieve struct {
	literals []*literal
	texts    []*tier // parts of literals in ASCII
	forms    [][]byte
	binary   []*tier    // of forms
	odd      []*literal // the others, searched one by one
}

// maxOdd bounds the literals that are searched for one by one in addition to the many that are searched for
// together.
const maxOdd = 16

// newSieve returns nil if too many literals have no part in ASCII.
func newSieve(literals []*literal) *sieve {
	s := &sieve{literals: literals}
	var texts, forms []snippet
	for i, l := range literals {
		from, to := asciiRun(l.folded)
		i := int32(i) // #nosec G115 -- below maxPatterns * maxRequired
		if to-from >= leastPart {
			texts = append(texts, snippet{i, from, l.folded[from:to]})
		} else if s.odd = append(s.odd, l); len(s.odd) > maxOdd {
			return nil
		}
		for _, f := range l.binary {
			forms = append(forms, snippet{int32(len(s.forms)), 0, f.form}) // #nosec G115 -- a few for each literal
			s.forms = append(s.forms, f.form)
		}
	}
	var single []int32
	s.texts, single = newTiers(texts)
	for _, i := range single {
		s.odd = append(s.odd, literals[i])
	}
	for _, l := range s.odd {
		l.makeNeedle()
	}
	s.binary, _ = newTiers(forms) // which are long
	return s
}

// asciiRun returns the longest part of a text that is ASCII without NUL.
func asciiRun(text []byte) (from, to int) {
	start := 0
	for i := 0; i <= len(text); i++ {
		if i < len(text) && text[i] != 0 && text[i] < utf8.RuneSelf {
			continue
		}
		if i-start > to-from {
			from, to = start, i
		}
		start = i + 1
	}
	return from, to
}

// in reports whether any literal may be in b.
func (s *sieve) in(b []byte) bool {
	for _, t := range s.texts {
		if t.scanWide(b, func(e *entry, key int) bool { return s.literals[e.text].wideAt(b, key, int(e.at)) }) ||
			t.scanNarrow(b, func(e *entry, key int) bool { return s.literals[e.text].narrowAt(b, key, int(e.at)) }) {
			return true
		}
	}
	for _, t := range s.binary {
		if t.scan(b, func(e *entry, key int) bool {
			form, from := s.forms[e.text], key-int(e.at)
			return from >= 0 && from+len(form) <= len(b) && string(b[from:from+len(form)]) == string(form)
		}) {
			return true
		}
	}
	for _, l := range s.odd {
		if l.needle.in(b) {
			return true
		}
	}
	return false
}

// wideAt reports whether the literal is in b in UTF-16 in any case, with its folded bytes from the given one on at
// b[at:].
func (l *literal) wideAt(b []byte, at, from int) bool {
	for _, r := range string(l.folded[:from]) {
		at -= 2 * utf16.RuneLen(r)
	}
	if at < 0 {
		return false
	}
	fold := wideFold()
	for _, want := range string(l.folded) {
		if at+2 > len(b) {
			return false
		}
		r := rune(binary.LittleEndian.Uint16(b[at:]))
		at += 2
		if want >= 1<<16 {
			if at+2 > len(b) {
				return false
			}
			r = foldRune(utf16.DecodeRune(r, rune(binary.LittleEndian.Uint16(b[at:]))))
			at += 2
		} else {
			r = rune(fold[r])
		}
		if r != want {
			return false
		}
	}
	return true
}

// narrowAt is wideAt for the code page.
func (l *literal) narrowAt(b []byte, at, from int) bool {
	at -= utf8.RuneCount(l.folded[:from])
	if at < 0 || at+utf8.RuneCount(l.folded) > len(b) {
		return false
	}
	page := foldedPage()
	for _, want := range string(l.folded) {
		if page[b[at]] != want {
			return false
		}
		at++
	}
	return true
}

// foldedPage holds the characters of the code page, folded.
var foldedPage = sync.OnceValue(func() (page [256]rune) {
	for i := range page {
		page[i] = foldRune(rune(i))
	}
	at := 0x80
	for _, c := range windows1252 {
		page[at] = foldRune(c)
		at++
	}
	return page
})
