package terminal

import (
	"slices"
	"testing"
)

func TestAuthorsAreSplitAtTheCommasBetweenThem(t *testing.T) {
	for text, want := range map[string][]string{
		"":                                  nil,
		" , ":                               nil,
		"Ann":                               {"Ann"},
		"Ann (A, Inc.), Bob, Ann (A, Inc.)": {"Ann (A, Inc.)", "Bob"},
		"Ann (unclosed, Bob":                {"Ann (unclosed, Bob"},
		"Ann), Bob":                         {"Ann)", "Bob"},
	} {
		if got := authorsOf(text); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
