package ledger

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"iter"
	"slices"
	"sync"

	"hunt/evtx"
	"hunt/timeline/ecs"
	"hunt/timeline/spill"
)

// History is what the records of one Computer name add to the history of their host, in no order. Large histories are
// encoded, compressed and spilled until their host is asked for.
type History struct {
	Starts   []*Start
	Ends     []*End
	Logons   []*Logon
	Notables []*Notable
	Contacts []Contact // what its events name, with repetitions until it is in order
}

// Len returns the memory that the history takes, in facts.
func (h *History) Len() int {
	return len(h.Starts) + len(h.Ends) + len(h.Logons) + len(h.Notables) +
		(len(h.Contacts)+contactsPerFact-1)/contactsPerFact
}

func (h *History) Add(o *History) {
	h.Starts = append(h.Starts, o.Starts...)
	h.Ends = append(h.Ends, o.Ends...)
	h.Logons = append(h.Logons, o.Logons...)
	h.Notables = append(h.Notables, o.Notables...)
	h.AddContacts(o.Contacts...)
}

// Order sorts the facts by what they say and where they are, and keeps only the first of equal ones: the same one
// that Keeper and Case.Order keep.
func (h *History) Order() {
	h.Starts, h.Ends, h.Logons, h.Notables = ordered(h.Starts), ordered(h.Ends), ordered(h.Logons), ordered(h.Notables)
	h.Contacts = lowest(h.Contacts)
}

func ordered[T interface{ Itself() *Fact }](all []T) []T {
	type item struct {
		at   evtx.Filetime // as in fact.at, which nearly always decides and is quick to reach here
		fact *Fact
		of   T
	}
	items := make([]item, len(all))
	for i, x := range all {
		f := x.Itself()
		items[i] = item{f.At, f, x}
	}
	slices.SortFunc(items, func(a, b item) int {
		if a.at != b.at {
			return cmp.Compare(a.at, b.at)
		}
		return cmp.Or(a.fact.compare(b.fact), CompareRefs(a.fact.Ref, b.fact.Ref))
	})
	out := all[:0]
	for i := range items {
		if i == 0 || items[i-1].fact.compare(items[i].fact) != 0 {
			out = append(out, items[i].of)
		}
	}
	clear(all[len(out):])
	return out
}

// packedFacts is the most facts of one kind that are packed together in a shard.
const packedFacts = 4096

// Parts sorts the facts and yields them in parts worth packing; an empty history has none.
func (h *History) Parts() iter.Seq[*History] {
	byPlace(h.Starts)
	byPlace(h.Ends)
	byPlace(h.Logons)
	byPlace(h.Notables)
	h.Contacts = lowest(h.Contacts)
	return func(yield func(*History) bool) {
		most := max(len(h.Starts), len(h.Ends), len(h.Logons), len(h.Notables), len(h.Contacts))
		for i := 0; i < most; i += packedFacts {
			if !yield(&History{Starts: factsFrom(h.Starts, i), Ends: factsFrom(h.Ends, i),
				Logons: factsFrom(h.Logons, i), Notables: factsFrom(h.Notables, i),
				Contacts: factsFrom(h.Contacts, i)}) {
				return
			}
		}
	}
}

func factsFrom[T any](all []T, from int) []T {
	return all[min(from, len(all)):min(from+packedFacts, len(all))]
}

func byPlace[T interface{ Itself() *Fact }](all []T) {
	slices.SortStableFunc(all, func(a, b T) int { // a record can have two facts
		x, y := a.Itself(), b.Itself()
		return cmp.Or(CompareRefs(x.Ref, y.Ref), x.compare(y))
	})
}

// code describes a history's encoding. The Computer name is that of the whole and is not repeated.
func (h *History) code(c *spill.Coder, computer string) {
	spill.List(c, &h.Starts, func(c *spill.Coder, s *Start) {
		s.codeFact(c, computer)
		c.Time(&s.Created)
		c.Flag(&s.Sysmon)
		c.Int(&s.PID)
		c.Int(&s.PPID)
		for _, p := range []*string{&s.GUID, &s.ParentGUID, &s.Executable, &s.ParentExe, &s.CommandLine, &s.ParentLine,
			&s.User, &s.SID, &s.LogonID, &s.Creator, &s.CreatorID, &s.Hash, &s.Original, &s.Channel, &s.Provider} {
			c.Text(p)
		}
		c.Flag(&s.Owned)
	})
	spill.List(c, &h.Ends, func(c *spill.Coder, e *End) {
		e.codeFact(c, computer)
		c.Flag(&e.Sysmon)
		c.Int(&e.PID)
		c.Text(&e.GUID)
		c.Text(&e.Executable)
	})
	spill.List(c, &h.Logons, func(c *spill.Coder, l *Logon) {
		l.codeFact(c, computer)
		codeRole(c, &l.Role)
		for _, p := range []*string{&l.User, &l.SID, &l.ID, &l.Kind, &l.IP, &l.Workstation, &l.Subject, &l.SubjSID,
			&l.Target, &l.Linked, &l.Program} {
			c.Text(p)
		}
		c.Int(&l.PID)
	})
	spill.List(c, &h.Notables, func(c *spill.Coder, n *Notable) {
		n.codeFact(c, computer)
		codeRole(c, &n.Role)
		spill.Number(c, &n.Code)
		for _, p := range []*string{&n.Channel, &n.Provider, &n.Detail, &n.Log, &n.By, &n.SID, &n.Program} {
			c.Text(p)
		}
		c.Flag(&n.Stopped)
		codeRole(c, &n.Audit)
		c.Flag(&n.Audited)
		c.Time(&n.From)
		c.Time(&n.To)
	})
	codeContacts(c, &h.Contacts)
}

// codeRole codes a role by its name, which stays the same when its number changes.
func codeRole(c *spill.Coder, r *ecs.Role) {
	name := r.String()
	c.Text(&name)
	if c.Reading() {
		var ok bool
		if *r, ok = ecs.ParseRole(name); !ok {
			c.Fail()
		}
	}
}

func (f *Fact) codeFact(c *spill.Coder, computer string) {
	f.Computer = computer
	c.Ref(&f.Ref)
	c.Time(&f.At)
	c.Uint(&f.Content)
}

// Pasts holds spilled histories, in memory up to a bound, then in an unnamed temporary file. It is safe for
// concurrent use.
type Pasts struct {
	Spill *spill.Store

	Mu     sync.Mutex
	Blocks map[Owner][]Packed // from shards
	put    map[Owner][]spill.Block
}

// Packed is a part of one Computer name's history.
type Packed struct {
	Packed func() ([]byte, error) // reads it
	Files  []int32                // as coder.files
	Place  string                 // the shard that holds it, for errors
}

// NewPasts returns an empty store that keeps as much in memory as the budget gives to histories at rest.
func NewPasts(tempDir string, memory spill.Budget) *Pasts {
	s := &Pasts{Spill: spill.NewStore(tempDir), Blocks: map[Owner][]Packed{}, put: map[Owner][]spill.Block{}}
	s.Spill.Memory = memory.Of(spill.Histories) / restShare
	return s
}

// restShare is the fraction of the share of histories that spilled ones take in memory: one in so many.
const restShare = 8

// Owners yields the keys under which something was spilled, in no order.
func (s *Pasts) Owners() iter.Seq[Owner] {
	return func(yield func(Owner) bool) {
		for k := range s.put {
			if !yield(k) {
				return
			}
		}
		for k := range s.Blocks {
			if !yield(k) {
				return
			}
		}
	}
}

// Pack encodes a history and compresses it.
func (h *History) Pack(computer string, compress func([]byte) []byte) []byte {
	c := spill.NewEncoder(nil)
	h.code(c, computer)
	return compress(c.Bytes())
}

// Put spills a history.
func (s *Pasts) Put(k Owner, h *History) error {
	h.Contacts = lowest(h.Contacts)
	block, _, err := s.Spill.Add(bytes.NewReader(h.Pack(k.Computer, spill.Pack)))
	if err != nil {
		return err
	}
	s.Mu.Lock()
	s.put[k] = append(s.put[k], block)
	s.Mu.Unlock()
	return nil
}

// Each calls do for the packed parts of one Computer name's history.
func (s *Pasts) Each(k Owner, do func(packed []byte, files []int32) error) error {
	for _, b := range s.put[k] {
		packed, err := io.ReadAll(b.Reader())
		if err == nil {
			err = do(packed, nil)
		}
		if err != nil {
			return fmt.Errorf("temporary file: %w", err)
		}
	}
	for _, b := range s.Blocks[k] {
		packed, err := b.Packed()
		if err == nil {
			err = do(packed, b.Files)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", b.Place, err)
		}
	}
	return nil
}

// Get adds what was spilled under a key to h.
func (s *Pasts) Get(k Owner, h *History) error { return s.Parts(k, h.Add) }

// Parts calls take for what was spilled under a key, one part at a time.
func (s *Pasts) Parts(k Owner, take func(*History)) error {
	return s.Each(k, func(packed []byte, files []int32) error {
		part, err := unpackHistory(packed, files, k.Computer)
		if err != nil {
			return err
		}
		take(part)
		return nil
	})
}

func unpackHistory(packed []byte, files []int32, computer string) (*History, error) {
	b, err := spill.Unpack(packed)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", spill.ErrFacts, err)
	}
	c := spill.NewDecoder(b, files)
	h := &History{}
	h.code(c, computer)
	return h, c.Err()
}
