package pack

import (
	"bytes"
	"errors"
	"strings"

	"hunt/rules/eql/syntax"
)

// queryLine returns the line of a TOML string's first character within the file.
func (d *document) queryLine(path, query string) int {
	p, ok := d.at[path]
	if !ok {
		return 0
	}
	from := p.from
	switch raw := d.src[p.from:p.to]; {
	case bytes.HasPrefix(raw, []byte(`"""`)):
		if offsets, ok := d.stringOffsets(path, query); ok { // escaped line breaks may precede the first character
			from = offsets[0]
		}
	case bytes.HasPrefix(raw, []byte("'''\n")), bytes.HasPrefix(raw, []byte("'''\r\n")):
		from += bytes.IndexByte(raw, '\n') + 1 // not part of the text
	}
	return bytes.Count(d.src[:from], []byte("\n")) + 1
}

// queryError places an error of the EQL compiler in the rule file. The compiler counts from the line that it is
// given and from the first column of the query's text; in a TOML file the text may begin after `query = "` and
// contain escapes.
func (r *Rule) queryError(err error) error {
	var es Errors
	for _, e := range syntaxErrors(err) {
		placed := &Error{File: r.doc.file, Line: e.Line, Col: e.Col, Text: e.SourceLine, Msg: e.Msg, Hint: e.Hint,
			Unsupported: e.Unsupported}
		if offsets, ok := r.doc.stringOffsets(r.queryPath, r.Query); ok {
			if at := offsetOf(r.Query, e.Line-r.QueryLine, e.Col); at < len(offsets) {
				placed.Line, placed.Col, placed.Text = r.doc.position(offsets[at])
			}
		}
		es = append(es, placed)
	}
	if len(es) == 0 {
		return Errors{{File: r.doc.file, Line: r.QueryLine, Col: 1, Msg: err.Error(),
			Unsupported: errors.Is(err, syntax.ErrUnsupported)}}
	}
	return es
}

// syntaxErrors lists the compiler's errors in err.
func syntaxErrors(err error) []*syntax.Error {
	var e *syntax.Error
	if errors.As(err, &e) {
		return []*syntax.Error{e}
	}
	return nil
}

// offsetOf returns the byte offset of a line (counted from 0) and column (from 1, in characters) in a text.
func offsetOf(text string, line, col int) int {
	at := 0
	for ; line > 0; line-- {
		i := strings.IndexByte(text[at:], '\n')
		if i < 0 {
			return len(text)
		}
		at += i + 1
	}
	for i := range text[at:] {
		if col--; col == 0 {
			return at + i
		}
	}
	return len(text)
}
