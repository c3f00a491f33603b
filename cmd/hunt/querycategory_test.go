package main

import (
	"strings"
	"testing"

	"hunt/timeline/ecs"
)

func TestCategoriesThatNoEventHasAreSaid(t *testing.T) {
	for _, tc := range []struct{ query, want string }{
		{"process where true", ""},
		{"any where true", ""},
		{`"any" where true`, "`any where …`"},
		{"ANY where true", "`any where …`"},
		{"Process where true", "write process, in lower case"},
		{"files where true", `no event is of category "files"; the categories are`},
		{"sequence [process where true] [files where true] [files where false] until [Host where true]", `"files"; the categories are`},
		{"sample by host.id [process where true] [FILE where true]", "write file, in lower case"},
	} {
		got := strings.Join(strangeCategories(tc.query), "\n")
		if (got == "") != (tc.want == "") || !strings.Contains(got, tc.want) || strings.Count(got, "files") > 1 {
			t.Errorf("%s: %q, want %q", tc.query, got, tc.want)
		}
	}
	if got := shoutedCategories("sequence [Process where true] [PROCESS where true] [process where true]"); len(got) != 2 {
		t.Errorf("got %q", got)
	}
}

func TestEveryCategoryOfTheMappingIsOneOfECS(t *testing.T) {
	s := ecs.NewSchema()
	for _, c := range []struct {
		channel, provider string
		id                uint32
	}{
		{"Security", "Microsoft-Windows-Security-Auditing", 4688}, {"Security", "Microsoft-Windows-Security-Auditing", 4720}, {"Security", "Microsoft-Windows-Security-Auditing", 4624},
		{"Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon", 3}, {"Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon", 13}, {"Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon", 6},
	} {
		values, _ := s.Class(c.channel, c.provider, c.id).Static(ecs.EventCategory)
		if len(values) == 0 {
			t.Errorf("%s %d has no category", c.channel, c.id)
		}
		for _, v := range values {
			if len(strangeCategories(v.Str+" where true")) > 0 {
				t.Errorf("%s %d: %q is said to be no category", c.channel, c.id, v.Str)
			}
		}
	}
}
