package timeline

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"hunt/evtx"
	"hunt/timeline/ecs"
	"hunt/timeline/evidence"
	"hunt/timeline/spill"
)

// everything tells all that a case knows, in the same words for the same facts.
func everything(t *testing.T, c *Case, events []*Event) []string {
	t.Helper()
	var out []string
	for _, e := range events {
		out = append(out, describeEvent(e))
	}
	for _, h := range c.Hosts {
		out = append(out, fmt.Sprintf("%s %v %v %v %+v %v", h.ID, h.Names, h.Why, h.SIDs, h.Events, h.Users))
		for _, p := range h.Processes() {
			q := *p
			q.Parent, q.Children = nil, nil
			parent := "none"
			if p.Parent != nil {
				parent = fmt.Sprint(p.Parent.Key())
			}
			out = append(out, fmt.Sprintf("%+v %d children, parent %s", q, len(p.Children), parent))
		}
		for _, s := range h.Sessions() {
			out = append(out, fmt.Sprintf("%+v", *s))
		}
		for l := range h.Logons() {
			out = append(out, fmt.Sprintf("%+v", l))
		}
		cov := c.Coverage(h, Period{})
		cov.Host = nil
		out = append(out, fmt.Sprintf("%+v", cov))
	}
	if err := c.Err(); err != nil {
		t.Error(err)
	}
	return out
}

func TestAHostsHistoryIsTheSameWithAnyBudget(t *testing.T) {
	for _, dir := range evidenceDirs(t) {
		var want []string
		for _, o := range []ScanOptions{{Jobs: 1}, {Jobs: 3, MaxMemory: 1}} {
			col, err := evidence.Collect(context.Background(), evidence.Inputs(dir), evidence.Options{})
			if err != nil {
				t.Fatal(err)
			}
			o.Clock, o.Schema = ClockCreated, ecs.NewSchema()
			var mu sync.Mutex
			var visitors []*keepAll
			c, err := Scan(context.Background(), col, o, func() Visitor {
				mu.Lock()
				defer mu.Unlock()
				v := &keepAll{}
				visitors = append(visitors, v)
				return v
			})
			if err != nil {
				t.Fatal(err)
			}
			if o.MaxMemory == 1 && len(c.Hosts) > minTables && (len(c.tables.held) > minTables || c.pasts == nil) {
				t.Errorf("%s: %d tables are held under a budget of nothing", dir, len(c.tables.held))
			}
			var events []*Event
			for _, v := range visitors {
				events = append(events, v.events...)
			}
			events = c.MergeTwins(c.Order(events), nil)
			got := everything(t, c, events)
			if want == nil {
				want = got
			} else if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s: a small budget gives another history:\n%s", dir, d[:min(len(d), 3000)])
			}
		}
	}
}

func drawHistory(t *rapid.T) *history {
	text := rapid.OneOf(rapid.SampledFrom([]string{"", `C:\Windows\System32\cmd.exe`, "S-1-5-18", strings.Repeat("long ", 500)}), rapid.String())
	ref := func() evtx.Ref {
		return evtx.Ref{File: rapid.Int32Range(0, 3).Draw(t, "file"), Chunk: rapid.Int32Range(-1, 1<<20).Draw(t, "chunk"), Offset: rapid.Int64().Draw(t, "offset"),
			HeaderRecordID: rapid.Uint64().Draw(t, "hrid"), EventRecordID: rapid.Uint64().Draw(t, "rid"), Carved: rapid.Bool().Draw(t, "carved")}
	}
	at := func() evtx.Filetime { return evtx.Filetime(rapid.Uint64().Draw(t, "at")) }
	said := func() fact {
		return fact{ref: ref(), at: at(), computer: "WS1", content: rapid.Uint64().Draw(t, "content")}
	}
	h := &history{starts: []*procStart{}, ends: []*procEnd{}, logons: []*logon{}, notables: []*notable{}}
	for range rapid.IntRange(0, 4).Draw(t, "starts") {
		h.starts = append(h.starts, &procStart{fact: said(), created: at(), sysmon: rapid.Bool().Draw(t, "b"), pid: rapid.Int64().Draw(t, "pid"), ppid: rapid.Int64().Draw(t, "ppid"),
			guid: text.Draw(t, "s"), parentGUID: text.Draw(t, "s"), executable: text.Draw(t, "s"), parentExe: text.Draw(t, "s"), commandLine: text.Draw(t, "s"), parentLine: text.Draw(t, "s"),
			user: text.Draw(t, "s"), sid: text.Draw(t, "s"), logonID: text.Draw(t, "s"), hash: text.Draw(t, "s"), original: text.Draw(t, "s"), channel: text.Draw(t, "s"), provider: text.Draw(t, "s")})
	}
	for range rapid.IntRange(0, 4).Draw(t, "ends") {
		h.ends = append(h.ends, &procEnd{fact: said(), sysmon: rapid.Bool().Draw(t, "b"), pid: rapid.Int64().Draw(t, "pid"), guid: text.Draw(t, "s"),
			executable: text.Draw(t, "s")})
	}
	for range rapid.IntRange(0, 4).Draw(t, "logons") {
		h.logons = append(h.logons, &logon{fact: said(), role: ecs.Role(rapid.IntRange(0, int(ecs.RoleScriptBlock)).Draw(t, "role")), user: text.Draw(t, "s"), sid: text.Draw(t, "s"), id: text.Draw(t, "s"),
			kind: text.Draw(t, "s"), ip: text.Draw(t, "s"), workstation: text.Draw(t, "s"), subject: text.Draw(t, "s"), subjSID: text.Draw(t, "s"), target: text.Draw(t, "s")})
	}
	for range rapid.IntRange(0, 4).Draw(t, "notables") {
		h.notables = append(h.notables, &notable{fact: said(), channel: text.Draw(t, "s"), provider: text.Draw(t, "s"), code: rapid.Uint32().Draw(t, "code"),
			detail: text.Draw(t, "s"), log: text.Draw(t, "s"), role: ecs.RoleBoot, stopped: rapid.Bool().Draw(t, "b"),
			audit: ecs.RoleProcessStart, audited: rapid.Bool().Draw(t, "b")})
	}
	return h
}

func TestAHistoryThatWasPutAwayIsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		got, err := unpackHistory(h.pack("WS1"), nil, "WS1")
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(h, got, cmp.AllowUnexported(history{}, fact{}, procStart{}, procEnd{}, logon{}, notable{})); d != "" {
			t.Fatal(d)
		}
	})
}

func TestAHistoryThatIsCutShortIsAnErrorAndNoPanic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		c := spill.NewEncoder(nil)
		h.code(c, "WS1")
		b := slices.Clone(c.Bytes())
		if len(b) < 5 {
			return
		}
		cut := rapid.IntRange(0, len(b)-1).Draw(t, "cut")
		r := spill.NewDecoder(b[:cut], nil)
		(&history{}).code(r, "WS1")
		if r.Err() == nil {
			t.Fatalf("%d of %d bytes are read without an error", cut, len(b))
		}
		b[rapid.IntRange(0, len(b)-1).Draw(t, "place")] ^= byte(rapid.IntRange(1, 255).Draw(t, "bits"))
		r = spill.NewDecoder(b, []int32{0, 1, 2, 3})
		(&history{}).code(r, "WS1") // must not panic
	})
}

// TestTablesOfHostsWithoutFactsAreDropped asks for the tables of more hosts than the budget holds, of which the logs tell nothing but
// their names.
func TestTablesOfHostsWithoutFactsAreDropped(t *testing.T) {
	const n, most = 500, 100
	c := &Case{Collection: &evidence.Collection{}, byComputer: map[string]*Host{}, put: newPastStore("")}
	c.tables.budget = most * emptyTable
	for i := range n {
		h := &Host{ID: fmt.Sprintf("host-%d", i), cs: c}
		c.Hosts = append(c.Hosts, h)
		h.past()
	}
	held := 0
	for _, h := range c.Hosts {
		if h.table.Load() != nil {
			held++
		}
	}
	if held != most || len(c.tables.held) != most || c.tables.weight != c.tables.budget || !c.tables.full {
		t.Errorf("%d tables are held, %d listed, weight %d of %d", held, len(c.tables.held), c.tables.weight, c.tables.budget)
	}
}
