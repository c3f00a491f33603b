package shard

import (
	"archive/zip"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"slices"
	"sync"

	"hunt/evtx"
	"hunt/limit"
	"hunt/timeline/evidence"
	"hunt/timeline/ledger"
	"hunt/timeline/spill"
)

// A shard is a file that holds what one scan of a batch learnt: everything from which a Case is made, and those
// chunks of the evidence that are needed again, as they are: the ones with records that rules may need, and what
// surrounds the findings. It is a zip archive; docs/batches.md describes its members.
const (
	schemaName   = "hunt.shard/10"
	manifestName = "manifest.json"
	factsName    = "facts"  // files, counts, spans, damage: coder, zstd
	keysName     = "keys"   // of every record, in order: keys.go
	pastsName    = "pasts"  // packed histories, one behind the other
	chunksName   = "chunks" // parts of the evidence's chunks in blocks, each zstd, one behind the other: piece.go
	indexName    = "index"  // where in pasts and chunks each stands: coder, zstd
)

// chunksMagic begins the member with the chunks: without it, the member would be taken for a compressed event log.
const chunksMagic = "hunt"

// Manifest says from what a shard was made, and holds it together: it has the hashes of its members, and its own.
// These reveal damage, edits and members that come from another shard. It is not a signature: anybody who can write
// the shard can compute all hashes again. The caller of Writer.Finish fills it in except for Schema, Content,
// Files, Records, Bytes, Members and Checksum.
type Manifest struct {
	Schema   string       `json:"schema"`
	Name     string       `json:"name"`     // place of the input: the same on every machine
	Host     string       `json:"host"`     // that the list of inputs names for it
	Content  string       `json:"content"`  // fingerprint of the input: names, sizes and SHA-256 of its files
	Version  string       `json:"version"`  // of hunt
	Build    string       `json:"build"`    // its commit
	RulePack string       `json:"rulePack"` // hash of rules and tuning
	HostMap  string       `json:"hostMap"`  // hash of the file of --merge-hosts, "" if none
	Options  string       `json:"options"`  // those that shape the result, as one would type them
	Clock    ledger.Clock `json:"clock"`
	Strict   bool         `json:"strict"`
	Carved   bool         `json:"carved"` // carved records are evidence
	Hosts    []string
	From, To evtx.Filetime

	Files      int   `json:"files"`
	Records    int   `json:"records"`
	Bytes      int64 `json:"bytes"`      // of the files
	Incomplete bool  `json:"incomplete"` // some of the evidence could not be read

	Members  []Member `json:"members"`  // in their order in the file
	Checksum string   `json:"checksum"` // SHA-256 of this manifest as it is written, with the checksum empty
}

// Member is a part of a shard.
type Member struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`   // in bytes
	SHA256 string `json:"sha256"` // in hexadecimal
}

// encode returns the manifest as it is written.
func (m *Manifest) encode() ([]byte, error) {
	b, err := json.MarshalIndent(m, "", "  ")
	return append(b, '\n'), err
}

// claims returns a hash of everything in the manifest except its members and its checksum.
func (m *Manifest) claims() (string, error) {
	bare := *m
	bare.Members = nil
	return bare.sum()
}

// sum returns the checksum of the manifest.
func (m *Manifest) sum() (string, error) {
	bare := *m
	bare.Checksum = ""
	b, err := bare.encode()
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), err
}

// Writer writes the shard of one scan. Give it to ScanOptions, tell it with Hit what rules may need, read the
// evidence as the report will, and call Finish.
type Writer struct {
	// Templates are those of the scan, for decoding chunks again; nil: the writer begins with none.
	Templates *evtx.Cache
	Buffers   *Buffers

	zip   *zip.Writer
	open  *memberWriter // the member being written
	parts []Member      // the complete members
	files []*ledger.File
	pasts []packedPast
	loses bool // a bound applied that may have lost evidence or a match

	mu      sync.Mutex
	touched []map[int32]*wanted // by file: chunks of which something is needed; headerChunk is the file header
	marks   markTable
	odd     []oddMark // of records that are not live ones on the grid of their file
}

// chunkPlace is one chunk of the evidence.
type chunkPlace struct{ file, chunk int32 }

func (p chunkPlace) compare(o chunkPlace) int {
	return cmp.Or(cmp.Compare(p.file, o.file), cmp.Compare(p.chunk, o.chunk))
}

// packedPast is a packed history in a shard.
type packedPast struct {
	key     ledger.Owner
	at, len int64
	sum     string // of its bytes: shortSum
}

// headerChunk represents the file header among the chunks of a file.
const headerChunk = -1

// NewWriter returns a Writer to w. The shard is complete when Finish returns.
func NewWriter(w io.Writer) *Writer { return &Writer{Buffers: &Buffers{}, zip: zip.NewWriter(w)} }

// member begins a member whose content is already compressed, and ends the one before.
func (s *Writer) member(name string) (io.Writer, error) {
	s.endMember()
	w, err := s.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
	if err != nil {
		return nil, err
	}
	s.open = &memberWriter{Member{Name: name}, w, sha256.New()}
	return s.open, nil
}

func (s *Writer) endMember() {
	if s.open != nil {
		s.open.SHA256 = hex.EncodeToString(s.open.hash.Sum(nil))
		s.parts = append(s.parts, s.open.Member)
		s.open = nil
	}
}

// memberWriter hashes what it writes.
type memberWriter struct {
	Member
	w    io.Writer
	hash hash.Hash
}

func (m *memberWriter) Write(p []byte) (int, error) {
	n, err := m.w.Write(p)
	m.hash.Write(p[:n])
	m.Size += int64(n)
	return n, err
}

func (s *Writer) coded(name string, code func(*spill.Coder)) error {
	w, err := s.member(name)
	if err != nil {
		return err
	}
	c := spill.NewEncoder(nil)
	code(c)
	_, err = w.Write(spill.PackSmaller(c.Bytes()))
	return err
}

// Scanned writes what a scan gathered, before a case is made from it; from then on the Writer notes what is read
// again.
func (s *Writer) Scanned(col *evidence.Collection, files []*ledger.File, l *ledger.Ledger, dropped ledger.Copies,
	limits []limit.Bite) error {
	s.files, s.loses = files, limit.Loses(limits)
	for len(s.touched) < len(files) {
		s.touched = append(s.touched, nil)
	}
	if err := s.coded(factsName, func(c *spill.Coder) {
		(&state{col: col, files: files, ledger: l, dropped: dropped, limits: limits}).code(c, nil)
	}); err != nil {
		return err
	}
	if err := s.keys(l); err != nil {
		return err
	}
	if err := s.histories(l); err != nil {
		return err
	}
	return nil
}

// keys writes the keys of all records in order; their counts are numbers of the ledger's days.
func (s *Writer) keys(l *ledger.Ledger) error {
	w, err := s.member(keysName)
	if err != nil {
		return err
	}
	out := newKeyWriter(w)
	for k, err := range l.Keys.Sorted() {
		if err != nil {
			return err
		}
		switch {
		case k.Carved:
		case k.Count < 0:
			k.Count = ^l.Numbers[k.Worker][^k.Count]
		default:
			k.Count = l.Numbers[k.Worker][k.Count]
		}
		if err := out.add(&k); err != nil {
			return err
		}
	}
	return out.flush()
}

func (s *Writer) histories(l *ledger.Ledger) error {
	w, err := s.member(pastsName)
	if err != nil {
		return err
	}
	at := int64(0)
	write := func(k ledger.Owner, packed []byte) error {
		s.pasts = append(s.pasts, packedPast{k, at, int64(len(packed)), shortSum(packed)})
		at += int64(len(packed))
		_, err := w.Write(packed)
		return err
	}
	keys := map[ledger.Owner]bool{}
	for k := range l.Pasts {
		keys[k] = true
	}
	for k := range l.Away.Owners() {
		keys[k] = true
	}
	for _, k := range slices.SortedFunc(maps.Keys(keys), ledger.Owner.Compare) {
		h := &ledger.History{}
		if known := l.Pasts[k]; known != nil {
			h.Add(known)
		}
		if err := l.Away.Get(k, h); err != nil { // which facts were spilled together, and when, varies
			return err
		}
		for part := range h.Parts() {
			if err := write(k, part.Pack(k.Computer, spill.PackSmaller)); err != nil {
				return err
			}
		}
	}
	return nil
}

// chunkAt returns the chunk that holds an offset of a file.
func chunkAt(at int64) int32 {
	if at < evtx.FileHeaderSize {
		return headerChunk
	}
	return int32((at - evtx.FileHeaderSize) / evtx.ChunkSize)
}

// chunkBounds returns where a chunk lies.
func chunkBounds(chunk int32) (at int64, n int) {
	if chunk == headerChunk {
		return 0, evtx.FileHeaderSize
	}
	return chunkOffset(chunk), evtx.ChunkSize
}

// chunkOffset returns where a chunk begins.
func chunkOffset(chunk int32) int64 { return evtx.SlotOffset(chunk) }

// Finish writes the chunks and the manifest, which it completes.
func (s *Writer) Finish(m *Manifest) error {
	if s.files == nil {
		return errors.New("a shard without a scan")
	}
	blocks, marks, err := s.chunks()
	if err != nil {
		return err
	}
	m.Schema, m.Files = schemaName, len(s.files)
	m.Incomplete = m.Incomplete || s.loses
	for _, f := range s.files {
		m.Records += f.Stats.Read
		m.Bytes += f.Size
		m.Incomplete = m.Incomplete || f.Status != evidence.Read
	}
	m.Content = contentOf(s.files)
	at := places{pasts: s.pasts, marks: marks, blocks: blocks}
	s.endMember()
	if at.bound, err = bind(m, s.parts); err != nil {
		return err
	}
	if err := s.coded(indexName, at.code); err != nil {
		return err
	}
	s.endMember()
	m.Members = s.parts
	if m.Checksum, err = m.sum(); err != nil {
		return err
	}
	b, err := m.encode()
	if err != nil {
		return err
	}
	w, err := s.zip.Create(manifestName)
	if err != nil {
		return err
	}
	if _, err := w.Write(b); err != nil {
		return err
	}
	return s.zip.Close()
}

// bind returns a hash of what belongs together: the claims of a manifest, and the members before the index. It is
// in the index, so that neither can be replaced alone.
func bind(m *Manifest, members []Member) (string, error) {
	claims, err := m.claims()
	h := sha256.New()
	fmt.Fprintf(h, "%s\n", claims)
	for _, p := range members {
		fmt.Fprintf(h, "%s %d %s\n", p.Name, p.Size, p.SHA256)
	}
	return hex.EncodeToString(h.Sum(nil)), err
}
