package digits

import (
	"math/rand/v2"
	"testing"
	"time"
)

// A clock that remembers its second writes what one that does not writes.
func TestAClockWritesEveryTimeAlike(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 3))
	var c Clock
	at := uint64(0) // the first second there is
	for range 100_000 {
		if got, want := string(c.Append(nil, at)), string(AppendTicks(nil, at)); got != want {
			t.Fatalf("%d: %s, want %s", at, got, want)
		}
		switch rnd.UintN(4) {
		case 0:
			at += rnd.Uint64N(ticksPerSecond)
		case 1:
			at = rnd.Uint64()
		case 2:
			at -= min(at, 1)
		}
	}
}

func TestTimesEqualPackageTimes(t *testing.T) {
	// Each first and last day of a month over a 400-year cycle, and some odd ticks.
	for y := 1601; y <= 2005; y++ {
		for m := time.January; m <= time.December; m++ {
			for _, at := range []time.Time{
				time.Date(y, m, 1, 0, 0, 0, 0, time.UTC),
				time.Date(y, m+1, 0, 23, 59, 59, 999_999_900, time.UTC),
			} {
				ticks := uint64(at.Unix()*ticksPerSecond+int64(at.Nanosecond())/100) + unixEpoch
				if got, want := string(AppendTicks(nil, ticks)),
					at.Format("2006-01-02T15:04:05.0000000Z"); got != want {
					t.Fatalf("%d: %s, want %s", ticks, got, want)
				}
			}
		}
	}
}
