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

	"hunt/limit"
	"hunt/timeline/ecs"
	"hunt/timeline/evidence"
	"hunt/timeline/ledger"
	"hunt/timeline/spill"
)

// Shard is an open shard: what one scan of a batch learnt. Only the manifest is in memory.
type Shard struct {
	Manifest Manifest
	Path     string // of the file

	at map[string]section // where the stored members are
}

// ErrNoShard says that a file is not a shard, or not a whole one.
var ErrNoShard = errors.New("not a shard, or not a whole one; scan the input again")

// ErrChanged says that a shard, or a part of it, is not what the scan wrote.
var ErrChanged = errors.New("damaged, edited, or of another shard; scan the input again")

// members are the members of a shard in order.
var members = []string{factsName, keysName, pastsName, chunksName, indexName, manifestName}

// maxManifest bounds a manifest, in bytes: it lists the hosts of --host.
const maxManifest = 16 << 20

// Open reads a shard's manifest, and checks that it is as it was written and that the members are those that it
// lists, by name and size. Verify compares their content.
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

// errNoFile says that a name is not that of a regular file, as a shard or a plan must be.
var errNoFile = errors.New("not a regular file: give the file, or the directory that it is in")

// openZip opens a zip archive that must be a regular file, and returns its size. Opening a pipe would wait for
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
	// Encoding it again must give the same text: an edit that the checksum does not cover, such as a repeated name,
	// counts as well.
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

// within returns the part of e with n bytes at an offset.
func (e section) within(at, n int64) section { return section{e.name, e.at + at, n} }

// open opens the section for reading from the front.
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

// bytes reads the whole section.
func (e section) bytes() ([]byte, error) {
	r, err := e.open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	return b, unwrapPath(err)
}

// unwrapPath removes the operation and the name from an *fs.PathError: the caller names the file.
func unwrapPath(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// cutNames shortens a list of names that is too long to be shown.
func cutNames(names []string) []string {
	if most := 2 * len(members); len(names) > most {
		return append(slices.Clone(names[:most]), "…")
	}
	return names
}

// Verify compares all members with the hashes in the manifest.
func (s *Shard) Verify(ctx context.Context) error {
	for _, m := range s.Manifest.Members {
		if err := s.verify(ctx, m.Name); err != nil {
			return err
		}
	}
	return nil
}

// verify compares a member with its hash in the manifest.
func (s *Shard) verify(ctx context.Context, name string) error {
	r, err := s.at[name].open()
	if err != nil {
		return fmt.Errorf("%s: %w", s.Path, unwrapPath(err))
	}
	h := sha256.New()
	err = copyUntil(ctx, h, r)
	_ = r.Close() // read only
	switch i := slices.IndexFunc(s.Manifest.Members, func(m Member) bool { return m.Name == name }); {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return fmt.Errorf("%s: %w", s.Path, unwrapPath(err))
	case i < 0 || hex.EncodeToString(h.Sum(nil)) != s.Manifest.Members[i].SHA256:
		return s.changed(name)
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
	packed, err := s.at[name].bytes()
	if err != nil {
		return fmt.Errorf("%s: %w", s.Path, err)
	}
	if err := s.check(name, packed); err != nil {
		return err
	}
	b, err := spill.UnpackWithin(packed, most(int64(len(packed))))
	if err != nil {
		return fmt.Errorf("%s: %w (%w)", s.Path, ErrNoShard, err)
	}
	c := spill.NewDecoder(b, nil)
	code(c)
	if c.Err() != nil {
		return fmt.Errorf("%s: %s: %w", s.Path, name, c.Err())
	}
	return nil
}

// check compares the bytes of a member with the hash in the manifest.
func (s *Shard) check(name string, b []byte) error {
	sum := sha256.Sum256(b)
	for _, m := range s.Manifest.Members {
		if m.Name == name && m.SHA256 == hex.EncodeToString(sum[:]) {
			return nil
		}
	}
	return s.changed(name)
}

// changed is the error for a member that is not what the scan wrote.
func (s *Shard) changed(member string) error {
	return fmt.Errorf("%s: its member %q is not the one that the scan wrote: %w", s.Path, member, ErrChanged)
}

// past reads a packed history and compares it with the hash in the index.
func (s *Shard) past(p packedPast) ([]byte, error) {
	at := s.at[pastsName]
	if p.at < 0 || p.len > at.n || p.at > at.n-p.len {
		return nil, ErrChanged
	}
	b, err := at.within(p.at, p.len).bytes()
	if err == nil && shortSum(b) != p.sum {
		err = fmt.Errorf("its member %q is not the one that the scan wrote: %w", pastsName, ErrChanged)
	}
	return b, err
}

// state reads the facts. Files have their numbers in the shard.
func (s *Shard) state(schema *ecs.Schema) (*state, *places, error) {
	st := &state{col: &evidence.Collection{}, ledger: ledger.New(0, nil, nil)}
	if err := s.decode(factsName, func(c *spill.Coder) { st.code(c, schema) }); err != nil {
		return nil, nil, err
	}
	at, err := s.index()
	if err != nil {
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
	return st, at, s.refers(st, at)
}

// index reads where the parts are.
func (s *Shard) index() (*places, error) {
	at := &places{}
	return at, s.decode(indexName, at.code)
}

// refers checks that all references to files and facts are valid.
func (s *Shard) refers(st *state, at *places) error {
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
	for _, p := range at.pasts {
		file(p.key.File, -1)
	}
	for _, b := range at.blocks {
		for _, p := range b.pieces {
			file(p.file, marksFile)
		}
	}
	if !ok {
		return fmt.Errorf("%s: %w: it refers to files that it does not have", s.Path, ErrNoShard)
	}
	return nil
}

// keys calls each for the keys of all records, with the numbers that files and facts have in the shard.
func (s *Shard) keys(ctx context.Context, each func(ledger.RecordKey) error) error {
	if err := s.verify(ctx, keysName); err != nil {
		return err
	}
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
