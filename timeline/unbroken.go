package timeline

import (
	"cmp"
	"slices"

	"hunt/evtx"
	"hunt/timeline/ecs"
)

// unbroken tells for one channel of a host whether its log is complete between two records: only then would it have told what
// happened meanwhile.
type unbroken struct {
	whole *idHoles           // of all files, where they are copies and parts of one log
	files map[int32]*idHoles // of each file by itself
	quiet []silence          // unusual silences in which other logs of the host go on, by time
	ends  bool               // it logs ends of processes
}

// idHoles are the holes in the record ids of a log.
type idHoles struct {
	holes []idHole // by id, apart from each other
	sum   []uint64 // ids missing in the holes before each, and in all of them
}

// newHoles finds the holes that all spans together leave.
func newHoles(spans []*chunkSpan) *idHoles {
	type present struct{ first, last uint64 }
	var all []present
	for _, s := range spans {
		first := s.minID
		holes := slices.Clone(s.oddities().holes)
		slices.SortFunc(holes, func(a, b idHole) int { return cmp.Compare(a.after, b.after) })
		for _, h := range holes {
			if h.after >= first {
				all = append(all, present{first, h.after})
			}
			first = max(first, h.before)
		}
		all = append(all, present{first, s.maxID})
	}
	slices.SortFunc(all, func(a, b present) int { return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.last, b.last)) })
	out := &idHoles{sum: []uint64{0}}
	var top uint64
	for i, p := range all {
		if i > 0 && p.first > top+1 {
			out.holes = append(out.holes, idHole{top, p.first})
			out.sum = append(out.sum, out.sum[len(out.sum)-1]+p.first-top-1)
		}
		top = max(top, p.last)
	}
	return out
}

// missing returns how many record ids are missing between two that are there.
func (h *idHoles) missing(from, to uint64) uint64 {
	at := func(id uint64) int {
		i, _ := slices.BinarySearchFunc(h.holes, id, func(h idHole, id uint64) int { return cmp.Compare(h.after, id) })
		return i
	}
	if i, j := at(from), at(to); i < j {
		return h.sum[j] - h.sum[i]
	}
	return 0
}

// unbrokenLogs works it out for the channels of process starts.
func (t *hostTable) unbrokenLogs(starts []*procStart) {
	t.unbroken = map[string]*unbroken{}
	for _, s := range starts {
		t.unbroken[s.channel] = &unbroken{files: map[int32]*idHoles{}}
	}
	spans := map[string][]*chunkSpan{}
	for k, l := range t.clock.logs {
		if u := t.unbroken[k.channel]; u != nil {
			u.files[k.file] = newHoles(l.spans)
			spans[k.channel] = append(spans[k.channel], l.spans...)
		}
	}
	days, all := map[string]dayTable{}, dayTable{}
	for _, e := range t.of.Events {
		all.add(e.Days)
		u := t.unbroken[e.Channel]
		if u == nil {
			continue
		}
		if days[e.Channel] == nil {
			days[e.Channel] = dayTable{}
		}
		days[e.Channel].add(e.Days)
		u.ends = u.ends || e.Count > 0 && ecs.MeaningOf(e.Channel, e.Provider, e.EventID).Role == ecs.RoleProcessEnd
	}
	every := all.sorted()
	for channel, u := range t.unbroken {
		list := spans[channel]
		slices.SortFunc(list, func(a, b *chunkSpan) int {
			return cmp.Or(cmp.Compare(a.minID, b.minID), cmp.Compare(a.maxID, b.maxID), a.ref.Compare(b.ref))
		})
		if t.oneLog(list) {
			u.whole = newHoles(list)
		}
		found, usual := rawSilences(days[channel].sorted(), 0)
		for _, s := range found {
			if s.len() >= max(leastSilence, silenceTimes*usual) && speaks(every, s) {
				u.quiet = append(u.quiet, s)
			}
		}
	}
}

// oneLog reports whether spans, by record id, are of one log: its times go up with its ids, but where the clock was set back. A log
// that was made anew counts from 1 again, and its ids repeat those of the one before.
func (t *hostTable) oneLog(spans []*chunkSpan) bool {
	if len(t.clock.back) > 0 {
		return false
	}
	var last evtx.Filetime
	for _, s := range spans {
		if s.first != 0 && s.first+lateWriter < last {
			return false
		}
		last = max(last, s.first)
	}
	return true
}

// missing returns how many record ids of a channel are missing between two records; ok is false if that cannot be told.
func (u *unbroken) missing(from, to evtx.Ref) (n uint64, ok bool) {
	a, b := from.EventRecordID, to.EventRecordID
	h := u.whole
	if from.File == to.File {
		h = u.files[from.File]
		if u.whole != nil {
			h = u.whole // what one copy lacks another can have
		}
	}
	if h == nil || from.Carved || to.Carved || a > b || a == 0 {
		return 0, false
	}
	return h.missing(a, b), true
}

// silent reports whether the channel was silent between two times while other logs of the host were not.
func (u *unbroken) silent(from, to evtx.Filetime) bool {
	i, _ := slices.BinarySearchFunc(u.quiet, hourOf(from), func(s silence, h hour) int { return cmp.Compare(s.from, h) })
	return i < len(u.quiet) && u.quiet[i].to <= hourOf(to)+1
}
