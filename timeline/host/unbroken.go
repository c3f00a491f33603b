package host

import (
	"cmp"
	"slices"

	"hunt/evtx"
	"hunt/timeline/ecs"
	"hunt/timeline/ledger"
)

// unbroken says for one channel of a host whether its log is complete between two records: only then would it have
// shown what happened in between.
type unbroken struct {
	whole *idHoles           // of all files, where they are copies and parts of one log
	files map[int32]*idHoles // of each file by itself
	quiet []ledger.Silence   // unusual silences in which other logs of the host go on, by time
	ends  bool               // it logs ends of processes
}

// idHoles are the holes in the record ids of a log.
type idHoles struct {
	holes []ledger.Hole // by id, disjoint
	sum   []uint64      // ids missing in the holes before each, and in all of them
}

// newHoles finds the holes that all spans together leave.
func newHoles(spans []*ledger.Chunk) *idHoles {
	type present struct{ first, last uint64 }
	var all []present
	for _, s := range spans {
		first := s.MinID
		holes := slices.Clone(s.Oddities().Holes)
		slices.SortFunc(holes, func(a, b ledger.Hole) int { return cmp.Compare(a.After, b.After) })
		for _, h := range holes {
			if h.After >= first {
				all = append(all, present{first, h.After})
			}
			first = max(first, h.Before)
		}
		all = append(all, present{first, s.MaxID})
	}
	slices.SortFunc(all, func(a, b present) int {
		return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.last, b.last))
	})
	out := &idHoles{sum: []uint64{0}}
	var top uint64
	for i, p := range all {
		if i > 0 && p.first > top+1 {
			out.holes = append(out.holes, ledger.Hole{After: top, Before: p.first})
			out.sum = append(out.sum, out.sum[len(out.sum)-1]+p.first-top-1)
		}
		top = max(top, p.last)
	}
	return out
}

// missing returns how many record ids are missing between two that are there.
func (h *idHoles) missing(from, to uint64) uint64 {
	at := func(id uint64) int {
		i, _ := slices.BinarySearchFunc(h.holes, id, func(h ledger.Hole, id uint64) int {
			return cmp.Compare(h.After, id)
		})
		return i
	}
	if i, j := at(from), at(to); i < j {
		return h.sum[j] - h.sum[i]
	}
	return 0
}

// unbrokenLogs computes unbroken for the channels of process starts.
func (t *table) unbrokenLogs(starts []*ledger.Start) {
	t.unbroken = map[string]*unbroken{}
	for _, s := range starts {
		t.unbroken[s.Channel] = &unbroken{files: map[int32]*idHoles{}}
	}
	spans := map[string][]*ledger.Chunk{}
	for k, l := range t.clock.logs {
		if u := t.unbroken[k.Channel]; u != nil {
			u.files[k.File] = newHoles(l.spans)
			spans[k.Channel] = append(spans[k.Channel], l.spans...)
		}
	}
	days, all := map[string]ledger.DayTable{}, ledger.DayTable{}
	for _, e := range t.of.Events {
		all.Add(e.Days)
		u := t.unbroken[e.Channel]
		if u == nil {
			continue
		}
		if days[e.Channel] == nil {
			days[e.Channel] = ledger.DayTable{}
		}
		days[e.Channel].Add(e.Days)
		u.ends = u.ends || e.Count > 0 && ecs.MeaningOf(e.Channel, e.Provider, e.EventID).Role == ecs.RoleProcessEnd
	}
	every := all.Sorted()
	for channel, u := range t.unbroken {
		list := spans[channel]
		slices.SortFunc(list, func(a, b *ledger.Chunk) int {
			return cmp.Or(cmp.Compare(a.MinID, b.MinID), cmp.Compare(a.MaxID, b.MaxID), a.Ref.Compare(b.Ref))
		})
		if t.oneLog(list) {
			u.whole = newHoles(list)
		}
		found, usual := ledger.Pauses(days[channel].Sorted(), 0)
		for _, s := range found {
			if s.Len() >= max(ledger.LeastSilence, ledger.SilenceTimes*usual) && ledger.Speaks(every, s) {
				u.quiet = append(u.quiet, s)
			}
		}
	}
}

// oneLog reports whether spans, by record id, are of one log: its times increase with its ids, except where the
// clock was set back. A log that was created again counts from 1 again, and its ids repeat those of the one before.
func (t *table) oneLog(spans []*ledger.Chunk) bool {
	if len(t.clock.back) > 0 {
		return false
	}
	var last evtx.Filetime
	for _, s := range spans {
		if s.First != 0 && s.First+lateWriter < last {
			return false
		}
		last = max(last, s.First)
	}
	return true
}

// missing returns how many record ids of a channel are missing between two records; ok is false if that cannot be
// known.
func (u *unbroken) missing(from, to evtx.Ref) (n uint64, ok bool) {
	a, b := from.EventRecordID, to.EventRecordID
	h := u.whole
	if from.File == to.File {
		h = u.files[from.File]
		if u.whole != nil {
			h = u.whole // another copy can have what one lacks
		}
	}
	if h == nil || from.Carved || to.Carved || a > b || a == 0 {
		return 0, false
	}
	return h.missing(a, b), true
}

// silent reports whether the channel was silent between two times while other logs of the host were not.
func (u *unbroken) silent(from, to evtx.Filetime) bool {
	i, _ := slices.BinarySearchFunc(u.quiet, ledger.HourOf(from), func(s ledger.Silence, h ledger.Hour) int {
		return cmp.Compare(s.From, h)
	})
	return i < len(u.quiet) && u.quiet[i].To <= ledger.HourOf(to)+1
}
