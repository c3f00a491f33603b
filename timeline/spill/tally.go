package spill

import (
	"encoding/binary"
	"errors"
	"io"
	"iter"
	"os"
	"slices"
	"strings"
)

// Sum says how values of a fixed size are added up and written.
type Sum[V any] struct {
	Size int              // bytes of a value in a file
	Put  func([]byte, *V) // writes a value into Size bytes
	Get  func([]byte, *V) // reads what Put wrote
	// Add adds v to into. The order in which values are added must not matter.
	Add func(into *V, v V)
}

// Tally adds up values under any number of keys, within a memory budget. What exceeds the budget goes to runs in an
// unnamed temporary file, sorted by key. The output depends only on what was added. It belongs to one goroutine.
type Tally[V any] struct {
	form   Sum[V]
	memory int64
	dir    string

	values map[string]*V
	held   int64 // bytes of values, about
	runs   []tallyRun
	file   *os.File
	end    int64
}

// tallyRun is a stretch of the file whose keys are in order.
type tallyRun struct{ at, n int64 } // in bytes

// Entry is a key of a Tally with its sum.
type Entry[V any] struct {
	Key   string
	Value V
}

const (
	// tallyEntry is the memory that a key takes in addition to its bytes, with its value.
	tallyEntry = 160
	// tallyRead is what is read ahead of each run while runs are merged, packed and unpacked.
	tallyRead = 2 * lineBlock
)

// NewTally returns an empty tally that holds about memory bytes, and the rest in dir ("" is the system's directory
// for temporary files). Call Close at the end.
func NewTally[V any](form Sum[V], memory int64, dir string) *Tally[V] {
	return &Tally[V]{form: form, memory: memory, dir: dir, values: map[string]*V{}}
}

// Add adds a value under a key.
func (t *Tally[V]) Add(key string, v V) error {
	if sum, ok := t.values[key]; ok {
		t.form.Add(sum, v)
		return nil
	}
	t.values[strings.Clone(key)] = &v
	if t.held += tallyEntry + int64(len(key)); t.held > t.memory/2 {
		return t.spill()
	}
	return nil
}

// All yields the keys, without duplicates, in the order of their bytes. Nothing may be added after the first call;
// it may be called again.
func (t *Tally[V]) All() iter.Seq2[Entry[V], error] {
	return func(yield func(Entry[V], error) bool) {
		if err := t.reduce(); err != nil {
			yield(Entry[V]{}, err)
			return
		}
		sources := t.sources(t.runs)
		sources = append(sources, &tallyValues[V]{keys: t.sorted(), t: t})
		for e, err := range t.merged(sources) {
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// Settle ends the adding: what is in the file becomes one run, which any number of goroutines may read at once.
func (t *Tally[V]) Settle() error {
	if len(t.runs) == 0 {
		return nil
	}
	if err := t.spill(); err != nil {
		return err
	}
	if err := t.reduce(); err != nil || len(t.runs) == 1 {
		return err
	}
	return t.mergeRuns(len(t.runs))
}

// Close frees the memory and the temporary file.
func (t *Tally[V]) Close() error {
	t.values, t.runs = nil, nil
	if t.file == nil {
		return nil
	}
	err := t.file.Close()
	t.file = nil
	return err
}

func (t *Tally[V]) sorted() []string {
	keys := make([]string, 0, len(t.values))
	for k := range t.values {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// merged adds up what several sources have under the same key.
func (t *Tally[V]) merged(sources []mergeSource[Entry[V]]) iter.Seq2[Entry[V], error] {
	return func(yield func(Entry[V], error) bool) {
		m := newMerge(func(a, b Entry[V]) int { return strings.Compare(a.Key, b.Key) }, sources)
		var sum Entry[V]
		some := false
		for e := m.next(); e != nil; e = m.next() {
			if some && e.Key == sum.Key {
				t.form.Add(&sum.Value, e.Value)
				continue
			}
			if some && !yield(sum, nil) {
				return
			}
			sum, some = *e, true
		}
		if m.err != nil {
			yield(Entry[V]{}, m.err)
		} else if some {
			yield(sum, nil)
		}
	}
}

// spill writes what is in memory as a run.
func (t *Tally[V]) spill() error {
	keys := t.sorted()
	err := t.writeRun(func(yield func(Entry[V], error) bool) {
		for _, k := range keys {
			if !yield(Entry[V]{k, *t.values[k]}, nil) {
				return
			}
		}
	})
	clear(t.values)
	t.held = 0
	return err
}

// writeRun appends a run to the file.
func (t *Tally[V]) writeRun(entries iter.Seq2[Entry[V], error]) (err error) {
	if t.file == nil {
		if t.file, err = TempFile(t.dir); err != nil {
			return err
		}
	}
	run := tallyRun{at: t.end}
	var block, packed []byte
	flush := func() error {
		packed = appendBlock(packed[:0], block)
		block = block[:0]
		if _, err := t.file.WriteAt(packed, t.end); err != nil {
			return Failed(t.dir, err)
		}
		t.end += int64(len(packed))
		return nil
	}
	for e, err := range entries {
		if err != nil {
			return err
		}
		block = binary.LittleEndian.AppendUint32(block, uint32(len(e.Key)))
		block = append(block, e.Key...)
		at := len(block)
		block = append(block, make([]byte, t.form.Size)...)
		t.form.Put(block[at:], &e.Value)
		if len(block) >= lineBlock {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if len(block) > 0 {
		if err := flush(); err != nil {
			return err
		}
	}
	run.n = t.end - run.at
	t.runs = append(t.runs, run)
	return nil
}

// reduce merges runs until the memory can read all that are left at the same time.
func (t *Tally[V]) reduce() error {
	most := int(max(t.memory/2/tallyRead, 2))
	for len(t.runs) > most {
		if err := t.mergeRuns(most); err != nil {
			return err
		}
	}
	return nil
}

// mergeRuns merges groups of runs into one run each, in a new file.
func (t *Tally[V]) mergeRuns(most int) error {
	next := &Tally[V]{form: t.form, memory: t.memory, dir: t.dir}
	for part := range slices.Chunk(t.runs, most) {
		if err := next.writeRun(t.merged(t.sources(part))); err != nil {
			return errors.Join(err, next.Close())
		}
	}
	err := t.file.Close()
	t.runs, t.file, t.end = next.runs, next.file, next.end
	return err
}

func (t *Tally[V]) sources(runs []tallyRun) []mergeSource[Entry[V]] {
	out := make([]mergeSource[Entry[V]], len(runs))
	for i, r := range runs {
		out[i] = &tallySource[V]{form: t.form,
			lines: lineSource{dir: t.dir, file: io.NewSectionReader(t.file, r.at, r.n)}}
	}
	return out
}

// tallyValues yields what is in memory.
type tallyValues[V any] struct {
	t    *Tally[V]
	keys []string
	e    Entry[V]
}

func (s *tallyValues[V]) next() (*Entry[V], error) {
	if len(s.keys) == 0 {
		return nil, nil
	}
	s.e = Entry[V]{s.keys[0], *s.t.values[s.keys[0]]}
	s.keys = s.keys[1:]
	return &s.e, nil
}

// tallySource reads a run.
type tallySource[V any] struct {
	form  Sum[V]
	lines lineSource // which unpacks the blocks
	e     Entry[V]
}

func (s *tallySource[V]) next() (*Entry[V], error) {
	l := &s.lines
	if len(l.rest) == 0 {
		if err := l.read(); errors.Is(err, io.EOF) {
			return nil, nil
		} else if err != nil {
			return nil, Failed(l.dir, err)
		}
	}
	n := 4 + int(binary.LittleEndian.Uint32(l.rest))
	s.e.Key = string(l.rest[4:n])
	s.form.Get(l.rest[n:], &s.e.Value)
	l.rest = l.rest[n+s.form.Size:]
	return &s.e, nil
}
