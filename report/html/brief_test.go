package html

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hunt/evtx"
	"hunt/report"
)

// Each step of another day than that of the beginning has its date, and the entry is told in words.
func TestTheFirstScreenAnswersByItself(t *testing.T) {
	at := func(hours int) report.Time {
		const begin = evtx.Filetime(132_840_000_000_000_000)
		return report.TimeOf(begin + evtx.Filetime(hours)*evtx.Filetime(time.Hour/100))
	}
	v := incidentView{Incident: &report.Incident{First: at(0), Entry: report.Entry{Finding: "F-1", Text: "Earliest: a"},
		Path: []report.PathStep{{First: at(0), Text: "a", Findings: []string{"F-1"}}, {First: at(30), Text: "b"},
			{First: at(31), Text: "c"}}}}
	for n, s := range v.Steps() {
		if dated := strings.Contains(s.At, "-"); dated != (n > 0) {
			t.Errorf("step %d: %s", n+1, s.At)
		}
	}
	if got := v.Began(); got != "a" {
		t.Error(got)
	}
	v.Path = nil
	if got := v.Began(); got != "Earliest: a" {
		t.Error(got)
	}
	for privilege, want := range map[string]string{"": "", "user": "no rights beyond those of a user are seen",
		"SYSTEM": "rights up to SYSTEM"} {
		if got := rights(privilege); got != want {
			t.Errorf("%q: %q", privilege, got)
		}
	}
}

// A picture that leaves arrows out says so.
func TestArrowsThatAreLeftOutAreTold(t *testing.T) {
	p := &report.Picture{Lanes: []report.Lane{{Hosts: []string{"h"}}}, ArrowsMore: 7}
	for n := range 3 {
		p.Objects = append(p.Objects, report.Object{Kind: report.ObjectProcess, Name: fmt.Sprint(n)})
	}
	p.Arrows = []report.Arrow{{From: 0, To: 1, Verb: "started"}, {From: 1, To: 2, Verb: "started"}}
	drawing, _ := (&view{Report: &report.Report{}}).attack(&report.Incident{Picture: p})
	if drawing == nil || drawing.More != "7 later arrows are not drawn." {
		t.Errorf("%+v", drawing)
	}
}
