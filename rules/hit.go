package rules

import (
	"iter"

	"hunt/evtx"
	"hunt/rules/window"
	"hunt/timeline"
	"hunt/timeline/spill"
)

// Hit is where an event of a finding is. It takes 24 bytes in memory and in a file.
type Hit struct {
	File    int32 // as in evtx.Ref
	finding uint32
	Offset  int64  // of the record in the file
	Record  uint64 // EventRecordID
}

// maxHits bounds the events that are listed for one finding, and likewise their copies and twins.
const maxHits = 10_000

// also reports whether a hit is a copy or a twin of an earlier one, or a further part of its script block; the
// file's number is then stored as its complement.
func (h Hit) also() bool { return h.File < 0 }

var hitForm = spill.Form[Hit]{
	Size: spill.SpotSize,
	Put: func(b []byte, h *Hit) {
		spill.Spot{File: h.File, Of: h.finding, Offset: h.Offset, And: h.Record}.Put(b)
	},
	Get: func(b []byte, h *Hit) {
		s := spill.SpotOf(b)
		*h = Hit{File: s.File, finding: s.Of, Offset: s.Offset, Record: s.And}
	},
}

// hits gathers where the events of the findings are.
type hits struct {
	log      *spill.Log[Hit]
	findings []*Finding // by number; nil for those that are no longer listed
}

func newHits(o Options) *hits {
	return &hits{log: spill.NewLog(hitForm, o.MaxMemory.Of(spill.Hits), o.TempDir)}
}

// add notes an event of a finding, with its copies, twins and the parts that it stands for.
func (l *hits) add(f *Finding, e *timeline.Event) {
	l.numbered(f)
	if f.listed++; f.listed > maxHits {
		f.HitsMore++
		f.HitsAlsoMore += len(e.Also) + e.More
		if e.Parts != nil {
			f.HitsAlsoMore += len(e.Parts.Refs) + e.Parts.More
		}
		return
	}
	put := func(r evtx.Ref, file int32) { l.log.Add(Hit{file, f.number, r.Offset, r.EventRecordID}) }
	put(e.Ref, e.Ref.File)
	for i := range e.Also {
		if f.listedAlso++; f.listedAlso > maxHits {
			f.HitsAlsoMore++
			continue
		}
		put(e.Also[i].Ref, ^e.Also[i].Ref.File)
	}
	if e.Parts != nil {
		for _, r := range e.Parts.Refs {
			if f.listedAlso++; f.listedAlso > maxHits {
				f.HitsAlsoMore++
				continue
			}
			put(r, ^r.File)
		}
		f.HitsAlsoMore += e.Parts.More
	}
	f.HitsAlsoMore += e.More
}

// addPlace adds an event of a finding by its place alone.
func (l *hits) addPlace(f *Finding, p window.Place) {
	l.numbered(f)
	if f.listed++; f.listed > maxHits {
		f.HitsMore++
		return
	}
	l.log.Add(Hit{p.File, f.number, p.Offset, p.ID})
}

// numbered returns the number of a finding, which it assigns on the first call.
func (l *hits) numbered(f *Finding) uint32 {
	if f.number == 0 {
		l.findings = append(l.findings, f)
		f.number = uint32(len(l.findings)) // #nosec G115 -- findings of all rules, 10,000 of each and 100 of each host
	}
	return f.number
}

// Hits yields the events of the findings, each finding's in order, and their copies and twins: up to 10,000 of
// either for each finding. Those of different findings are mixed.
func (res *Result) Hits() iter.Seq2[FindingHit, error] {
	return func(yield func(FindingHit, error) bool) {
		for h, err := range res.hits.log.All() {
			if err != nil {
				yield(FindingHit{}, err)
				return
			}
			f := res.hits.findings[h.finding-1]
			if f == nil {
				continue // no longer listed
			}
			out := FindingHit{Finding: f, Hit: h, Also: h.also()}
			if out.Also {
				out.File = ^h.File
			}
			if !yield(out, nil) {
				return
			}
		}
	}
}

// FindingHit is an event of a finding.
type FindingHit struct {
	*Finding
	Hit
	Also bool // a copy or a twin of one of its events, or another part of its script block
}

// discard frees what the result holds, if anything.
func (res *Result) discard() {
	if res.hits != nil {
		_ = res.Close() // a temporary file
	}
}

// Close frees what the result holds in addition to the findings: where their events are.
func (res *Result) Close() error { return res.hits.log.Close() }
