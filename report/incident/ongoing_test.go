package incident

import (
	"testing"
)

// An incident says whether it is still going on: by the ends of its processes, where these are logged, and by how much
// longer the logs go on.
func TestAnIncidentSaysWhetherItStillGoesOn(t *testing.T) {
	runs := func(key string, endless, shared bool) func(*Event) {
		return func(e *Event) {
			e.Process = &Process{Key: proc(key), Name: key + ".exe", Endless: endless, Common: shared}
		}
	}
	for _, x := range []struct {
		what, want string
		with       func(*Event)
		unlogged   bool
	}{
		{"a process without an end", "It may still be going on: the logs show no end of a.exe on h0. " +
			"The logs of h0 end 1 h 30 min after the last trace.", runs("a", true, false), false},
		{"a process that ended", "As far as the logs show, none of its processes was still running when they end. " +
			"The logs of h0 end 1 h 30 min after the last trace.", runs("a", false, false), false},
		{"a program that serves everybody", "The logs hold no later trace of it. " +
			"The logs of h0 end 1 h 30 min after the last trace.", runs("a", true, true), false},
		{"a process whose start is not logged", "The logs hold no later trace of it. " +
			"The logs of h0 end 1 h 30 min after the last trace.",
			func(e *Event) { e.Process = &Process{Key: proc("a"), Name: "a.exe", Inferred: true} }, false},
		{"no ends logged", "Whether it is still going on is not known: ends of processes are not logged on h0. " +
			"The logs of h0 end 1 h 30 min after the last trace.", runs("a", true, false), true},
	} {
		h := hosts(1)
		h[0].Last, h[0].EndsLogged = begin+91*minute, !x.unlogged
		i := Join(&Case{Hosts: h, Findings: []Finding{finding("f", event("h0", minute, x.with))}}).Incidents
		if len(i) != 1 || i[0].Ongoing != x.want {
			t.Errorf("%s: %+v", x.what, i[0].Ongoing)
		}
	}
	h := hosts(1)
	h[0].Last = begin + minute
	last := event("h0", minute, runs("a", false, false))
	i := Join(&Case{Hosts: h, Findings: []Finding{finding("f", last)}}).Incidents
	if want := "The last trace is at the end of the logs of h0."; i[0].Ongoing[len(i[0].Ongoing)-len(want):] != want {
		t.Error(i[0].Ongoing)
	}
}

// The reason of an incident's confidence is what its weightiest finding rests on, and never its title.
func TestTheReasonOfConfidenceIsThatOfTheFinding(t *testing.T) {
	f := finding("f", event("h0", minute))
	for want, why := range map[string][]string{"A. B (f).": {"A.", "B."},
		"A. B. 2 more reasons are listed with the finding (f).": {"A.", "B.", "C.", "D."},
		"The most serious finding has medium confidence (f).":   nil} {
		f.Why, f.Confidence = why, "medium"
		i := Join(&Case{Hosts: hosts(1), Findings: []Finding{f}}).Incidents
		if len(i) != 1 || len(i[0].Reasons) != 1 || i[0].Reasons[0] != want {
			t.Errorf("%+v, want %q", i, want)
		}
	}
}
