package evtx

import (
	"encoding/binary"
	"slices"

	"github.com/cespare/xxhash/v2"

	"hunt/evtx/binxml"
)

// Values is the content of a record that does not come from a log in BinXML but, for example, from a line of an
// export. All other code reads such a Record like any other, so that an export needs no mapper, rules or report of
// its own. A record from a log has no Values: it is read from its BinXML without an indirect call.
//
// Values do not change, and may be kept.
type Values interface {
	// System returns a value of the System element as Windows shows it, "" if the record has none.
	System(p binxml.Property) string
	// Data returns the items of EventData or UserData in the order of the record, and which of the
	// two they are.
	Data() (items []NamedValue, userData bool)
	// Raw returns the record as it is in its source.
	Raw() []byte
}

// NamedValue is one item of EventData or UserData as text. Name is "" for Data without a name.
type NamedValue struct{ Name, Text string }

// data returns the items of a record without BinXML.
func (r *Record) data() (items []NamedValue, userData bool) {
	if r.Values == nil {
		return nil, false
	}
	return r.Values.Data()
}

func (r *Record) valueIndex(name string) int {
	items, _ := r.data()
	return slices.IndexFunc(items, func(v NamedValue) bool { return v.Name == name })
}

// valueAt returns the item at a position as a Field.
func (r *Record) valueAt(i int) Field {
	items, _ := r.data()
	if i < 0 || i >= len(items) {
		return Field{}
	}
	return Field{Name: items[i].Name, rec: r, at: i, item: -1}
}

// valueHash is the ContentHash of a record without BinXML.
func (r *Record) valueHash() uint64 {
	var h xxhash.Digest
	h.Reset()
	var size [8]byte
	add := func(s string) {
		binary.LittleEndian.PutUint64(size[:], uint64(len(s)))
		_, _ = h.Write(size[:]) // a hash never fails
		_, _ = h.WriteString(s)
	}
	for p := range binxml.Properties {
		add(r.Values.System(p))
	}
	items, userData := r.data()
	if userData {
		add("UserData")
	}
	for _, v := range items {
		add(v.Name)
		add(v.Text)
	}
	return h.Sum64()
}
