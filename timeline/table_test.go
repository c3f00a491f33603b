package timeline

import (
	"context"
	"fmt"
	"regexp"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hunt/timeline/ecs"
	"hunt/timeline/evidence"
	"hunt/timeline/ledger"
)

// address is a pointer within a process as %+v prints it.
var address = regexp.MustCompile(`byPID:0x[0-9a-f]+`)

// everything tells all that a case knows, in the same words for the same facts.
func everything(t *testing.T, c *Case, events []*Event) []string {
	t.Helper()
	var out []string
	for _, e := range events {
		out = append(out, describeEvent(e))
	}
	for _, h := range c.Hosts.All {
		out = append(out, fmt.Sprintf("%s %v %v %v %+v %v", h.ID, h.Names(), h.Why(), h.SIDs, h.Events, h.Users))
		for _, p := range h.Processes() {
			q := *p
			q.Parent, q.Children = nil, nil
			parent := "none"
			if p.Parent != nil {
				parent = fmt.Sprint(p.Parent.Key())
			}
			said := address.ReplaceAllString(fmt.Sprintf("%+v", q), "byPID")
			if n := p.NearestByPID(); n != nil {
				said += fmt.Sprint(n.Key())
			}
			out = append(out, fmt.Sprintf("%s %d children, parent %s", said, len(p.Children), parent))
		}
		for _, s := range h.Sessions() {
			out = append(out, fmt.Sprintf("%+v", *s))
		}
		for l := range h.Logons() {
			out = append(out, fmt.Sprintf("%+v", l))
		}
		cov := c.Coverage(h, ledger.Period{})
		out = append(out, fmt.Sprintf("%+v %+v %+v %+v %q %+v", cov.Window, cov.Sources, cov.Channels, cov.Gaps,
			cov.Notes, cov.Clock))
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
			o.Clock, o.Schema = ledger.ClockCreated, ecs.NewSchema()
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
