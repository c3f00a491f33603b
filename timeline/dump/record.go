package dump

import (
	"slices"
	"strconv"

	"hunt/evtx"
	"hunt/limit"
	"hunt/timeline/slot"
)

// live prints the live records of one slot.
func (d *Writer) live(dec *evtx.Decoder, s *slot.Slot[printed]) {
	for r := range dec.Records(s.Data, s.At, func(x evtx.Damage) { s.Damage = append(s.Damage, x) }) {
		d.print(&s.Out, r)
		if d.Carved {
			d.mu.Lock()
			d.seen.Add(r)
			d.mu.Unlock()
		}
	}
}

// slack prints what follows the live records of one slot, if it was not printed before.
func (d *Writer) slack(dec *evtx.Decoder, s *slot.Slot[printed]) {
	for r := range dec.Carved(s.Data, s.At) {
		d.mu.Lock()
		fresh := d.seen.Add(r)
		d.mu.Unlock()
		if fresh {
			d.print(&s.Out, r)
		} else {
			dec.Stats.MoveToDuplicate(r)
		}
	}
}

// print counts a record and prints it if it is wanted.
func (d *Writer) print(s *printed, r *evtx.Record) {
	if r.Ref.Carved {
		s.tally.Carved++
	} else {
		s.tally.Read++
	}
	if !d.wants(r) {
		return
	}
	s.tally.Printed++
	if d.XML {
		s.text = r.AppendXML(s.text)
	} else {
		s.text = r.AppendJSON(s.text)
		s.text = d.appendMarks(s.text, s.path, r)
	}
	if r.Cut() {
		at := r.Place()
		if s.raw != "" {
			at = limit.In(s.raw)
		}
		d.Limits.Bite(evtx.BoundOutput, at)
	}
	if s.text = append(s.text, '\n'); len(s.text) >= maxSlotText {
		s.spill()
	}
}

func (d *Writer) wants(r *evtx.Record) bool {
	if len(d.IDs) > 0 && !slices.Contains(d.IDs, r.EventID()) {
		return false
	}
	if len(d.Channels) > 0 && !slices.Contains(d.Channels, r.Channel()) {
		return false
	}
	if d.From != 0 || d.To != 0 {
		t, _ := r.Time()
		return t == 0 || (d.From == 0 || t >= d.From) && (d.To == 0 || t <= d.To)
	}
	return true
}

// appendMarks adds a member "hunt" to the JSON of a record: where it is, if that is asked for, and where the text
// or the time of the event is not exactly what the record says. path is already a JSON string.
func (d *Writer) appendMarks(dst, path []byte, r *evtx.Record) []byte {
	_, from := r.Time()
	altered := r.Altered()
	if !d.WithRef && !altered && !r.Continued && from == evtx.TimeLogged {
		return dst
	}
	dst = append(dst[:len(dst)-1], `,"hunt":{`...)
	start := len(dst)
	if d.WithRef {
		dst = appendRef(dst, path, r)
	}
	comma := func() {
		if len(dst) > start {
			dst = append(dst, ',')
		}
	}
	if altered {
		comma()
		dst = append(dst, `"altered":true`...)
	}
	if r.Continued {
		comma()
		dst = append(dst, `"continued":true`...)
	}
	if from != evtx.TimeLogged {
		comma()
		at, _ := r.Time()
		dst = append(append(append(dst, `"time":{"source":"`...), from.String()...), '"')
		if at != 0 {
			dst = append(at.AppendText(append(dst, `,"used":"`...)), '"')
		}
		dst = append(dst, '}')
	}
	return append(dst, "}}"...)
}

// appendRef adds where the record is.
func appendRef(dst, path []byte, r *evtx.Record) []byte {
	dst = append(dst, `"file":`...)
	dst = append(dst, path...)
	dst = append(dst, `,"chunk":`...)
	dst = strconv.AppendInt(dst, int64(r.Ref.Chunk), 10)
	dst = append(dst, `,"offset":`...)
	dst = strconv.AppendInt(dst, r.Ref.Offset, 10)
	dst = append(dst, `,"header_record_id":`...)
	dst = strconv.AppendUint(dst, r.Ref.HeaderRecordID, 10)
	dst = append(dst, `,"carved":`...)
	dst = strconv.AppendBool(dst, r.Ref.Carved)
	if r.Borrowed {
		dst = append(dst, `,"borrowed":true`...)
	}
	return dst
}
