package window

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"hunt/evtx"
	"hunt/racetest"
	"hunt/rules/predicate"
)

// mustNew makes a program of one node.
func mustNew(t testing.TB, n Node) *Program {
	t.Helper()
	p, err := New(Definition{[]Node{n}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The rows of groups of hosts, merged in any order, give what those of the whole give.
func TestGroupsOfHostsMerge(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 23))
		var programs []*Program
		for len(programs) < 3 {
			var nodes []Node
			for range 1 + random.IntN(2) {
				nodes = append(nodes, madeNode(random, true, 3, nodes))
			}
			if p, err := New(Definition{nodes}); err == nil {
				programs = append(programs, p)
			}
		}
		events := madeEvents(random, random.IntN(80), 3)
		whole := NewRows(programs, 1<<20, t.TempDir())
		parts := []*Rows{NewRows(programs, 0, t.TempDir()), NewRows(programs, 1<<20, t.TempDir()),
			NewRows(programs, 4096, t.TempDir())}
		for _, e := range events {
			for p := range programs {
				if len(e.stages) > 0 {
					whole.Add(p, e.stages, e.event())
					parts[e.host].Add(p, e.stages, e.event())
				}
			}
		}
		merged := NewRows(programs, 1<<16, t.TempDir())
		for _, i := range random.Perm(len(parts)) {
			if err := merged.Merge(parts[i]); err != nil {
				t.Fatal(err)
			}
		}
		if merged.Len() != whole.Len() {
			t.Fatalf("seed %d: %d rows, not %d", seed, merged.Len(), whole.Len())
		}
		for p := range programs {
			if got, want := found(t, merged, p, 1000), found(t, whole, p, 1000); !slices.Equal(got, want) {
				t.Fatalf("seed %d\n%s\ngot\n%s\nwant\n%s", seed, describe(programs[p]), strings.Join(got, "\n"),
					strings.Join(want, "\n"))
			}
		}
	}
}

// A result lists its first events and the last, and counts all.
func TestListedEventsAreTheFirstAndTheLast(t *testing.T) {
	p := mustNew(t, Node{Kind: EventCount, Span: seconds(100), Bounds: []Bound{{Op: GTE, N: 5}},
		Inputs: []Input{{Stage: 0}}})
	rows := NewRows([]*Program{p}, 1<<20, t.TempDir())
	for i := range 50 {
		rows.Add(0, []int{0}, &Event{Time: evtx.Filetime(i) * second, Channel: "Security",
			Ref: evtx.Ref{Offset: int64(i)}})
	}
	results, err := rows.Match(context.Background(), Options{Listed: 3})
	if err != nil {
		t.Fatal(err)
	}
	defer results.Close()
	n := 0
	for res, err := range results.All() {
		n++
		var at []int64
		for _, e := range res.Events {
			at = append(at, e.Offset)
		}
		if err != nil || res.Count != 50 || res.Measure != "50" || !slices.Equal(at, []int64{0, 1, 2, 49}) {
			t.Errorf("%v: %+v", err, res)
		}
	}
	if n != 1 {
		t.Errorf("%d results", n)
	}
}

// Sums are exact: what comes and goes leaves nothing behind.
func TestSumsAreExact(t *testing.T) {
	var s sum
	one, _ := ParseNumber("0.1")
	large, _ := ParseNumber("9223372036854775807")
	for range 3 {
		s.add(one, 1)
		s.add(large, 1)
	}
	if got := s.text(false); got != "27670116110564327421.3" {
		t.Errorf("the sum is %s", got)
	}
	for range 3 {
		s.add(large, -1)
	}
	s.n = 3
	if s.compare(Bound{Op: EQ, N: 3, Scale: 1}, false) != 0 || s.compare(Bound{Op: EQ, N: 1, Scale: 1}, true) != 0 {
		t.Errorf("the sum is %s, the average %s", s.text(false), s.text(true))
	}
}

func TestNumbers(t *testing.T) {
	for text, want := range map[string]Number{
		"0": {}, "42": {42, 0}, "-7": {-7, 0}, "+7": {7, 0}, " 5 ": {5, 0}, "0x10": {16, 0}, "-0XfF": {-255, 0},
		"1.50":  {15, 1},
		"-0.25": {-25, 2}, "3.0": {3, 0}, "0.12345678901234567899": {123456789012345678, 18},
	} {
		if got, ok := ParseNumber(text); !ok || got != want {
			t.Errorf("%q is %v, %t, not %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "-", "x", "1e5", "0x", "0xg", "1.", ".5", "99999999999999999999", "nan",
		"0.1234567890123456789x", "1 2"} {
		if got, ok := ParseNumber(text); ok {
			t.Errorf("%q is %v", text, got)
		}
	}
}

func TestWhatMakesNoSense(t *testing.T) {
	in := []Input{{Stage: 0}, {Stage: 1}}
	not := func(i int) *Want { return &Want{Op: WantNot, Kids: []*Want{{Input: i}}} }
	for want, nodes := range map[string][]Node{
		"hunt allows 1 to 256": {},
		"in a circle":          {{Kind: EventCount, Inputs: []Input{{Stage: -1, Node: 0}}}},
		"without not":          {{Kind: Temporal, Inputs: in, Want: not(0)}},
		"part of the": {
			{Kind: TemporalOrdered, Inputs: in, Want: &Want{Op: WantOr, Kids: []*Want{{Input: 0}, not(1)}}}},
		"upper limit":   {{Kind: TemporalOrdered, Inputs: in, Bounds: []Bound{{Op: LT, N: 2}}}},
		"never be true": {{Kind: TemporalOrdered, Inputs: in, Bounds: []Bound{{Op: GTE, N: 3}}}},
		"belong":        {{Kind: ValueSum, Inputs: in}},
	} {
		if _, err := New(Definition{nodes}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
	}
}

// TestTenMillionRows counts ten million events (200,000 where -short is set) within the share of the
// default budget that rows have, and finds every burst.
func TestTenMillionRows(t *testing.T) {
	racetest.Skip(t)
	n := 1_000_000
	if testing.Short() {
		n = 200_000
	}
	if os.Getenv("HUNT_LONG") == "1" {
		n = 10_000_000
	}
	const share = 16 << 20
	by := Fields(fieldUser)
	programs := []*Program{
		mustNew(t, Node{Kind: EventCount, KeyNames: []string{"user"}, Span: seconds(60),
			Bounds: []Bound{{Op: GTE, N: 10}}, Inputs: []Input{{Keys: by}}}),
		mustNew(t, Node{Kind: ValueCount, KeyNames: nil, Span: seconds(1 << 30),
			Bounds: []Bound{{Op: GTE, N: 2_000_000}}, Inputs: []Input{{Values: Fields(fieldUser)}}}),
	}
	rows := NewRows(programs, share, t.TempDir())
	defer rows.Close()
	user := make([]byte, 8)
	e := &Event{Channel: "Security", Values: func(_ int, f predicate.FieldID, dst []predicate.Value) []predicate.Value {
		return append(dst, predicate.StringValue(string(user)))
	}}
	most := uint64(0)
	var m runtime.MemStats
	for i := range n {
		// Each user logs on 10 times within a minute, and all users at the same time.
		binary.BigEndian.PutUint64(user, uint64(i%(n/10)))
		e.Time = evtx.Filetime(i/(n/10))*second + evtx.Filetime(i%1000)
		e.Ref = evtx.Ref{File: int32(i & 3), Offset: int64(i) * 1000, EventRecordID: uint64(i)}
		rows.Add(0, []int{0}, e)
		if i%20 == 0 {
			rows.Add(1, []int{0}, e)
		}
		if i%100_000 == 0 {
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapInuse)
		}
	}
	results, err := rows.Match(context.Background(), Options{Listed: 20})
	if err != nil {
		t.Fatal(err)
	}
	defer results.Close()
	runtime.ReadMemStats(&m)
	most = max(most, m.HeapInuse)
	if results.Counts[0] != int64(n/10) || results.Counts[1] != 0 {
		t.Errorf("results %v of %d users", results.Counts, n/10)
	}
	for res, err := range results.All() {
		if err != nil || res.Count != 10 || len(res.Events) != 10 {
			t.Fatalf("%v: %+v", err, res)
		}
	}
	t.Logf("%d rows, up to %d MiB of heap", rows.Len(), most>>20)
	if most > 8*share {
		t.Errorf("the heap grows to %d MiB", most>>20)
	}
}
