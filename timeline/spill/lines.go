package spill

import (
	"cmp"
	"encoding/binary"
	"errors"
	"io"
	"iter"
	"os"
	"slices"
	"strings"

	"github.com/klauspost/compress/s2"

	"hunt/evtx"
)

// Lines merges groups of lines into one order. The lines of a group come in order; they are kept compressed, in
// memory up to a bound, then in an unnamed temporary file. It belongs to one goroutine.
type Lines struct {
	memory int64
	dir    string

	runs     []lineRun
	group    int
	block    []byte // of the last run, not compressed yet
	held     int64  // bytes of runs in memory
	channels []string
	numbers  map[string]uint32
	file     *os.File
	end      int64
}

// lineRun is a run of sorted lines, in memory or in the file.
type lineRun struct {
	packed []byte
	at, n  int64 // in the file
}

// LineKey is what lines are sorted by: time, channel, record id, then the hash of the record's content.
type LineKey struct {
	At       evtx.Filetime
	ID, Hash uint64
	Channel  string
}

// Compare returns the order of lines.
func (k LineKey) Compare(o LineKey) int {
	return cmp.Or(cmp.Compare(k.At, o.At), strings.Compare(k.Channel, o.Channel), cmp.Compare(k.ID, o.ID),
		cmp.Compare(k.Hash, o.Hash))
}

// line is a line and what it is sorted by.
type line struct {
	at       evtx.Filetime
	id, hash uint64
	channel  uint32 // in Lines.channels
	text     []byte
}

const (
	// lineBlock is how many bytes of lines are compressed together, and read together when runs are merged.
	lineBlock = 32 << 10
	// lineHead is the size of what precedes each line in a block, blockHead of what precedes each block: its lengths,
	// uncompressed and compressed.
	lineHead, blockHead = 32, 8
)

// NewLines returns an empty set of lines that holds about memory bytes of them, and the rest in dir ("" is the
// system's directory for temporary files).
func NewLines(memory int64, dir string) *Lines {
	return &Lines{memory: memory, dir: dir, group: -1, numbers: map[string]uint32{}}
}

// Add adds a line, which must not come before earlier lines of its group. The text is copied.
func (l *Lines) Add(group int, key LineKey, text []byte) error {
	if group != l.group || len(l.block) >= lineBlock {
		l.pack()
		if l.held > l.memory/2 {
			if err := l.spill(); err != nil {
				return err
			}
		}
	}
	if group != l.group {
		l.runs, l.group = append(l.runs, lineRun{}), group
	}
	n, ok := l.numbers[key.Channel]
	if !ok {
		n = uint32(len(l.channels))
		l.numbers[key.Channel] = n
		l.channels = append(l.channels, key.Channel)
	}
	le := binary.LittleEndian
	l.block = le.AppendUint64(l.block, uint64(key.At))
	l.block = le.AppendUint64(l.block, key.ID)
	l.block = le.AppendUint64(l.block, key.Hash)
	l.block = le.AppendUint32(l.block, n)
	l.block = le.AppendUint32(l.block, uint32(len(text)))
	l.block = append(l.block, text...)
	return nil
}

// All yields the lines in the total order. A line is valid until the next.
func (l *Lines) All() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		l.pack()
		if err := l.reduce(); err != nil {
			yield(nil, err)
			return
		}
		m := l.merge(l.runs)
		for t := m.next(); t != nil; t = m.next() {
			if !yield(t.text, nil) {
				return
			}
		}
		if m.err != nil {
			yield(nil, m.err)
		}
	}
}

// Close frees the memory and the temporary file.
func (l *Lines) Close() error {
	l.runs, l.block = nil, nil
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file = nil
	return err
}

// pack compresses the lines added since its last call into the last run.
func (l *Lines) pack() {
	if len(l.block) == 0 {
		return
	}
	run := &l.runs[len(l.runs)-1]
	before := len(run.packed)
	run.packed = appendBlock(run.packed, l.block)
	l.held += int64(len(run.packed) - before)
	l.block = l.block[:0]
}

func appendBlock(dst, block []byte) []byte {
	packed := s2.Encode(nil, block)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(block)))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(packed)))
	return append(dst, packed...)
}

// spill writes the runs that are in memory to the file. What follows of the same group becomes a run of its own after
// them.
func (l *Lines) spill() (err error) {
	for i := range l.runs {
		r := &l.runs[i]
		if r.packed == nil {
			continue
		}
		if r.at, err = l.write(r.packed); err != nil {
			return err
		}
		r.n, r.packed = int64(len(r.packed)), nil
	}
	l.held, l.group = 0, -1
	return nil
}

// write appends to the file.
func (l *Lines) write(b []byte) (at int64, err error) {
	if l.file == nil {
		if l.file, err = TempFile(l.dir); err != nil {
			return 0, err
		}
	}
	at = l.end
	if _, err := l.file.WriteAt(b, at); err != nil {
		return 0, Failed(l.dir, err)
	}
	l.end += int64(len(b))
	return at, nil
}

// reduce merges runs until the memory can read all that are left at the same time.
func (l *Lines) reduce() error {
	most := int(max(l.memory/2/(2*lineBlock), 2))
	for len(l.runs) > most {
		if err := l.spill(); err != nil { // what is in memory is read back at once, but merging needs its room
			return err
		}
		next := &Lines{memory: l.memory, dir: l.dir}
		for part := range slices.Chunk(l.runs, most) {
			if err := next.takeRun(l.merge(part)); err != nil {
				return errors.Join(err, next.Close())
			}
		}
		err := l.file.Close()
		l.runs, l.file, l.end = next.runs, next.file, next.end
		if err != nil {
			return err
		}
	}
	return nil
}

// takeRun writes the lines of a merge as one run.
func (l *Lines) takeRun(m *merge[line]) error {
	run := lineRun{at: l.end}
	flush := func() error {
		_, err := l.write(appendBlock(nil, l.block))
		l.block = l.block[:0]
		return err
	}
	for t := m.next(); t != nil; t = m.next() {
		le := binary.LittleEndian
		l.block = le.AppendUint64(l.block, uint64(t.at))
		l.block = le.AppendUint64(l.block, t.id)
		l.block = le.AppendUint64(l.block, t.hash)
		l.block = le.AppendUint32(l.block, t.channel)
		l.block = le.AppendUint32(l.block, uint32(len(t.text)))
		l.block = append(l.block, t.text...)
		if len(l.block) >= lineBlock {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if m.err != nil {
		return m.err
	}
	if len(l.block) > 0 {
		if err := flush(); err != nil {
			return err
		}
	}
	run.n = l.end - run.at
	l.runs = append(l.runs, run)
	return nil
}

// merge reads runs, in the order of their groups. Lines that compare as equal keep that order.
func (l *Lines) merge(runs []lineRun) *merge[line] {
	sources := make([]mergeSource[line], len(runs))
	for i, r := range runs {
		src := &lineSource{dir: l.dir, packed: r.packed}
		if r.packed == nil {
			src.file = io.NewSectionReader(l.file, r.at, r.n)
		}
		sources[i] = src
	}
	return newMerge(l.compare, sources)
}

func (l *Lines) compare(a, b line) int {
	if c := cmp.Compare(a.at, b.at); c != 0 {
		return c
	}
	if a.channel != b.channel {
		return strings.Compare(l.channels[a.channel], l.channels[b.channel])
	}
	return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.hash, b.hash))
}

// lineSource reads a run.
type lineSource struct {
	dir    string
	packed []byte    // what is left of it
	file   io.Reader // or this
	buf    []byte
	block  []byte
	rest   []byte // of the block
	line   line
}

func (s *lineSource) next() (*line, error) {
	if len(s.rest) == 0 {
		if err := s.read(); errors.Is(err, io.EOF) {
			return nil, nil
		} else if err != nil {
			return nil, Failed(s.dir, err)
		}
	}
	le := binary.LittleEndian
	n := lineHead + int(le.Uint32(s.rest[28:]))
	s.line = line{at: evtx.Filetime(le.Uint64(s.rest)), id: le.Uint64(s.rest[8:]), hash: le.Uint64(s.rest[16:]),
		channel: le.Uint32(s.rest[24:]),
		text:    s.rest[lineHead:n]}
	s.rest = s.rest[n:]
	return &s.line, nil
}

// read unpacks the next block.
func (s *lineSource) read() error {
	packed := s.packed
	if s.file != nil {
		s.buf = slices.Grow(s.buf[:0], blockHead)[:blockHead]
		if _, err := io.ReadFull(s.file, s.buf); err != nil {
			return err
		}
		n := int(binary.LittleEndian.Uint32(s.buf[4:]))
		s.buf = slices.Grow(s.buf, n)[:blockHead+n]
		if _, err := io.ReadFull(s.file, s.buf[blockHead:]); err == io.EOF {
			return io.ErrUnexpectedEOF
		} else if err != nil {
			return err
		}
		packed = s.buf
	} else if len(packed) == 0 {
		return io.EOF
	}
	n := blockHead + int(binary.LittleEndian.Uint32(packed[4:]))
	s.packed = packed[n:]
	var err error
	s.block, err = s2.Decode(s.block[:cap(s.block)], packed[blockHead:n])
	s.rest = s.block
	return err
}
