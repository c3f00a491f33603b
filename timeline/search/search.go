package search

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"hunt/evtx"
	"hunt/limit"
	"hunt/timeline/evidence"
	"hunt/timeline/lender"
	"hunt/timeline/slot"
)

// Hit is a record that matches a query. It is valid until Rows.Add returns; Clone keeps it.
type Hit struct {
	File      *evidence.File
	Ref       evtx.Ref
	Time      evtx.Filetime // 0 if nothing says when it happened
	TimeFrom  evtx.TimeSource
	Host      string // the computer's name as the record has it
	Channel   string
	Provider  string
	EventID   uint32
	Borrowed  bool // carved, and the names come from another definition
	Matches   []Match
	Kind      *Kind // of Matches; nil if unknown
	Continued bool
}

// Clone returns a copy that stays valid.
func (h *Hit) Clone() *Hit {
	c := *h
	c.Matches = slices.Clone(h.Matches)
	for i := range c.Matches {
		c.Matches[i].own()
	}
	return &c
}

// Rows collects the hits of a part of a file as rows. Rows are made on the goroutine of the worker that searches
// the part, and written when it is their turn.
type Rows interface {
	// Add adds a hit. The hits of a part of a file come in order.
	Add(h *Hit) error
	// Write writes and drops what was added since the last call. It is called by one goroutine at a time, in the
	// order of the files and of the records in them, carved ones after all live ones.
	Write() error
}

// BoundMatches bounds the matches that are shown for a record.
var BoundMatches = limit.Bound{ID: "search-matches",
	Text: fmt.Sprintf("hunt search shows the first %d matches of a record", maxMatches)}

// Search says where to search, and for what. Without the optional fields, it searches all live records.
type Search struct {
	Query    *Query
	Carved   bool          // older records in slack space, too
	Hosts    []string      // names of computers, short or full; none means all
	From, To evtx.Filetime // 0 = no bound
	Jobs     int           // 0 = one per core
	Complain func(text string)
	// Done is called, by one goroutine at a time, with the records and bytes of a part of a file that was
	// searched, and when a file ends. It may be nil.
	Done func(files, records, bytes int64)
	// Rows makes the Rows for hits. It is called from any goroutine, for each slot that can be in flight; Rows
	// that were written are reused for another slot. An error of Rows ends the search.
	Rows func() Rows
}

// Result is what a search has found.
type Result struct {
	Counts
	Recovered evtx.CarveStats // by carving
	Limits    limit.Tally     // the bounds that were reached
	Unknown   []string        // of Hosts: names that no record has
}

// Counts are the numbers of a search.
type Counts struct {
	Files   int
	Records int // live ones
	Carved  int // records that were carved
	Hits    int // records that match
	Matches int // fields in which they match
	Skipped int // chunks that did not have to be decoded
	Damaged int // places with damage that loses records
	Failed  int // files that could not be read, or not whole
	Whole   int // files that were read without damage
}

// Run searches the files of a collection. Files that cannot be read are counted, and unread is called for each; an
// error comes from Rows or the context.
func (s *Search) Run(ctx context.Context, col *evidence.Collection, unread func(*evidence.File)) (*Result, error) {
	r := &run{Search: s, res: &Result{}, cache: evtx.NewCache(), jobs: s.Jobs, hosts: map[string]bool{}}
	if r.jobs <= 0 {
		r.jobs = runtime.GOMAXPROCS(0)
	}
	r.res.Limits.Add(col.Limits.Bites())
	r.res.Files = len(col.Files)
	for i, f := range col.Files {
		if f.Status != evidence.Read {
			unread(f)
			r.res.Failed++
			continue
		}
		if err := r.file(ctx, pass{f, int32(i), (*worker).live, r.jobs, nil, s.Complain}); err != nil {
			// #nosec G115 -- an index of files
			return r.res, err
		}
		if s.Done != nil {
			s.Done(1, 0, 0)
		}
		if change := f.Change(); change != "" {
			s.Complain(f.Path + ": " + change)
			r.res.Failed++
		}
	}
	if s.Carved {
		// One worker, so that of equal records the first in the evidence stays.
		lend := lender.Lender{Files: col.Files, All: true, Limits: &r.res.Limits}
		for i, f := range col.Files {
			if f.Status != evidence.Read {
				continue
			}
			stock, err := lend.Stock(ctx, f)
			if err != nil {
				return r.res, err
			}
			// #nosec G115 -- an index of files
			if err := r.file(ctx, pass{f, int32(i), (*worker).slack, 1, stock, func(string) {}}); err != nil {
				return r.res, err
			}
		}
	}
	for _, name := range s.Hosts {
		if !r.hosts[strings.ToLower(name)] {
			r.res.Unknown = append(r.res.Unknown, name)
		}
	}
	return r.res, nil
}

// run is a search in progress.
type run struct {
	*Search
	res   *Result
	cache *evtx.Cache
	jobs  int

	mu    sync.Mutex      // guards what follows, and res.Recovered
	seen  evtx.Dedup      // live records, then carved ones; only with Carved
	hosts map[string]bool // of Hosts, in lower case, those that were found

	matchers []*Matcher // idle ones; each knows the forms of records from other files
	rows     []Rows     // written, and idle
}

// part is the result of a worker for a slot.
type part struct {
	rows   Rows // nil if there is nothing to write
	failed error
	Counts
}

// maxWaiting bounds the matches of a slot that wait for its turn.
const maxWaiting = 4096

// pass is one pass over a file in a search.
type pass struct {
	file     *evidence.File
	index    int32
	search   func(*worker, *slot.Slot[part])
	jobs     int
	stock    *evtx.Stock // what carved records may borrow
	complain func(string)
}

func (r *run) file(ctx context.Context, of pass) error {
	damaged := slot.Damaged{Path: of.file.Path, Complain: of.complain}
	lost, err := slot.Pass[part]{
		File: of.file, Index: of.index, Jobs: of.jobs, Head: damaged.Add,
		Worker: func(header evtx.FileHeader) (func(*slot.Slot[part]), func()) {
			w := &worker{run: r, file: of.file, m: r.matcher(),
				dec: evtx.Decoder{Cache: r.cache, Stock: of.stock, NoCRC: header.NoCRC(), Unsummed: true,
					Limits: &r.res.Limits}}
			return func(s *slot.Slot[part]) { of.search(w, s) }, w.end
		},
		Take: func(s *slot.Slot[part]) error {
			damaged.Add(s.Damage)
			return r.take(&s.Out, s.Taken())
		},
	}.Run(ctx)
	damaged.End()
	r.res.Damaged += damaged.N
	switch {
	case lost != nil:
		of.complain(lost.Error())
		r.res.Failed++
	case damaged.N == 0:
		r.res.Whole++
	}
	return err
}

// take hands over what a slot has given so far.
func (r *run) take(p *part, bytes int64) error {
	n := &r.res.Counts
	n.Records += p.Records
	n.Carved += p.Carved
	n.Hits += p.Hits
	n.Matches += p.Matches
	n.Skipped += p.Skipped
	if r.Done != nil {
		r.Done(0, int64(p.Records+p.Carved), bytes)
	}
	p.Counts = Counts{}
	if p.failed != nil {
		return p.failed
	}
	if p.rows == nil {
		return nil
	}
	err := p.rows.Write()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rows, p.rows = append(r.rows, p.rows), nil
	return err
}

// matcher returns an idle Matcher.
func (r *run) matcher() *Matcher {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(r.matchers); n > 0 {
		m := r.matchers[n-1]
		r.matchers = r.matchers[:n-1]
		return m
	}
	return r.Query.NewMatcher()
}

// empty returns idle Rows.
func (r *run) empty() Rows {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(r.rows); n > 0 {
		x := r.rows[n-1]
		r.rows = r.rows[:n-1]
		return x
	}
	return r.Rows()
}

// worker searches slots on a goroutine of its own.
type worker struct {
	*run
	file *evidence.File
	m    *Matcher
	dec  evtx.Decoder

	hit     Hit    // the last one
	last    string // the last computer, and whether it is wanted
	wanted  bool
	waiting int // matches of the slot that were not handed over
}

// end adds what carving found, and returns the Matcher.
func (w *worker) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.matchers = append(w.matchers, w.m)
	w.res.Recovered.Add(w.dec.Stats)
}

// live searches the live records of a slot.
func (w *worker) live(s *slot.Slot[part]) {
	w.waiting = 0
	if w.skip(s) {
		return
	}
	for r := range w.dec.Records(s.Data, s.At, func(x evtx.Damage) { s.Damage = append(s.Damage, x) }) {
		s.Out.Records++
		w.record(s, r)
		if w.Carved {
			w.mu.Lock()
			w.seen.Add(r)
			w.mu.Unlock()
		}
	}
}

// skip skips a chunk that needs no decoding.
func (w *worker) skip(s *slot.Slot[part]) bool {
	if w.Carved || len(w.Hosts) > 0 || w.Query.everywhere || w.Query.inBytes(s.Data) {
		return false
	}
	n, ok := w.dec.Plain(s.Data, s.At)
	if ok {
		s.Out.Records += n
		s.Out.Skipped++
	}
	return ok
}

// slack searches what follows the live records of a slot, without duplicates.
func (w *worker) slack(s *slot.Slot[part]) {
	w.waiting = 0
	for r := range w.dec.Carved(s.Data, s.At) {
		w.mu.Lock()
		fresh := w.seen.Add(r)
		w.mu.Unlock()
		if !fresh {
			w.dec.Stats.MoveToDuplicate(r)
			continue
		}
		s.Out.Carved++
		w.record(s, r)
	}
}

// record adds a record if it is wanted and matches.
func (w *worker) record(s *slot.Slot[part], r *evtx.Record) {
	if len(w.Hosts) > 0 && !w.wants(r.Computer()) {
		return
	}
	if w.From != 0 || w.To != 0 {
		if at, _ := r.Time(); at != 0 && (at < w.From || w.To != 0 && at > w.To) {
			return
		}
	}
	found := w.m.Match(r)
	if found.More {
		w.res.Limits.Bite(BoundMatches, r.Place())
	}
	if r.Cut() { // the part that was cut off may match, too
		w.res.Limits.Bite(evtx.BoundOutput, r.Place())
	}
	if len(found.Matches) == 0 {
		return
	}
	at, from := r.Time()
	w.hit = Hit{File: w.file, Ref: r.Ref, Time: at, TimeFrom: from, Host: r.Computer(), Channel: r.Channel(),
		Provider: r.Provider(), EventID: r.EventID(), Borrowed: r.Borrowed, Continued: r.Continued,
		Matches: found.Matches, Kind: found.Kind}
	if s.Out.rows == nil {
		s.Out.rows = w.empty()
	}
	if err := s.Out.rows.Add(&w.hit); s.Out.failed == nil {
		s.Out.failed = err
	}
	s.Out.Hits++
	s.Out.Matches += found.N
	if w.waiting += found.N; w.waiting >= maxWaiting {
		s.Flush()
		w.waiting = 0
	}
}

// wants reports whether a computer is one of those asked for, and notes that it was found.
func (w *worker) wants(computer string) bool {
	if computer == w.last {
		return w.wanted
	}
	w.last, w.wanted = computer, false
	short, _, _ := strings.Cut(computer, ".")
	for _, name := range w.Hosts {
		if strings.EqualFold(name, computer) || strings.EqualFold(name, short) {
			w.wanted = true
			w.mu.Lock()
			w.hosts[strings.ToLower(name)] = true
			w.mu.Unlock()
		}
	}
	return w.wanted
}
