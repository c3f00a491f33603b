package build

import (
	"cmp"
	"context"
	"slices"

	"hunt/limit"
	"hunt/report"
)

const (
	// freeRepeats is how many bytes of events a page may repeat before each event is shown in only one finding.
	freeRepeats = 128 << 10
	// freeSurroundings is how much may surround all findings together, in bytes of JSON, before each finding is
	// limited to fewSurroundings.
	freeSurroundings = 3 << 19
	// fewSurroundings is how much may surround one finding after that, in bytes of JSON.
	fewSurroundings = 1 << 10
	// fewNearby is how many rows of the timeline a finding refers to after that.
	fewNearby = 10
)

var (
	boundSurroundings = limit.Bound{ID: "report-around-findings",
		Text: "a report holds 1.5 MiB of process trees, candidates and provenance, the most serious findings first; " +
			"each finding after that has 1 KiB of them and 10 rows of the timeline"}
)

// budget keeps a report with many findings in proportion to them. It cuts what surrounds the least serious
// findings, never a finding, its evidence or the reasons for it. Candidates and provenance are only added here,
// one finding after the other: if there are many findings, most of theirs are cut.
func (b *builder) budget(ctx context.Context, order []int) error {
	once := b.standOnce(order)
	left := freeSurroundings
	for _, i := range order {
		if err := ctx.Err(); err != nil {
			return err
		}
		f := &b.found[i]
		f.Candidates, f.Provenance = b.candidates(b.res.Findings[i]), b.provenance(i)
		for j := range f.Candidates {
			once(&f.Candidates[j].Evidence, f.ID)
		}
		if n := aroundSize(f); n <= left {
			left -= n
			continue
		}
		left = 0
		if b.cutAround(f) {
			b.cs.Limits.Bite(boundSurroundings, limit.In(f.ID))
		}
	}
	return nil
}

// byWeight are the places of the findings, the weightiest first.
func (b *builder) byWeight() []int {
	order := make([]int, len(b.found))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		x, y := &b.found[i], &b.found[j]
		return cmp.Or(cmp.Compare(x.Status.Rank(), y.Status.Rank()),
			cmp.Compare(x.Rule.Severity.Rank(), y.Rule.Severity.Rank()),
			cmp.Compare(x.Confidence.Rank(), y.Confidence.Rank()))
	})
	return order
}

// standOnce makes one finding show an event for all others that cite it, if a page would repeat too much, and
// returns a function that does so for an event that comes later: evidence comes before candidates.
func (b *builder) standOnce(order []int) (once func(e *report.Evidence, finding string)) {
	in, left := map[report.Place]string{}, freeRepeats
	repeats := func(size int) bool { // whether so much may be repeated once more
		if size <= left {
			left -= size
			return true
		}
		left = 0
		return false
	}
	once = func(e *report.Evidence, finding string) {
		if e.Missing {
			return
		}
		key := e.Ref.Place()
		first, again := in[key]
		if !again {
			in[key] = finding
			return
		}
		if repeats(len(e.Document) + factsSize(e.Facts)) {
			return
		}
		e.Document, e.Facts, e.EventIn = nil, nil, first
	}
	type condition struct {
		rule  string
		stage int
	}
	stated, told, proved := map[condition]bool{}, map[string]bool{}, map[report.Place]bool{}
	for _, i := range order {
		f := &b.found[i]
		if told[f.Rule.ID] && !repeats(len(f.What)) {
			f.What = "" // the rule has it: Normalize puts it there
		}
		told[f.Rule.ID] = true
		if l := f.Logon; l != nil && l.Ref != nil {
			place := l.Ref.Place()
			if proved[place] && !repeats(refSize) {
				l.Ref = nil // the session's first finding has it
			}
			proved[place] = true
		}
		for j := range f.Evidence {
			e := &f.Evidence[j]
			once(e, f.ID)
			switch key := (condition{f.Rule.ID, e.Stage}); {
			case !stated[key]:
				stated[key] = true
			case !repeats(len(e.Condition)):
				e.Condition = "" // the rule and its first finding have it
			}
		}
	}
	return once
}

func factsSize(facts []report.KeyValue) int {
	n := 0
	for _, f := range facts {
		n += len(f.Key) + len(f.Value) + len(`{"key":"","value":""},`)
	}
	return n
}

// refSize is the approximate size of a reference in JSON.
const refSize = 360

func candidateSize(e *report.Evidence) int {
	return len(e.Message) + len(e.Condition) + len(e.Document) + factsSize(e.Facts) + refSize*(1+len(e.Also)) + 200
}

func provenanceSize(p *report.Provenance) int { return len(p.Text) + len(p.Source) + refSize + 100 }

// treeSize returns the approximate size of a process tree in JSON.
func treeSize(p *report.Process, depth int) int {
	if p == nil || depth > report.MaxTreeDepth {
		return 0
	}
	n := len(p.Executable) + len(p.CommandLine) + len(p.User) + len(p.EntityID) + 260
	for _, c := range p.Children {
		n += treeSize(c, depth+1)
	}
	return n
}

// aroundSize returns the approximate size of what surrounds a finding, in bytes of JSON.
func aroundSize(f *report.Finding) int {
	n := treeSize(f.Lineage, 0) + 6*len(f.Context)
	for i := range f.Candidates {
		n += candidateSize(&f.Candidates[i].Evidence)
	}
	for i := range f.Provenance {
		n += provenanceSize(&f.Provenance[i])
	}
	return n
}

// cutAround keeps fewSurroundings around a finding: of the process tree the way to the evidence, then the
// first steps of its provenance, then the newest candidates. It reports whether anything is left out.
func (b *builder) cutAround(f *report.Finding) bool {
	left, cut := fewSurroundings, false
	if treeSize(f.Lineage, 0) > left {
		cut = prune(f.Lineage, 0) > 0
	}
	left -= min(left, treeSize(f.Lineage, 0))
	keep := 0
	for keep < len(f.Provenance) && provenanceSize(&f.Provenance[keep]) <= left {
		left -= provenanceSize(&f.Provenance[keep])
		keep++
	}
	if keep < len(f.Provenance) {
		f.ProvenanceMore += len(f.Provenance) - keep
		f.Provenance, cut = slices.Clone(f.Provenance[:keep]), true
	}
	first := len(f.Candidates)
	for first > 0 && candidateSize(&f.Candidates[first-1].Evidence) <= left {
		first--
		left -= candidateSize(&f.Candidates[first].Evidence)
	}
	if first > 0 {
		f.CandidatesMore += first
		f.Candidates, cut = slices.Clone(f.Candidates[first:]), true
	}
	if len(f.Context) > fewNearby {
		f.ContextMore += len(f.Context) - fewNearby
		f.Context, cut = b.nearestRows(f.Context, *f.Start, *f.End, fewNearby), true
	}
	return cut
}

// prune removes from a tree what does not lead to the evidence, and counts it where it was.
func prune(p *report.Process, depth int) (gone int) {
	if depth > report.MaxTreeDepth {
		return 0
	}
	kept := p.Children[:0]
	for _, c := range p.Children {
		if !c.LeadsToEvidence(depth + 1) {
			gone++
			continue
		}
		gone += prune(c, depth+1)
		kept = append(kept, c)
	}
	p.Omitted += len(p.Children) - len(kept)
	p.Children = kept
	return gone
}
