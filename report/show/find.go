package show

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/report/record"
	"hunt/timeline"
	"hunt/timeline/evidence"
	"hunt/timeline/export"
	"hunt/timeline/lender"
)

// Finder looks up records. It belongs to one goroutine.
type Finder struct {
	Evidence *evidence.Collection
	Carved   bool            // with the live records of a number, show those that are carved, too
	Meter    *timeline.Meter // of what is looked through; may be nil

	open record.File
	dec  evtx.Decoder
	lend *lender.Lender // nil before a record may have borrowed its template
}

// expect says that a file is about to be looked through.
func (f *Finder) expect(of *evidence.File) {
	if f.Meter != nil {
		f.Meter.Files.Add(1)
		f.Meter.Bytes.Add(max(of.Size, 0))
	}
}

// passed says that a slot of a file was looked through.
func (f *Finder) passed(s *evtx.Slot, records int) {
	if f.Meter != nil {
		f.Meter.Records.Add(int64(records))
		f.Meter.BytesDone.Add(int64(len(s.Data)))
	}
}

// ended says that a file was looked through.
func (f *Finder) ended() {
	if f.Meter != nil {
		f.Meter.FilesDone.Add(1)
	}
}

// Close closes the open file.
func (f *Finder) Close() { f.open.Close() }

// Show describes the records that a target means, and hands them over one by one.
func (f *Finder) Show(ctx context.Context, t Target, hand func(*Record) error) error {
	if f.dec.Cache == nil {
		f.dec = evtx.Decoder{Cache: evtx.NewCache(), Partial: true}
	}
	f.dec.Stock = nil
	if t.ID != "" {
		return f.byID(ctx, t, hand)
	}
	of, index, err := file(f.Evidence, t.File)
	if err != nil {
		return err
	}
	if of.Status != evidence.Read {
		return fmt.Errorf("%s: %s: %s", of.Path, of.Status, of.Detail)
	}
	if err := f.open.Open(of, int32(index)); err != nil { // #nosec G115 -- an index of files
		return fmt.Errorf("%s: %w", of.Path, err)
	}
	f.expect(of)
	defer f.ended()
	if t.Offset >= 0 {
		return f.byOffset(ctx, of, t, hand)
	}
	return f.byNumber(ctx, of, t, hand)
}

// byOffset shows what is at an offset: a record, or the bytes that are none.
func (f *Finder) byOffset(ctx context.Context, of *evidence.File, t Target, hand func(*Record) error) error {
	for s, err := range f.slots(t.Offset) {
		if err != nil {
			return fmt.Errorf("%s: %w", of.Path, err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		f.passed(&s, 0)
		if t.Offset < s.At.Offset || t.Offset >= s.At.Offset+int64(len(s.Data)) {
			continue
		}
		at := func(r *evtx.Record) bool {
			return r.Ref.Offset <= t.Offset && t.Offset < r.Ref.Offset+int64(len(r.Raw()))
		}
		found, damage := f.inSlot(s, at, true)
		if found == nil || found.Partial { // its template may be elsewhere
			if err := f.borrow(ctx, of); err != nil {
				return err
			}
			if again, _ := f.inSlot(s, at, true); again != nil {
				found = again
			}
		}
		return hand(f.describe(of, s, found, t, damage))
	}
	return fmt.Errorf("%s: there is no slot at offset %d; slots begin at %d", of.Path, t.Offset, of.FirstSlot())
}

// slots yields the slots of the open file, first of all the one on the grid that an offset is in.
func (f *Finder) slots(offset int64) func(yield func(evtx.Slot, error) bool) {
	return func(yield func(evtx.Slot, error) bool) {
		if s, err := f.open.Log.SlotOf(evtx.Ref{Offset: offset}); err == nil &&
			strings.HasPrefix(string(s.Data), "ElfChnk\x00") {
			s.Data = append([]byte(nil), s.Data...)
			if !yield(s, nil) {
				return
			}
		}
		for s, err := range f.open.Log.Slots() {
			s.Data = append([]byte(nil), s.Data...) // the buffer is used again
			if !yield(s, err) {
				return
			}
		}
	}
}

// inSlot returns a copy of the first record of a slot that is wanted, live ones first, and the damage
// of the slot.
func (f *Finder) inSlot(s evtx.Slot, wanted func(*evtx.Record) bool, carved bool) (found *evtx.Record,
	damage []evtx.Damage) {
	f.dec.NoCRC = f.open.Log.Header.NoCRC()
	for r := range f.dec.Records(s.Data, s.At, func(d evtx.Damage) { damage = append(damage, d) }) {
		if found == nil && wanted(r) {
			found = r.Clone()
		}
	}
	if found != nil || !carved {
		return found, damage
	}
	for r := range f.dec.Carved(s.Data, s.At) {
		if wanted(r) {
			return r.Clone(), damage
		}
	}
	return nil, damage
}

// borrow learns what the carved records of a file may borrow.
func (f *Finder) borrow(ctx context.Context, of *evidence.File) (err error) {
	if f.lend == nil {
		f.lend = &lender.Lender{Files: f.Evidence.Files, All: true, Limits: &f.Evidence.Limits}
		if f.Meter != nil {
			f.lend.Begins = func(x *evidence.File) {
				f.expect(x)
				f.Meter.FilesDone.Add(1)
			}
			f.lend.Passed = func(bytes int) { f.Meter.BytesDone.Add(int64(bytes)) }
		}
	}
	f.dec.Stock, err = f.lend.Stock(ctx, of)
	return err
}

// byNumber shows all records with a number: live ones and, if there are none or if asked for, carved
// ones.
func (f *Finder) byNumber(ctx context.Context, of *evidence.File, t Target, hand func(*Record) error) error {
	n, err := f.numbered(ctx, of, t, false, hand)
	if err != nil {
		return err
	}
	if n == 0 || f.Carved {
		f.expect(of)
		defer f.ended()
		if err := f.borrow(ctx, of); err != nil {
			return err
		}
		carved, err := f.numbered(ctx, of, t, true, hand)
		if err != nil {
			return err
		}
		n += carved
	}
	if n == 0 {
		return fmt.Errorf("%s: no record has the number %d; 'hunt search --evtx PATH --field EventRecordID %[2]d' "+
			"looks in all files", of.Path, t.Record)
	}
	return nil
}

// byID shows the record with an id in the first file that has it: a live one, else a carved one.
func (f *Finder) byID(ctx context.Context, t Target, hand func(*Record) error) error {
	missed := map[string]string{} // why, by path
	for _, carved := range []bool{false, true} {
		for i, of := range f.Evidence.Files {
			if of.Status != evidence.Read {
				missed[of.Path] = of.Detail
				continue
			}
			if err := f.open.Open(of, int32(i)); err != nil { // #nosec G115 -- an index of files
				missed[of.Path] = err.Error()
				continue
			}
			if carved {
				if err := f.borrow(ctx, of); err != nil {
					return err
				}
			}
			f.expect(of)
			n, err := f.numbered(ctx, of, t, carved, hand)
			f.ended()
			if n > 0 || err != nil && ctx.Err() != nil {
				return err
			}
			if err != nil {
				missed[of.Path] = err.Error()
			}
		}
	}
	return fmt.Errorf("no record has the id %q%s; give the evidence that the query was over", t.ID, unread(missed))
}

// unread says which files could not be read.
func unread(why map[string]string) string {
	if len(why) == 0 {
		return ""
	}
	var list []string
	for _, path := range slices.Sorted(maps.Keys(why)) {
		list = append(list, path+": "+why[path])
	}
	return ", and some files could not be read (" + several(list) + ")"
}

// wanted reports whether a record is the one that a target names by its number or its id.
func (t *Target) wanted(r *evtx.Record) bool {
	return r.EventRecordID() == t.Record && (t.ID == "" || export.RecordID(r, r.Channel()) == t.ID)
}

// numbered hands over the records of the open file that have the number, live or carved ones in the order of their
// offsets, and returns how many there were.
func (f *Finder) numbered(
	ctx context.Context, of *evidence.File, t Target, carved bool, hand func(*Record) error,
) (int, error) {
	n := 0
	for s, err := range f.open.Log.Slots() {
		if err != nil {
			return n, fmt.Errorf("%s: %w", of.Path, err)
		}
		if err := ctx.Err(); err != nil {
			return n, err
		}
		var found []*evtx.Record
		var damage []evtx.Damage
		records := 0
		take := func(r *evtx.Record) {
			records++
			if t.wanted(r) {
				found = append(found, r.Clone())
			}
		}
		f.dec.NoCRC = f.open.Log.Header.NoCRC()
		if carved {
			for r := range f.dec.Carved(s.Data, s.At) {
				take(r)
			}
		} else {
			for r := range f.dec.Records(s.Data, s.At, func(d evtx.Damage) { damage = append(damage, d) }) {
				take(r)
			}
		}
		f.passed(&s, records)
		for _, r := range found {
			n++
			if err := hand(f.describe(of, s, r, t, damage)); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}
