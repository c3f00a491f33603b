package timeline

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"hunt/evtx/evtxtest"
	"hunt/timeline/ecs"
)

// historyPromises are the fields that the document says the history of a host decides, and of which events.
func historyPromises(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../docs/ecs-mapping.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "## Fields that the host's history decides")
	section, _, _ = strings.Cut(section, "\n## ")
	out := map[string]string{}
	for line := range strings.Lines(section) {
		cells := strings.Split(line, "|")
		if len(cells) < 4 || strings.HasPrefix(line, "| field") || strings.HasPrefix(line, "|---") {
			continue
		}
		prefix := ""
		for i, name := range strings.Split(cells[1], ",") {
			name = strings.TrimSpace(name)
			if i == 0 {
				prefix = name[:max(0, strings.LastIndexByte(name, '.'))]
			} else if strings.HasPrefix(name, ".") {
				name = prefix + name
			}
			out[name] = strings.TrimSpace(cells[2])
		}
	}
	return out
}

func TestEveryFieldThatHistoryPromisesIsSet(t *testing.T) {
	parent := security4688("WS1", noon, 100, 4, explorer, "")
	parent.Data = append(parent.Data, evtxtest.Str("CommandLine", "explorer.exe /x"))
	end := security4688("WS1", noon.Add(2*time.Second), 0, 0, "", "")
	end.EventID, end.Version, end.Task = 4689, 0, 13313
	end.Data = []evtxtest.Pair{evtxtest.Str("SubjectUserSid", "S-1-5-21-1-2-3-1001"),
		{Name: "ProcessId", Value: evtxtest.Hex64(101)}, evtxtest.Str("ProcessName", pwsh)}
	dir := t.TempDir()
	write(t, dir, "Security.evtx",
		evtxtest.File(parent, security4688("WS1", noon.Add(time.Second), 101, 100, pwsh, ""), end))
	write(t, dir, "Sysmon.evtx",
		evtxtest.File(sysmonStart("WS1", noon.Add(time.Minute), guidB, guidA, 200, 100, pwsh, explorer)))
	c, events := scan(t, ScanOptions{}, dir)
	of := map[string]*Event{}
	for _, e := range events {
		of[fmt.Sprint(e.Class.EventID)] = e // the child is the last start
	}
	promised := historyPromises(t)
	if len(promised) < 10 {
		t.Fatalf("only %d fields in the table of the document: %v", len(promised), promised)
	}
	for name, which := range promised {
		var on []*Event
		for code, mark := range map[string]string{"4688": "4688", "4689": "4689", "1": "Sysmon"} {
			if which == "all events" || strings.Contains(which, mark) {
				on = append(on, of[code])
			}
		}
		if len(on) == 0 {
			t.Errorf("%s: no event of the test is one of %q", name, which)
		}
		f, _, _ := c.schema.Field(name)
		for _, e := range on {
			if got := field(e, f); got == "" || got == "(pending)" {
				t.Errorf("%s of %s is promised and %q", name, fmt.Sprint(e.Class.EventID), got)
			}
		}
	}
	if names := slices.Sorted(maps.Keys(promised)); !slices.Contains(names, c.schema.Name(ecs.ProcessParentArgs)) {
		t.Error("the table is not read as it stands")
	}
}
