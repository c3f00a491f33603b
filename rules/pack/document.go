package pack

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"hunt/config"
	"hunt/rules/source"
)

// document is the text of one rule or tuning file and, for TOML, the place of each key and value in it, so that
// every mistake found later (an unknown severity, an error in the query) is reported at its place.
type document struct {
	file string
	src  []byte
	at   map[string]place // by path: "query", "case[1].event[0].data.Image"

	starts []int // of lines, once one is asked for
}

// place is where a key and its value stand, as byte offsets into the document.
type place struct {
	key      int // of the key, or of the table's header
	from, to int // of the value; from == to for a table
}

// maxPath bounds the paths that are indexed, in bytes: the deepest in a rule file is
// case[0].event[0].data.<name>. Without a bound, hostile nesting would make the index quadratic in the size of
// the file.
const maxPath = 256

// newDocument checks that src is UTF-8 and removes a byte order mark.
func newDocument(file string, src []byte) (*document, error) {
	d := &document{file: file, src: bytes.TrimPrefix(src, []byte("\xef\xbb\xbf"))}
	if isUTF16(src) {
		return nil, Errors{{File: file, Msg: "the file is UTF-16", Hint: "save it as UTF-8"}}
	}
	if !utf8.Valid(d.src) {
		if bytes.IndexByte(src[:min(len(src), 1024)], 0) >= 0 {
			return nil, Errors{{File: file, Msg: "the file is binary, not text",
				Hint: "leave it out, or unpack it if it is an archive"}}
		}
		i := 0
		for i < len(d.src) {
			r, n := utf8.DecodeRune(d.src[i:])
			if r == utf8.RuneError && n == 1 {
				break
			}
			i += n
		}
		e := d.errorAt(i, "byte 0x%02x is not UTF-8", d.src[i])
		e.Hint = "save the file as UTF-8"
		return nil, Errors{e}
	}
	return d, nil
}

// isUTF16 reports whether a text begins with a byte order mark of UTF-16, or with two letters in UTF-16.
func isUTF16(src []byte) bool {
	if bytes.HasPrefix(src, []byte("\xff\xfe")) || bytes.HasPrefix(src, []byte("\xfe\xff")) {
		return true
	}
	return len(src) >= 4 && (src[0] == 0 && src[1] >= ' ' && src[2] == 0 && src[3] >= ' ' ||
		src[1] == 0 && src[0] >= ' ' && src[3] == 0 && src[2] >= ' ')
}

// errorAt makes an error at a byte offset of the document.
func (d *document) errorAt(offset int, format string, args ...any) *Error {
	line, col, text := d.position(offset)
	return &Error{File: d.file, Line: line, Col: col, Text: text, Msg: fmt.Sprintf(format, args...)}
}

// position converts a byte offset to a line and a column, both counted from 1, and the line's text.
func (d *document) position(offset int) (line, col int, text string) {
	offset = min(max(offset, 0), len(d.src))
	before := d.src[:offset]
	start := bytes.LastIndexByte(before, '\n') + 1
	end := len(d.src)
	if i := bytes.IndexByte(d.src[offset:], '\n'); i >= 0 {
		end = offset + i
	}
	return bytes.Count(before, []byte("\n")) + 1,
		utf8.RuneCount(d.src[start:offset]) + 1,
		strings.TrimRight(string(d.src[start:end]), "\r")
}

// lineAt returns a line of the document, counted from 1.
func (d *document) lineAt(n int) (text string, ok bool) {
	if d.starts == nil {
		d.starts = []int{0}
		for i, c := range d.src {
			if c == '\n' {
				d.starts = append(d.starts, i+1)
			}
		}
	}
	if n < 1 || n > len(d.starts) {
		return "", false
	}
	end := len(d.src)
	if n < len(d.starts) {
		end = d.starts[n] - 1
	}
	return strings.TrimRight(string(d.src[d.starts[n-1]:end]), "\r"), true
}

// line returns a line of the document, "" if it does not exist.
func (d *document) line(n int) string {
	text, _ := d.lineAt(n)
	return text
}

// errorIn makes an error at the value of a path, or at the nearest table above it if the path does not exist.
func (d *document) errorIn(path, format string, args ...any) *Error {
	if p, ok := d.at[path]; ok {
		return d.errorAt(p.from, format, args...)
	}
	for path != "" {
		path = path[:max(0, strings.LastIndexByte(path, '.'))]
		if p, ok := d.at[path]; ok {
			return d.errorAt(p.key, format, args...)
		}
	}
	return d.errorAt(0, format, args...)
}

// place returns where the value of a path is, as file:line:col; for "" only the file.
func (d *document) place(path string) string {
	p, ok := d.at[path]
	if !ok {
		return d.file
	}
	line, col, _ := d.position(p.from)
	return fmt.Sprintf("%s:%d:%d", d.file, line, col)
}

// has reports whether the file has the key.
func (d *document) has(path string) bool {
	_, ok := d.at[path]
	return ok
}

// decode unmarshals the document into v. With strict, keys that v does not have are errors.
func (d *document) decode(v any, strict bool) error {
	if err := d.index(); err != nil {
		return err
	}
	if offset, problem := config.Bounded(d.src); problem != "" {
		return Errors{d.errorAt(offset, "%s", problem)}
	}
	err := toml.NewDecoder(bytes.NewReader(d.src)).Decode(v)
	if err == nil {
		if strict {
			return d.unknownKeys(v)
		}
		return nil
	}
	var de *toml.DecodeError
	if errors.As(err, &de) {
		msg, hint := source.TOMLMistake(strings.TrimPrefix(de.Error(), "toml: "))
		e := d.tomlError(de, msg)
		e.Hint = hint
		return Errors{e}
	}
	return Errors{d.errorAt(0, "%s", strings.TrimPrefix(err.Error(), "toml: "))}
}

// maxUnknownKeys bounds the mistakes of one kind that are reported for a file.
const maxUnknownKeys = 20

// unknownKeys reports the keys of the document that v does not have.
func (d *document) unknownKeys(v any) error {
	var es Errors
	for i, u := range config.UnknownKeys(d.src, reflect.TypeOf(v), maxUnknownKeys+1) {
		if i == maxUnknownKeys {
			es = append(es, d.errorAt(u.Offset, "there are more unknown keys, which are left out"))
			break
		}
		e := d.errorAt(u.Offset, "unknown key %q", u.Name())
		if len(u.Known) > 0 {
			e.Hint = "use one of " + strings.Join(u.Known, ", ")
		}
		es = append(es, e)
	}
	return es.sort().err()
}

// tomlError places a decoder's error; the decoder counts columns in bytes.
func (d *document) tomlError(de *toml.DecodeError, msg string) *Error {
	row, col := de.Position()
	return d.errorAt(d.lineStart(row)+col-1, "%s", msg)
}

// lineStart returns the byte offset of a line, counted from 1.
func (d *document) lineStart(line int) int {
	at := 0
	for ; line > 1; line-- {
		i := bytes.IndexByte(d.src[at:], '\n')
		if i < 0 {
			return len(d.src)
		}
		at += i + 1
	}
	return at
}

// index notes the place of every key. A syntax error is returned with its place.
func (d *document) index() error {
	if d.at != nil {
		return nil
	}
	d.at = map[string]place{}
	tables := map[string]int{} // array tables: how many so far
	var p unstable.Parser
	p.Reset(d.src)
	prefix := ""
	for p.NextExpression() {
		e := p.Expression()
		switch e.Kind {
		case unstable.Table, unstable.ArrayTable:
			path, offset := d.header(e.Key(), e.Kind == unstable.ArrayTable, tables)
			if prefix = path + "."; len(path) <= maxPath {
				d.at[path] = place{key: offset, from: offset, to: offset}
			}
		case unstable.KeyValue:
			if len(prefix) <= maxPath {
				d.indexKey(e, prefix)
			}
		}
	}
	if err := p.Error(); err != nil {
		d.at = nil
		var pe *unstable.ParserError
		if errors.As(err, &pe) {
			e := d.errorAt(int(p.Range(pe.Highlight).Offset), "%s", pe.Message)
			e.Hint = source.TOMLHint(pe.Message)
			return Errors{e}
		}
		return Errors{d.errorAt(0, "%s", err.Error())}
	}
	return nil
}

// header returns the path of a table, with the ordinals of enclosing array tables, and the offset of its name.
func (*document) header(key unstable.Iterator, array bool, tables map[string]int) (path string, offset int) {
	offset = -1
	for key.Next() {
		n := key.Node()
		if offset < 0 {
			offset = int(n.Raw.Offset)
		}
		if path != "" {
			path += "."
		}
		if path += string(n.Data); len(path) > maxPath {
			return path, offset
		}
		if key.IsLast() && array {
			tables[path]++
		}
		if count := tables[path]; count > 0 {
			path = indexed(path, count-1)
		}
	}
	return path, offset
}

// indexKey notes a key and everything inside its value.
func (d *document) indexKey(e *unstable.Node, prefix string) {
	path, offset := prefix, -1
	it := e.Key()
	for it.Next() {
		n := it.Node()
		if offset < 0 {
			offset = int(n.Raw.Offset)
		} else {
			path += "."
		}
		if path += string(n.Data); len(path) > maxPath {
			return
		}
	}
	d.indexValue(e.Value(), path, offset)
}

func (d *document) indexValue(v *unstable.Node, path string, key int) {
	from, to := int(v.Raw.Offset), int(v.Raw.Offset+v.Raw.Length)
	if from == to {
		from, to = key, key // arrays and inline tables carry no range of their own
	}
	if len(path) > maxPath {
		return
	}
	d.at[path] = place{key: key, from: from, to: to}
	switch v.Kind {
	case unstable.Array:
		it := v.Children()
		for i := 0; it.Next(); {
			if n := it.Node(); n.Kind != unstable.Comment {
				d.indexValue(n, indexed(path, i), key)
				i++
			}
		}
	case unstable.InlineTable:
		it := v.Children()
		for it.Next() {
			if n := it.Node(); n.Kind == unstable.KeyValue {
				d.indexKey(n, path+".")
			}
		}
	}
}

// stringOffsets maps each byte of a TOML string's value, and its end, to the byte offset in the document that it
// came from. ok is false if the walk does not reproduce the value.
func (d *document) stringOffsets(path, value string) (offsets []int, ok bool) {
	p, found := d.at[path]
	if !found || p.to-p.from < 2 {
		return nil, false
	}
	raw := string(d.src[p.from:p.to])
	quote := raw[:1]
	basic, multi := quote == `"`, len(raw) >= 6 && strings.HasPrefix(raw, strings.Repeat(quote, 3))
	i, end := 1, len(raw)-1
	if multi {
		i, end = 3, len(raw)-3
		if strings.HasPrefix(raw[i:end], "\r\n") {
			i += 2
		} else if strings.HasPrefix(raw[i:end], "\n") {
			i++
		}
	}
	var out strings.Builder
	emit := func(s string, from int) {
		for range len(s) {
			offsets = append(offsets, p.from+from)
		}
		out.WriteString(s)
	}
	for i < end {
		if !basic || raw[i] != '\\' || i+1 >= end {
			emit(raw[i:i+1], i)
			i++
			continue
		}
		s, n := unescape(raw[i:end])
		emit(s, i)
		i += n
	}
	offsets = append(offsets, p.from+end)
	return offsets, out.String() == value
}

// unescape reads one escape of a TOML basic string, and returns what it stands for and its length.
func unescape(s string) (string, int) {
	const simple, stands = "btnfre\"\\", "\b\t\n\f\r\x1b\"\\"
	if i := strings.IndexByte(simple, s[1]); i >= 0 {
		return stands[i : i+1], 2
	}
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[s[1]]
	if digits == 0 { // a backslash at the end of a line takes the blanks that follow with it
		n := 1
		for n < len(s) && strings.IndexByte(" \t\r\n", s[n]) >= 0 {
			n++
		}
		return "", n
	}
	if len(s) < 2+digits {
		return "", len(s)
	}
	var r rune
	if _, err := fmt.Sscanf(s[2:2+digits], "%x", &r); err != nil {
		return "", 2 + digits
	}
	return string(r), 2 + digits
}

// indexed returns the path of an array's element.
func indexed(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }
