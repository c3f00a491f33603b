package document

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// walker goes through a JSON text that json.Valid has accepted, and makes only the values that are
// asked for: an export has a hundred fields per document, and a query uses a few.
type walker struct {
	text []byte
	at   int
}

// next returns the first byte of the next value, which is not consumed; 0 at the end.
func (w *walker) next() byte {
	for w.at < len(w.text) {
		switch c := w.text[w.at]; c {
		case ' ', '\t', '\r', '\n', ',', ':':
			w.at++
		default:
			return c
		}
	}
	return 0
}

// members calls f for each member of the object that comes next; f must consume its value. The key is
// valid during the call.
func (w *walker) members(f func(key []byte)) {
	w.next()
	w.at++ // {
	for {
		if c := w.next(); c != '"' {
			w.at++ // }
			return
		}
		key := w.quoted()
		if plain := key[1 : len(key)-1]; isPlain(plain) {
			f(plain)
			continue
		}
		f([]byte(unquote(key)))
	}
}

// elements calls f for each element of the array that comes next; f must consume it.
func (w *walker) elements(f func()) {
	w.next()
	w.at++ // [
	for {
		if c := w.next(); c == ']' || c == 0 {
			w.at++
			return
		}
		f()
	}
}

// quoted consumes a string with its quotes.
func (w *walker) quoted() []byte {
	start := w.at
	w.at++
	for w.at < len(w.text) {
		i := bytes.IndexByte(w.text[w.at:], '"')
		if i < 0 {
			w.at = len(w.text)
			break
		}
		w.at += i + 1
		n := 0
		for w.text[w.at-2-n] == '\\' { // the opening quote ends this loop
			n++
		}
		if n%2 == 0 {
			break
		}
	}
	return w.text[start:w.at]
}

// skip consumes a value of any kind.
func (w *walker) skip() {
	for depth := 0; ; {
		switch c := w.next(); c {
		case '{', '[':
			depth++
			w.at++
		case '}', ']':
			depth--
			w.at++
		case '"':
			w.quoted()
		case 0:
			return
		default:
			w.bare()
		}
		if depth <= 0 {
			return
		}
	}
}

// bare consumes a number, true, false or null.
func (w *walker) bare() []byte {
	start := w.at
	for w.at < len(w.text) {
		switch w.text[w.at] {
		case ',', '}', ']', ' ', '\t', '\r', '\n':
			return w.text[start:w.at]
		}
		w.at++
	}
	return w.text[start:]
}

// anything consumes a value: text, a json.Number, a boolean, or nil for null and for objects and
// arrays.
func (w *walker) anything() any {
	switch w.next() {
	case '"':
		q := w.quoted()
		if plain := q[1 : len(q)-1]; isPlain(plain) {
			return string(plain)
		}
		return unquote(q)
	case '{', '[':
		w.skip()
		return nil
	case 't':
		w.bare()
		return true
	case 'f':
		w.bare()
		return false
	case 'n':
		w.bare()
		return nil
	}
	return json.Number(w.bare())
}

// isPlain reports whether the inside of a string is its value.
func isPlain(s []byte) bool { return bytes.IndexByte(s, '\\') < 0 && utf8.Valid(s) }

func unquote(q []byte) string {
	var s string
	_ = json.Unmarshal(q, &s) // the text is valid JSON
	return s
}
