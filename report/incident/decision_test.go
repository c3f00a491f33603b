package incident

import (
	"slices"
	"strings"
	"testing"

	"hunt/report"
	"hunt/report/decision"
)

// Three findings of one process, a fourth that nothing joins to them.
func fourFindings() *Case {
	p := process("p")
	return &Case{Hosts: hosts(2), Findings: []Finding{
		finding("F-1", event("h0", 0, p)), finding("F-2", event("h0", minute, p)),
		finding("F-3", event("h0", 2*minute, p)),
		finding("F-4", event("h1", 9*hour)),
	}}
}

func decided(kind decision.Kind, of ...string) decision.Decision {
	return decision.Decision{Kind: kind, Of: of, Note: "ticket 7"}
}

func TestTheExaminerJoinsAndSplitsIncidents(t *testing.T) {
	t.Parallel()
	join, split := decision.Join, decision.Split
	for _, c := range []struct {
		name      string
		decisions []decision.Decision
		want      []string
		unheeded  string // a part of what is said, "" for nothing
	}{
		{"nothing decided", nil, []string{"F-1 F-2 F-3", "F-4"}, ""},
		{"two incidents joined by findings", []decision.Decision{decided(join, "F-2", "F-4")},
			[]string{"F-1 F-2 F-3 F-4"}, ""},
		{"two incidents joined by their ids", []decision.Decision{decided(join, idOf("F-1"), idOf("F-4"))},
			[]string{"F-1 F-2 F-3 F-4"}, ""},
		// F-1 joined later: the incident was once that of F-2, and its id of that time names it still
		{"an id from before", []decision.Decision{decided(join, idOf("F-2"), "F-4")}, []string{"F-1 F-2 F-3 F-4"}, ""},
		// the one in the middle leaves, and the two beside it stay together: they share the process
		{"one split off", []decision.Decision{decided(split, "F-2")}, []string{"F-1 F-3", "F-2", "F-4"}, ""},
		{"two split off together", []decision.Decision{decided(split, "F-3", "F-2")},
			[]string{"F-1", "F-2 F-3", "F-4"}, ""},
		{"split off and joined elsewhere", []decision.Decision{decided(split, "F-2", "F-4")},
			[]string{"F-1 F-3", "F-2 F-4"}, ""},
		{"a contradiction", []decision.Decision{decided(split, "F-2"), decided(join, "F-1", "F-2")},
			[]string{"F-1 F-3", "F-2", "F-4"}, "joins what it also splits: F-1 and F-2"},
		{"an id that nothing has", []decision.Decision{decided(join, "F-9", "F-4")}, []string{"F-1 F-2 F-3", "F-4"},
			"names F-9"},
	} {
		in := fourFindings()
		in.Decisions = c.decisions
		r := Join(in)
		if got := groups(r); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if said := strings.Join(r.Unheeded, "|"); (c.unheeded == "") != (said == "") ||
			!strings.Contains(said, c.unheeded) {
			t.Errorf("%s: unheeded %q, want %q", c.name, said, c.unheeded)
		}
	}
}

// What the examiner joined is told as his, with the reason, and makes no linked chain.
func TestTheExaminersJoinIsMarked(t *testing.T) {
	t.Parallel()
	in := fourFindings()
	in.Decisions = []decision.Decision{decided(decision.Join, "F-1", "F-4")}
	i := Join(in).Incidents[0]
	edge := slices.IndexFunc(i.Edges, func(e report.Edge) bool { return e.Kind == report.EdgeExaminer })
	if edge < 0 || i.Edges[edge].Strong || i.Edges[edge].Text != "The case file says that they belong together: "+
		"ticket 7." {
		t.Errorf("edges %+v", i.Edges)
	}
	if !slices.Equal(i.Assumed, []string{"The case file says that they belong together: ticket 7."}) {
		t.Errorf("assumed %q", i.Assumed)
	}
	if i.Chain != report.ChainIncomplete {
		t.Errorf("chain %q, want incomplete: the logs link only some of it", i.Chain)
	}
}

func TestTheExaminerDescribesAnIncident(t *testing.T) {
	t.Parallel()
	in := fourFindings()
	in.Decisions = []decision.Decision{
		{Kind: decision.Describe, Of: []string{"F-3"}, Title: "The lab's own test", Status: decision.Dismissed,
			Note: "planned"},
		{Kind: decision.Describe, Of: []string{idOf("F-4")}, Status: decision.Confirmed},
		{Kind: decision.Describe, Of: []string{"I-none"}, Title: "x"},
	}
	r := Join(in)
	last := r.Incidents[len(r.Incidents)-1]
	if last.Title != "The lab's own test" || last.Status != decision.Dismissed || last.Note != "planned" {
		t.Errorf("the dismissed incident is not the last, or lacks its words: %+v", last)
	}
	if first := r.Incidents[0]; first.Status != decision.Confirmed || first.Title != "Title of F-4" {
		t.Errorf("the other: %s %q", first.Status, first.Title)
	}
	if len(r.Unheeded) != 1 || !strings.Contains(r.Unheeded[0], "I-none") {
		t.Errorf("unheeded: %q", r.Unheeded)
	}
}
