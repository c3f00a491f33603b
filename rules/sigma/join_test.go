package sigma

import (
	"testing"

	"hunt/rules/predicate"
	"hunt/rules/sigma/logsource"
	"hunt/rules/sigma/syntax"
)

const joinedRules = `title: Cmd
id: 00000000-0000-0000-0000-000000000001
name: cmd
logsource: {product: windows, category: process_creation}
detection:
  sel: {Image|endswith: '\cmd.exe'}
  condition: sel
---
title: Any process
id: 00000000-0000-0000-0000-000000000002
logsource: {product: windows, category: process_creation}
detection:
  sel: {Image: '*'}
  condition: sel
---
title: Logon
id: 00000000-0000-0000-0000-000000000003
logsource: {product: windows, service: security}
detection:
  sel: {EventID: 4624}
  condition: sel
---
title: Not Anna
logsource: {category: process_creation}
filter:
  rules: cmd
  user: {User: 'CORP\anna'}
  condition: not user
---
title: Not in the office
logsource: {product: windows, category: process_creation}
filter:
  rules: any
  pid: {ProcessId: 5136}
  condition: not pid
---
title: About nothing
logsource: {product: linux}
filter:
  rules: [00000000-0000-0000-0000-000000000001, nosuch]
  sel: {User: x}
  condition: not sel
---
title: Many logons
correlation:
  type: event_count
  rules: [Logon]
  timespan: 1h
  condition: {gte: 10}
`

func TestFiltersAndCorrelationsFindTheirRules(t *testing.T) {
	docs := syntax.Parse([]byte(joinedRules), syntax.Options{})
	for _, d := range docs {
		if d.Mistakes != nil {
			t.Fatal(d.Mistakes)
		}
	}
	j := Join(docs)
	if len(j.Filters[docs[0]]) != 2 || len(j.Filters[docs[1]]) != 1 || len(j.Filters[docs[2]]) != 0 {
		t.Errorf("filters: %d, %d, %d", len(j.Filters[docs[0]]), len(j.Filters[docs[1]]), len(j.Filters[docs[2]]))
	}
	if j.Silent[docs[2]] != docs[6] || len(j.Silent) != 1 {
		t.Errorf("silent: %v", j.Silent)
	}
	if len(j.Warnings) != 1 || len(j.Warnings[docs[5]]) != 1 {
		t.Errorf("warnings: %v", j.Warnings)
	}

	fs := logsource.NewFields()
	rules := []*Rule{Bind(docs[0], fs, j.Filters[docs[0]]...), Bind(docs[1], fs, j.Filters[docs[1]]...)}
	e := newEngine(fs, rules)
	view := fs.NewView()
	for name, want := range map[string][2]bool{"sysmon1": {false, true}, "4688": {false, false},
		"4688 target": {false, true}} {
		for r := range recordsOf(t, events[name]) {
			view.Bind(r)
			var engine [2]bool
			for _, h := range e.hitsOf(r) {
				engine[h.Program] = h.Truth == predicate.True
			}
			for i, rule := range rules {
				if holds := rule.Holds(view, r.Channel(), r.EventID()); holds != want[i] || engine[i] != want[i] {
					t.Errorf("%s, rule %d: %t, engine %t, not %t", name, i, holds, engine[i], want[i])
				}
			}
		}
	}
}

func TestHayabusaConfig(t *testing.T) {
	var c HayabusaConfig
	for name, src := range map[string]string{
		LevelTuning:   "id,new_level\naaa, High # was low\n# nothing\n",
		ExcludedRules: "\ufeffbbb # why\r\n\r\n",
		NoisyRules:    "#Hayabusa rules\nccc\n",
	} {
		if err := c.Read(name, []byte(src)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if c.Levels["aaa"] != "high" || !c.Excluded["bbb"] || !c.Noisy["ccc"] ||
		len(c.Levels)+len(c.Excluded)+len(c.Noisy) != 3 {
		t.Errorf("%+v", c)
	}
	if err := c.Read(LevelTuning, []byte("id,new_level\naaa,severe\n")); err == nil || err.Error()[:7] != "line 2:" {
		t.Errorf("an unknown level: %v", err)
	}
}

func TestPlaceholders(t *testing.T) {
	got, err := ParsePlaceholders([]byte("Admins: [adm-*, root]\nDC: dc01\nNone: []\n"))
	if err != nil || len(got) != 3 || len(got["Admins"]) != 2 || got["DC"][0] != "dc01" || got["None"] == nil {
		t.Errorf("%v %v", got, err)
	}
	for _, src := range []string{"- a\n", "A: {b: c}\n", "A: [[b]]\n", "A:\n", "A: [b\n"} {
		if _, err := ParsePlaceholders([]byte(src)); err == nil {
			t.Errorf("%q is taken", src)
		}
	}
}
