package eql

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hunt/rules/sequence"
)

// TestADependentStageTakesTheNewestThatItsConditionHoldsFor: a stage that refers to an earlier event by a field joins
// by that field, so an unrelated event in between must not hide the one it belongs to.
func TestADependentStageTakesTheNewestThatItsConditionHoldsFor(t *testing.T) {
	const query = `sequence with maxspan=5m [file where event.type == "creation"] as drop [process where process.executable == drop.file.path]`
	for _, c := range []struct {
		name, events string
		want         []string
	}{
		{"the earlier of two downloads is run", "1 drop a; 2 drop b; 3 run a", []string{"1>3"}},
		{"both are run, in the other order", "1 drop a; 2 drop b; 3 run a; 4 run b", []string{"1>3", "2>4"}},
		{"one file dropped twice: the newer drop is the cause", "1 drop a; 2 drop a; 3 run a; 4 run a",
			[]string{"2>3", "1>4"}},
		{"out of time", "1 drop a; 2 drop b; 400 run a", nil},
		{"an expired one does not stop a live one", "1 drop a; 200 drop b; 400 run b", []string{"200>400"}},
		{"something else is run", "1 drop a; 2 run c", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSchema("event.category", "event.type", "file.path", "process.executable")
			p, err := Compile(query, s, Options{})
			if err != nil {
				t.Fatal(err)
			}
			var items []sequence.Item
			for _, text := range strings.Split(c.events, "; ") {
				var at int64
				var what, name string
				if _, err := fmt.Sscan(text, &at, &what, &name); err != nil {
					t.Fatal(err)
				}
				fields := "event.category=file event.type=creation file.path=" + name
				if what == "run" {
					fields = "event.category=process process.executable=" + name
				}
				items = append(items, sequence.Item{Event: s.event(t, fields), Time: at * 1e9})
			}
			var got []string
			for m := range p.Run(slices.Values(items)) {
				got = append(got, fmt.Sprintf("%d>%d", m.Events[0].Time/1e9, m.Events[1].Time/1e9))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("sequences %v, want %v", got, c.want)
			}
		})
	}
}
