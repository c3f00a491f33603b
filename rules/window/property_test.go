package window

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"hunt/evtx"
	"hunt/racetest"
	"hunt/rules/predicate"
)

// The fields of made events.
const (
	fieldUser predicate.FieldID = iota + 1
	fieldAddress
	fieldSize
	fieldOther
)

// madeEvents makes up events of several hosts, with ties in time, fields that are missing and that
// have several values.
func madeEvents(random *rand.Rand, n, stages int) []*made {
	hosts := 1 + random.IntN(3)
	spread := 1 + random.IntN(40)
	var out []*made
	for i := range n {
		e := &made{
			at:      evtx.Filetime(random.IntN(spread))*second + 130_000_000_000_000_000,
			channel: []string{"Security", "Application", "sysmon"}[random.IntN(3)],
			id:      uint64(random.IntN(6)), host: random.IntN(hosts),
			ref:    evtx.Ref{File: int32(random.IntN(3)), Offset: int64(4096 + i*8), Carved: random.IntN(20) == 0},
			fields: map[predicate.FieldID][]string{},
		}
		if random.IntN(4) == 0 {
			e.at++ // a tick off
		}
		e.ref.EventRecordID = e.id
		for s := range stages {
			if random.IntN(3) == 0 {
				e.stages = append(e.stages, s)
			}
		}
		values := func(f predicate.FieldID, list ...string) {
			for range []int{1, 1, 1, 2, 0}[random.IntN(5)] {
				e.fields[f] = append(e.fields[f], list[random.IntN(len(list))])
			}
		}
		values(fieldUser, "anna", "ANNA", "bob")
		values(fieldAddress, "10.0.0.1", "10.0.0.2", "", "-")
		values(fieldSize, "1", "2", "-3", "0.5", "x", "7")
		values(fieldOther, "a", "b")
		out = append(out, e)
	}
	return out
}

// regroups reports whether a node groups results by fields that they are not grouped by: where such
// results stand before their last event, a third correlation around them finds no key.
func regroups(n *Node) bool {
	for _, in := range n.Inputs {
		for _, k := range in.Keys {
			if in.Stage < 0 && k.inner == 0 {
				return true
			}
		}
	}
	return false
}

// madeNode makes up a node over stages and earlier nodes.
func madeNode(random *rand.Rand, fold bool, stages int, earlier []Node) Node {
	kinds := []Kind{EventCount, ValueCount, ValueSum, ValueAvg, Temporal, TemporalOrdered, Threshold, NewTerms}
	node := Node{Kind: kinds[random.IntN(len(kinds))], Fold: fold, Span: seconds(random.IntN(12))}
	keys := [][]predicate.FieldID{nil, {fieldUser}, {fieldOther}, {fieldUser, fieldAddress}}[random.IntN(4)]
	for _, k := range keys {
		node.KeyNames = append(node.KeyNames, fmt.Sprint("k", k))
	}
	ops := []Op{GTE, GTE, GT, LT, LTE, EQ, NEQ}
	inputs := 1 + random.IntN(3)
	switch node.Kind {
	case EventCount, ValueCount, Threshold:
		node.Bounds = []Bound{{Op: ops[random.IntN(len(ops))], N: int64(1 + random.IntN(4))}}
		if random.IntN(5) == 0 {
			node.Bounds = []Bound{{Op: GT, N: int64(random.IntN(2))}, {Op: LTE, N: int64(1 + random.IntN(4))}}
		}
	case ValueSum, ValueAvg:
		node.Bounds = []Bound{{Op: ops[random.IntN(len(ops))], N: int64(random.IntN(90) - 20), Scale: 1}}
	case Temporal, TemporalOrdered:
		inputs = 2 + random.IntN(2)
		literal := func(i int, negated bool) *Want {
			w := &Want{Op: WantInput, Input: i}
			if negated {
				w = &Want{Op: WantNot, Kids: []*Want{w}}
			}
			return w
		}
		switch random.IntN(4) {
		case 0:
			node.Want = &Want{Op: WantAnd}
			for i := range inputs {
				node.Want.Kids = append(node.Want.Kids, literal(i, i > 0 && random.IntN(2) == 0))
			}
		case 1:
			if node.Kind == Temporal {
				node.Want = &Want{Op: WantAnd,
					Kids: []*Want{literal(0, false),
						{Op: WantOr, Kids: []*Want{literal(1, false), literal(inputs-1, true)}}}}
			}
		case 2:
			if node.Kind == Temporal {
				node.Bounds = []Bound{{Op: GTE, N: 2}}
			}
		}
	}
	if node.Kind == Threshold {
		node.Bounds = []Bound{{Op: GTE, N: int64(1 + random.IntN(4))}}
		if random.IntN(2) == 0 {
			node.Cardinality = []Cardinality{{"user", 2}}
		}
	}
	values := 0
	switch node.Kind {
	case ValueCount:
		values = 1 + random.IntN(2)
	case ValueSum, ValueAvg:
		values = 1
	case Threshold:
		values = len(node.Cardinality)
	}
	for i := range inputs {
		in := Input{Stage: i % stages}
		if len(earlier) > 0 && random.IntN(2) == 0 {
			if n := random.IntN(len(earlier)); !regroups(&earlier[n]) {
				in.Stage, in.Node = -1, n
			}
		}
		key := func(f predicate.FieldID) Key {
			if in.Stage < 0 {
				for j, name := range earlier[in.Node].KeyNames {
					if name == fmt.Sprint("k", f) {
						return Inner(j)
					}
				}
			}
			return Fields(f)[0]
		}
		for _, f := range keys {
			in.Keys = append(in.Keys, key(f))
		}
		for v := range values {
			switch node.Kind {
			case ValueSum, ValueAvg:
				in.Values = append(in.Values, key(fieldSize))
			default:
				in.Values = append(in.Values, key([]predicate.FieldID{fieldUser, fieldOther}[v]))
			}
		}
		node.Inputs = append(node.Inputs, in)
	}
	return node
}

// found are the results of one program, as naive.texts has them.
func found(t *testing.T, rows *Rows, program, listed int) []string {
	t.Helper()
	results, err := rows.Match(context.Background(), Options{Listed: listed})
	if err != nil {
		t.Fatal(err)
	}
	defer results.Close()
	out := []string{}
	for res, err := range results.All() {
		if err != nil {
			t.Fatal(err)
		}
		if res.Program != program {
			continue
		}
		var ids []string
		for _, e := range res.Events {
			ids = append(ids, refText(e.File, e.Offset))
		}
		if len(ids) < listed && int64(len(ids)) != res.Count {
			t.Fatalf("%d events are counted, %d are listed", res.Count, len(ids))
		}
		kind := rows.programs[program].Node().Kind
		measure := res.Measure
		if kind == ValueAvg {
			measure = ""
		}
		out = append(out, resultText(ids, measure))
	}
	if int64(len(out)) != results.Counts[program] {
		t.Fatalf("%d results are counted, %d are there", results.Counts[program], len(out))
	}
	slices.Sort(out)
	return out
}

// describe writes a program out.
func describe(p *Program) string {
	var b strings.Builder
	for i, n := range p.nodes {
		fmt.Fprintf(&b, "node %d: %s keys %v fold %t span %s bounds %v cardinality %v want %s\n", i, n.Kind, n.KeyNames,
			n.Fold, n.Span, n.Bounds, n.Cardinality, wantText(n.Want))
		for _, in := range n.Inputs {
			fmt.Fprintf(&b, "   stage %d node %d keys %v values %v\n", in.Stage, in.Node, in.Keys, in.Values)
		}
	}
	return b.String()
}

func wantText(w *Want) string {
	if w == nil {
		return "all"
	}
	if w.Op == WantInput {
		return strconv.Itoa(w.Input)
	}
	var kids []string
	for _, k := range w.Kids {
		kids = append(kids, wantText(k))
	}
	return fmt.Sprintf("%d(%s)", w.Op, strings.Join(kids, " "))
}

func TestMatchIsWhatTheNaiveMatcherFinds(t *testing.T) {
	racetest.Skip(t)
	const stages = 3
	rounds := 5_000
	if testing.Short() {
		rounds = 1_000
	}
	results, dir := map[Kind]int{}, t.TempDir()
	for seed := range uint64(rounds) {
		random := rand.New(rand.NewPCG(seed, 17))
		var nodes []Node
		fold := random.IntN(4) > 0
		for range 1 + random.IntN(3) {
			nodes = append(nodes, madeNode(random, fold, stages, nodes))
		}
		p, err := New(Definition{nodes})
		if err != nil {
			continue
		}
		events := madeEvents(random, random.IntN(60), stages)
		want := &naive{p: p, events: slices.SortedFunc(slices.Values(events), compareMade),
			cache: map[int][]*naiveResult{}}
		memory := []int64{0, 64 << 10, 16 << 20}[random.IntN(3)]
		rows := NewRows([]*Program{p}, memory, dir)
		for _, e := range events { // they come in no order
			if len(e.stages) > 0 {
				rows.Add(0, e.stages, e.event())
			}
		}
		got, texts := found(t, rows, 0, 1000), want.texts()
		results[p.Node().Kind] += len(texts)
		if !slices.Equal(got, texts) && len(got)+len(texts) > 0 {
			var list strings.Builder
			for _, e := range want.events {
				fmt.Fprintf(&list, "   %s at %d %s %d host %d stages %v %v\n", refText(e.ref.File, e.ref.Offset),
					e.at-130_000_000_000_000_000, e.channel, e.id, e.host, e.stages, e.fields)
			}
			t.Fatalf("seed %d\n%s%sgot\n%s\nwant\n%s", seed, describe(p), list.String(), strings.Join(got, "\n"),
				strings.Join(texts, "\n"))
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("results by kind: %v", results)
	for k := EventCount; k <= NewTerms; k++ {
		if results[k] < 100 {
			t.Errorf("only %d results of %s were compared", results[k], k)
		}
	}
}
