package evtx

import (
	"errors"

	"hunt/evtx/binxml"
	"hunt/limit"
)

// maxAccountEffort bounds what Account writes of the records of one slot to find out whether they
// are cut, in bytes. Those of an honest slot that have to be written at all give less than a
// mebibyte together.
const maxAccountEffort = 64 << 20

// BoundOutput is the bound on the text of a record.
var BoundOutput = binxml.BoundOutput

// Place returns where the record stands, for the account of bounds.
func (r *Record) Place() limit.Place { return limit.At(r.Ref.File, r.Ref.Offset) }

// Cut reports whether what AppendJSON, AppendXML or a Field's AppendText has written of the record
// so far was cut: BoundOutput bit.
func (r *Record) Cut() bool { return r.doc.Cut() }

// Weight returns how many bytes the texts of the record take at most, unless its template repeats them.
func (r *Record) Weight() int { return r.doc.Weight() }

// Repeats reports whether the record's templates refer to a value more than once, so that its text
// can be longer than itself.
func (r *Record) Repeats() bool { return r.doc.Repeats() }

// Account counts the bounds that whoever reads all of a live record meets: a text that is cut,
// fields that nobody sees. The record is the one that Records has yielded last. It is for callers
// that show records to rules, which read what they need of them.
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

// bite counts the bound that made an error, if one did. Slack is no evidence of what its records
// say: there, what cannot be decoded is counted as lost.
func (d *Decoder) bite(err error, pos int) {
	var e *binxml.Error
	if d.Limits != nil && !d.parser.Strict && errors.As(err, &e) && e.Bound.ID != "" {
		d.Limits.Bite(e.Bound, limit.At(d.at.File, d.at.Offset+int64(pos)))
	}
}
