package timeline

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
	"hunt/limit"
	"hunt/timeline/host"
	"hunt/timeline/ledger"
)

// ticking are n events of a log, a minute apart.
func ticking(log string, from time.Time, n int) []evtxtest.Event {
	var out []evtxtest.Event
	for i := range n {
		out = append(out, simple("x", log, 7, from.Add(time.Duration(i)*time.Minute)))
	}
	return out
}

func concat(parts ...[]evtxtest.Event) []evtxtest.Event {
	var out []evtxtest.Event
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// numbered gives events the record ids from first on; arrival is where those of the headers begin.
func numbered(events []evtxtest.Event, first, arrival uint64) []evtxtest.Event {
	for i := range events {
		events[i].RecordID, events[i].HeaderID = first+uint64(i), arrival+uint64(i)
	}
	return events
}

func reversed(events []evtxtest.Event) []evtxtest.Event {
	out := make([]evtxtest.Event, len(events))
	for i := range events {
		out[len(events)-1-i] = events[i]
	}
	return out
}

func TestTimeAgainstTheRecordIdsIsAChangeOfTheClock(t *testing.T) {
	day := 24 * time.Hour
	april := noon.Add(-303 * day)
	set := func(at, from, to time.Time, sid string) evtxtest.Event {
		return audit(4616, at, "SubjectUserSid="+sid, "SubjectUserName=anna", "SubjectDomainName=CORP",
			"PreviousTime="+from.Format(time.RFC3339Nano), "NewTime="+to.Format(time.RFC3339Nano),
			`ProcessName=C:\Windows\System32\rundll32.exe`)
	}
	before, after := ticking("Security", noon, 40), ticking("Security", april, 40)
	for name, c := range map[string]struct {
		files map[string][]evtxtest.Event
		want  []string // the changes: by how many seconds, by whom, between which records
	}{
		"set back by ten months": {map[string][]evtxtest.Event{"Security": concat(before, after)},
			[]string{"-26181540 false  Security 40 41"}},
		"seen in two logs": {map[string][]evtxtest.Event{"Security": concat(before, after),
			"System": concat(ticking("System", noon, 20), ticking("System", april.Add(5*time.Minute), 9))},
			[]string{"-26181540 false  Security 40 41"}},
		"told by a record, by a person": {
			map[string][]evtxtest.Event{
				"Security": concat(before,
					[]evtxtest.Event{set(april, noon.Add(40*time.Minute), april, "S-1-5-21-1-2-3-1001")}, after)},
			[]string{`-26181600 true CORP\anna Security 40 41`}},
		"forward and back": {map[string][]evtxtest.Event{"Security": concat(ticking("Security", noon, 20),
			ticking("Security", noon.Add(90*day), 20), ticking("Security", noon.Add(time.Hour), 20))},
			[]string{"-7773540 false  Security 40 41"}},
		"back twice": {map[string][]evtxtest.Event{
			"Security": concat(before, after, ticking("Security", april.Add(-3*time.Hour), 20))},
			[]string{"-26181540 false  Security 40 41", "-13140 false  Security 80 81"}},
		"the time service, by a fraction of a second": {
			map[string][]evtxtest.Event{
				"Security": concat(before,
					[]evtxtest.Event{set(noon.Add(40*time.Minute), noon.Add(40*time.Minute+200*time.Millisecond),
						noon.Add(40*time.Minute), "S-1-5-19")}, ticking("Security", noon.Add(41*time.Minute), 9))},
			nil},
		"one record whose time stands apart, ahead": {
			map[string][]evtxtest.Event{"Security": concat(before, ticking("Security", noon.Add(300*day), 1),
				ticking("Security", noon.Add(time.Hour), 9))}, nil},
		"one record whose time stands apart, behind": {
			map[string][]evtxtest.Event{"Security": concat(before, ticking("Security", april, 1),
				ticking("Security", noon.Add(time.Hour), 9))}, nil},
		"two minutes in one log are a late record": {
			map[string][]evtxtest.Event{"Security": concat(before, ticking("Security", noon.Add(37*time.Minute), 40))},
			nil},
		"renumbered with the newest first": {
			map[string][]evtxtest.Event{
				"Security": numbered(reversed(concat(before, ticking("Security", noon.Add(2*time.Hour), 40))), 1, 1)},
			nil},
		"exported with the newest first, and its own ids": {
			map[string][]evtxtest.Event{"Security": reversed(numbered(concat(before, after), 1, 501))},
			[]string{"-26181540 false  Security 40 41"}},
		"two logs that each began with 1": {map[string][]evtxtest.Event{"a/Security": before, "b/Security": after},
			nil},
		"cleared in between, ids go on": {
			map[string][]evtxtest.Event{
				"Security": numbered(concat([]evtxtest.Event{cleared(noon)},
					ticking("Security", noon.Add(time.Minute), 20)), 100, 100)}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, events := range c.files {
				write(t, dir, file+".evtx", evtxtest.File(events...))
			}
			cov := coverageIn(t, dir, ledger.Period{})
			var got []string
			for _, ch := range cov.Clock {
				by := int64(ch.By() / evtx.TicksPerSecond)
				if ch.Back() {
					by = -by
				}
				got = append(got, fmt.Sprintf("%d %v %s %s %d %d", by, ch.ByPerson(), ch.Account, ch.Channel, ch.Before,
					ch.After))
			}
			if a, b := strings.Join(got, "\n"), strings.Join(c.want, "\n"); a != b {
				t.Errorf("changes\n%s\nwant\n%s\nnotes\n%s", a, b, strings.Join(cov.Notes, "\n"))
			}
		})
	}
}

// TestAClockThatIsSetBackAtEveryStartIsFollowed has a machine whose clock runs ahead and is set right each time, as one
// with an empty battery does: more often than a list of a few would hold.
func TestAClockThatIsSetBackAtEveryStartIsFollowed(t *testing.T) {
	for times, cut := range map[int]bool{200: false, 1100: true} {
		dir := t.TempDir()
		var events []evtxtest.Event
		for i := range times + 1 {
			e := ticking("Security", noon.Add(time.Duration(i)*10*time.Minute), 6)
			e[5].Time = e[4].Time.Add(12 * time.Hour)
			e[4].Time = e[5].Time.Add(-time.Minute)
			events = append(events, e...)
		}
		write(t, dir, "Security.evtx", evtxtest.File(events...))
		cs, _ := scan(t, ScanOptions{}, dir)
		h := cs.Hosts.All[0]
		if n := len(h.ClockChanges()); h.ClockCut != cut || !cut && n != times {
			t.Errorf("%d changes of %d, cut %v", n, times, h.ClockCut)
		}
		told := slices.ContainsFunc(cs.Limits.Bites(), func(b limit.Bite) bool { return b.ID == host.BoundClock.ID })
		if told != cut {
			t.Errorf("%d changes: told %v, want %v", times, told, cut)
		}
	}
}

// TestAForwardedLogTellsNoChangeOfTheClock has the events of several hosts in one log, in the order of their arrival:
// numbered by the collector, or by their senders.
func TestAForwardedLogTellsNoChangeOfTheClock(t *testing.T) {
	for name, own := range map[string]bool{"the collector's ids": false, "the senders' ids": true} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			var events []evtxtest.Event
			for i := range 40 { // each host sends what it has of an hour, the last one late
				e := simple("x", "Security", 7,
					noon.Add(time.Duration(i%10)*time.Minute+time.Duration(i/10)*time.Second))
				e.Computer = []string{"WS1", "WS2"}[i/10%2]
				if i/20 == 0 {
					e.Time = e.Time.Add(3 * time.Hour)
				}
				if own {
					e.RecordID, e.HeaderID = uint64(5000+i), uint64(i+1)
					if i/20 == 0 {
						e.RecordID += 100
					}
				}
				events = append(events, e)
			}
			write(t, dir, "ForwardedEvents.evtx", evtxtest.File(events...))
			c, _ := scan(t, ScanOptions{}, dir)
			for _, h := range c.Hosts.All {
				if got := c.Coverage(h, ledger.Period{}).Clock; len(got) > 0 {
					t.Errorf("%s: %+v", h.ID, got)
				}
			}
		})
	}
}

// TestASetBackClockIsNoSilenceAndNoNewHost sets the clock of a machine back for some days, and then right.
func TestASetBackClockIsNoSilenceAndNoNewHost(t *testing.T) {
	dir := t.TempDir()
	day := 24 * time.Hour
	hours := func(from time.Time, days int) []evtxtest.Event {
		var out []evtxtest.Event
		for h := range days * 24 {
			out = append(out, security4688("WS1", from.Add(time.Duration(h)*time.Hour), uint64(4*h+4), 50, `C:\a.exe`,
				explorer))
		}
		return out
	}
	april := noon.Add(-303 * day)
	write(t, dir, "Security.evtx",
		evtxtest.File(concat(hours(noon, 20), hours(april, 6), hours(noon.Add(26*day), 20))...))
	system := concat(hours(noon, 20), hours(april, 6), hours(noon.Add(26*day), 20))
	for i := range system {
		system[i].Channel, system[i].Provider, system[i].EventID, system[i].Data = "System", "x", 7, nil
	}
	write(t, dir, "System.evtx", evtxtest.File(system...))
	c, events := scan(t, ScanOptions{}, dir)
	if len(c.Hosts.All) != 1 {
		t.Fatalf("%d hosts", len(c.Hosts.All))
	}
	h := c.Hosts.All[0]
	cov := c.Coverage(h, ledger.Period{})
	for _, g := range cov.Gaps {
		t.Errorf("gap: %+v", g)
	}
	if h.First.Time() != noon {
		t.Errorf("first seen at %s, want %s: what was written first", h.First, noon)
	}
	if len(cov.Clock) != 1 || cov.Clock[0].Logs != 2 {
		t.Fatalf("%+v", cov.Clock)
	}
	marks := map[string]int{}
	for _, e := range events {
		marks[e.ClockMark()]++
	}
	side := func(s string) int {
		return marks[s+" the clock of this host was set back by 322 d 23 h: this time occurs twice"]
	}
	if side("before") != 2*20*24 || side("after") != 2*6*24 || marks[""] != 2*20*24 {
		t.Errorf("%v", marks)
	}
}

// TestARenamedMachineWhoseClockWasSetBackIsOneHost gives it another name while its clock is behind.
func TestARenamedMachineWhoseClockWasSetBackIsOneHost(t *testing.T) {
	dir := t.TempDir()
	april := noon.Add(-303 * 24 * time.Hour)
	for _, log := range []string{"Security", "System"} {
		events := concat(ticking(log, noon, 40), ticking(log, april, 40))
		for i := range events {
			if i >= 40 {
				events[i].Computer = "CITADEL"
			}
		}
		write(t, dir, log+".evtx", evtxtest.File(events...))
	}
	c, _ := scan(t, ScanOptions{}, dir)
	if len(c.Hosts.All) != 1 || c.Hosts.All[0].ID != "citadel" {
		for _, h := range c.Hosts.All {
			t.Errorf("%s: %q", h.ID, h.Why())
		}
		t.Fatalf("%d hosts, want citadel alone", len(c.Hosts.All))
	}
	if cov := c.Coverage(c.Hosts.All[0], ledger.Period{}); len(cov.Clock) != 1 {
		t.Errorf("changes of the clock: %+v", cov.Clock)
	}
	if first := c.Hosts.All[0].First.Time(); first != noon {
		t.Errorf("first seen at %s", first)
	}
}
