package build_test

import (
	"testing"

	"hunt/samples/growth"
)

// A report that does not repeat the explanation of a rule with each finding has it with the rule.
func TestTheRuleExplainsTheFindingsThatDoNot(t *testing.T) {
	for _, k := range growth.Kinds() {
		if k.Name != "children" {
			continue
		}
		dir := t.TempDir()
		if err := k.Write(dir, 400); err != nil {
			t.Fatal(err)
		}
		r, bare := builtFrom(t, dir), 0
		rules := r.RuleByID()
		for i := range r.Findings {
			f := &r.Findings[i]
			x := rules[f.Rule.ID]
			if x == nil || x.What == "" || f.What != "" && f.What != x.What {
				t.Fatalf("%s: %s says %q, its rule %+v", k.Name, f.ID, f.What, x)
			}
			if f.What == "" {
				bare++
			}
		}
		if t.Logf("%s: %d of %d findings leave it to the rule", k.Name, bare, len(r.Findings)); bare == 0 {
			t.Errorf("%s: every finding repeats the explanation", k.Name)
		}
	}
}
