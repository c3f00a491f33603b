package evtx

import (
	"errors"

	"hunt/evtx/binxml"
	"hunt/limit"
)

// maxAccountEffort bounds the bytes that Account writes per slot to find out whether the text of
// records is cut. In an honest slot, the records that have to be written for this take less than a
// mebibyte together.
const maxAccountEffort = 64 << 20

// BoundOutput is the bound on the text of a record.
var BoundOutput = binxml.BoundOutput

// Place returns where the record is, for the accounting of bounds.
func (r *Record) Place() limit.Place { return limit.At(r.Ref.File, r.Ref.Offset) }

// Cut reports whether BoundOutput has cut anything that AppendJSON, AppendXML or a Field's AppendText
// has written of the record so far.
func (r *Record) Cut() bool { return r.doc.Cut() }

// Weight returns an upper bound on the size in bytes of the record's texts, valid unless its template
// uses a value more than once (see Repeats).
func (r *Record) Weight() int { return r.doc.Weight() }

// Repeats reports whether the record's templates refer to a value more than once, so that its text can
// be longer than the record.
func (r *Record) Repeats() bool { return r.doc.Repeats() }

// Account counts the bounds that apply to any reader of a whole live record: text that is cut, fields
// that are left out. r must be the record that Records yielded last. Account is for callers that show
// records to rules, which read only what they need and so would not notice.
func (d *Decoder) Account(r *Record) {
	if d.Limits == nil {
		return
	}
	if r.doc.Overflows(&d.effort) {
		d.Limits.Bite(BoundOutput, r.Place())
	}
	if t := r.doc.Template(); t != nil && t.Cut() {
		d.Limits.Bite(binxml.BoundFields, r.Place())
	}
}

// bite counts the bound that caused an error, if one did. In slack, what cannot be decoded is counted
// as lost instead: slack does not prove what its records said.
func (d *Decoder) bite(err error, pos int) {
	var e *binxml.Error
	if d.Limits != nil && !d.parser.Strict && errors.As(err, &e) && e.Bound.ID != "" {
		d.Limits.Bite(e.Bound, limit.At(d.at.File, d.at.Offset+int64(pos)))
	}
}
