package eql

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"hunt/rules/eql/syntax"
	"hunt/rules/predicate"
)

// A second implementation of eql.md, made to be obviously right and not fast:
// conditions are interpreted over the syntax tree, and the matcher keeps plain lists. Values are
// nil, bool, int64, float64 and string.

// refEvent is an event of the reference.
type refEvent struct {
	id     int
	time   int64
	values map[string][]any // a name that is not in known is an unknown field
}

// refScope is what a condition sees.
type refScope struct {
	known   map[string]bool
	event   *refEvent
	aliases map[string]*refEvent
}

// field returns the values of a name and whether the schema knows it.
func (s refScope) field(n *syntax.Name) (values []any, known bool) {
	ev, name := s.event, n.String()
	if a, ok := s.aliases[n.Parts[0]]; ok && len(n.Parts) > 1 {
		ev, name = a, strings.Join(n.Parts[1:], ".")
	}
	return ev.values[name], s.known[name]
}

// constant reports whether x depends on no field that the schema has.
func (s refScope) constant(x syntax.Expr) bool {
	constant := true
	syntax.Walk(x, func(k syntax.Expr) bool {
		if n, ok := k.(*syntax.Name); ok {
			_, known := s.field(n)
			constant = constant && !known
		}
		return true
	})
	return constant
}

// null reports whether x is null whatever the event.
func (s refScope) null(x syntax.Expr) bool { return s.constant(x) && s.value(x, nil) == nil }

// condition evaluates a condition: and, or, not are two-valued, everything else is a leaf.
func (s refScope) condition(x syntax.Expr) bool {
	switch x := x.(type) {
	case *syntax.Logical:
		for _, k := range x.Xs {
			if s.condition(k) == (x.Op == "or") {
				return x.Op == "or"
			}
		}
		return x.Op != "or"
	case *syntax.Not:
		return !s.condition(x.X)
	case *syntax.Binary:
		return s.comparison(x)
	case *syntax.In:
		if x.Not {
			positive := *x
			positive.Not = false
			return !s.condition(&positive)
		}
	}
	return s.any(x, func(v any) bool { return v == true })
}

func (s refScope) comparison(b *syntax.Binary) bool {
	for _, pair := range [][2]syntax.Expr{{b.X, b.Y}, {b.Y, b.X}} {
		if l, ok := pair[0].(*syntax.Literal); ok && l.Kind == syntax.NullLiteral {
			exists := s.any(pair[1], func(v any) bool { return v != nil })
			return b.Op == "!=" && exists || b.Op == "==" && !exists
		}
	}
	if s.null(b.X) || s.null(b.Y) {
		return false
	}
	if b.Op != "!=" {
		return s.any(b, func(v any) bool { return v == true })
	}
	equal := *b
	equal.Op = "=="
	isEqual := s.any(&equal, func(v any) bool { return v == true })
	_, fieldX := b.X.(*syntax.Name)
	_, fieldY := b.Y.(*syntax.Name)
	if fieldX && (fieldY || s.constant(b.Y)) || s.constant(b.X) && fieldY {
		return !isEqual
	}
	return !isEqual && s.any(&equal, func(v any) bool { return v != nil })
}

// any evaluates x for every combination of the values of its fields.
func (s refScope) any(x syntax.Expr, want func(any) bool) bool {
	names := map[string][]any{}
	var order []string
	syntax.Walk(x, func(k syntax.Expr) bool {
		if n, ok := k.(*syntax.Name); ok {
			if _, seen := names[n.String()]; !seen {
				vs, known := s.field(n)
				if !known || len(vs) == 0 {
					vs = []any{nil}
				}
				names[n.String()] = vs
				order = append(order, n.String())
			}
		}
		return true
	})
	assigned := map[string]any{}
	var try func(i int) bool
	try = func(i int) bool {
		if i == len(order) {
			return want(s.value(x, assigned))
		}
		for _, v := range names[order[i]] {
			assigned[order[i]] = v
			if try(i + 1) {
				return true
			}
		}
		return false
	}
	return try(0)
}

// value computes x with one value for each field; null in, null out.
func (s refScope) value(x syntax.Expr, fields map[string]any) any {
	sub := func(k syntax.Expr) any { return s.value(k, fields) }
	switch x := x.(type) {
	case *syntax.Literal:
		switch x.Kind {
		case syntax.BoolLiteral:
			return x.Bool
		case syntax.IntLiteral:
			return x.Int
		case syntax.FloatLiteral:
			return x.Float
		case syntax.StringLiteral:
			return x.Str
		}
		return nil
	case *syntax.Name:
		return fields[x.String()]
	case *syntax.Unary:
		if x.Op == "-" {
			return refArithmetic("-", int64(0), sub(x.X))
		}
		return refArithmetic("+", int64(0), sub(x.X))
	case *syntax.Binary:
		if _, ok := compareOps[string(x.Op)]; !ok {
			return refArithmetic(string(x.Op), sub(x.X), sub(x.Y))
		}
		return refCompare(string(x.Op), sub(x.X), sub(x.Y))
	case *syntax.In:
		v := sub(x.X)
		if v == nil {
			return nil
		}
		for _, k := range x.List {
			w := sub(k)
			if refCompare("==", v, w) == true || x.Fold && v != nil && w != nil &&
				strings.EqualFold(refText(v), refText(w)) {
				return !x.Not
			}
		}
		return x.Not
	case *syntax.Match:
		v := sub(x.X)
		if v == nil {
			return nil
		}
		for _, l := range x.List {
			if refMatch(string(x.Op), v, s.value(l, nil)) {
				return true
			}
		}
		return false
	case *syntax.Call:
		var args []any
		for _, a := range x.Args {
			args = append(args, sub(a))
		}
		return refCall(strings.ToLower(x.Name), x.Fold, args)
	}
	panic(fmt.Sprintf("no reference for %T", x))
}

func refText(v any) string {
	if f, ok := v.(float64); ok {
		return predicate.FloatValue(f).Text()
	}
	return fmt.Sprint(v)
}

func refNumber(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

func refArithmetic(op string, a, b any) any {
	x, xok := refNumber(a)
	y, yok := refNumber(b)
	if !xok || !yok {
		return nil
	}
	_, xint := a.(int64)
	_, yint := b.(int64)
	if (op == "/" || op == "%") && y == 0 {
		return nil
	}
	var r float64
	switch op {
	case "+":
		r = x + y
	case "-":
		r = x - y
	case "*":
		r = x * y
	case "/":
		r = x / y
	case "%":
		r = math.Mod(x, y)
	}
	if xint && yint {
		return int64(math.Trunc(r))
	}
	return r
}

func refCompare(op string, a, b any) any {
	if a == nil || b == nil {
		return nil
	}
	var c int
	x, xok := refNumber(a)
	y, yok := refNumber(b)
	_, xs := a.(string)
	_, ys := b.(string)
	switch {
	case xok && yok:
		c = cmp.Compare(x, y)
	case xs || ys:
		c = strings.Compare(refText(a), refText(b))
	case op == "==":
		return a == b
	case op == "!=":
		return a != b
	default:
		ab, aok := a.(bool)
		bb, bok := b.(bool)
		if !aok || !bok {
			return nil
		}
		c = strings.Compare(fmt.Sprint(ab), fmt.Sprint(bb))
	}
	return map[string]bool{"==": c == 0, "!=": c != 0, "<": c < 0, "<=": c <= 0, ">": c > 0, ">=": c >= 0}[op]
}

func refMatch(op string, v, pattern any) bool {
	p, isText := pattern.(string)
	if !isText {
		return refCompare("==", v, pattern) == true
	}
	flags := "(?s)"
	if op != "like" && op != "regex" {
		flags = "(?is)"
	}
	if !strings.HasPrefix(op, "regex") {
		p = strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(p))
	}
	return regexp.MustCompile(flags + "^(?:" + p + ")$").MatchString(refText(v))
}

func refCall(name string, fold bool, args []any) any {
	for i, a := range args {
		if a == nil && (name != "substring" || i < 2) {
			return nil
		}
	}
	str := func(i int) string {
		s, ok := args[i].(string)
		if !ok {
			panic("not a string")
		}
		if fold {
			return strings.ToLower(s)
		}
		return s
	}
	defer func() { _ = recover() }() // an argument of the wrong type: null
	switch name {
	case "length":
		return int64(len(str(0)))
	case "startswith":
		return strings.HasPrefix(str(0), str(1))
	case "endswith":
		return strings.HasSuffix(str(0), str(1))
	case "stringcontains":
		return str(1) != "" && strings.Contains(str(0), str(1))
	case "concat":
		out := ""
		for _, a := range args {
			out += refText(a)
		}
		return out
	case "string":
		return refText(args[0])
	case "indexof":
		if i := strings.Index(str(0), str(1)); i >= 0 {
			return int64(i)
		}
		return nil
	case "substring":
		r := str(0)
		from, to := refSlice(args[1].(int64), len(r)), len(r)
		if len(args) == 3 {
			to = refSlice(args[2].(int64), len(r))
		}
		if from > to {
			return ""
		}
		return r[from:to]
	case "between":
		s, left, right := str(0), str(1), str(2)
		if s == "" || left == "" || right == "" {
			return args[0]
		}
		_, after, ok := strings.Cut(s, left)
		end := strings.Index(after, right)
		if len(args) == 4 && args[3] == true {
			end = strings.LastIndex(after, right)
		}
		if !ok || end < 0 {
			return ""
		}
		from := len(s) - len(after)
		return args[0].(string)[from : from+end]
	}
	return nil
}

// refSlice is a position of a Python slice.
func refSlice(i int64, n int) int {
	if i < 0 {
		i += int64(n)
	}
	return int(max(0, min(i, int64(n))))
}

// refSequence is one sequence under way.
type refSequence struct {
	key    string
	stage  int // of its last event, among the positive terms
	events []*refEvent
}

// refMatch finds the results of a sequence: the section Sequences of eql.md, sentence by sentence.
func refSequences(q *syntax.Sequence, known map[string]bool, events []*refEvent) [][]*refEvent {
	var terms []*syntax.Term
	for _, t := range q.Terms {
		for range max(t.Runs, 1) {
			terms = append(terms, t)
		}
	}
	var positives []int
	for i, t := range terms {
		if !t.Missing {
			positives = append(positives, i)
		}
	}
	maxspan := int64(math.MaxInt64)
	if q.MaxSpan != nil {
		maxspan = q.MaxSpan.Nanoseconds()
	}
	satisfies := func(t *syntax.Term, e *refEvent, aliases map[string]*refEvent) bool {
		if !t.Query.Any && !slices.Contains(e.values["event.category"], any(t.Query.Category)) {
			return false
		}
		return refScope{known: known, event: e, aliases: aliases}.condition(t.Query.Where)
	}
	// A term that refers to an earlier one by its alias joins by that condition: all that wait for it wait side by
	// side.
	dependent := func(j int) bool {
		found := false
		for i := range j {
			if a := terms[positives[i]].As; a != "" && j < len(positives) {
				syntax.Walk(terms[positives[j]].Query.Where, func(n syntax.Expr) bool {
					if name, ok := n.(*syntax.Name); ok && len(name.Parts) > 1 && name.Parts[0] == a {
						found = true
					}
					return true
				})
			}
		}
		return found
	}
	type result struct {
		key    string
		events []*refEvent
	}
	var open []refSequence
	var results []result
	for _, e := range events {
		var done []result
		for j := len(positives) - 1; j >= 0; j-- {
			t := terms[positives[j]]
			for _, key := range refKeys(q.Keys, t.Keys, known, e) {
				if j == 0 {
					if !satisfies(t, e, nil) {
						continue
					}
					if !dependent(1) {
						open = slices.DeleteFunc(open, func(s refSequence) bool { return s.key == key && s.stage == 0 })
					}
					open = append(open, refSequence{key: key, events: []*refEvent{e}})
					if len(positives) == 1 {
						open = open[:len(open)-1]
						done = append(done, result{key, []*refEvent{e}})
					}
					continue
				}
				at := -1
				for i := len(open) - 1; i >= 0 && at < 0; i-- {
					s := open[i]
					if s.key != key || s.stage != j-1 {
						continue
					}
					aliases := map[string]*refEvent{}
					for i, ev := range s.events {
						if a := terms[positives[i]].As; a != "" {
							if _, ok := aliases[a]; !ok {
								aliases[a] = ev
							}
						}
					}
					if satisfies(t, e, aliases) && (!dependent(j) || e.time-s.events[0].time <= maxspan) {
						at = i
					}
				}
				if at < 0 {
					continue
				}
				s := open[at]
				open = slices.Delete(open, at, at+1)
				if e.time-s.events[0].time > maxspan {
					continue
				}
				grown := append(slices.Clone(s.events), e)
				if j == len(positives)-1 {
					done = append(done, result{key, grown})
					continue
				}
				if !dependent(j + 1) {
					open = slices.DeleteFunc(open, func(s refSequence) bool { return s.key == key && s.stage == j })
				}
				open = append(open, refSequence{key: key, stage: j, events: grown})
			}
		}
		if q.Until != nil && satisfies(q.Until, e, nil) {
			for _, key := range refKeys(q.Keys, q.Until.Keys, known, e) {
				open = slices.DeleteFunc(open, func(s refSequence) bool { return s.key == key })
			}
		}
		slices.SortStableFunc(done, func(a, b result) int { return a.events[0].id - b.events[0].id })
		results = append(results, done...)
	}
	matches := func(i int, key string) []int64 {
		var times []int64
		for _, e := range events {
			if satisfies(terms[i], e, nil) && slices.Contains(refKeys(q.Keys, terms[i].Keys, known, e), key) {
				times = append(times, e.time)
			}
		}
		return times
	}
	var kept [][]*refEvent
	for _, r := range results {
		first, last := r.events[0].time, r.events[len(r.events)-1].time
		leading, trailing, discard := false, false, false
		L, T := int64(math.MinInt64), int64(math.MaxInt64)
		for i, t := range terms {
			if !t.Missing {
				continue
			}
			n := 0 // positive terms before this one
			for _, p := range positives {
				if p < i {
					n++
				}
			}
			for _, at := range matches(i, r.key) {
				switch {
				case n == 0 && at < first:
					L = max(L, at)
				case n == len(positives) && at > last:
					T = min(T, at)
				case n > 0 && n < len(positives) && r.events[n-1].time < at && at < r.events[n].time:
					discard = true
				}
			}
			leading, trailing = leading || n == 0, trailing || n == len(positives)
		}
		noL, noT := L == math.MinInt64, T == math.MaxInt64
		keep := noL && noT || leading && noL || trailing && noT ||
			leading && trailing && T-L > maxspan ||
			leading && !trailing && last-L > maxspan ||
			trailing && !leading && T-first > maxspan
		if keep && !discard {
			kept = append(kept, r.events)
		}
	}
	return kept
}

// refSamples finds the samples: for each key the first combination, in the order of
// the events, that gives each filter an event of its own.
func refSamples(q *syntax.Sample, known map[string]bool, events []*refEvent) map[string][]*refEvent {
	fits := func(t *syntax.Term, e *refEvent, key string) bool {
		return (t.Query.Any || slices.Contains(e.values["event.category"], any(t.Query.Category))) &&
			refScope{known: known, event: e}.condition(t.Query.Where) &&
			slices.Contains(refKeys(q.Keys, t.Keys, known, e), key)
	}
	found := map[string][]*refEvent{}
	for _, e := range events {
		for _, key := range refKeys(q.Keys, q.Terms[0].Keys, known, e) {
			var chosen []*refEvent
			var choose func(i int) bool
			choose = func(i int) bool {
				if i == len(q.Terms) {
					return true
				}
				for _, e := range events {
					if !slices.Contains(chosen, e) && fits(q.Terms[i], e, key) {
						chosen = append(chosen, e)
						if choose(i + 1) {
							return true
						}
						chosen = chosen[:len(chosen)-1]
					}
				}
				return false
			}
			if found[key] == nil && choose(0) {
				found[key] = chosen
			}
		}
	}
	return found
}

// refKeys returns the key tuples of an event as text.
func refKeys(common, own []*syntax.Name, known map[string]bool, e *refEvent) []string {
	keys := []string{""}
	for _, k := range append(slices.Clone(common), own...) {
		var vs []any
		for _, v := range e.values[k.String()] {
			if v != nil && known[k.String()] && !slices.Contains(vs, v) {
				vs = append(vs, v)
			}
		}
		if len(vs) == 0 && k.Optional {
			vs = []any{nil}
		}
		var next []string
		for _, prefix := range keys {
			for _, v := range vs {
				next = append(next, fmt.Sprintf("%s|%T:%v", prefix, v, v))
			}
		}
		keys = next
	}
	return keys
}
