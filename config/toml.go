package config

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// Unknown is a key that a document has and its type has not.
type Unknown struct {
	Key    []string // from the top
	Offset int      // in bytes
	Known  []string // the keys that are known where it is, sorted
}

// maxShownKey is how much of a key a message shows, in bytes.
const maxShownKey = 100

// Name is the key with dots, truncated if it is long.
func (u Unknown) Name() string { return cut(strings.Join(u.Key, "."), maxShownKey) }

func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// UnknownKeys returns the first keys of a TOML document that a type has no field for, at most so many, in their
// order. The decoder's own check takes time that grows with the square of their number. src must be valid; the type's
// tags are "toml".
func UnknownKeys(src []byte, t reflect.Type, most int) []Unknown {
	w := &walker{most: most}
	w.p.Reset(src)
	table := t
	var prefix []string
	for w.p.NextExpression() && len(w.out) < most {
		switch e := w.p.Expression(); e.Kind {
		case unstable.Table, unstable.ArrayTable:
			table, prefix = w.walk(t, e.Key(), nil)
		case unstable.KeyValue:
			w.value(table, e, prefix)
		}
	}
	return w.out
}

type walker struct {
	p    unstable.Parser
	out  []Unknown
	most int
}

// anything is the type of what may hold any key.
var anything = reflect.TypeFor[any]()

// walk follows a key from a type; what is unknown is noted, and what is below it is not looked at.
func (w *walker) walk(t reflect.Type, key unstable.Iterator, prefix []string) (reflect.Type, []string) {
	path := slices.Clone(prefix)
	for key.Next() {
		n := key.Node()
		if t == anything {
			return t, path // and what is below it
		}
		path = append(path, string(n.Data))
		below, known := fieldOf(t, string(n.Data))
		if known != nil {
			if len(w.out) < w.most {
				w.out = append(w.out, Unknown{Key: path, Offset: int(n.Raw.Offset), Known: known})
			}
			return anything, path
		}
		t = below
	}
	return t, path
}

func (w *walker) value(t reflect.Type, e *unstable.Node, prefix []string) {
	t, path := w.walk(t, e.Key(), prefix)
	w.inside(t, e.Value(), path)
}

// inside looks at the keys in a value.
func (w *walker) inside(t reflect.Type, v *unstable.Node, path []string) {
	if t == anything || len(w.out) >= w.most || v.Kind != unstable.Array && v.Kind != unstable.InlineTable {
		return
	}
	for it := v.Children(); it.Next(); {
		switch n := it.Node(); {
		case n.Kind == unstable.KeyValue:
			w.value(t, n, path)
		case v.Kind == unstable.Array:
			w.inside(t, n, path)
		}
	}
}

// fieldOf returns the type of a key in a table; known is nil unless the key is unknown there.
func fieldOf(t reflect.Type, key string) (below reflect.Type, known []string) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Array {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Map:
		return t.Elem(), nil
	case reflect.Struct:
	default:
		return anything, nil // the decoder says that a table does not suit it
	}
	for _, f := range fieldsOf(t) {
		if strings.EqualFold(f.name, key) {
			return f.typ, nil
		}
		if f.name != "" {
			known = append(known, f.name)
		}
	}
	slices.Sort(known)
	return nil, append([]string{}, known...)
}

// field is a key that a table can have.
type field struct {
	name string
	typ  reflect.Type
}

// fields are those of the types that were asked for.
var fields sync.Map // reflect.Type -> []field

// fieldsOf returns the keys of a struct, in their order.
func fieldsOf(t reflect.Type) []field {
	if known, ok := fields.Load(t); ok {
		return known.([]field)
	}
	var out []field
	for _, f := range reflect.VisibleFields(t) {
		if name, _, _ := strings.Cut(f.Tag.Get("toml"), ","); name != "-" && f.IsExported() {
			out = append(out, field{name, f.Type})
		}
	}
	fields.Store(t, out)
	return out
}

// maxTableKeys bounds the keys of one TOML table: the decoder compares each with all before it.
const maxTableKeys = 4000

// node is a table of a document, or a key.
type node map[string]node

// below returns the table behind a key; ok is false where the table above has too many.
func (n node) below(key unstable.Iterator, fresh bool) (at node, offset int, ok bool) {
	for key.Next() {
		k := key.Node()
		next := n[string(k.Data)]
		if next == nil || fresh && key.IsLast() {
			next = node{}
			n[string(k.Data)] = next
		}
		if len(n) > maxTableKeys {
			return nil, int(k.Raw.Offset), false
		}
		n = next
	}
	return n, 0, true
}

// Bounded looks for what makes a parser of TOML grow: a table with more keys than a document may have in one, a key
// of too many parts, an expression with too many values. It returns the offset of the first of them, and what is
// wrong, or "".
func Bounded(src []byte) (offset int, problem string) {
	if offset, problem = boundedText(src); problem != "" {
		return offset, problem
	}
	var p unstable.Parser
	p.Reset(src)
	root := node{}
	table := root
	for p.NextExpression() {
		var ok bool
		switch e := p.Expression(); e.Kind {
		case unstable.Table, unstable.ArrayTable:
			table, offset, ok = root.below(e.Key(), e.Kind == unstable.ArrayTable)
		case unstable.KeyValue:
			offset, ok = table.value(e)
		default:
			ok = true
		}
		if !ok {
			return offset, fmt.Sprintf("more than %d keys in one table", maxTableKeys)
		}
	}
	return 0, ""
}

// value notes a key and those in its value.
func (n node) value(e *unstable.Node) (offset int, ok bool) {
	at, offset, ok := n.below(e.Key(), false)
	if !ok {
		return offset, false
	}
	return at.inside(e.Value())
}

func (n node) inside(v *unstable.Node) (offset int, ok bool) {
	if v.Kind != unstable.Array && v.Kind != unstable.InlineTable {
		return 0, true
	}
	for it := v.Children(); it.Next(); {
		offset, ok = 0, true
		switch e := it.Node(); {
		case e.Kind == unstable.KeyValue:
			offset, ok = n.value(e)
		case v.Kind == unstable.Array:
			offset, ok = node{}.inside(e)
		}
		if !ok {
			return offset, false
		}
	}
	return 0, true
}

// TOML decodes a document into v; keys that v does not have are errors. Errors name file, line and column.
func TOML(name string, src []byte, v any) error {
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	at := func(offset int) string {
		before := src[:offset]
		return fmt.Sprintf("%s:%d:%d", Shown(name), bytes.Count(before, []byte("\n"))+1,
			offset-bytes.LastIndexByte(before, '\n'))
	}
	if offset, problem := Bounded(src); problem != "" {
		return fmt.Errorf("%s: %s", at(offset), problem)
	}
	if err := toml.NewDecoder(bytes.NewReader(src)).Decode(v); err != nil {
		var de *toml.DecodeError
		if errors.As(err, &de) {
			line, col := de.Position()
			return fmt.Errorf("%s:%d:%d: %s", Shown(name), line, col,
				cut(strings.TrimPrefix(de.Error(), "toml: "), maxMessage))
		}
		return fmt.Errorf("%s: %s", Shown(name), cut(strings.TrimPrefix(err.Error(), "toml: "), maxMessage))
	}
	unknown := UnknownKeys(src, reflect.TypeOf(v), 1)
	if len(unknown) == 0 {
		return nil
	}
	u := unknown[0]
	return fmt.Errorf("%s: unknown key %s; use one of %s", at(u.Offset), u.Name(), strings.Join(u.Known, ", "))
}

// maxMessage bounds what a parser says: some quote the whole line.
const maxMessage = 400
