package title

import (
	"testing"

	"hunt/evtx"
	"hunt/timeline"
)

// The time between two events is that between the times that people read, which have no fractions of seconds.
func TestAGapAgreesWithTheTimesBesideIt(t *testing.T) {
	const tenth = evtx.TicksPerSecond / 10
	for _, x := range []struct {
		from, to evtx.Filetime // in tenths of a second
		want     string
	}{{19, 486, " 47 s later"}, {11, 489, " 47 s later"}, {19, 35, " 1 s later"}} {
		a, b := &timeline.Event{}, &timeline.Event{}
		a.At, b.At = x.from*tenth, x.to*tenth
		if got := gap(between(a, b)); got != x.want {
			t.Errorf("%+v: %q", x, got)
		}
	}
}
