package shard

import (
	"cmp"
	"container/list"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"hunt/evtx"
	"hunt/timeline/evidence"
	"hunt/timeline/spill"
)

// ErrAway says that the shard does not hold a chunk, because nobody needed it.
var ErrAway = errors.New("the chunk is not in the shard")

// store reads what shards hold of the evidence. It is safe for concurrent use.
type store struct {
	mu     sync.Mutex
	most   int // blocks that are kept unpacked
	blocks map[blockKey]*list.Element
	recent list.List // of *unpacked, the most recently used first
	err    error     // the first about a shard that is not what its scan wrote
}

type blockKey struct {
	shard *Shard
	at    int64
}

// unpacked is a block that is unpacked or being unpacked.
type unpacked struct {
	key   blockKey
	once  sync.Once
	bytes []byte
	err   error
}

func newStore(jobs int) *store { return &store{most: 2*jobs + 8, blocks: map[blockKey]*list.Element{}} }

// Err returns the first error of a shard that is not what its scan wrote, or that could not be read.
func (st *store) Err() error {
	if st == nil {
		return nil
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.err
}

func (st *store) fail(err error) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.err == nil {
		st.err = err
	}
	return err
}

// block returns an unpacked block, which must not be changed.
func (st *store) block(s *Shard, b *packedBlock) ([]byte, error) {
	key := blockKey{s, b.at}
	st.mu.Lock()
	e := st.blocks[key]
	if e == nil {
		e = st.recent.PushFront(&unpacked{key: key})
		st.blocks[key] = e
		if st.recent.Len() > st.most {
			last := st.recent.Remove(st.recent.Back()).(*unpacked)
			delete(st.blocks, last.key)
		}
	} else {
		st.recent.MoveToFront(e)
	}
	u := e.Value.(*unpacked)
	st.mu.Unlock()
	u.once.Do(func() { u.bytes, u.err = s.block(b) })
	if u.err != nil {
		return nil, st.fail(u.err)
	}
	return u.bytes, nil
}

// block reads a block and compares it with the hash in the index.
func (s *Shard) block(b *packedBlock) ([]byte, error) {
	all := s.at[chunksName]
	if b.at < 0 || b.len > all.n || b.at > all.n-b.len {
		return nil, s.changed(chunksName)
	}
	packed, err := all.within(b.at, b.len).bytes()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Path, err)
	}
	if shortSum(packed) != b.sum {
		return nil, s.changed(chunksName)
	}
	out, err := spill.UnpackWithin(packed, most(int64(len(packed))))
	if err != nil {
		return nil, fmt.Errorf("%s: %w (%w)", s.Path, ErrNoShard, err)
	}
	return out, nil
}

// stored is what a shard holds of its evidence. The places are read on first use.
type stored struct {
	shard *Shard
	store *store
	own   func(computer string) bool // whose records are read; nil: everybody's

	once   sync.Once
	err    error
	at     *places
	pieces []storedPiece // by file and chunk
	marks  []storedPiece // by computer
}

// storedPiece is a piece of a block.
type storedPiece struct {
	*piecePlace
	block *packedBlock
}

// load reads where the pieces stand.
func (s *stored) load() error {
	s.once.Do(func() {
		if s.at, s.err = s.shard.index(); s.err != nil {
			_ = s.store.fail(s.err) // reported once
			return
		}
		for i := range s.at.blocks {
			b := &s.at.blocks[i]
			for k := range b.pieces {
				p := storedPiece{&b.pieces[k], b}
				if p.file == marksFile {
					s.marks = append(s.marks, p)
				} else if p.computer == "" || s.own == nil || s.own(p.computer) {
					s.pieces = append(s.pieces, p)
				}
			}
		}
		s.at.pasts = nil
		slices.SortStableFunc(s.pieces, func(a, b storedPiece) int { return a.compare(b.chunkPlace) })
	})
	return s.err
}

// bytes returns the bytes of a piece.
func (s *stored) bytes(p storedPiece) ([]byte, error) {
	b, err := s.store.block(s.shard, p.block)
	if err != nil {
		return nil, err
	}
	if p.in > int64(len(b)) || p.size > int64(len(b))-p.in {
		return nil, s.store.fail(s.shard.changed(indexName))
	}
	return b[p.in : p.in+p.size], nil
}

// file returns the pieces of a file.
func (s *stored) file(file int32) []storedPiece {
	from, _ := slices.BinarySearchFunc(s.pieces, file, func(p storedPiece, f int32) int {
		return cmp.Compare(p.file, f)
	})
	to, _ := slices.BinarySearchFunc(s.pieces, file+1, func(p storedPiece, f int32) int {
		return cmp.Compare(p.file, f)
	})
	return s.pieces[from:to]
}

// slots returns the marks of a computer's records, by slot. Files have their numbers in the shard.
func (s *stored) slots(computer string) ([]markedSlot, error) {
	if err := s.load(); err != nil {
		return nil, err
	}
	var out []markedSlot
	for _, p := range s.marks {
		if p.computer != computer {
			continue
		}
		b, err := s.bytes(p)
		if err != nil {
			return nil, err
		}
		c := spill.NewDecoder(b, nil)
		var slots []markedSlot
		if codeSlots(c, &slots); c.Err() != nil {
			return nil, s.store.fail(fmt.Errorf("%s: %s: %w", s.shard.Path, chunksName, c.Err()))
		}
		out = append(out, slots...)
	}
	return out, nil
}

// storedSource is a file of evidence of which a shard holds some chunks.
type storedSource struct {
	of   *stored
	file int32
	size int64
}

// Open reads the chunks from front to back.
func (s *storedSource) Open() (io.ReadCloser, error) {
	at, err := s.OpenRandom()
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{io.NewSectionReader(at, 0, s.size), at}, nil
}

// OpenRandom gives random access to the chunks.
func (s *storedSource) OpenRandom() (evidence.RandomAccess, error) {
	if err := s.of.load(); err != nil {
		return nil, err
	}
	return &storedAccess{of: s, pieces: s.of.file(s.file), chunk: headerChunk - 1}, nil
}

// storedAccess reads chunks from a shard, one at a time.
type storedAccess struct {
	of     *storedSource
	pieces []storedPiece

	mu    sync.Mutex
	chunk int32 // the one in buf; headerChunk-1: none
	buf   *[evtx.ChunkSize]byte
	n     int // its size in the evidence
}

func (s *storedAccess) Size() int64 { return s.of.size }

// Close returns the buffer for reuse.
func (s *storedAccess) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.buf != nil {
		chunkBuffers.Put(s.buf)
		s.buf, s.n, s.chunk = nil, 0, headerChunk-1
	}
	return nil
}

// chunkBuffers are the buffers of closed files.
var chunkBuffers = sync.Pool{New: func() any { return new([evtx.ChunkSize]byte) }}

func (s *storedAccess) ReadAt(p []byte, off int64) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for n < len(p) {
		if off+int64(n) >= s.of.size {
			return n, io.EOF
		}
		chunk := chunkAt(off + int64(n))
		if err := s.load(chunk); err != nil {
			return n, err
		}
		start, _ := chunkBounds(chunk)
		in := off + int64(n) - start
		if in >= int64(s.n) {
			return n, io.EOF
		}
		n += copy(p[n:], s.buf[in:s.n])
	}
	return n, nil
}

// load loads a chunk into buf: all its pieces together.
func (s *storedAccess) load(chunk int32) error {
	if chunk == s.chunk {
		return nil
	}
	s.chunk = headerChunk - 1
	i, found := slices.BinarySearchFunc(s.pieces, chunk, func(p storedPiece, c int32) int {
		return cmp.Compare(p.chunk, c)
	})
	if !found {
		return ErrAway
	}
	if s.buf == nil {
		s.buf = chunkBuffers.Get().(*[evtx.ChunkSize]byte)
	}
	clear(s.buf[:])
	s.n = 0
	_, size := chunkBounds(chunk)
	for ; i < len(s.pieces) && s.pieces[i].chunk == chunk; i++ {
		b, err := s.of.of.bytes(s.pieces[i])
		if err != nil {
			return err
		}
		n, ok := fillChunk(s.buf[:size], b)
		if !ok {
			return s.of.of.store.fail(s.of.of.shard.changed(chunksName))
		}
		s.n = max(s.n, n)
	}
	s.chunk = chunk
	return nil
}
