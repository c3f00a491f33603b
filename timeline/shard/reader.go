package shard

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"sync"

	"hunt/limit"
	"hunt/timeline/ecs"
	"hunt/timeline/evidence"
	"hunt/timeline/ledger"
	"hunt/timeline/spill"
)

// Shard is what one scan of a batch learnt, in a file that Writer wrote. Only the manifest is in memory.
type Shard struct {
	Manifest Manifest
	Path     string // of the file

	at map[string]section // where the members that are stored lie
}

// ErrNoShard says that a file is no shard, or not one that is whole.
var ErrNoShard = errors.New("not a shard, or not a whole one; scan the input again")

// ErrChanged says that a shard, or a part of it, is not what the scan wrote.
var ErrChanged = errors.New("damaged, edited, or of another shard; scan the input again")

// members are the members of a shard in their order.
var members = []string{factsName, keysName, pastsName, chunksName, indexName, manifestName}

// maxManifest bounds a manifest: it lists the hosts of --host.
const maxManifest = 16 << 20

// Open reads a shard's manifest, and makes sure that it is as it was written and that the members are those that it
// lists, by name and size. Verify compares what is in them.
func Open(path string) (*Shard, error) {
	z, _, err := openZip(path)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrPermission) || errors.Is(err, errNoFile) {
			return nil, err
		}
		return nil, fmt.Errorf("%s: %w (%w)", path, ErrNoShard, err)
	}
	defer func() { _ = z.Close() }() // read only
	s := &Shard{Path: path, at: map[string]section{}}
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
	}
	last := len(names) - 1
	if last < 0 || names[last] != manifestName {
		return nil, fmt.Errorf("%s: %w: it does not end in its manifest", path, ErrNoShard)
	}
	if err := s.readManifest(z.File[last]); err != nil {
		return nil, err
	}
	if !slices.Equal(names, members) {
		return nil, fmt.Errorf("%s: its members are %q, not %q: %w", path, cutNames(names), members, ErrChanged)
	}
	if len(s.Manifest.Members) != last {
		return nil, fmt.Errorf("%s: its manifest lists %d members of %d: %w", path, len(s.Manifest.Members), last,
			ErrChanged)
	}
	for i, f := range z.File[:last] {
		off, err := f.DataOffset()
		if err != nil {
			return nil, fmt.Errorf("%s: %w (%w)", path, ErrNoShard, err)
		}
		m := s.Manifest.Members[i]
		if f.Method != zip.Store || m.Name != f.Name || uint64(m.Size) != f.CompressedSize64 ||
			f.CompressedSize64 != f.UncompressedSize64 {
			return nil, fmt.Errorf("%s: its member %q is not the one that its manifest lists: %w", path, f.Name,
				ErrChanged)
		}
		s.at[f.Name] = section{path, off, m.Size}
	}
	return s, nil
}

// errNoFile says that a name is not that of a regular file, such as a shard or a plan is.
var errNoFile = errors.New("not a regular file: give the file, or the directory that it is in")

// openZip opens a zip archive that is a regular file, and says how large that is. Opening a pipe would wait for
// somebody to write to it.
func openZip(path string) (*zip.ReadCloser, int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, fmt.Errorf("%s: %w", path, errNoFile)
	}
	z, err := zip.OpenReader(path)
	return z, info.Size(), err
}

// readManifest reads the manifest and compares it with its checksum.
func (s *Shard) readManifest(f *zip.File) error {
	var text []byte
	r, err := f.Open()
	if err == nil {
		text, err = io.ReadAll(io.LimitReader(r, maxManifest))
		_ = r.Close() // read only
	}
	if err == nil {
		err = json.Unmarshal(text, &s.Manifest)
	}
	switch {
	case s.Manifest.Schema != "" && s.Manifest.Schema != schemaName:
		return fmt.Errorf("%s: a shard of another version of hunt: its form is %q, this version reads %s; scan "+
			"the input again", s.Path, s.Manifest.Schema, schemaName)
	case err != nil:
		return fmt.Errorf("%s: %w (%w)", s.Path, ErrNoShard, err)
	}
	want, err := s.Manifest.sum()
	if err != nil {
		return err
	}
	// Written again it must be the same text: what the checksum does not see, such as a name that stands twice, is an
	// edit, too.
	if again, err := s.Manifest.encode(); err != nil || want != s.Manifest.Checksum || !bytes.Equal(again, text) {
		return fmt.Errorf("%s: its manifest is not the one that the scan wrote: %w", s.Path, ErrChanged)
	}
	return nil
}

// section is a part of a file that is opened when it is read.
type section struct {
	name  string // of the file
	at, n int64
}

// within is the part of n bytes at an offset of e.
func (e section) within(at, n int64) section { return section{e.name, e.at + at, n} }

// open reads it from the front.
func (e section) open() (io.ReadCloser, error) {
	f, err := os.Open(e.name)
	if err != nil {
		return nil, unwrapPath(err)
	}
	return struct {
		io.Reader
		io.Closer
	}{io.NewSectionReader(f, e.at, e.n), f}, nil
}

// bytes reads it whole.
func (e section) bytes() ([]byte, error) {
	r, err := e.open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	return b, unwrapPath(err)
}

// unwrapPath drops the operation and the name from an *fs.PathError: the caller names the file.
func unwrapPath(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// cutNames leaves out names that are too many to be shown.
func cutNames(names []string) []string {
	if most := 2 * len(members); len(names) > most {
		return append(slices.Clone(names[:most]), "…")
	}
	return names
}

// Verify compares all members with the hashes in the manifest.
func (s *Shard) Verify(ctx context.Context) error {
	for _, m := range s.Manifest.Members {
		r, err := s.at[m.Name].open()
		if err != nil {
			return fmt.Errorf("%s: %w", s.Path, unwrapPath(err))
		}
		h := sha256.New()
		err = copyUntil(ctx, h, r)
		_ = r.Close() // read only
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return fmt.Errorf("%s: %w", s.Path, unwrapPath(err))
		case hex.EncodeToString(h.Sum(nil)) != m.SHA256:
			return fmt.Errorf("%s: its member %q is not the one that the scan wrote: %w", s.Path, m.Name, ErrChanged)
		}
	}
	return nil
}

// copyUntil copies r to w until the context ends.
func copyUntil(ctx context.Context, w io.Writer, r io.Reader) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := io.CopyN(w, r, 1<<20); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// decode reads a member that Writer.coded wrote.
func (s *Shard) decode(name string, code func(*spill.Coder)) error {
	b, err := s.bytes(s.at[name])
	if err != nil {
		return fmt.Errorf("%s: %w", s.Path, err)
	}
	c := spill.NewDecoder(b, nil)
	code(c)
	if c.Err() != nil {
		return fmt.Errorf("%s: %s: %w", s.Path, name, c.Err())
	}
	return nil
}

// bytes unpacks a part of the file.
func (s *Shard) bytes(at section) ([]byte, error) {
	packed, err := at.bytes()
	if err != nil {
		return nil, unwrapPath(err)
	}
	b, err := spill.UnpackWithin(packed, most(at.n))
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrNoShard, err)
	}
	return b, nil
}

// state reads the facts. Files have the numbers that they have in the shard.
func (s *Shard) state(schema *ecs.Schema) (*state, *places, error) {
	st := &state{col: &evidence.Collection{}, ledger: ledger.New(0, nil, nil)}
	if err := s.decode(factsName, func(c *spill.Coder) { st.code(c, schema) }); err != nil {
		return nil, nil, err
	}
	at := &places{}
	if err := s.decode(indexName, at.code); err != nil {
		return nil, nil, err
	}
	bound, err := bind(&s.Manifest, s.Manifest.Members[:len(s.Manifest.Members)-1])
	switch {
	case err != nil:
		return nil, nil, err
	case bound != at.bound:
		return nil, nil, fmt.Errorf("%s: its manifest and its members do not belong together: %w", s.Path, ErrChanged)
	case contentOf(st.files) != s.Manifest.Content:
		return nil, nil, fmt.Errorf("%s: its member %q is of other evidence than its manifest says: %w", s.Path,
			factsName, ErrChanged)
	}
	return st, at, s.check(st, at)
}

// check makes sure that what refers to files and facts refers to some.
func (s *Shard) check(st *state, at *places) error {
	n := len(st.files)
	ok := len(st.ledger.Files) == n && len(st.dropped.Live) == n && len(st.dropped.Kept) == n &&
		len(st.dropped.Carved) == n && len(st.dropped.Days) == len(st.ledger.Days)
	file := func(i int32, least int32) { ok = ok && i >= least && int(i) < n }
	for i := range st.ledger.Spans {
		file(st.ledger.Spans[i].Ref.File, 0)
	}
	for i := range st.ledger.Damage {
		file(st.ledger.Damage[i].Ref.File, 0)
	}
	for _, f := range st.ledger.Facts {
		file(f.File-1, -1)
	}
	for _, d := range st.ledger.Days {
		ok = ok && d.Fact >= 0 && int(d.Fact) < len(st.ledger.Facts)
	}
	for v := range st.ledger.SIDs {
		file(v.File-1, -1)
	}
	for _, b := range st.limits {
		file(b.First.File, limit.NoFile)
	}
	for _, h := range at.hits {
		file(h.file, 0)
	}
	for _, p := range at.pasts {
		file(p.key.File, -1)
	}
	for _, c := range at.chunks {
		file(c.file, 0)
	}
	if !ok {
		return fmt.Errorf("%s: %w: it refers to files that it does not have", s.Path, ErrNoShard)
	}
	return nil
}

// keys gives the keys of all records to each, with the numbers that files and facts have in the shard.
func (s *Shard) keys(each func(ledger.RecordKey) error) error {
	r, err := s.at[keysName].open()
	if err != nil {
		return err
	}
	defer r.Close()
	if err := readKeys(r, each); err != nil {
		return fmt.Errorf("%s: %w", s.Path, err)
	}
	return nil
}

// ErrAway says that the shard does not hold a chunk: nobody needed it.
var ErrAway = errors.New("the chunk is not in the shard")

// storedChunk is where a part of a chunk is stored: in a block that is unpacked whole.
type storedChunk struct {
	block    section
	in, size int64
}

// storedSource is a file of evidence of which a shard holds some chunks.
type storedSource struct {
	shard  *Shard
	chunks map[int32]storedChunk
	size   int64
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

// OpenRandom gives access to any of them.
func (s *storedSource) OpenRandom() (evidence.RandomAccess, error) {
	return &storedAccess{of: s, chunk: headerChunk - 1}, nil
}

// storedAccess reads chunks from a shard, one at a time.
type storedAccess struct {
	of *storedSource

	mu    sync.Mutex
	chunk int32 // that is in buf; headerChunk-1: none
	buf   []byte
	at    section // of the block that is unpacked
	block []byte
}

func (s *storedAccess) Size() int64 { return s.of.size }

func (s *storedAccess) Close() error { return nil }

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
		if in >= int64(len(s.buf)) {
			return n, io.EOF
		}
		n += copy(p[n:], s.buf[in:])
	}
	return n, nil
}

// load makes a chunk the one in buf.
func (s *storedAccess) load(chunk int32) error {
	if chunk == s.chunk {
		return nil
	}
	s.chunk = headerChunk - 1
	at, ok := s.of.chunks[chunk]
	if !ok {
		return ErrAway
	}
	if s.block == nil || s.at != at.block {
		b, err := s.of.shard.bytes(at.block)
		if err != nil {
			return fmt.Errorf("%s: %w", s.of.shard.Path, err)
		}
		s.block, s.at = b, at.block
	}
	if at.in < 0 || at.size < 0 || at.in > int64(len(s.block)) || at.size > int64(len(s.block))-at.in {
		return fmt.Errorf("%s: %w", s.of.shard.Path, ErrNoShard)
	}
	s.buf, s.chunk = s.block[at.in:at.in+at.size], chunk
	return nil
}
