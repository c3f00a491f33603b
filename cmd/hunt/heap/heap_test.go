package heap

import "testing"

func TestTheCollectorIsEasedOnlyBeyondTheLimit(t *testing.T) {
	const mib = 1 << 20
	for _, c := range []struct{ limit, live, beside, want int64 }{
		{448, 0, 0, 448}, {448, 300, 40, 448}, {448, 400, 40, 465}, {448, 448, 0, 476},
		{448, 800, -1, 900},
	} {
		if got := easedLimit(c.limit*mib, c.live*mib, c.beside*mib); got != c.want*mib {
			t.Errorf("%d MiB in use: a limit of %d MiB, want %d", c.live, got/mib, c.want)
		}
	}
}

func TestTheHeapGrowsFreelyOnlyWhereMuchIsInUse(t *testing.T) {
	const mib = 1 << 20
	for live, want := range map[int64]int{-1: 100, 10: 100, 31: 100, 32: 400, 500: 400} {
		if got := percentOf(live * mib); got != want {
			t.Errorf("%d MiB in use: %d %%, want %d %%", live, got, want)
		}
	}
}
