package pack

import "testing"

func TestAnExceptionIsForItsRulesOnly(t *testing.T) {
	e := &Exception{Rules: []string{"a-rule", "t1204-001-*"}}
	for id, want := range map[string]bool{"a-rule": true, "a-rule-2": false, "t1204-001-x": true, "t1204-002-x": false,
		"": false} {
		if e.appliesTo(id) != want {
			t.Errorf("%q: %v", id, !want)
		}
	}
}
