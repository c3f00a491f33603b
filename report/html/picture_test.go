package html

import (
	"fmt"
	"testing"
	"time"

	"hunt/evtx"
	"hunt/report"
)

// at is a time so long after a day began.
func at(d time.Duration) report.Time {
	return report.TimeOf(evtx.FiletimeOf(time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC).Add(d)))
}

// drawn is the drawing of a chain of objects that a root started, on so many hosts.
func drawn(t *testing.T, objects, hosts int) *attackView {
	t.Helper()
	p := &report.Picture{}
	for n := range hosts {
		p.Lanes = append(p.Lanes, report.Lane{Hosts: []string{fmt.Sprint("h", n)}})
	}
	for n := range objects {
		p.Objects = append(p.Objects, report.Object{Lane: n * hosts / objects, Kind: report.ObjectKinds[n%5], Count: 1,
			Name: fmt.Sprint("object-", n, ".exe"), First: at(time.Duration(n) * time.Minute)})
		if n > 0 {
			p.Arrows = append(p.Arrows, report.Arrow{From: (n - 1) / 3, To: n, Verb: "started", Count: 1})
		}
	}
	d, undrawn := (&view{Report: &report.Report{}}).attack(&report.Incident{ID: "I-1", Picture: p})
	if d == nil || undrawn != "" {
		t.Fatalf("not drawn: %q", undrawn)
	}
	return d
}

func TestPicturesOfThreeAndOfSixtyObjectsCanBeRead(t *testing.T) {
	for _, x := range []struct{ objects, hosts int }{{3, 1}, {3, 3}, {24, 2}, {60, 1}, {60, 4}, {60, 12}} {
		d := drawn(t, x.objects, x.hosts)
		if len(d.Objects) != x.objects || len(d.Words) != x.objects-1 {
			t.Errorf("%v: %d objects, %d words", x, len(d.Objects), len(d.Words))
		}
		numbers := map[int]bool{}
		for i, o := range d.Objects {
			numbers[o.Number] = true
			if o.X < pathLeft+pathColumn/2 || o.X+pathColumn/2 > d.Width || o.Y < 28 || o.Y > d.Height {
				t.Errorf("%v: object %d at %d,%d is outside %dx%d", x, o.Number, o.X, o.Y, d.Width, d.Height)
			}
			for _, p := range d.Objects[:i] {
				if dx, dy := max(o.X-p.X, p.X-o.X), max(o.Y-p.Y, p.Y-o.Y); dx < pathColumn && dy < pathCell {
					t.Errorf("%v: objects %d and %d lie over each other", x, o.Number, p.Number)
				}
			}
		}
		if len(numbers) != x.objects || !numbers[1] || !numbers[x.objects] {
			t.Errorf("%v: numbers %v", x, numbers)
		}
		// A page of paper is 700 wide: letters of 10.5 stay legible down to half their size.
		if d.Width > 1100 {
			t.Errorf("%v: %d wide", x, d.Width)
		}
		if len(d.Arrows)+len(d.Stubs) < x.objects-1 && len(d.Stubs) == 0 {
			t.Errorf("%v: %d arrows and no stubs", x, len(d.Arrows))
		}
	}
}

func TestAPauseIsHatchedAndAClockThatRunsAheadTurnsNoArrowBack(t *testing.T) {
	p := &report.Picture{Lanes: []report.Lane{{Hosts: []string{"a"}}, {Hosts: []string{"b"}}},
		Objects: []report.Object{{Name: "x", Kind: "process", Count: 1, First: at(3 * time.Minute)},
			{Name: "y", Lane: 1, Kind: "logon", Count: 1, First: at(0)},
			{Name: "z", Lane: 1, Kind: "file", Count: 1, First: at(time.Hour)}},
		Arrows: []report.Arrow{{From: 0, To: 1, Verb: "logged on to"}, {From: 1, To: 2, Verb: "wrote"}}}
	d, _ := (&view{Report: &report.Report{}}).attack(&report.Incident{Picture: p})
	for i, o := range d.Objects {
		if o.Number != i+1 || i > 0 && o.X <= d.Objects[i-1].X {
			t.Errorf("object %d is at %d", o.Number, o.X)
		}
	}
	if n := d.Rows[0].Pauses; len(n) != 1 || n[0].Text != "57 min" && n[0].Text != "1 h" {
		t.Errorf("%+v", n)
	}
}
