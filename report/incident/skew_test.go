package incident

import (
	"testing"

	"hunt/evtx"
)

// Clocks of hosts differ by what lies between the two records of a logon, in the middle of several; seconds are how
// long a logon takes.
func TestTheSkewOfTwoClocksIsEstimatedFromLogons(t *testing.T) {
	const second = evtx.TicksPerSecond
	logon := func(from, to string, left, at evtx.Filetime) Movement {
		return Movement{From: from, To: to, Left: left * second, At: at * second,
			Session: SessionKey{Host: to, LogonID: "0x1", Start: at}}
	}
	got := skewsOf([]Movement{logon("a", "b", 1000, 1180), logon("b", "a", 2181, 2001), logon("a", "b", 3000, 3900),
		logon("a", "c", 1000, 1003), logon("d", "a", 1000, 900), {From: "a", To: "e", Left: second, At: 900 * second}})
	want := []skew{{"b", "a", 180 * second, 3}, {"d", "a", 100 * second, 1}}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("%+v", got)
	}
	if s := want[0].sentence(); s != "That the clock of b is about 3 min ahead of that of a, judging by 3 logons that "+
		"both recorded: edges allow for this, and each time shown is by the clock of its own host." {
		t.Error(s)
	}
}
