package rules

import (
	"math"
	"slices"

	"hunt/rules/fact"
	"hunt/rules/pack"
	"hunt/rules/predicate"
)

// By the time that Combine reads what Match wrote, it is in a file that anybody may have written. The bundle's
// hashes find accidents; these checks find numbers that refer to nothing.

// believable reports whether a finding that was read is possible for a rule with so many stages.
func (f *Finding) believable(stages int, complete bool) bool {
	if f.Host == nil || len(f.Evidence) == 0 || !slices.ContainsFunc(f.Evidence, there) {
		return false
	}
	for _, list := range [][]Evidence{f.Evidence, f.Candidates} {
		for i := range list {
			if list[i].Stage < 0 || list[i].Stage >= stages {
				return false
			}
		}
	}
	if slices.ContainsFunc(f.Candidates, func(e Evidence) bool { return e.Event == nil }) {
		return false
	}
	status, confidence := pack.StatusPartial, f.Confidence
	if complete {
		status = pack.StatusFinding
	}
	if f.Status != status && f.Status != pack.StatusSuppressed || f.Status == pack.StatusSuppressed &&
		f.Exception == nil {
		return false
	}
	if confidence != "" {
		if _, err := pack.ParseConfidence(string(confidence)); err != nil {
			return false
		}
	}
	for _, d := range f.Differs {
		if d.More < 0 || !fact.Spreading(d.Field) {
			return false
		}
	}
	if slices.ContainsFunc(f.Keys, func(v predicate.Value) bool { return v.Kind > predicate.Unsigned }) {
		return false
	}
	return f.First <= f.Last && f.Last.UnixNano() != math.MaxInt64 && f.judged.at >= 0 &&
		f.judged.at <= len(f.Reasons) && len(f.Further) <= maxFurther &&
		min(f.Count, f.FurtherMore+1, f.HitsMore+1, f.HitsAlsoMore+1,
			f.CandidatesMore+1, f.firsts+1, f.listed+1, f.listedAlso+1) > 0
}

// there reports whether an event stands for a step.
func there(e Evidence) bool { return e.Event != nil }

// believable reports whether the hits of a waiting event belong to rules that join hosts.
func (c *combining) believable(hits []predicate.Hit) bool {
	last := -1
	for _, h := range hits {
		if h.Program < last || h.Program < 0 || h.Program >= len(c.r.local.matchers) ||
			c.r.local.matchers[h.Program].withinHost() || h.Stage < 0 || h.Stage >= c.stages(h.Program) ||
			h.Truth > predicate.True {
			return false
		}
		last = h.Program
	}
	return len(hits) > 0
}

// stages returns the number of stages of a program.
func (c *combining) stages(program int) int { return len(c.r.res.Rules[c.r.owner[program]].StageHits) }
