package window

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"hunt/evtx"
	"hunt/rules/predicate"
	"hunt/timeline/ledger"
)

// made is an event of a test: in the order of a case, with the stages that it satisfies.
type made struct {
	at      evtx.Filetime
	channel string
	id      uint64
	ref     evtx.Ref
	host    int
	stages  []int
	fields  map[predicate.FieldID][]string
}

func (e *made) event() *Event {
	return &Event{
		Time: e.at, Channel: e.channel, Ref: e.ref, Host: e.host,
		Values: func(_ int, f predicate.FieldID, dst []predicate.Value) []predicate.Value {
			for _, s := range e.fields[f] {
				dst = append(dst, predicate.StringValue(s))
			}
			return dst
		},
	}
}

func compareMade(a, b *made) int {
	return cmp.Or(cmp.Compare(a.at, b.at), strings.Compare(a.channel, b.channel), cmp.Compare(a.id, b.id),
		ledger.CompareRefs(a.ref, b.ref))
}

// naive works out the results of a program from whole lists, as the documents say it and by no other
// means. It knows nothing of rows, hashes and queues.
type naive struct {
	p      *Program
	events []*made // in order
	cache  map[int][]*naiveResult
}

type naiveResult struct {
	key     []string // "=" and the value, or "-"
	events  []int    // numbers of events
	from    int      // the event from which on the condition holds
	last    int
	measure string
}

// naiveItem is an event or a result in a group.
type naiveItem struct {
	at     int // number of the event where it stands
	input  int
	values [][]string // by slot
	result *naiveResult
}

func (n *naive) values(e *made, stage int, k Key, inner []string, fold bool) []string {
	if k.inner > 0 {
		return []string{inner[k.inner-1]}
	}
	var out []string
	if id, ok := k.of(stage); ok {
		for _, s := range e.fields[id] {
			if fold {
				s = strings.ToLower(s)
			}
			if s = "=" + s; !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	if out == nil {
		return []string{"-"}
	}
	return out
}

func product(lists [][]string) [][]string {
	out := [][]string{nil}
	for _, l := range lists {
		var next [][]string
		for _, o := range out {
			for _, s := range l {
				next = append(next, append(slices.Clone(o), s))
			}
		}
		out = next
	}
	return out
}

// groups are the items of a node by their keys.
func (n *naive) groups(number int) map[string][]naiveItem {
	node := &n.p.nodes[number]
	out := map[string][]naiveItem{}
	put := func(in *Input, input, at, stage int, keyOf int, inner []string, res *naiveResult) {
		e := n.events[keyOf]
		var lists [][]string
		for _, k := range in.Keys {
			lists = append(lists, n.values(e, stage, k, inner, node.Fold))
		}
		item := naiveItem{at: at, input: input, result: res}
		var tuples [][]string
		for _, k := range in.Values {
			tuples = append(tuples, n.values(e, stage, k, inner, node.Fold))
		}
		if node.Kind == ValueCount {
			all := []string{}
			for _, t := range product(tuples) {
				if !slices.Contains(t, "-") {
					all = append(all, strings.Join(t, "\x00"))
				}
			}
			tuples = [][]string{all}
		}
		item.values = tuples
		for _, combination := range product(lists) {
			if slices.Contains(combination, "-") &&
				(node.Kind.temporal() || node.Kind == Threshold || node.Kind == NewTerms) {
				continue
			}
			key := strings.Join(combination, "\x01")
			out[key] = append(out[key], item)
		}
	}
	for i := range node.Inputs {
		in := &node.Inputs[i]
		if in.Stage >= 0 {
			for at, e := range n.events {
				if slices.Contains(e.stages, in.Stage) {
					put(in, i, at, in.Stage, at, nil, nil)
				}
			}
			continue
		}
		for _, res := range n.results(in.Node) {
			kind := n.p.nodes[in.Node].Kind
			stage := n.stageOf(in.Node, res.last)
			above := true
			for _, b := range n.p.nodes[in.Node].Bounds {
				above = above && (b.Op == GT || b.Op == GTE)
			}
			if node.Kind.temporal() && !kind.temporal() && kind != NewTerms && above {
				for _, at := range res.events {
					if at >= res.from {
						put(in, i, at, stage, res.last, res.key, res)
					}
				}
			} else {
				put(in, i, res.last, stage, res.last, res.key, res)
			}
		}
	}
	for _, l := range out {
		slices.SortStableFunc(l, func(a, b naiveItem) int {
			c := cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.input, b.input))
			if c == 0 && a.result != nil && b.result != nil {
				c = slices.Compare(a.result.events, b.result.events)
			}
			return c
		})
	}
	return out
}

// stageOf is the stage by which the last event of a result took part.
func (n *naive) stageOf(number, at int) int {
	for _, s := range n.p.Stages(number) {
		if slices.Contains(n.events[at].stages, s) {
			return s
		}
	}
	return -1
}

func (n *naive) results(number int) []*naiveResult {
	if r, ok := n.cache[number]; ok {
		return r
	}
	node := &n.p.nodes[number]
	groups := n.groups(number)
	var keys []string
	for k := range groups {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	var out []*naiveResult
	for _, k := range keys {
		var found []*naiveResult
		switch node.Kind {
		case Temporal:
			found = n.meet(node, groups[k])
		case TemporalOrdered:
			found = n.order(node, groups[k])
		case NewTerms:
			found = n.terms(node, groups[k])
		default:
			found = n.count(node, groups[k])
		}
		for _, f := range found {
			f.key = strings.Split(k, "\x01")
			if len(node.KeyNames) == 0 {
				f.key = nil
			}
		}
		out = append(out, found...)
	}
	n.cache[number] = out
	return out
}

func (n *naive) within(node *Node, from, to int) bool {
	return uint64(n.events[to].at-n.events[from].at) <= uint64(node.Span)/100
}

func naiveHolds(bounds []Bound, x float64) bool {
	for _, b := range bounds {
		y := float64(b.N)
		for range b.Scale {
			y /= 10
		}
		ok := map[Op]bool{LT: x < y, LTE: x <= y, GT: x > y, GTE: x >= y, EQ: x == y, NEQ: x != y}[b.Op]
		if !ok {
			return false
		}
	}
	return true
}

// measure works out what a list of items amounts to.
func (n *naive) measure(node *Node, items []naiveItem) (holds bool, text string) {
	events, seen := 0, map[int]bool{}
	for _, it := range items {
		if it.result != nil || !seen[it.at] {
			events++
			seen[it.at] = seen[it.at] || it.result == nil
		}
	}
	switch node.Kind {
	case EventCount:
		return naiveHolds(node.Bounds, float64(events)), strconv.Itoa(events)
	case ValueCount:
		distinct := map[string]bool{}
		for _, it := range items {
			for _, v := range it.values[0] {
				distinct[v] = true
			}
		}
		return naiveHolds(node.Bounds, float64(len(distinct))), strconv.Itoa(len(distinct))
	case ValueSum, ValueAvg:
		total, count, once := 0.0, 0, map[int]bool{}
		for _, it := range items {
			if it.result == nil {
				if once[it.at] {
					continue // by another rule
				}
				once[it.at] = true
			}
			for _, v := range it.values[0] {
				if x, err := strconv.ParseFloat(strings.TrimPrefix(v, "="), 64); err == nil && v != "-" {
					total += x
					count++
				}
			}
		}
		if count == 0 {
			return false, ""
		}
		if node.Kind == ValueAvg {
			return naiveHolds(node.Bounds, total/float64(count)), ""
		}
		return naiveHolds(node.Bounds, total), strconv.FormatFloat(total, 'f', -1, 64)
	}
	ok := naiveHolds(node.Bounds, float64(events))
	for i, c := range node.Cardinality {
		distinct := map[string]bool{}
		for _, it := range items {
			for _, v := range it.values[i] {
				if v != "-" {
					distinct[v] = true
				}
			}
		}
		ok = ok && int64(len(distinct)) >= c.AtLeast
	}
	return ok, strconv.Itoa(events)
}

// collect are the events of items, those of results up to a last one.
func collect(items []naiveItem, last int) []int {
	var out []int
	for _, it := range items {
		if it.result == nil {
			out = append(out, it.at)
			continue
		}
		for _, at := range it.result.events {
			if at <= last {
				out = append(out, at)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (n *naive) count(node *Node, items []naiveItem) (out []*naiveResult) {
	upper := false
	for _, b := range node.Bounds {
		upper = upper || b.Op != GT && b.Op != GTE
	}
	for i := 0; i < len(items); {
		j := i
		for j < len(items) && n.within(node, items[i].at, items[j].at) {
			j++
		}
		ok, text := n.measure(node, items[i:j])
		switch {
		case ok:
			res := &naiveResult{last: items[j-1].at, measure: text}
			res.events = collect(items[i:j], res.last)
			for k := i; k < j; k++ {
				for k+1 < j && items[k+1].at == items[k].at {
					k++
				}
				if ok, _ := n.measure(node, items[i:k+1]); ok {
					res.from = items[k].at
					break
				}
			}
			out = append(out, res)
			i = j
		case upper:
			i = j
		default:
			for k := items[i].at; i < len(items) && items[i].at == k; {
				i++
			}
		}
	}
	return out
}

func (n *naive) met(node *Node, set map[int]bool) bool {
	switch {
	case node.Want != nil:
		return naiveWant(node.Want, set)
	case len(node.Bounds) > 0:
		return naiveHolds(node.Bounds, float64(len(set)))
	}
	return len(set) == len(node.Inputs)
}

func naiveWant(w *Want, set map[int]bool) bool {
	switch w.Op {
	case WantInput:
		return set[w.Input]
	case WantNot:
		return !naiveWant(w.Kids[0], set)
	case WantAnd:
		return !slices.ContainsFunc(w.Kids, func(k *Want) bool { return !naiveWant(k, set) })
	}
	return slices.ContainsFunc(w.Kids, func(k *Want) bool { return naiveWant(k, set) })
}

func naivePositive(w *Want, negated bool, set map[int]bool) {
	if w.Op == WantInput && !negated {
		set[w.Input] = true
	}
	for _, k := range w.Kids {
		naivePositive(k, negated != (w.Op == WantNot), set)
	}
}

func positives(node *Node) map[int]bool {
	set := map[int]bool{}
	if node.Want != nil {
		naivePositive(node.Want, false, set)
	} else {
		for i := range node.Inputs {
			set[i] = true
		}
	}
	return set
}

func (n *naive) meet(node *Node, items []naiveItem) (out []*naiveResult) {
	spent := map[*naiveResult]bool{}
	positive := positives(node)
	live := func(it *naiveItem) bool { return it.result == nil || !spent[it.result] }
	for i := 0; i < len(items); {
		here := items[i].at
		next := i
		for next < len(items) && items[next].at == here {
			next++
		}
		set, anchored := map[int]bool{}, false
		for k := i; k < len(items) && n.within(node, here, items[k].at); k++ {
			if live(&items[k]) {
				set[items[k].input] = true
				anchored = anchored || k < next && positive[items[k].input]
			}
		}
		if !anchored || !n.met(node, set) {
			i = next
			continue
		}
		var chosen []naiveItem
		taken := map[int]bool{}
		last := here
		for k := i; k < len(items) && n.within(node, here, items[k].at); k++ {
			it := items[k]
			if live(&it) && positive[it.input] && !taken[it.input] {
				taken[it.input] = true
				chosen, last = append(chosen, it), it.at
			}
		}
		out = append(out, &naiveResult{events: collect(chosen, last), from: last, last: last})
		for _, it := range chosen {
			if it.result != nil {
				spent[it.result] = true
			}
		}
		for i < len(items) && items[i].at <= last {
			i++
		}
	}
	return out
}

// order takes conditions that are a conjunction: some inputs, and not others.
func (n *naive) order(node *Node, items []naiveItem) (out []*naiveResult) {
	spent := map[*naiveResult]bool{}
	positive := positives(node)
	var inputs []int
	for i := range node.Inputs {
		if positive[i] {
			inputs = append(inputs, i)
		}
	}
	consumed := -1 // the last event of the last result
	live := func(it *naiveItem) bool { return it.at > consumed && (it.result == nil || !spent[it.result]) }
	after := func(a, b int) bool { // b comes after a
		x, y := n.events[a], n.events[b]
		if x.at == y.at && (x.host != y.host || x.channel != y.channel) {
			return true
		}
		return b > a
	}
	for i := 0; i < len(items); i++ {
		anchor := items[i]
		if !live(&anchor) || anchor.input != inputs[0] || slices.ContainsFunc(items[:i], func(o naiveItem) bool {
			return o.at == anchor.at && o.input == anchor.input && live(&o)
		}) {
			continue
		}
		chosen := []naiveItem{anchor}
		for _, input := range inputs[1:] {
			previous := chosen[len(chosen)-1]
			k := slices.IndexFunc(items, func(it naiveItem) bool {
				return live(&it) && it.input == input && after(previous.at, it.at) &&
					n.within(node, anchor.at, it.at) &&
					n.events[it.at].at >= n.events[previous.at].at &&
					!slices.ContainsFunc(chosen, func(c naiveItem) bool { return c.at == it.at })
			})
			if k < 0 {
				break
			}
			chosen = append(chosen, items[k])
		}
		if len(chosen) < len(inputs) {
			continue
		}
		first, last := anchor.at, anchor.at
		for _, c := range chosen {
			first, last = min(first, c.at), max(last, c.at)
		}
		if slices.ContainsFunc(items, func(it naiveItem) bool {
			return !positive[it.input] && (it.result == nil || !spent[it.result]) && it.at > first && it.at < last
		}) {
			continue
		}
		slices.SortStableFunc(chosen, func(a, b naiveItem) int { return cmp.Compare(a.at, b.at) })
		out = append(out, &naiveResult{events: collect(chosen, last), from: last, last: last})
		for _, it := range chosen {
			if it.result != nil {
				spent[it.result] = true
			}
		}
		consumed = last
	}
	return out
}

func (n *naive) terms(node *Node, items []naiveItem) (out []*naiveResult) {
	for i, it := range items {
		if i > 0 && n.within(node, items[i-1].at, it.at) {
			continue
		}
		j := i
		for j < len(items) && items[j].at == it.at {
			j++
		}
		out = append(out, &naiveResult{events: collect(items[i:j], it.at), from: it.at, last: it.at})
	}
	return out
}

// texts are the results of a program, one a line, sorted.
func (n *naive) texts() []string {
	var out []string
	for _, r := range n.results(len(n.p.nodes) - 1) {
		var ids []string
		for _, at := range r.events {
			ids = append(ids, refText(n.events[at].ref.File, n.events[at].ref.Offset))
		}
		out = append(out, resultText(ids, r.measure))
	}
	slices.Sort(out)
	return out
}

func refText(file int32, offset int64) string { return fmt.Sprintf("%d:%d", file, offset) }

func resultText(ids []string, measure string) string {
	return fmt.Sprintf("%s (%s)", strings.Join(ids, " "), measure)
}

const second = evtx.Filetime(10_000_000)

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }
