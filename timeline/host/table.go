package host

import (
	"cmp"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"hunt/evtx"
	"hunt/timeline/ecs"
	"hunt/timeline/ledger"
)

// table is a host's history in order: processes, sessions, what happened to its logs. It is built on demand. Immutable.
type table struct {
	of        *Host
	host      string     // id
	processes []*Process // by start; inferred ones last
	sessions  []*Session // by start
	logons    ledger.Logons
	runAs     map[runAs][]moment // uses of credentials, in order; nil: not computed
	notables  []*ledger.Notable
	contacts  []ledger.Contact // sorted

	byGUID map[string]*Process
	byPID  map[int64][]*Process // by start
	byRef  map[evtx.Ref]*Process
	byID   map[string][]*Session // by logon id, in order of start
	sids   map[string]string     // user, lower-case -> SID; "" = more than one
	twins  map[evtx.Ref]evtx.Ref // of the Sysmon 1 and the Security 4688 of one start, both ways
	pairs  sync.Once             // guards twins that are only found on demand

	above []int32 // by place, an ancestor of each process, while trees grow

	clock     *clock
	bounds    boundaries
	boots     []moment             // starts of the system that records report
	bootHours []ledger.Hour        // the hours of these, sorted, without duplicates
	unbroken  map[string]*unbroken // by channel of process starts
}

// newTable puts a history in order and uses up h.
func newTable(of *Host, h *past) *table {
	t := &table{of: of, host: of.ID, logons: h.logons, notables: h.Notables, contacts: h.Contacts}
	t.clock = newClock(of.logs(), h.Notables)
	if len(t.clock.back) > 0 {
		byStretch(t.clock, h.Starts, func(s *ledger.Start) string { return s.Channel })
		byStretch(t.clock, h.Ends, func(e *ledger.End) string { return e.Channel() })
		t.logons.Stretches(func(ref evtx.Ref, at evtx.Filetime) (int, bool) {
			return t.clock.stretch(ledger.Log{File: ref.File, Channel: "Security"}, ref.EventRecordID, at)
		})
		byStretch(t.clock, h.Notables, func(n *ledger.Notable) string { return n.Channel })
	}
	t.buildBoundaries(h.Starts)
	if !of.set.asked.Whole() {
		t.logons = t.logons.Accounts()
		return t
	}
	t.unbrokenLogs(h.Starts)
	t.buildSessions(h.Starts)
	t.buildProcesses(h.Starts, h.Ends)
	return t
}

// byStretch puts facts, which are in order of time, in the order of the stretches between changes of the clock.
func byStretch[T interface{ Itself() *ledger.Fact }](c *clock, all []T, channel func(T) string) {
	for _, x := range all {
		f := x.Itself()
		f.Stretch, f.Unsure = c.stretch(ledger.Log{File: f.Ref.File, Channel: channel(x)}, f.Ref.EventRecordID, f.At)
	}
	slices.SortStableFunc(all, func(a, b T) int { return cmp.Compare(a.Itself().Stretch, b.Itself().Stretch) })
}

// weight returns the number of facts that a table holds, plus what it takes in addition.
func (t *table) weight() int {
	return weightOf(len(t.processes)+t.logons.Held()+len(t.notables)) + len(t.contacts)/contactsPerFact
}

func weightOf(facts int) int {
	if facts > 0 {
		facts += firstFact
	}
	return emptyTable + facts
}

const (
	// contactsPerFact is how many contacts take the memory of a fact.
	contactsPerFact = ledger.FactSize / 8
	// emptyTable is the weight of a table without facts: a log can name 100,000 hosts about which it says nothing.
	emptyTable = 2
	// firstFact is the weight of the tables' maps with their first entry.
	firstFact = 4
	// minTables is how many tables are kept whatever their size: the steps of a finding can lie on as many hosts.
	minTables = 2
)

// tables keeps the most recently built tables, up to a budget.
type tables struct {
	mu     sync.Mutex
	held   []*Host // in the order in which they were built
	weight int
	budget int  // in facts
	full   bool // a table was dropped, or will be
	// the weight of all tables, as far as it was found without building them
	glanced int
	err     error
}

// past returns the host's table.
func (h *Host) past() *table {
	if t := h.table.Load(); t != nil {
		return t
	}
	return h.set.build(h)
}

// build makes a host's table, and drops the oldest ones beyond the budget. If a history cannot be read back, the table
// is empty and Err returns the error.
func (s *Set) build(h *Host) *table {
	s.tables.mu.Lock()
	defer s.tables.mu.Unlock()
	if t := h.table.Load(); t != nil {
		return t
	}
	failed := s.alone()
	past, err := s.askedOf(h)
	s.tables.err = cmp.Or(s.tables.err, failed, err)
	return s.tables.keep(h, newTable(h, past))
}

// keep holds a table. The caller has the lock.
func (s *tables) keep(h *Host, t *table) *table {
	h.table.Store(t)
	h.weight = t.weight()
	s.held = append(s.held, h)
	s.weight += t.weight()
	drop := 0
	for s.weight > s.budget && len(s.held)-drop > minTables {
		old := s.held[drop]
		s.weight -= old.table.Load().weight()
		old.table.Store(nil)
		drop++
	}
	s.held = s.held[drop:]
	s.full = s.full || drop > 0
	return t
}

// Shrink gives most of the budget back if the tables do not all fit. It is for callers that put events in order to read
// them again, host by host, and need memory for other things; each call shrinks the budget further.
func (s *Set) Shrink() {
	s.tables.mu.Lock()
	defer s.tables.mu.Unlock()
	if s.tables.full {
		s.tables.budget /= 4
	}
}

// surveyPasts reads the history of every wanted host once, a few at a time, and keeps as many tables as the budget
// allows.
func (s *Set) surveyPasts(jobs int, wanted func(id string) bool) {
	errs := make([]error, len(s.All))
	var group errgroup.Group
	group.SetLimit(min(maxSurveys, jobs))
	for i, h := range s.All {
		if wanted != nil && !wanted(h.ID) {
			continue
		}
		group.Go(func() error {
			if s.asked == ledger.AskedLater || s.asked == ledger.AskedTrees {
				errs[i] = s.glance(h)
				return nil
			}
			if h.Records > manyRecords { // one at a time
				s.large.Lock()
				defer s.large.Unlock()
			}
			past, err := s.askedOf(h)
			errs[i] = err
			h.countCarried(&past.History)
			t := newTable(h, past)
			h.Users = t.users()
			h.takeClock(t.clock)
			s.tables.mu.Lock()
			defer s.tables.mu.Unlock()
			s.tables.keep(h, t)
			return nil
		})
	}
	_ = group.Wait() // an error of one host does not stop the others
	s.tables.err = cmp.Or(s.tables.err, cmp.Or(errs...))
	if !s.tables.full && wanted == nil && s.asked == ledger.AskedAll { // the tables stay
		s.pasts, s.put = nil, nil
	}
}

// askedOf gathers what a host's table is built from.
func (s *Set) askedOf(h *Host) (*past, error) {
	if s.asked.Whole() || s.asked == ledger.AskedAccounts {
		return s.history(h)
	}
	p := &past{}
	err := s.parts(h, p.note)
	p.Order()
	return p, err
}

// note adds what logs say about themselves and the clock.
func (p *past) note(part *ledger.History) { p.Notables = append(p.Notables, part.Notables...) }

// glance reads the clock of a host, and how much its table will take, without building the table: many hosts are never
// asked for their processes and sessions.
func (s *Set) glance(h *Host) error {
	p, facts := &past{}, 0
	err := s.parts(h, func(part *ledger.History) {
		facts += len(part.Starts) + len(part.Logons) + len(part.Notables)
		p.note(part)
	})
	p.Order()
	h.takeClock(newClock(h.logs(), p.Notables))
	s.tables.mu.Lock()
	defer s.tables.mu.Unlock()
	h.weight = weightOf(facts)
	s.tables.glanced += h.weight
	s.tables.full = s.tables.glanced > s.tables.budget
	return err
}

// manyRecords is the number of records from which the history of a host can take more memory than the histories of all
// others surveyed at the same time.
const manyRecords = 100_000

// maxSurveys bounds the hosts that are surveyed at once: their histories are in memory in addition to the tables.
const maxSurveys = 4

// countCarried counts what the process starts carry: copies of a record do not count again, and carved ones are not
// among the counted records.
func (h *Host) countCarried(past *ledger.History) {
	kinds := map[ledger.EventKind]int{} // the places of process starts in Events, by channel and provider
	for _, s := range past.Starts {
		if s.Ref.Carved || s.CommandLine == "" && s.ParentExe == "" {
			continue
		}
		source := ledger.EventKind{Channel: s.Channel, Provider: s.Provider}
		i, ok := kinds[source]
		if !ok {
			i = h.startsOf(source)
			kinds[source] = i
		}
		if i < 0 {
			continue
		}
		if s.CommandLine != "" {
			h.Events[i].WithCommandLine++
		}
		if s.ParentExe != "" {
			h.Events[i].WithParent++
		}
	}
}

// startsOf returns the place in Events of the process starts of a channel and provider, -1 if they have none.
func (h *Host) startsOf(source ledger.EventKind) int {
	i, _ := slices.BinarySearchFunc(h.Events, source, func(e ledger.EventCount, k ledger.EventKind) int {
		return e.Kind().Compare(k)
	})
	for ; i < len(h.Events) && h.Events[i].Channel == source.Channel && h.Events[i].Provider == source.Provider; i++ {
		if h.Events[i].Kind().Meaning().Role == ecs.RoleProcessStart {
			return i
		}
	}
	return -1
}

// users are the accounts of the host's processes and sessions, sorted.
func (t *table) users() []string {
	set := map[string]bool{}
	for _, p := range t.processes {
		set[p.User] = true
	}
	for _, s := range t.sessions {
		set[s.User] = true
	}
	delete(set, "")
	out := make([]string, 0, len(set))
	for u := range set {
		out = append(out, u)
	}
	slices.Sort(out)
	return out
}
