package report

import (
	"slices"
	"testing"
)

func TestTheCreditSaysWhatTheFileSays(t *testing.T) {
	for want, r := range map[string]RuleRef{
		"":                               {},
		"EQL":                            {Language: "EQL"},
		"by Ann, Bob":                    {Author: "Ann, Bob"},
		"Sigma, by Ann, license DRL-1.1": {Language: "Sigma", Author: "Ann", License: "DRL-1.1"},
	} {
		if got := r.Credit(); got != want {
			t.Errorf("%+v: %q, want %q", r, got, want)
		}
	}
}

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
