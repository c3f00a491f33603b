package rules

import (
	"cmp"
	"slices"
	"sort"
	"time"

	"hunt/evtx"
	"hunt/rules/pack"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
)

const (
	// foldSpan is how far apart two events about one file may be to be told as one: a browser's
	// file, its stream and the hashes of both are logged within a second, slow downloads within
	// minutes.
	foldSpan = 5 * time.Minute
	// maxCandidates bounds the other first stages that a finding lists; the newest are kept.
	maxCandidates = 20
)

// foldPartials folds partial chains about one file into one: a download is up to four events, each
// of which may be the first stage. What is folded is kept, up to a bound, as a candidate of the
// finding it went into: a complete chain about the file if there is one, else the first partial.
// The findings are those of one rule, complete ones first, each kind in order of time.
func foldPartials(findings []*Finding) []*Finding {
	type fileKey struct {
		host *host.Host
		path string
	}
	complete := map[fileKey][]*Finding{} // holders of what is folded
	newest := map[fileKey]*Finding{}     // of the partial ones
	out := findings[:0]
	for _, f := range findings {
		e := f.Evidence[0].Event
		path := ""
		if e != nil && !e.Class.ProcessStart {
			path = first(texts(e, ecs.HuntPath))
		}
		if path == "" {
			out = append(out, f)
			continue
		}
		key := fileKey{e.Host, path}
		if f.Status == pack.StatusPartial {
			holder := newest[key]
			if h := nearestTo(complete[key], e.At); h != nil && near(h.Evidence[0].Event.At, e.At, foldSpan) {
				holder = h
			}
			if holder != nil && near(holder.Evidence[0].Event.At, e.At, foldSpan) {
				if len(holder.Candidates) < maxCandidates {
					holder.addCandidate(f.Evidence[0])
				} else {
					holder.CandidatesMore++
				}
				continue
			}
			newest[key] = f
		} else {
			complete[key] = inOrder(complete[key], f)
		}
		out = append(out, f)
	}
	clear(findings[len(out):])
	for _, f := range out {
		sortCandidates(f)
	}
	return out
}

// inOrder adds a finding to those about one file, which are in order of their first event; nearly
// always it is the last.
func inOrder(list []*Finding, f *Finding) []*Finding {
	i := len(list)
	for i > 0 && list[i-1].Evidence[0].Event.At > f.Evidence[0].Event.At {
		i--
	}
	return slices.Insert(list, i, f)
}

// nearestTo is the finding whose first event is the nearest to a time, nil if there is none.
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
// within the rule's span before the last step. The newest such event is in the chain, and need not be the cause. Rules
// whose keys say more than the host need none: their key names the cause. firsts are in order of time.
func addCandidates(findings []*Finding, firsts *firsts, maxSpan time.Duration) {
	for _, f := range findings {
		last := f.Evidence[len(f.Evidence)-1].Event
		if f.Status != pack.StatusFinding || last == nil || len(f.Keys) > 1 || maxSpan == 0 {
			continue
		}
		list := firsts.within(f.Host, last.At, maxSpan)
		i := len(list)
		for i > 0 && len(f.Candidates) < maxCandidates {
			i--
			firsts.work++
			f.addCandidate(list[i])
		}
		f.CandidatesMore += i
		for _, e := range f.Evidence {
			if e.Event != nil && hasEvent(list[:i], e.Event) {
				f.CandidatesMore--
			}
		}
		sortCandidates(f)
	}
}

// maxSameTime bounds the events of one time that are looked through for one of them.
const maxSameTime = 64

// hasEvent reports whether an event is in a list in order of time.
func hasEvent(list []Evidence, e *timeline.Event) bool {
	i := sort.Search(len(list), func(i int) bool { return list[i].Event.At >= e.At })
	for n := i; n < len(list) && n < i+maxSameTime && list[n].Event.At == e.At; n++ {
		if list[n].Event == e {
			return true
		}
	}
	return false
}

// addCandidate adds an event that the finding does not hold yet.
func (f *Finding) addCandidate(c Evidence) {
	same := func(e Evidence) bool { return e.Event == c.Event }
	if !slices.ContainsFunc(f.Evidence, same) && !slices.ContainsFunc(f.Candidates, same) {
		f.Candidates = append(f.Candidates, c)
	}
}

func near(a, b evtx.Filetime, span time.Duration) bool {
	return max(a, b)-min(a, b) <= evtx.Filetime(span/100)
}

func sortCandidates(f *Finding) {
	slices.SortFunc(f.Candidates, func(a, b Evidence) int { return cmp.Or(a.Event.Compare(b.Event), cmp.Compare(a.Stage, b.Stage)) })
}
