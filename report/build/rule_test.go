package build

import (
	"slices"
	"testing"

	"hunt/rules"
	"hunt/rules/pack"
)

func TestFindingsOfBuildingBlocksAreMarked(t *testing.T) {
	f := &rules.Finding{Rule: &pack.Rule{ID: "a", BuildingBlock: true}, Labels: []string{"x"}}
	if got := labels(f); !slices.Equal(got, []string{labelBlock, "x"}) || !ruleRef(f.Rule).BuildingBlock {
		t.Errorf("labels %q, reference %+v", got, ruleRef(f.Rule))
	}
	f.Rule.BuildingBlock = false
	if got := labels(f); !slices.Equal(got, []string{"x"}) || ruleRef(f.Rule).BuildingBlock {
		t.Errorf("labels %q, reference %+v", got, ruleRef(f.Rule))
	}
}
