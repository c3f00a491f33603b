package shard

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/klauspost/compress/zstd"
)

// A bundle is what one step of a batch passes to a later one: the plan of a resolve, or what a match found. It
// is a zip archive of compressed members followed by a manifest, as in a shard.
const (
	PlanSchema  = "hunt.plan/1"
	MatchSchema = "hunt.match/2"
)

// BundleManifest says what a bundle was made from, and has the hashes of its members.
type BundleManifest struct {
	Schema   string `json:"schema"`
	Version  string `json:"version"` // of hunt
	Build    string `json:"build"`
	RulePack string `json:"rulePack"`
	HostMap  string `json:"hostMap"`
	Options  string `json:"options"`

	Shards []Planned `json:"shards,omitempty"` // of a plan: by name
	Hosts  []Weighed `json:"hosts,omitempty"`  // of a plan: by id

	Plan   string `json:"plan,omitempty"` // of a match: the checksum of its plan
	Group  int    `json:"group"`
	Groups int    `json:"groups"`

	Members  []Member `json:"members"`
	Checksum string   `json:"checksum"` // SHA-256 of this manifest as it is written, with the checksum empty
}

// Planned is a shard that a plan names.
type Planned struct {
	Name     string `json:"name"`     // of its input
	Checksum string `json:"checksum"` // of its manifest
}

// Weighed is a host of a plan.
type Weighed struct {
	ID      string `json:"id"`
	Records int    `json:"records"`
}

func (m *BundleManifest) encode() ([]byte, error) {
	b, err := json.MarshalIndent(m, "", "  ")
	return append(b, '\n'), err
}

func (m *BundleManifest) sum() (string, error) {
	bare := *m
	bare.Checksum = ""
	b, err := bare.encode()
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), err
}

// BundleWriter writes a bundle, one member after the other.
type BundleWriter struct {
	zip   *zip.Writer
	open  *memberWriter
	pack  *zstd.Encoder
	parts []Member
}

// NewBundle returns a BundleWriter that writes to w. The bundle is complete when Finish returns.
func NewBundle(w io.Writer) *BundleWriter { return &BundleWriter{zip: zip.NewWriter(w)} }

// Member begins a member and ends the one before.
func (b *BundleWriter) Member(name string) (io.Writer, error) {
	if err := b.endMember(); err != nil {
		return nil, err
	}
	w, err := b.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
	if err != nil {
		return nil, err
	}
	b.open = &memberWriter{Member{Name: name}, w, sha256.New()}
	b.pack, err = zstd.NewWriter(b.open, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	return b.pack, err
}

func (b *BundleWriter) endMember() error {
	if b.open == nil {
		return nil
	}
	err := b.pack.Close()
	b.open.SHA256 = hex.EncodeToString(b.open.hash.Sum(nil))
	b.parts = append(b.parts, b.open.Member)
	b.open = nil
	return err
}

// Finish writes the manifest after completing it: Members and Checksum.
func (b *BundleWriter) Finish(m *BundleManifest) error {
	if err := b.endMember(); err != nil {
		return err
	}
	m.Members = b.parts
	var err error
	if m.Checksum, err = m.sum(); err != nil {
		return err
	}
	text, err := m.encode()
	if err != nil {
		return err
	}
	w, err := b.zip.Create(manifestName)
	if err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return err
	}
	return b.zip.Close()
}

// Bundle is an open bundle, whose members are those that its manifest lists.
type Bundle struct {
	Manifest BundleManifest
	Path     string

	at map[string]section
}

// Bounds on what a member or the manifest unpacks to: a fixed number of bytes, plus so many for each packed
// byte. What hunt writes stays below a tenth of that.
const (
	maxUnpacked = 64 << 20
	maxRatio    = 200
)

// most returns the most bytes to which so many packed bytes may unpack.
func most(packed int64) int64 { return maxUnpacked + min(packed, 1<<50)*maxRatio }

// errSwollen says that a member unpacks to more than any that hunt writes.
var errSwollen = errors.New("it unpacks to more than any that hunt writes")

// swelling reads up to a number of bytes; more than that is an error.
type swelling struct {
	r    io.Reader
	left int64
}

func (s *swelling) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if s.left -= int64(n); s.left < 0 {
		return 0, errSwollen
	}
	return n, err
}

// OpenPlan opens the plan that a resolve wrote.
func OpenPlan(path string) (*Bundle, error) { return openBundle(path, PlanSchema, "resolve") }

// OpenMatch opens what a match wrote.
func OpenMatch(path string) (*Bundle, error) { return openBundle(path, MatchSchema, "match") }

// openBundle opens a bundle and compares all of it with its hashes.
func openBundle(path, schema, step string) (*Bundle, error) {
	changed := func(why string) error {
		return fmt.Errorf("%s: %s: damaged, edited or not what 'hunt %s' wrote; run that step again", path, why, step)
	}
	z, size, err := openZip(path)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrPermission) || errors.Is(err, errNoFile) {
		return nil, err
	}
	if err != nil {
		return nil, changed(err.Error())
	}
	defer func() { _ = z.Close() }() // read only
	last := len(z.File) - 1
	if last < 0 || z.File[last].Name != manifestName {
		return nil, changed("it does not end in its manifest")
	}
	b := &Bundle{Path: path, at: map[string]section{}}
	r, err := z.File[last].Open()
	if err != nil {
		return nil, changed(err.Error())
	}
	text, err := io.ReadAll(&swelling{r, most(size)})
	_ = r.Close() // read only
	if err != nil {
		return nil, changed(err.Error())
	}
	if err := json.Unmarshal(text, &b.Manifest); err != nil {
		return nil, changed(err.Error())
	}
	m := &b.Manifest
	if m.Schema != schema {
		return nil, fmt.Errorf("%s: its form is %q, this step reads %s; run 'hunt %s' again with this version", path,
			m.Schema, schema, step)
	}
	want, err := m.sum()
	if err != nil {
		return nil, err
	}
	if again, err := m.encode(); err != nil || want != m.Checksum || !bytes.Equal(again, text) {
		return nil, changed("its manifest was changed")
	}
	if len(m.Members) != last {
		return nil, changed("its members are not those that its manifest lists")
	}
	for i, f := range z.File[:last] {
		off, err := f.DataOffset()
		p := m.Members[i]
		if err != nil || f.Method != zip.Store || p.Name != f.Name || uint64(p.Size) != f.CompressedSize64 ||
			f.CompressedSize64 != f.UncompressedSize64 {
			// #nosec G115 -- compared
			return nil, changed(fmt.Sprintf("its member %q is not the one that its manifest lists", f.Name))
		}
		b.at[f.Name] = section{path, off, p.Size}
		if sum, err := b.at[f.Name].sum(); err != nil || sum != p.SHA256 {
			return nil, changed(fmt.Sprintf("its member %q is not the one that its manifest lists", f.Name))
		}
	}
	return b, nil
}

// sum returns the hash of a section.
func (e section) sum() (string, error) {
	r, err := e.open()
	if err != nil {
		return "", err
	}
	defer r.Close()
	h := sha256.New()
	_, err = io.Copy(h, r)
	return hex.EncodeToString(h.Sum(nil)), err
}

// Open opens a member for reading from the front.
func (b *Bundle) Open(name string) (io.ReadCloser, error) {
	at, ok := b.at[name]
	if !ok {
		return nil, fmt.Errorf("%s: it has no member %q", b.Path, name)
	}
	r, err := at.open()
	if err != nil {
		return nil, err
	}
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxUnpacked))
	if err != nil {
		_ = r.Close()
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{&swelling{z, most(at.n)}, closers{z.IOReadCloser(), r}}, nil
}

// closers closes one after the other.
type closers []io.Closer

func (c closers) Close() error {
	var errs []error
	for _, x := range c {
		errs = append(errs, x.Close())
	}
	return errors.Join(errs...)
}

// GroupOf returns the group of each host of a plan, by id, if they are divided into so many groups: parts of
// the list with about the same number of records.
func (m *BundleManifest) GroupOf(groups int) map[string]int {
	total := 0
	for _, h := range m.Hosts {
		total += h.Records + 1
	}
	out, before := make(map[string]int, len(m.Hosts)), 0
	for _, h := range m.Hosts {
		out[h.ID] = min(int(int64(before)*int64(groups)/int64(max(total, 1))), groups-1)
		before += h.Records + 1
	}
	return out
}

// Holds returns an error that names a shard unless the shards are those of the plan.
func (m *BundleManifest) Holds(plan string, shards []*Shard) error {
	known := map[string]string{}
	for _, p := range m.Shards {
		known[p.Name] = p.Checksum
	}
	for _, s := range shards {
		switch sum, ok := known[s.Manifest.Name]; {
		case !ok:
			return fmt.Errorf("%s: the plan %s does not know this shard of %q; run 'hunt resolve' over all "+
				"shards again", s.Path, plan, s.Manifest.Name)
		case sum != s.Manifest.Checksum:
			return fmt.Errorf("%s: this shard of %q is not the one that the plan %s was made of; run 'hunt "+
				"resolve' again", s.Path, s.Manifest.Name, plan)
		}
		delete(known, s.Manifest.Name)
	}
	for _, p := range m.Shards {
		if _, missing := known[p.Name]; missing {
			return fmt.Errorf("the plan %s was made of a shard of %q, which is not among those given; add its "+
				"directory, or run 'hunt resolve' again", plan, p.Name)
		}
	}
	return nil
}

// PlanOf lists shards as a plan names them.
func PlanOf(shards []*Shard) []Planned {
	var out []Planned
	for _, s := range shards {
		out = append(out, Planned{s.Manifest.Name, s.Manifest.Checksum})
	}
	slices.SortFunc(out, func(a, b Planned) int { return bytes.Compare([]byte(a.Name), []byte(b.Name)) })
	return out
}
