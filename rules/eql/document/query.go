package document

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"

	"hunt/limit"
	"hunt/rules/eql"
	"hunt/rules/pipe"
	"hunt/rules/predicate"
	"hunt/rules/sequence"
)

// Options are the options of Run. The zero value behaves like Elasticsearch's EQL search.
type Options struct {
	Mapping         *Mapping // nil: the types come from the documents
	TimestampField  string   // "" = @timestamp
	CategoryField   string   // "" = event.category
	TiebreakerField string   // "" = none
	Usual           Usual    // usual types of well-known fields, for documents without a mapping
	Jobs            int      // workers; 0 = one per core
	Compile         Compile  // compiles the query's language; nil = EQL
	Memory          int64    // bytes of memory for the pipes of a query
	TempDir         string   // for what does not fit; "" is the system's

	// NewRaw makes a Raw for the fields from RawFrom on, one for each worker. It may be nil.
	NewRaw  func() Raw
	RawFrom predicate.FieldID
}

// Query is a compiled query of any language.
type Query interface {
	Program() *sequence.Program
	Warnings() []string
}

// Compile compiles a query against the fields of the documents. An error is a *source.Error.
type Compile func(query string, s predicate.Schema) (Query, error)

// Result is what a query found.
type Result struct {
	Form      sequence.Form
	Matches   []Match
	Fields    []string // that the query refers to, in the order of their first use, without the category
	Documents int      // that could be read
	Bad       int      // lines that could not be read
	Problems  []Problem
	Untimed   int // documents without a timestamp: last in order, and in no sequence
	Warnings  []string
	Limits    *limit.Tally // the bounds that bit; their places are lines, "FILE:LINE"
	Pipes     *pipe.Program
}

// BoundFields bounds the fields of all documents whose types are determined.
var BoundFields = limit.Bound{ID: "query-fields",
	Text: "in JSON documents without a mapping, hunt knows the types of the first 100,000 fields", Loses: true}

// maxProblems bounds the bad lines that are listed; Result.Bad counts all.
const maxProblems = 100

// Match is one result. A missing event is nil. Keys are the join keys of a sequence or sample.
type Match struct {
	Keys   []predicate.Value
	Events []*Event
	Stats  *pipe.Stats // from pipes that count; a row without Events has nothing else

	kept []*keptValues // by event
}

// Event is a document that is part of a result.
type Event struct {
	ID    string
	File  string
	Line  int
	Nanos int64 // its time, since 1970
	Timed bool

	r      io.ReaderAt
	offset int64
	size   int
}

// Source reads the document again. Its numbers and keys are as they were written.
func (e *Event) Source() (json.RawMessage, error) {
	text := make([]byte, e.size)
	if _, err := e.r.ReadAt(text, e.offset); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: line %d: cannot be read again: %w", e.File, e.Line, err)
	}
	return source(text)
}

// Run runs a query over the documents of the files. An error in the query is a *source.Error. Memory is
// O(documents that satisfy some part of the query), of which only places, join keys and times are kept, plus
// the names of the fields.
func Run(ctx context.Context, query string, files []File, o Options) (*Result, error) {
	o.TimestampField = cmp.Or(o.TimestampField, "@timestamp")
	if o.Jobs <= 0 {
		o.Jobs = runtime.GOMAXPROCS(0)
	}
	s := newSchema(o.Mapping, nil, o.Usual)
	q, err := compile(query, s, o)
	if err != nil {
		return nil, err
	}
	if s.open {
		// Some name's type is only known from the documents.
		c, err := takeCensus(ctx, files, o.Jobs)
		if err != nil {
			return nil, err
		}
		s = newSchema(o.Mapping, c, o.Usual)
		if q, err = compile(query, s, o); err != nil {
			return nil, err
		}
	}
	res, err := q.run(ctx, files)
	if err == nil && q.pipes != nil {
		err = q.piped(ctx, res, o)
	}
	return res, err
}

// compiled is a query with everything that reading documents for it needs.
type compiled struct {
	program    *sequence.Program
	warnings   []string
	schema     *schema
	set        *predicate.Set
	plan       *predicate.Plan
	timestamp  predicate.FieldID
	tiebreaker predicate.FieldID // -1: none
	dependent  []bool            // by stage
	keep       []predicate.FieldID
	category   string
	jobs       int
	newRaw     func() Raw
	rawFrom    predicate.FieldID
	pipes      *pipe.Program // of the first EQL; nil: none
	hosts      [len(hostNames)]predicate.FieldID
}

// hostNames are the fields that name the host of a document; pipes count hosts by the first one that is
// present.
var hostNames = [...]string{"host.id", "host.name", "hostname"}

func compile(query string, s *schema, o Options) (*compiled, error) {
	language := o.Compile
	if language == nil {
		language = func(query string, s predicate.Schema) (Query, error) {
			q, err := eql.Compile(query, s, eql.Options{CategoryField: o.CategoryField, Pipes: true})
			if err != nil {
				return nil, err
			}
			return q, nil
		}
	}
	of, err := language(query, s)
	if err != nil {
		return nil, err
	}
	p := of.Program()
	q := &compiled{program: p, warnings: of.Warnings(), schema: s, tiebreaker: -1,
		category: cmp.Or(o.CategoryField, "event.category"), jobs: o.Jobs, newRaw: o.NewRaw, rawFrom: o.RawFrom,
		set: predicate.NewSet([]predicate.Program{p.Conditions()})}
	q.timestamp, _, _ = s.Field(o.TimestampField)
	if o.TiebreakerField != "" {
		q.tiebreaker, _, _ = s.Field(o.TiebreakerField)
	}
	q.plan = q.set.Narrow(func(predicate.FieldID) ([]predicate.Value, bool) { return nil, false })
	anyDependent := false
	for i, st := range p.Stages() {
		q.dependent = append(q.dependent, st.Dependent)
		anyDependent = anyDependent || st.Dependent
		q.keep = append(q.keep, p.Keys(i)...)
	}
	if anyDependent {
		q.keep = append(q.keep, p.Fields()...)
	}
	if piped, ok := of.(interface{ Pipes() *pipe.Program }); ok {
		if q.pipes = piped.Pipes(); q.pipes != nil {
			for _, f := range q.pipes.Fields() {
				q.keep = append(q.keep, f.ID)
			}
			for i := range hostNames {
				q.hosts[i], _, _ = s.Field(hostNames[i])
				q.keep = append(q.keep, q.hosts[i])
			}
		}
	}
	slices.Sort(q.keep)
	q.keep = slices.Compact(q.keep)
	return q, nil
}

// takeCensus reads all documents for the shapes of their values.
func takeCensus(ctx context.Context, files []File, jobs int) (*census, error) {
	var all []*census
	err := lines(ctx, files, jobs, func(Problem) {}, func() func([]line) {
		c := newCensus()
		all = append(all, c)
		p := &parser{census: c}
		return func(batch []line) {
			for i := range batch {
				_, _ = p.parse(batch[i].text) // a bad line is reported when the query reads it
			}
		}
	})
	if err != nil {
		return nil, err
	}
	sum := newCensus()
	for _, c := range all {
		sum.join(c)
	}
	return sum, nil
}

// hit is a document that satisfies stages and is passed to the matcher.
type hit struct {
	Event
	file   int
	tie    predicate.Value
	stages []int
	keys   keptValues
}

// keptValues are the values that the matcher needs: join keys, and the fields to which later stages refer.
type keptValues struct {
	fields []predicate.FieldID // shared, sorted
	values [][]predicate.Value
}

// Values implements predicate.Event.
func (k *keptValues) Values(f predicate.FieldID, dst []predicate.Value) []predicate.Value {
	if i, ok := slices.BinarySearch(k.fields, f); ok {
		dst = append(dst, k.values[i]...)
	}
	return dst
}

// worker evaluates the predicates on one goroutine.
type worker struct {
	q         *compiled
	limits    *limit.Tally
	files     []File
	view      *view
	evaluator *predicate.Evaluator
	raw       []predicate.Hit
	values    []predicate.Value
	hits      []*hit
	problems  []Problem
	documents int
	bad       int
	untimed   int
}

func (q *compiled) run(ctx context.Context, files []File) (*Result, error) {
	var workers []*worker
	res := &Result{Form: q.program.Form(), Warnings: slices.Clone(q.warnings), Limits: &limit.Tally{}}
	err := lines(ctx, files, q.jobs,
		func(p Problem) { res.Problems, res.Bad = append(res.Problems, p), res.Bad+1 },
		func() func([]line) {
			w := &worker{q: q, limits: res.Limits, files: files, view: newView(q.schema, nil),
				evaluator: q.set.NewEvaluator()}
			if q.newRaw != nil {
				w.view.raw, w.view.rawFrom = q.newRaw(), q.rawFrom
				w.view.p.raw = w.view.raw
			}
			workers = append(workers, w)
			return w.work
		})
	if err != nil {
		return nil, err
	}
	var hits []*hit
	for _, w := range workers {
		hits = append(hits, w.hits...)
		res.Problems = append(res.Problems, w.problems...)
		res.Documents += w.documents
		res.Bad += w.bad
		res.Untimed += w.untimed
	}
	slices.SortFunc(res.Problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	if len(res.Problems) > maxProblems {
		res.Problems = res.Problems[:maxProblems]
	}
	for _, f := range q.program.Fields() {
		if name := q.schema.fields[f].name; name != q.category {
			res.Fields = append(res.Fields, name)
		}
	}
	if n := q.schema.fields[q.timestamp].name; res.Untimed > 0 {
		what := fmt.Sprintf("%d of %d documents have no %s: they come last and are in no sequence", res.Untimed,
			res.Documents, n)
		if res.Untimed == res.Documents {
			what = fmt.Sprintf("no document has a time in %s: name the right field with --timestamp-field", n)
		}
		res.Warnings = append(res.Warnings, what)
	}
	if q.schema.census != nil && q.schema.census.full {
		res.Limits.Bite(BoundFields, limit.In(""))
	}
	q.match(hits, res)
	return res, nil
}

// match orders the documents that satisfy stages and adds the matches to res.
func (q *compiled) match(hits []*hit, res *Result) {
	slices.SortFunc(hits, compareHits)
	m := q.program.NewMatcher()
	m.Bitten = func(b limit.Bound, it sequence.Item) {
		e := &it.Event.(*matchEvent).hit.Event
		res.Limits.Bite(b, lineOf(e.File, e.Line))
	}
	emit := func(match sequence.Match) {
		out := Match{Keys: match.Keys}
		for _, it := range match.Events {
			var e *Event
			var kept *keptValues
			if it.Event != nil {
				h := it.Event.(*matchEvent).hit
				e, kept = &h.Event, &h.keys
			}
			out.Events, out.kept = append(out.Events, e), append(out.kept, kept)
		}
		res.Matches = append(res.Matches, out)
	}
	for _, h := range hits {
		if !h.Timed && q.program.Form() == sequence.Sequence {
			continue
		}
		m.Push(sequence.Item{Event: &matchEvent{h}, Time: h.Nanos, Stages: h.stages}, emit)
	}
	m.Close(emit)
}

// lineOf returns the place of a bound in a document.
func lineOf(file string, line int) limit.Place { return limit.In(fmt.Sprintf("%s:%d", file, line)) }

// matchEvent gives a hit's kept values to the matcher.
type matchEvent struct{ hit *hit }

// Values implements predicate.Event.
func (e *matchEvent) Values(f predicate.FieldID, dst []predicate.Value) []predicate.Value {
	return e.hit.keys.Values(f, dst)
}

func (w *worker) work(batch []line) {
	for i := range batch {
		l := &batch[i]
		id, err := w.view.p.parse(l.text)
		if err != nil {
			w.bad++
			if len(w.problems) < maxProblems {
				w.problems = append(w.problems, Problem{File: w.files[l.file].Name, Line: l.number, Err: err})
			}
			continue
		}
		w.documents++
		nanos, timed := w.time()
		if !timed {
			w.untimed++
		}
		w.raw = w.evaluator.Eval(w.q.plan, w.view, w.raw[:0])
		var stages []int
		unknown := false
		for _, h := range w.raw {
			if h.Truth == predicate.True || h.Truth == predicate.Maybe && w.q.dependent[h.Stage] {
				stages = append(stages, h.Stage)
			} else {
				unknown = true
			}
		}
		if unknown && w.evaluator.Cut() {
			w.limits.Bite(predicate.BoundCombinations, lineOf(w.files[l.file].Name, l.number))
		}
		if len(stages) == 0 {
			continue
		}
		file := w.files[l.file]
		h := &hit{file: l.file, stages: stages, Event: Event{ID: cmp.Or(id, l.id), File: file.Name, Line: l.number,
			Nanos: nanos, Timed: timed, r: file.R, offset: l.offset, size: len(l.text)}}
		if h.ID == "" {
			h.ID = strconv.Itoa(l.number)
			if len(w.files) > 1 {
				h.ID = file.Name + ":" + h.ID
			}
		}
		h.keys.fields = w.q.keep
		for _, f := range w.q.keep {
			h.keys.values = append(h.keys.values, w.view.Values(f, nil))
		}
		if w.q.tiebreaker >= 0 {
			if w.values = w.view.Values(w.q.tiebreaker, w.values[:0]); len(w.values) > 0 {
				h.tie = slices.MinFunc(w.values, compareTies)
			}
		}
		w.hits = append(w.hits, h)
	}
}

// time returns the document's earliest timestamp, by which Elasticsearch sorts.
func (w *worker) time() (nanos int64, ok bool) {
	w.values = w.view.Values(w.q.timestamp, w.values[:0])
	for _, v := range w.values {
		n, good := timeOf(v)
		if good && (!ok || n < nanos) {
			nanos, ok = n, true
		}
	}
	return nanos, ok
}

// timeOf reads a value of the timestamp field, whatever its type.
func timeOf(v predicate.Value) (int64, bool) {
	switch v.Kind {
	case predicate.Time:
		return v.Num, true
	case predicate.Int:
		return epochNanos(v.Num), true
	case predicate.Float:
		return epochText(strconv.FormatFloat(v.Float, 'f', -1, 64), 0)
	case predicate.String:
		if n, ok := isoNanos(v.Str); ok {
			return n, true
		}
		return epochText(v.Str, 0)
	}
	return 0, false
}

// compareHits orders documents by time, tiebreaker and place. Those without a time, or without a tiebreaker,
// come after the others.
func compareHits(a, b *hit) int {
	if a.Timed != b.Timed {
		if a.Timed {
			return -1
		}
		return 1
	}
	return cmp.Or(cmp.Compare(a.Nanos, b.Nanos), compareTies(a.tie, b.tie), cmp.Compare(a.file, b.file),
		cmp.Compare(a.Line, b.Line))
}

// compareTies orders tiebreakers: numbers by value, then text, then missing ones.
func compareTies(a, b predicate.Value) int {
	rank := func(v predicate.Value) int {
		switch v.Kind {
		case predicate.Int, predicate.Float, predicate.Unsigned:
			return 0
		case predicate.Null:
			return 3
		case predicate.String:
			return 2
		}
		return 1
	}
	if c := cmp.Compare(rank(a), rank(b)); c != 0 {
		return c
	}
	switch {
	case a.Kind == predicate.Int && b.Kind == predicate.Int:
		return cmp.Compare(a.Num, b.Num)
	case a.Kind == predicate.Unsigned && b.Kind == predicate.Unsigned:
		return cmp.Compare(uint64(a.Num), uint64(b.Num)) // #nosec G115 -- their bits
	case rank(a) == 0:
		return cmp.Compare(asFloat(a), asFloat(b))
	case a.Kind == predicate.String:
		return cmp.Compare(a.Str, b.Str)
	}
	return cmp.Compare(a.Num, b.Num)
}

func asFloat(v predicate.Value) float64 {
	switch v.Kind {
	case predicate.Int:
		return float64(v.Num)
	case predicate.Unsigned:
		return float64(uint64(v.Num)) // #nosec G115 -- its bits
	}
	return v.Float
}
