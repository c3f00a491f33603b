package binxml

import "math"

// Form is what the JSON of all records of one shape has in common. Two forms are one if they are equal.
type Form struct{ program *jsonProgram }

// Place is where a value stands in the JSON of a record.
type Place struct {
	// Value says which of the values of its form it is: from one record to the next some of them, such as
	// attributes, may be left out.
	Value int64
	// From and To are where it begins and ends: a string with its quotes, a number, true, false or null.
	From, To int
}

// AppendJSONPlaces appends what AppendJSON appends, and says where in the whole of dst the values stand.
// Records of equal forms with the same values in the same order differ in what stands there, and in
// nothing else. The places are valid until the next call. ok is false for a record of no form.
func (d *Document) AppendJSONPlaces(dst []byte) (_ []byte, f Form, places []Place, ok bool) {
	d.places, d.traced = d.places[:0], true
	dst = d.AppendJSON(dst)
	d.traced = false
	f.program = d.form
	d.form = nil
	return dst, f, d.places, f.program != nil && !d.cut
}

// trace notes where a part of a step stands.
func (d *Document) trace(step, part, from, to int) {
	d.places = append(d.places, Place{int64(step)<<32 | int64(min(part, math.MaxInt32)), from, to})
}
