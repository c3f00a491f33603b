package dump

import (
	"context"
	"encoding/json"

	"hunt/evtx"
	"hunt/timeline/evidence"
	"hunt/timeline/slot"
)

// maxSlotText bounds the text that a slot holds until its turn to be written. A full chunk of honest records prints
// less than 256 KiB; a crafted one can ask for a gigabyte.
const maxSlotText = 1 << 20

// printed is what a worker made of a slot.
type printed struct {
	path  []byte // of the file, as a JSON string
	raw   string // name of a file that is not an event log; "" for one that is
	text  []byte
	tally Counts
	spill func() // writes out a text that has become too long
}

// numbered is a file of the evidence and its number, which references contain.
type numbered struct {
	*evidence.File
	index int32
}

// pass is one pass over a file in a dump.
type pass struct {
	file     numbered
	decode   func(*Writer, *evtx.Decoder, *slot.Slot[printed])
	jobs     int
	stock    *evtx.Stock // what carved records may borrow
	complain func(text string)
}

// file dumps one file: its slots are decoded on all workers and written in their order.
func (d *Writer) file(ctx context.Context, of pass) error {
	f := of.file
	path, err := json.Marshal(f.Path)
	if err != nil {
		return err
	}
	damaged := slot.Damaged{Path: f.Path, Complain: of.complain}
	lost, err := slot.Pass[printed]{
		File: f.File, Index: f.index, Jobs: of.jobs, Head: damaged.Add,
		Worker: func(header evtx.FileHeader) (func(*slot.Slot[printed]), func()) {
			dec := &evtx.Decoder{Cache: d.cache, Stock: of.stock, NoCRC: header.NoCRC(), Unsummed: true,
				Limits: &d.Limits, Exact: d.Exact}
			decode := func(s *slot.Slot[printed]) {
				s.Out.path = path
				s.Out.spill = func() {
					s.Flush()
					s.Out.text = s.Out.text[:0] // even if the dump has failed
				}
				of.decode(d, dec, s)
			}
			return decode, func() {
				d.mu.Lock()
				defer d.mu.Unlock()
				d.Recovered.Add(dec.Stats)
			}
		},
		Take: func(s *slot.Slot[printed]) error {
			damaged.Add(s.Damage)
			d.Counts.add(s.Out.tally)
			d.Done(0, int64(s.Out.tally.Read+s.Out.tally.Carved), s.Taken())
			_, err := d.out.Write(s.Out.text)
			s.Out.text, s.Out.tally = s.Out.text[:0], Counts{}
			return err
		},
	}.Run(ctx)
	damaged.End()
	d.Counts.Damaged += damaged.N
	switch {
	case lost != nil:
		of.complain(lost.Error())
		d.Counts.Failed++
	case damaged.N == 0:
		d.Counts.Whole++
	}
	return err
}
