package report

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode/utf8"

	"hunt/mark"
	"hunt/report/decision"
)

// WriteJSON writes r as JSON: one member of the report per line and one line per element
// of its lists, so that the file can be read with line tools and compared with diff.
// Characters that a terminal or an editor would act on are written as \u escapes. It
// calls Normalize. A context that is done ends it with the context's error.
func WriteJSON(ctx context.Context, w io.Writer, r *Report) error {
	r.Normalize()
	out := jsonWriter{w: w}
	v := reflect.ValueOf(r).Elem()
	for i := range v.NumField() {
		name, option, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		f := v.Field(i)
		if option == "omitempty" && f.IsZero() {
			continue
		}
		if i == 0 {
			out.text("{\n")
		} else {
			out.text(",\n")
		}
		out.text(" ")
		out.value(name)
		out.text(": ")
		if f.Kind() != reflect.Slice || f.Len() == 0 {
			out.value(f.Interface())
			continue
		}
		for j := range f.Len() {
			if j == 0 {
				out.text("[\n  ")
			} else {
				out.text(",\n  ")
			}
			out.value(f.Index(j).Addr().Interface())
			if out.err == nil && j%1024 == 0 {
				out.err = ctx.Err()
			}
			if out.err != nil {
				return out.err
			}
		}
		out.text("\n ]")
	}
	out.text("\n}\n")
	return out.err
}

// jsonWriter writes JSON values; the first error stays.
type jsonWriter struct {
	w   io.Writer
	buf bytes.Buffer
	esc []byte
	err error
}

func (j *jsonWriter) text(s string) {
	if j.err == nil {
		_, j.err = io.WriteString(j.w, s)
	}
}

func (j *jsonWriter) value(v any) {
	if j.err != nil {
		return
	}
	j.buf.Reset()
	if j.err = json.NewEncoder(&j.buf).Encode(v); j.err != nil {
		return
	}
	j.esc = EscapeJSON(j.esc[:0], bytes.TrimSuffix(j.buf.Bytes(), []byte("\n")))
	_, j.err = j.w.Write(j.esc)
}

// EscapeJSON appends the JSON text src with every invisible character, DEL included,
// escaped; outside of strings JSON has none. A byte that is not UTF-8, which only an
// event's raw JSON could carry, becomes \ufffd.
func EscapeJSON(dst, src []byte) []byte {
	start := 0
	for i := 0; i < len(src); {
		if src[i] < 0x7f {
			i++
			continue
		}
		r, n := utf8.DecodeRune(src[i:])
		if mark.Visible(r) && (r != utf8.RuneError || n != 1) {
			i += n
			continue
		}
		dst = append(dst, src[start:i]...)
		if r >= 0x10000 {
			r -= 0x10000
			dst = fmt.Appendf(dst, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		} else {
			dst = fmt.Appendf(dst, `\u%04x`, r)
		}
		i += n
		start = i
	}
	return append(dst, src[start:]...)
}

// ErrSchema is returned for a report of hunt in a layout that this version does not read.
var ErrSchema = errors.New("the report is of another version")

// ReadJSON reads a report that WriteJSON wrote.
func ReadJSON(rd io.Reader) (*Report, error) {
	r := new(Report)
	dec := json.NewDecoder(rd)
	if err := dec.Decode(r); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	if r.Schema != Schema {
		if strings.HasPrefix(r.Schema, "hunt.report/") {
			return nil, fmt.Errorf("%w: hunt %s wrote it in the layout %s, and this hunt reads %s; use the hunt "+
				"that wrote it", ErrSchema, mark.Printable(r.Tool.Version), mark.Printable(r.Schema), Schema)
		}
		return nil, fmt.Errorf("report: schema %q, want %q", r.Schema, Schema)
	}
	if err := r.scatter(); err != nil {
		return nil, err
	}
	r.Normalize()
	return r, nil
}

// Normalize replaces every nil list and map by an empty one, so that no reader of the JSON meets a null
// where a list belongs, sets the schema's name, and gathers the events of the findings unless that was done
// before. It writes only where something is missing: after it has run, writers may share the report.
func (r *Report) Normalize() {
	if r.Schema != Schema {
		r.Schema = Schema
	}
	if r.Summary.Headline == "" {
		r.Summary.Headline = string(r.Summary.Verdict)
	}
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Count == 0 {
			f.Count, f.First, f.Last = 1, f.Start, f.End
		}
	}
	for i := range r.Incidents {
		if x := &r.Incidents[i]; x.Status == "" {
			x.Status = decision.Suspected
		}
	}
	if r.Events == nil {
		r.gather()
	}
	fillEmpty(reflect.ValueOf(r).Elem())
}

var (
	rawMessage = reflect.TypeFor[json.RawMessage]()
	hitList    = reflect.TypeFor[Hits]()
)

// fillEmpty walks the model, which is a tree of structs, lists, maps and pointers.
func fillEmpty(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fillEmpty(v.Field(i))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			fillEmpty(v.Elem())
		}
	case reflect.Slice:
		if v.Type() == rawMessage {
			if v.Len() == 0 && !v.IsNil() || string(v.Bytes()) == "null" {
				v.SetZero() // no event; no text at all would not be JSON
			}
			return
		}
		if v.IsNil() {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		}
		if v.Type() == hitList {
			return
		}
		switch v.Type().Elem().Kind() {
		case reflect.Struct, reflect.Pointer, reflect.Slice, reflect.Map:
			for i := range v.Len() {
				fillEmpty(v.Index(i))
			}
		}
	case reflect.Map:
		if v.IsNil() {
			v.Set(reflect.MakeMap(v.Type()))
		}
	}
}
