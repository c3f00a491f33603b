package report

import (
	"testing"
)

func TestTheCreditSaysWhatTheFileSays(t *testing.T) {
	for want, r := range map[string]RuleRef{
		"":                               {},
		"EQL":                            {Language: "EQL"},
		"by Ann, Bob":                    {Author: "Ann, Bob"},
		"Sigma, by Ann, licence DRL-1.1": {Language: "Sigma", Author: "Ann", Licence: "DRL-1.1"},
	} {
		if got := r.Credit(); got != want {
			t.Errorf("%+v: %q, want %q", r, got, want)
		}
	}
}
