package rules

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"time"

	"hunt/evtx"
	"hunt/timeline"
	"hunt/timeline/ecs"
)

const (
	// foldSpan is how far apart two events about one file may be to be told as one: a browser's file, its stream and the
	// hashes of both are logged within a second, slow downloads within minutes.
	foldSpan = 5 * time.Minute
	// maxCandidates bounds the other first stages that a finding lists; the newest are kept.
	maxCandidates = 20
)

// foldPartials folds partial chains about one file into one: a download is up to four events, each of which may be the
// first stage. What is folded is kept, up to a bound, as a candidate of the finding it went into: a complete chain about the file if there
// is one, else the first partial. The findings are those of one rule, complete ones first, each kind in order of time.
func foldPartials(findings []*Finding) []*Finding {
	type fileKey struct {
		host *timeline.Host
		path string
	}
	complete := map[fileKey][]*Finding{} // holders of what is folded
	newest := map[fileKey]*Finding{}     // of the partial ones
	left := map[*Finding]int{}           // events that were folded into it and are not listed
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
		if f.Status == StatusPartial {
			holder := newest[key]
			if i := slices.IndexFunc(complete[key], func(h *Finding) bool { return near(h.Evidence[0].Event.At, e.At, foldSpan) }); i >= 0 {
				holder = complete[key][i]
			}
			if holder != nil && near(holder.Evidence[0].Event.At, e.At, foldSpan) {
				if len(holder.Candidates) < maxCandidates {
					holder.addCandidate(f.Evidence[0])
				} else {
					left[holder]++
				}
				continue
			}
			newest[key] = f
		} else {
			complete[key] = append(complete[key], f)
		}
		out = append(out, f)
	}
	clear(findings[len(out):])
	for _, f := range out {
		sortCandidates(f)
		if n := left[f]; n > 0 {
			f.Reasons = append(f.Reasons, fmt.Sprintf("%d more events about the file could have been the first step and are not listed.", n))
		}
	}
	return out
}

// addCandidates adds to each complete chain the other events that could have been its first stage: on the same host,
// within the rule's span before the last step. The newest such event is in the chain, and need not be the cause. Rules
// whose keys say more than the host need none: their key names the cause. firsts are in order of time.
func addCandidates(findings []*Finding, firsts []Evidence, maxSpan time.Duration) {
	byHost := map[*timeline.Host][]Evidence{}
	for _, e := range firsts {
		byHost[e.Event.Host] = append(byHost[e.Event.Host], e)
	}
	for _, f := range findings {
		last := f.Evidence[len(f.Evidence)-1].Event
		if f.Status != StatusFinding || last == nil || len(f.Keys) > 1 || maxSpan == 0 {
			continue
		}
		list := byHost[f.Host]
		i := sort.Search(len(list), func(i int) bool { return list[i].Event.At > last.At })
		for i--; i >= 0 && near(list[i].Event.At, last.At, maxSpan) && len(f.Candidates) < maxCandidates; i-- {
			f.addCandidate(list[i])
		}
		sortCandidates(f)
	}
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
