package rules

import (
	"cmp"
	"slices"
	"sort"
	"time"

	"hunt/evtx"
	"hunt/rules/fact"
	"hunt/rules/pack"
	"hunt/rules/recent"
	"hunt/rules/stage"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
)

const (
	// foldSpan is how far apart two events about one file may be to be shown as one: a browser's file, its stream and
	// the hashes of both are logged within a second, those of slow downloads within minutes.
	foldSpan = 5 * time.Minute
	// maxCandidates bounds the other first stages that a finding lists; it keeps the newest.
	maxCandidates = 20
)

// folder folds partial chains about one file into one: a download is up to four events, each of which may be the first
// stage. A folded chain is kept, up to a bound, as a candidate of the finding that absorbed it: a complete chain about
// the file if there is one, otherwise the first partial one. A folder serves one rule and one part.
type folder struct {
	complete map[fileKey][]*Finding // in order of their first event
	newest   map[fileKey]*Finding   // of the partial chains: the last that was not folded
	sweepAt  int                    // number of these at which old ones are looked for
}

// fileKey identifies a file of a host.
type fileKey struct {
	host *host.Host
	path string
}

func newFolder() folder {
	return folder{map[fileKey][]*Finding{}, map[fileKey]*Finding{}, recent.Few}
}

// fileOf returns the file that the first event of a finding is about; ok is false if there is none.
func fileOf(f *Finding) (key fileKey, ok bool) {
	e := f.Evidence[0].Event
	if e == nil || e.Class.ProcessStart {
		return key, false
	}
	path := fact.First(fact.Texts(e, ecs.HuntPath))
	return fileKey{e.Host, path}, path != ""
}

// take notes a complete chain.
func (fo *folder) take(f *Finding) {
	if key, ok := fileOf(f); ok {
		fo.complete[key] = inOrder(fo.complete[key], f)
	}
}

// folds folds a partial chain into another finding if it can, and reports whether it did. Partial chains come in order
// of time, when all complete ones within foldSpan are known.
func (fo *folder) folds(f *Finding) bool {
	key, ok := fileOf(f)
	if !ok {
		return false
	}
	at := f.Evidence[0].Event.At
	holder := fo.newest[key]
	if h := nearestTo(fo.complete[key], at); h != nil && recent.Near(h.Evidence[0].Event.At, at, foldSpan) {
		holder = h
	}
	if holder == nil || !recent.Near(holder.Evidence[0].Event.At, at, foldSpan) {
		fo.newest[key] = f
		fo.forget(at)
		return false
	}
	if len(holder.Candidates) < maxCandidates {
		holder.addCandidate(f.Evidence[0])
	} else {
		holder.CandidatesMore++
	}
	return true
}

// forget drops the partial chains that no later one can be folded into.
func (fo *folder) forget(at evtx.Filetime) {
	if len(fo.newest) < fo.sweepAt {
		return
	}
	for key, f := range fo.newest {
		if !recent.Near(f.Evidence[0].Event.At, at, foldSpan) {
			delete(fo.newest, key)
		}
	}
	fo.sweepAt = max(recent.Few, 2*len(fo.newest))
}

// inOrder adds a finding to those about one file, which are in the order of their first events; it nearly always goes
// last.
func inOrder(list []*Finding, f *Finding) []*Finding {
	i := len(list)
	for i > 0 && list[i-1].Evidence[0].Event.At > f.Evidence[0].Event.At {
		i--
	}
	return slices.Insert(list, i, f)
}

// nearestTo returns the finding whose first event is nearest to a time, nil if there is none.
func nearestTo(list []*Finding, at evtx.Filetime) *Finding {
	i := sort.Search(len(list), func(i int) bool { return list[i].Evidence[0].Event.At >= at })
	switch {
	case len(list) == 0:
		return nil
	case i == len(list), i > 0 && at-list[i-1].Evidence[0].Event.At <= list[i].Evidence[0].Event.At-at:
		return list[i-1]
	}
	return list[i]
}

// addCandidates adds to each complete chain the other events that could have been its first stage: on the same host,
// within the rule's span before the last step. The newest such event is in the chain, but need not be the cause. Rules
// whose keys include more than the host need no candidates: their key identifies the cause.
func (m *matching) addCandidates(findings []*Finding) {
	for _, f := range findings {
		last := f.Evidence[len(f.Evidence)-1].Event
		if f.Status != pack.StatusFinding || last == nil || len(f.Keys) > 1 || m.span == 0 {
			continue
		}
		list, n := m.firsts.Within(f.Host, last.At, m.span)
		var others []*stage.Held
		for _, x := range slices.Backward(list) {
			if len(f.Candidates)+len(others) == maxCandidates {
				break
			}
			if !f.holds(x.Event) {
				others = append(others, x)
			}
		}
		for _, e := range m.holder.Load(others...) {
			if e != nil {
				f.Candidates = append(f.Candidates, m.firstOf(e))
			}
		}
		f.CandidatesMore += max(n-f.firsts-len(others), 0)
		sortCandidates(f)
	}
}

// addCandidate adds an event that the finding does not hold yet.
func (f *Finding) addCandidate(c Evidence) {
	if !f.holds(c.Event) {
		f.Candidates = append(f.Candidates, c)
	}
}

// holds reports whether an event is among the evidence of the finding, or its candidates.
func (f *Finding) holds(e *timeline.Event) bool {
	same := func(o Evidence) bool { return o.Event != nil && o.Event.Ref == e.Ref }
	return slices.ContainsFunc(f.Evidence, same) || slices.ContainsFunc(f.Candidates, same)
}

func sortCandidates(f *Finding) {
	slices.SortFunc(f.Candidates, func(a, b Evidence) int {
		return cmp.Or(a.Event.Compare(b.Event), cmp.Compare(a.Stage, b.Stage))
	})
}
