package verify

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"

	"hunt/evtx"
	"hunt/report"
	"hunt/timeline/evidence"
)

// HitCheck compares the places of the events that findings stand for with the evidence: whether a
// record with that id begins there. What is in them is compared for the events that the report cites.
type HitCheck struct {
	Checked  int      `json:"checked"`
	NotAsked int      `json:"not_checked"` // where no chunk is on the grid, as of a damaged log
	Wrong    int      `json:"wrong"`
	Problems []string `json:"problems"` // the first of those that are wrong
}

// maxHitProblems bounds the wrong hits that are reported one by one.
const maxHitProblems = 20

// hits checks the hits of all findings.
func (r *recordReader) hits(ctx context.Context, rep *report.Report,
	opened map[fileID]*evidence.File) (HitCheck, error) {
	out := HitCheck{Problems: []string{}}
	var all report.Hits
	for i := range rep.Findings {
		all = append(append(all, rep.Findings[i].Hits...), rep.Findings[i].HitsAlso...)
	}
	slices.SortFunc(all, func(a, b report.Hit) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Offset, b.Offset), cmp.Compare(a.ID, b.ID))
	})
	all = slices.Compact(all)
	wrong := func(h report.Hit, format string, args ...any) {
		if out.Wrong++; out.Wrong <= maxHitProblems {
			out.Problems = append(out.Problems, fmt.Sprintf("record %d at 0x%x of file %d: ", h.ID, h.Offset, h.File)+
				fmt.Sprintf(format, args...))
		}
	}
	slot := slotRecords{file: -1}
	for i, h := range all {
		if i%1024 == 0 && ctx.Err() != nil {
			return out, ctx.Err()
		}
		if h.File < 0 || int(h.File) >= len(rep.Evidence) {
			wrong(h, "the inventory has no such file")
			continue
		}
		e := &rep.Evidence[h.File]
		f := opened[fileID{e.Path, e.SHA256}]
		if f == nil {
			wrong(h, "%s is missing", e.Path)
			continue
		}
		if err := r.borrow(ctx, fileID{e.Path, e.SHA256}); err != nil {
			return out, err
		}
		if err := r.slotOf(&slot, h, f); err != nil {
			wrong(h, "%s cannot be read: %v", e.Path, err)
			continue
		}
		switch id, there := slot.known[h.Offset]; {
		case there && id == h.ID:
			out.Checked++
		case there:
			wrong(h, "the record there has the id %d", id)
		case !slot.chunk:
			out.NotAsked++
		default:
			wrong(h, "no record begins there")
		}
	}
	return out, nil
}

// slotRecords are the ids of the records of one slot by their offset.
type slotRecords struct {
	file  int32
	at    int64
	known map[int64]uint64
	chunk bool // a chunk is there
}

// slotOf reads the slot of a hit, if it is not that of the hit before.
func (r *recordReader) slotOf(s *slotRecords, h report.Hit, f *evidence.File) error {
	if err := r.Open(f, 0); err != nil {
		return err
	}
	slot, err := r.Log.SlotOf(evtx.Ref{Offset: h.Offset})
	if err != nil || s.file == h.File && s.at == slot.At.Offset {
		return err
	}
	*s = slotRecords{h.File, slot.At.Offset, map[int64]uint64{}, bytes.HasPrefix(slot.Data, []byte("ElfChnk\x00"))}
	for rec := range r.dec.Records(slot.Data, slot.At, func(evtx.Damage) {}) {
		s.known[rec.Ref.Offset] = rec.Ref.EventRecordID
	}
	for rec := range r.dec.Carved(slot.Data, slot.At) {
		if _, live := s.known[rec.Ref.Offset]; !live {
			s.known[rec.Ref.Offset] = rec.Ref.EventRecordID
		}
	}
	return nil
}
