package timeline

import (
	"testing"
	"time"

	"hunt/evtx/evtxtest"
)

// TestTheSpanIsThatOfTheBulk sets aside what an image brought along and times that no other record is near.
func TestTheSpanIsThatOfTheBulk(t *testing.T) {
	named := func(name string, events []evtxtest.Event) []evtxtest.Event {
		for i := range events {
			events[i].Computer = name
		}
		return events
	}
	at := func(s string) time.Time {
		when, err := time.Parse("2006-01-02", s)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	bulk := concat(ticking("System", at("2026-03-01"), 30), ticking("System", at("2026-03-20"), 30))
	last := at("2026-03-20").Add(29 * time.Minute)
	for name, c := range map[string]struct {
		events       []evtxtest.Event
		from, to     time.Time
		image, apart int
	}{
		"nothing else": {bulk, at("2026-03-01"), last, 0, 0},
		"three outliers": {concat(ticking("System", at("2003-01-01"), 1), bulk[:30],
			ticking("System", at("2049-05-05"), 1), bulk[30:], ticking("System", at("2047-01-01"), 1)),
			at("2026-03-01"), at("2026-03-21").Add(-100), 0, 3}, // of the last day nobody counted the minutes
		"the image's build": {concat(named("37L4247F27-25", ticking("System", at("2014-11-01"), 12)),
			named("WS1", bulk)), at("2026-03-01"), last, 12, 0},
		"the image's build, which nothing ties to the machine": {
			concat(named("37L4247F27-25", ticking("Setup", at("2014-11-01"), 12)), named("WS1", bulk)),
			at("2026-03-01"), last, 12, 0},
		"a log that truly goes back": {concat(ticking("System", at("2014-11-01"), 30), bulk),
			at("2014-11-01"), last, 0, 0},
		"two halves far apart": {concat(ticking("System", at("2014-11-01"), 2),
			ticking("System", at("2026-03-01"), 2)), at("2014-11-01"), at("2026-03-01").Add(time.Minute), 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "Windows/System32/winevt/Logs/System.evtx", evtxtest.File(c.events...))
			cs, _ := scan(t, ScanOptions{}, dir)
			s := cs.Hosts.Span()
			if s.From.Time() != c.from || s.To.Time() != c.to || s.Image != c.image || s.Apart != c.apart {
				t.Errorf("%s to %s, %d of the image (%v), %d apart; want %s to %s, %d, %d", s.From, s.To, s.Image,
					s.ImageNames, s.Apart, c.from, c.to, c.image, c.apart)
			}
		})
	}
}

// TestTheSpanCountsWhatAClockShowedOnceItWasSetBack has a machine whose clock was set back by ten months, and another
// that wrote then.
func TestTheSpanCountsWhatAClockShowedOnceItWasSetBack(t *testing.T) {
	march, may := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC), time.Date(2025, 5, 5, 8, 0, 0, 0, time.UTC)
	dir := t.TempDir()
	write(t, dir, "System.evtx",
		evtxtest.File(concat(ticking("System", march, 30), ticking("System", may, 20),
			ticking("System", may.Add(24*time.Hour), 5))...))
	cs, _ := scan(t, ScanOptions{}, dir)
	if s := cs.Hosts.Span(); s.From.Time() != march || s.SetBack != 25 ||
		s.SetBackFrom.Time() != may.Truncate(24*time.Hour) ||
		s.SetBackTo.Time() != may.Truncate(24*time.Hour).Add(48*time.Hour-100) {
		t.Errorf("from %s, %d records from %s to %s", s.From, s.SetBack, s.SetBackFrom, s.SetBackTo)
	}
}
