package window

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hunt/evtx"
	"hunt/rules/predicate"
)

// seenAt is an event at a second, with the texts of fields 1 and 2.
func seenAt(second int, key, value string, stages ...int) Seen {
	at := evtx.FiletimeOf(time.Date(2026, 1, 1, 0, 0, second, 0, time.UTC))
	return Seen{Stages: stages,
		Event: &Event{Time: at, Values: func(_ int, f predicate.FieldID, dst []predicate.Value) []predicate.Value {
			text := map[predicate.FieldID]string{1: key, 2: value}[f]
			for s := range strings.FieldsSeq(text) {
				dst = append(dst, predicate.StringValue(s))
			}
			return dst
		}}}
}

// shown writes reaches in lines.
func shown(p *Program, events []Seen, near int, most int) string {
	var b strings.Builder
	reaches, more := p.Reaches(0, events, evtx.FiletimeOf(time.Date(2026, 1, 1, 0, 0, near, 0, time.UTC)), most)
	for _, r := range reaches {
		fmt.Fprintf(&b, "%v %v %ss-%ss", r.Keys, r.Holds, r.First.Time().Format("05"), r.Last.Time().Format("05"))
		for _, p := range r.Parts {
			fmt.Fprintf(&b, "; %s %s of %s", p.What, p.Have, p.Want)
		}
		if r.Before != 0 {
			fmt.Fprintf(&b, "; before %ss", r.Before.Time().Format("05"))
		}
		b.WriteByte('\n')
	}
	if more > 0 {
		fmt.Fprintf(&b, "%d more\n", more)
	}
	return b.String()
}

func TestReachesTellHowFarAWindowCame(t *testing.T) {
	events := []Seen{
		seenAt(0, "a", "x", 0), seenAt(1, "a", "x", 0), seenAt(2, "b", "x", 0), seenAt(3, "a b", "y", 0),
		seenAt(20, "a", "z", 0), seenAt(21, "", "z", 0), seenAt(22, "c", "z", 1),
	}
	in := []Input{{Stage: 0, Keys: Fields(1)}}
	for _, tc := range []struct {
		name string
		node Node
		want string
	}{
		{
			"a threshold that one group meets", Node{Kind: Threshold, Bounds: []Bound{{Op: GTE, N: 3}}, Inputs: in},
			"[a] true 00s-03s; events 3 of 3 or more\n[b] false 02s-03s; events 2 of 3 or more\n",
		},
		{
			"cardinality is short", Node{
				Kind: Threshold, Bounds: []Bound{{Op: GTE, N: 2}}, Cardinality: []Cardinality{{Name: "v", AtLeast: 3}},
				Inputs: []Input{{Stage: 0, Keys: Fields(1), Values: Fields(2)}},
			},
			"[a] false 00s-03s; events 3 of 2 or more; distinct values of v 2 of 3 or more\n[b] false 02s-03s; " +
				"events 2 of 2 or more; distinct values of v 2 of 3 or more\n",
		},
		{
			"a missing key is a group of a count", Node{Kind: EventCount, Bounds: []Bound{{Op: GT, N: 5}}, Inputs: in},
			"[a] false 00s-03s; events 3 of more than 5\n[b] false 02s-03s; events 2 of more than 5\n[(none)] " +
				"false 21s-21s; events 1 of more than 5\n",
		},
		{
			"values", Node{Kind: ValueCount, Bounds: []Bound{{Op: GTE, N: 2}},
				Inputs: []Input{{Stage: 0, Keys: Fields(1), Values: Fields(2)}}},
			"[a] true 00s-03s; distinct values 2 of 2 or more\n[b] true 02s-03s; distinct values 2 of 2 or more\n" +
				"[(none)] false 21s-21s; distinct values 1 of 2 or more\n",
		},
		{
			"conditions that met", Node{Kind: Temporal,
				Inputs: []Input{{Stage: 0, Label: "one", Keys: Fields(1)}, {Stage: 1, Label: "two", Keys: Fields(1)}}},
			"[a] false 20s-20s; events of one 1 of 1 or more; events of two 0 of 1 or more\n[c] false 22s-22s; " +
				"events of one 0 of 1 or more; events of two 1 of 1 or more\n[b] false 02s-03s; events of one 2 " +
				"of 1 or more; events of two 0 of 1 or more\n",
		},
		{
			"new terms", Node{Kind: NewTerms, Inputs: in},
			"[a] true 20s-20s; before 03s\n[b] false 03s-03s; before 02s\n",
		},
	} {
		tc.node.KeyNames, tc.node.Span = []string{"k"}, 10*time.Second
		p, err := New(Definition{Nodes: []Node{tc.node}})
		if err != nil {
			t.Fatalf("%s: %v", tc.name, err)
		}
		if got := shown(p, events, 20, 10); got != tc.want {
			t.Errorf("%s:\n%s\nwant\n%s", tc.name, got, tc.want)
		}
		if got := shown(p, events, 20, 1); !strings.HasSuffix(got, " more\n") {
			t.Errorf("%s: %s", tc.name, got)
		}
	}
}
