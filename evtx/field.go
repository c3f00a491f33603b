package evtx

import (
	"iter"

	"hunt/evtx/binxml"
)

// Field is one item of EventData or UserData in the order of the log: Data with
// its Name, unnamed Data (Name ""), Binary, a leaf element below UserData, or an attribute there
// (Name "element/@attribute"). It is valid as long as its record.
type Field struct {
	Name string
	rec  *Record
	at   int
	item int // index in an array that repeats the field; -1 for the whole field
}

// AppendText appends the field's content as Windows shows it. Elements inside it are
// appended as XML.
func (f Field) AppendText(dst []byte) []byte {
	switch {
	case f.rec == nil:
		return dst
	case f.rec.Values != nil:
		items, _ := f.rec.data()
		return append(dst, items[f.at].Text...)
	}
	return f.rec.doc.AppendField(dst, f.at, f.item)
}

// Text returns what AppendText appends.
func (f Field) Text() string {
	var buf [128]byte
	return string(f.AppendText(buf[:0]))
}

// Value returns the field's value where it is a single substitution (nearly always).
func (f Field) Value() (v binxml.Value, ok bool) {
	if f.rec == nil || f.rec.Values != nil {
		return binxml.Value{}, false
	}
	return f.rec.doc.FieldValue(f.at, f.item)
}

// Len returns the number of items if the field's value is an array, which repeats the field;
// otherwise 1.
func (f Field) Len() int {
	if f.rec == nil || f.item >= 0 || f.rec.Values != nil {
		return 1
	}
	return f.rec.doc.FieldLen(f.at)
}

// Item returns item i of a field whose value is an array, as a field of its own, which is how
// Windows shows it.
func (f Field) Item(i int) Field {
	f.item = i
	return f
}

// Data returns the first field of that name.
func (r *Record) Data(name string) (f Field, ok bool) {
	i := r.DataIndex(name)
	if i < 0 {
		return Field{}, false
	}
	return Field{Name: name, rec: r, at: i, item: -1}, true
}

// DataIndex returns the position of a name in the record's shape, -1 if it is absent. Callers
// can cache it per Template.
func (r *Record) DataIndex(name string) int {
	t := r.doc.Template()
	if t == nil {
		return r.valueIndex(name)
	}
	return t.Index(name)
}

// DataAt returns the field at a position of the record's shape, the zero Field if the shape has
// no such position. An array is one field at one position.
func (r *Record) DataAt(i int) Field {
	t := r.doc.Template()
	if t == nil {
		return r.valueAt(i)
	}
	if i < 0 || i >= t.NumFields() {
		return Field{}
	}
	return Field{Name: r.doc.FieldName(i), rec: r, at: i, item: -1}
}

// NumData returns the number of positions in the record's shape.
func (r *Record) NumData() int {
	t := r.doc.Template()
	if t == nil {
		items, _ := r.data()
		return len(items)
	}
	return t.NumFields()
}

// Fields yields all fields in the order of the log, duplicates and unnamed ones included. An
// array repeats its element, as Windows shows it: each item is a field of its own.
func (r *Record) Fields() iter.Seq[Field] {
	return func(yield func(Field) bool) {
		t := r.doc.Template()
		if t == nil {
			for i := range r.NumData() {
				if !yield(r.valueAt(i)) {
					return
				}
			}
			return
		}
		for i := range t.NumFields() {
			f := Field{Name: r.doc.FieldName(i), rec: r, at: i, item: -1}
			n := r.doc.FieldLen(i)
			if n <= 1 {
				if !yield(f) {
					return
				}
				continue
			}
			for f.item = 0; f.item < n; f.item++ {
				if !yield(f) {
					return
				}
			}
		}
	}
}
