package host

import (
	"cmp"
	"iter"
	"sync"

	"hunt/timeline/ledger"
	"hunt/timeline/spill"
)

// Set is the hosts of a case. It keeps their histories in memory up to a share of a budget, and in temporary files
// beyond it.
type Set struct {
	All []*Host // sorted by ID

	files      []*ledger.File
	chunks     []ledger.Chunk
	byComputer map[string]*Host       // Computer as logged -> host
	byFile     map[ledger.Owner]*Host // the same for names that several machines share
	mixed      map[ledger.Log]bool    // logs that gather the events of several machines
	bulk       Span

	pasts  map[ledger.Owner]*ledger.History
	put    *ledger.Pasts
	tables tables
	asked  ledger.Asked
	aside  *aside      // nil if tables hold all texts
	large  sync.Mutex  // held while the history of a large host is read
	room   ledger.Room // for the logons of one table
	faults struct {
		sync.Mutex
		err error // the first of a temporary file of a table
	}
}

// Options say from what hosts are made.
type Options struct {
	Files  []*ledger.File // of the collection, by File.Index
	Ledger *ledger.Ledger // its chunks sorted, copies subtracted from its counts; its histories are used up
	Map    *Map           // which names are one host, in addition to what the logs say; may be nil
	Jobs   int            // workers
	// Survey chooses, by id, the hosts whose histories are read at once; nil chooses all. For the others, nothing is
	// known that only the history shows.
	Survey func(id string) bool
	Asked  ledger.Asked // the histories that are wanted
	Memory spill.Budget
	// TempDir takes what tables keep elsewhere; "" is the system's directory for temporary files.
	TempDir string
}

// logonShare is the fraction of the share of tables that the logons of one table take: one in so many.
const logonShare = 4

// leastRoom keeps the logons of a large host from being read over and over with a small budget.
const leastRoom = 4 << 20

// Resolve makes hosts from the Computer names in a ledger, and reads the history of each that Survey chooses.
func Resolve(o Options) *Set {
	l := o.Ledger
	s := &Set{files: o.Files, chunks: l.Spans, byComputer: map[string]*Host{}, byFile: map[ledger.Owner]*Host{},
		pasts: l.Pasts, put: l.Away,
		asked: o.Asked}
	if s.asked == ledger.AskedTrees {
		s.aside = newAside(o.TempDir)
	}
	s.tables.budget = int(o.Memory.Of(spill.Processes) / ledger.FactSize)
	s.room = ledger.Room{Memory: max(o.Memory.Of(spill.Processes)/logonShare, leastRoom), Dir: o.TempDir, Fail: s.fault}
	s.resolve(l, o.Map)
	for i := range s.chunks {
		if h := s.Of(s.chunks[i].Computer, s.chunks[i].Ref.File); h != nil {
			h.chunks = append(h.chunks, int32(i)) // #nosec G115 -- a scan has fewer chunks
		}
	}
	s.countEvents(l)
	s.findBulk(l)
	s.surveyPasts(o.Jobs, o.Survey)
	return s
}

// Of returns the host of a record by its Computer name and file.
func (s *Set) Of(computer string, file int32) *Host {
	if h := s.byComputer[computer]; h != nil {
		return h
	}
	return s.byFile[ledger.Owner{Computer: computer, File: file}]
}

// Named returns the host of a Computer name as logged, nil if there is none or if records of that name belong to
// several hosts.
func (s *Set) Named(computer string) *Host { return s.byComputer[computer] }

// Gathers reports whether a log gathers the events of several machines.
func (s *Set) Gathers(log ledger.Log) bool { return s.mixed[log] }

// LetGo frees everything that is known of the hosts. Afterwards only Err may be called.
func (s *Set) LetGo() {
	s.tables.mu.Lock()
	defer s.tables.mu.Unlock()
	s.All, s.files, s.chunks, s.byComputer, s.byFile, s.mixed, s.bulk = nil, nil, nil, nil, nil, nil, Span{}
	s.pasts, s.tables.held = nil, nil
}

// fault keeps the first error of the temporary file of a table.
func (s *Set) fault(err error) {
	s.faults.Lock()
	defer s.faults.Unlock()
	s.faults.err = cmp.Or(s.faults.err, err)
}

// Err returns the first error of reading a spilled history; what was built after it is incomplete.
func (s *Set) Err() error {
	s.faults.Lock()
	err := s.faults.err
	s.faults.Unlock()
	if err != nil {
		return err
	}
	s.tables.mu.Lock()
	defer s.tables.mu.Unlock()
	return s.tables.err
}

// Groups divides the hosts, in their order, into groups: as many in a group as fit in memory at once, or one each.
// It returns the group of each host and the number of groups.
func (s *Set) Groups(byHost bool) (groups []uint32, n int) {
	groups = make([]uint32, len(s.All))
	weight := 0
	for i, h := range s.All {
		if weight += h.weight; i > 0 && (byHost || weight > s.tables.budget && s.tables.full) {
			n, weight = n+1, h.weight
		}
		groups[i] = uint32(n)
	}
	return groups, n + 1
}

// Weight returns the memory that the table of the host takes, in the unit that Fit uses.
func (h *Host) Weight() int { return h.weight }

// Fit reports whether tables of this weight together, or the tables of all hosts, fit in memory at once.
func (s *Set) Fit(weight int) bool {
	s.tables.mu.Lock()
	defer s.tables.mu.Unlock()
	return !s.tables.full || weight <= s.tables.budget
}

// Chunks yields the record ids that the logs of the host have in each chunk, in the order of the evidence.
func (h *Host) Chunks() iter.Seq[*ledger.Chunk] {
	return func(yield func(*ledger.Chunk) bool) {
		for _, i := range h.chunks {
			if !yield(&h.set.chunks[i]) {
				return
			}
		}
	}
}

// past is what is known of a host's past, in order. Its logons, of which there can be a million, are kept
// separately.
type past struct {
	ledger.History
	logons ledger.Logons
}

// add adds a part of the history, whose logons need not stay in memory.
func (p *past) add(part *ledger.History) {
	p.logons.Add(part.Logons...)
	rest := *part
	rest.Logons = nil
	p.Add(&rest)
}

// history gathers what is known of a host's past.
func (s *Set) history(h *Host) (*past, error) {
	p := &past{logons: ledger.NewLogons(&s.room)}
	add := p.add
	if s.aside != nil {
		add = func(part *ledger.History) { p.add(s.aside.lighten(part)) }
	}
	if err := s.parts(h, add); err != nil {
		return p, err
	}
	p.Order()
	p.logons.Order()
	return p, nil
}

// parts passes on what was gathered of a host's past, one part at a time.
func (s *Set) parts(h *Host, take func(*ledger.History)) error {
	for _, k := range h.keys {
		if rest := s.pasts[k]; rest != nil {
			take(rest)
		}
		if err := s.put.Parts(k, take); err != nil {
			return err
		}
	}
	return nil
}
