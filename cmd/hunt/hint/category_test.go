package hint

import (
	"strings"
	"testing"

	"hunt/rules/pack"
	"hunt/timeline/ecs"
)

func TestCategoriesThatNoEventHasAreSaid(t *testing.T) {
	for _, tc := range []struct{ query, want string }{
		{"process where true", ""},
		{"any where true", ""},
		{`"any" where true`, "`any where …`"},
		{"ANY where true", "`any where …`"},
		{"Process where true", "write process, in lower case"},
		{"files where true", `no event has the category "files"; the categories are`},
		{"sequence [process where true] [files where true] [files where false] until [Host where true]",
			`"files"; the categories are`},
		{"sample by host.id [process where true] [FILE where true]", "write file, in lower case"},
	} {
		got := strings.Join(StrangeCategories(pack.Query{Text: tc.query}), "\n")
		if (got == "") != (tc.want == "") || !strings.Contains(got, tc.want) || strings.Count(got, "files") > 1 {
			t.Errorf("%s: %q, want %q", tc.query, got, tc.want)
		}
	}
	if got := ShoutedCategories(
		pack.Query{Text: "sequence [Process where true] [PROCESS where true] [process where true]"}); len(got) != 2 {
		t.Errorf("got %q", got)
	}
}

func TestEveryCategoryOfTheMappingIsOneOfECS(t *testing.T) {
	s := ecs.NewSchema()
	seen := map[string]bool{}
	for _, m := range ecs.AllMapped() {
		values, _ := s.Class("", m.Provider, m.EventID).Static(ecs.EventCategory)
		for _, v := range values {
			seen[v.Str] = true
			if len(StrangeCategories(pack.Query{Text: v.Str + " where true"})) > 0 {
				t.Errorf("%s %d: %q is said to be no category", m.Provider, m.EventID, v.Str)
			}
		}
	}
	for _, c := range []string{"authentication", "driver", "file", "iam", "network", "process", "registry"} {
		if !seen[c] {
			t.Errorf("no event of the mapping is of category %s", c)
		}
	}
	// Some audit events have none; what rules look for has one, in the channel that it comes from.
	for _, c := range []struct {
		channel, provider string
		ids               []uint32
	}{
		{"Security", "Microsoft-Windows-Security-Auditing", []uint32{4624, 4688, 4720}},
		{"Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon", []uint32{1, 3, 6, 11, 13}},
	} {
		for _, id := range c.ids {
			if values, _ := s.Class(c.channel, c.provider, id).Static(ecs.EventCategory); len(values) == 0 {
				t.Errorf("%s %d has no category", c.provider, id)
			}
		}
	}
}
