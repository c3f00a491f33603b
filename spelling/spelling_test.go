package spelling

import (
	"strings"
	"testing"
)

// naive is the definition.
func naive(a, b string) int {
	if a == "" || b == "" {
		return len(a) + len(b)
	}
	if a[0] == b[0] {
		return naive(a[1:], b[1:])
	}
	return 1 + min(naive(a[1:], b), naive(a, b[1:]), naive(a[1:], b[1:]))
}

func TestDistanceIsThatOfTheDefinition(t *testing.T) {
	words := []string{"", "a", "ab", "abc", "bca", "kitten", "sitting", "process", "processes", "prcess"}
	for _, a := range words {
		for _, b := range words {
			for limit := range 9 {
				if got, want := Distance(a, b, limit), min(naive(a, b), limit); got != want {
					t.Errorf("%q %q up to %d: %d, want %d", a, b, limit, got, want)
				}
			}
		}
	}
	if got := Distance(strings.Repeat("a", MaxName+1), "a", 5); got != 5 {
		t.Errorf("a long name is %d away", got)
	}
}

func TestNearestTakesTheFirstOfTheNearest(t *testing.T) {
	names := []string{"startsWith", "endsWith", "length", "LENGTHS"}
	for s, want := range map[string]string{"lengt": "length", "startswith": "startsWith", "enswith": "endsWith",
		"lengths": "LENGTHS", "xyz": ""} {
		if got := Nearest(s, names, 2); got != want {
			t.Errorf("%s: %q, want %q", s, got, want)
		}
	}
}
