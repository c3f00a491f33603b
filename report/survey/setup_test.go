package survey

import (
	"slices"
	"strings"
	"testing"

	"hunt/rules/pack"
	"hunt/rules/stage"
)

func TestANeedSaysWhatTheAuthorsOfMostRulesWantSwitchedOn(t *testing.T) {
	var stages []stage.NeedStage
	for _, text := range []string{"b", "", "a\n  a", "c", "b", "a a", "b", "d", "e", "f", strings.Repeat("x", 600)} {
		r := &pack.Rule{Setup: text}
		stages = append(stages, stage.NeedStage{Rule: r, Stage: 1, Of: 2}, stage.NeedStage{Rule: r, Stage: 2, Of: 2})
	}
	if got, want := setups(stages), []string{"b", "a a", "c", "d", "e",
		"and 2 more; hunt rules list --rules names the rules"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := setups(stages[len(stages)-1:])[0]; len([]rune(got)) != maxSetupChars || !strings.HasSuffix(got, "…") {
		t.Errorf("a text of %d characters", len([]rune(got)))
	}
}
