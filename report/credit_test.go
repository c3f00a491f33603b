package report

import "testing"

func TestAFindingNamesTheAuthorOfItsRule(t *testing.T) {
	f := Finding{Rule: RuleRef{Name: "Cmd"}}
	if got := f.Credited(); got != "Cmd" {
		t.Error(got)
	}
	f.Author = "Ann, Bob"
	if got := f.Credited(); got != "Cmd, by Ann, Bob" {
		t.Error(got)
	}
}
