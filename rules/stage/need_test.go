package stage

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"hunt/rules/pack"
	"hunt/timeline"
	"hunt/timeline/host"
	"hunt/timeline/ledger"
)

func TestStagesWithTheSameKindsAreOneNeed(t *testing.T) {
	dir := t.TempDir()
	for id, query := range map[string]string{
		"a": `sequence by host.id with maxspan=1m [process where process.name == "a.exe" and event.type == "start"] [network where true] until [file where true]`,
		"b": `process where process.name == "b.exe" and event.type == "start"`,
		"c": `any where event.code == "15" and event.provider == "Microsoft-Windows-Sysmon"`,
	} {
		if err := os.WriteFile(filepath.Join(dir, id+".eql"), []byte(query), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pk, err := pack.Load(pack.Sources{Rules: []string{dir}, NoDefaultRules: true, NoDefaultTuning: true})
	if err != nil {
		t.Fatal(err)
	}
	odd := ledger.EventCount{Channel: "Archive", Provider: "Microsoft-Windows-Sysmon", EventID: 15, Count: 1}
	needs := Needs(pk, &timeline.Case{
		Hosts: &host.Set{All: []*host.Host{{ID: "ws1", Events: []ledger.EventCount{odd}}}}})
	if len(needs) != 3 {
		t.Fatalf("%d needs, want 3: %+v", len(needs), needs)
	}
	start := needs[0]
	if len(start.Stages) != 2 || start.Stages[0].Rule.ID != "a" || start.Stages[0].Stage != 1 ||
		start.Stages[1].Rule.ID != "b" {
		t.Errorf("process starts are needed by %+v, want a 1 and b", start.Stages)
	}
	sysmon := ledger.EventKind{Channel: "Microsoft-Windows-Sysmon/Operational", Provider: "Microsoft-Windows-Sysmon",
		EventID: 1}
	for _, want := range []ledger.EventKind{sysmon,
		{Channel: "Security", Provider: "Microsoft-Windows-Security-Auditing", EventID: 4688}} {
		if !slices.Contains(start.Kinds, want) {
			t.Errorf("%+v does not satisfy a process start", want)
		}
	}
	sysmon.EventID = 15
	if want := []ledger.EventKind{odd.Kind(), sysmon}; !slices.Equal(needs[2].Kinds, want) {
		t.Errorf("c needs %+v, want %+v: what the case has and what hunt knows", needs[2].Kinds, want)
	}
}
