package timeline

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

// history is what the records of one Computer name add to the history of their host, in no order. Facts that are many are put
// away, encoded and compressed, until their host is asked for.
type history struct {
	starts   []*procStart
	ends     []*procEnd
	logons   []*logon
	notables []*notable
}

func (h *history) len() int { return len(h.starts) + len(h.ends) + len(h.logons) + len(h.notables) }

func (h *history) add(o *history) {
	h.starts = append(h.starts, o.starts...)
	h.ends = append(h.ends, o.ends...)
	h.logons = append(h.logons, o.logons...)
	h.notables = append(h.notables, o.notables...)
}

// order sorts the facts by what they say and where they stand, and keeps the first of those that say the same: the one that
// Keeper and Order keep, too.
func (h *history) order() {
	h.starts, h.ends, h.logons, h.notables = ordered(h.starts), ordered(h.ends), ordered(h.logons), ordered(h.notables)
}

func ordered[T interface{ Itself() *fact }](all []T) []T {
	type item struct {
		at   evtx.Filetime // as fact.at: it decides nearly always, and is at hand here
		fact *fact
		of   T
	}
	items := make([]item, len(all))
	for i, x := range all {
		f := x.Itself()
		items[i] = item{f.at, f, x}
	}
	slices.SortFunc(items, func(a, b item) int {
		if a.at != b.at {
			return cmp.Compare(a.at, b.at)
		}
		return cmp.Or(a.fact.compare(b.fact), compareRefs(a.fact.ref, b.fact.ref))
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

// parts sorts the facts and yields them in parts worth packing; an empty history has none.
func (h *history) parts() iter.Seq[*history] {
	byPlace(h.starts)
	byPlace(h.ends)
	byPlace(h.logons)
	byPlace(h.notables)
	return func(yield func(*history) bool) {
		for i := 0; i < max(len(h.starts), len(h.ends), len(h.logons), len(h.notables)); i += packedFacts {
			if !yield(&history{starts: factsFrom(h.starts, i), ends: factsFrom(h.ends, i), logons: factsFrom(h.logons, i), notables: factsFrom(h.notables, i)}) {
				return
			}
		}
	}
}

func factsFrom[T any](all []T, from int) []T {
	return all[min(from, len(all)):min(from+packedFacts, len(all))]
}

func byPlace[T interface{ Itself() *fact }](all []T) {
	slices.SortStableFunc(all, func(a, b T) int { // a record can have two facts
		x, y := a.Itself(), b.Itself()
		return cmp.Or(compareRefs(x.ref, y.ref), x.compare(y))
	})
}

// code describes a history's encoding. The Computer name is that of the whole and not repeated.
func (h *history) code(c *spill.Coder, computer string) {
	spill.List(c, &h.starts, func(c *spill.Coder, s *procStart) {
		s.codeFact(c, computer)
		c.Time(&s.created)
		c.Flag(&s.sysmon)
		c.Int(&s.pid)
		c.Int(&s.ppid)
		for _, p := range []*string{&s.guid, &s.parentGUID, &s.executable, &s.parentExe, &s.commandLine, &s.parentLine,
			&s.user, &s.sid, &s.logonID, &s.creator, &s.creatorID, &s.hash, &s.original, &s.channel, &s.provider} {
			c.Text(p)
		}
		c.Flag(&s.owned)
	})
	spill.List(c, &h.ends, func(c *spill.Coder, e *procEnd) {
		e.codeFact(c, computer)
		c.Flag(&e.sysmon)
		c.Int(&e.pid)
		c.Text(&e.guid)
		c.Text(&e.executable)
	})
	spill.List(c, &h.logons, func(c *spill.Coder, l *logon) {
		l.codeFact(c, computer)
		codeRole(c, &l.role)
		for _, p := range []*string{&l.user, &l.sid, &l.id, &l.kind, &l.ip, &l.workstation, &l.subject, &l.subjSID, &l.target, &l.linked} {
			c.Text(p)
		}
	})
	spill.List(c, &h.notables, func(c *spill.Coder, n *notable) {
		n.codeFact(c, computer)
		codeRole(c, &n.role)
		spill.Number(c, &n.code)
		for _, p := range []*string{&n.channel, &n.provider, &n.detail, &n.log, &n.by, &n.sid, &n.program} {
			c.Text(p)
		}
		c.Flag(&n.stopped)
		codeRole(c, &n.audit)
		c.Flag(&n.audited)
		c.Time(&n.from)
		c.Time(&n.to)
	})
}

// codeRole codes a role by its name, which outlives its number.
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

func (f *fact) codeFact(c *spill.Coder, computer string) {
	f.computer = computer
	c.Ref(&f.ref)
	c.Time(&f.at)
	c.Uint(&f.content)
}

// pastStore holds the histories that were put away, in memory up to a bound, then in a temporary file without a name. It is safe
// for concurrent use.
type pastStore struct {
	spill *spill.Store

	mu     sync.Mutex
	blocks map[hostKey][]pastBlock
}

// pastBlock is a part of one Computer name's history.
type pastBlock struct {
	packed func() ([]byte, error) // reads it
	files  []int32                // as coder.files
	place  string                 // the shard that holds it, for errors
}

func newPastStore(tempDir string) *pastStore {
	return &pastStore{spill: spill.NewStore(tempDir), blocks: map[hostKey][]pastBlock{}}
}

// pack encodes a history.
func (h *history) pack(computer string) []byte {
	c := spill.NewEncoder(nil)
	h.code(c, computer)
	return spill.Pack(c.Bytes())
}

// put puts a history away.
func (s *pastStore) put(k hostKey, h *history) error {
	block, _, err := s.spill.Add(bytes.NewReader(h.pack(k.computer)))
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.blocks[k] = append(s.blocks[k], pastBlock{packed: func() ([]byte, error) { return io.ReadAll(block.Reader()) }})
	s.mu.Unlock()
	return nil
}

// each gives the packed parts of one Computer name's history.
func (s *pastStore) each(k hostKey, do func(packed []byte, files []int32) error) error {
	for _, b := range s.blocks[k] {
		packed, err := b.packed()
		if err == nil {
			err = do(packed, b.files)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", cmp.Or(b.place, "temporary file"), err)
		}
	}
	return nil
}

// get adds what was put away under a key to h.
func (s *pastStore) get(k hostKey, h *history) error {
	return s.each(k, func(packed []byte, files []int32) error {
		part, err := unpackHistory(packed, files, k.computer)
		if err != nil {
			return err
		}
		h.add(part)
		return nil
	})
}

func unpackHistory(packed []byte, files []int32, computer string) (*history, error) {
	b, err := spill.Unpack(packed)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", spill.ErrFacts, err)
	}
	c := spill.NewDecoder(b, files)
	h := &history{}
	h.code(c, computer)
	return h, c.Err()
}
