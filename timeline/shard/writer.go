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
	"time"

	"hunt/evtx"
	"hunt/limit"
	"hunt/timeline/ecs"
	"hunt/timeline/evidence"
	"hunt/timeline/evidence/acquisition"
	"hunt/timeline/ledger"
	"hunt/timeline/spill"
)

// A shard is what one scan of a batch learnt, in a file: everything from which a Case is made, and of the evidence
// the chunks that somebody looked at again, as they are: those with records that rules may need, and what surrounds
// the findings. It is a zip archive; docs/batches.md describes its members.
const (
	schemaName   = "hunt.shard/6"
	manifestName = "manifest.json"
	factsName    = "facts"  // files, counts, spans, damage: coder, zstd
	keysName     = "keys"   // of every record, in order: keys.go
	pastsName    = "pasts"  // packed histories, one behind the other
	chunksName   = "chunks" // parts of the evidence's chunks in blocks, each zstd, one behind the other
	indexName    = "index"  // where in pasts and chunks each stands: coder, zstd
)

// chunksMagic is how the member of chunks begins: without it, it would be taken for a compressed event log.
const chunksMagic = "hunt"

// Manifest says what a shard is of, and holds it together: the hashes of its members, and its own. That tells damage,
// edits and members that come from another shard. It is no signature: who can write the shard can write all hashes
// anew. The caller of Writer.Finish fills it in but for Schema, Content, Files, Records, Bytes, Members and Checksum.
type Manifest struct {
	Schema   string       `json:"schema"`
	Name     string       `json:"name"`     // place of the input: the same on every machine
	Host     string       `json:"host"`     // that the list of inputs says it is of
	Content  string       `json:"content"`  // fingerprint of the input: names, sizes and SHA-256 of its files
	Version  string       `json:"version"`  // of hunt
	Build    string       `json:"build"`    // its commit
	RulePack string       `json:"rulePack"` // hash of rules and tuning
	HostMap  string       `json:"hostMap"`  // hash of the file of --merge-hosts, "" if none
	Options  string       `json:"options"`  // those that shape the result, as one would type them
	Clock    ledger.Clock `json:"clock"`
	Strict   bool         `json:"strict"`
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

// claims is a hash of all that the manifest says but for its members and its checksum.
func (m *Manifest) claims() (string, error) {
	bare := *m
	bare.Members = nil
	return bare.sum()
}

// sum returns the checksum that belongs to the manifest.
func (m *Manifest) sum() (string, error) {
	bare := *m
	bare.Checksum = ""
	b, err := bare.encode()
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), err
}

// Writer writes the shard of one scan. Give it to ScanOptions, tell it with Hit what rules may need, look at the
// evidence as the report will, and call Finish.
type Writer struct {
	zip   *zip.Writer
	open  *memberWriter // the member that is being written
	parts []Member      // those that are complete
	files []*ledger.File
	pasts []packedPast
	loses bool // a bound bit that may have lost evidence or a match

	mu      sync.Mutex
	hits    map[chunkPlace]bool // chunks that hold a record which rules may need
	touched []map[int32]*wanted // by file: chunks of which something is needed; headerChunk is the file header
}

// wanted is what is needed of a chunk.
type wanted struct {
	whole   bool
	records []uint16 // where they begin; not each once
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
}

// packedChunk is a chunk of the evidence in a shard.
type packedChunk struct {
	chunkPlace
	at, len  int64 // of its block
	in, size int64 // within the block, once that is unpacked
}

// headerChunk stands for the file header among the chunks of a file.
const headerChunk = -1

// NewWriter writes to w, which is complete when Finish returns.
func NewWriter(w io.Writer) *Writer { return &Writer{zip: zip.NewWriter(w)} }

// member begins a member that is compressed already, and ends the one before.
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
	_, err = w.Write(spill.Pack(c.Bytes()))
	return err
}

// Scanned writes what a scan gathered, before a case is made of it, and watches from then on what is read again.
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
		s.pasts = append(s.pasts, packedPast{k, at, int64(len(packed))})
		at += int64(len(packed))
		_, err := w.Write(packed)
		return err
	}
	keys := map[ledger.Owner]bool{}
	for k := range l.Pasts {
		keys[k] = true
	}
	for k := range l.Away.Blocks {
		keys[k] = true
	}
	for _, k := range slices.SortedFunc(maps.Keys(keys), ledger.Owner.Compare) {
		h := &ledger.History{}
		if known := l.Pasts[k]; known != nil {
			h.Add(known)
		}
		if err := l.Away.Get(k, h); err != nil { // which facts were put away together, and when, is chance
			return err
		}
		for part := range h.Parts() {
			if err := write(k, part.Pack(k.Computer)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Hit notes records that rules may need. It is safe for concurrent use.
func (s *Writer) Hit(refs []evtx.Ref) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hits == nil {
		s.hits = map[chunkPlace]bool{}
	}
	for _, r := range refs {
		s.hits[chunkPlace{r.File, r.Chunk}] = true
		for int(r.File) >= len(s.touched) {
			s.touched = append(s.touched, nil)
		}
		s.keep(r)
	}
}

// Keep notes that a record is read again. It is safe for concurrent use.
func (s *Writer) Keep(r evtx.Ref) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keep(r)
}

// keep notes a record. Of a slot off the grid of a file, or of a record that is no longer live, all is kept that it
// may lie in.
func (s *Writer) keep(r evtx.Ref) {
	s.want(r.File, headerChunk).whole = true
	at, n := chunkBounds(r.Chunk)
	if r.Chunk >= 0 && !r.Carved {
		w := s.want(r.File, r.Chunk)
		w.records = append(w.records, uint16(r.Offset-at)) // #nosec G115 -- within a chunk
		if len(w.records) == cap(w.records) {
			slices.Sort(w.records)
			w.records = slices.Compact(w.records)
		}
		return
	}
	for chunk := chunkAt(at); chunk <= chunkAt(at+int64(n)-1); chunk++ {
		s.want(r.File, chunk).whole = true
	}
}

// want is what is needed of a chunk.
func (s *Writer) want(file, chunk int32) *wanted {
	if s.touched[file] == nil {
		s.touched[file] = map[int32]*wanted{}
	}
	w := s.touched[file][chunk]
	if w == nil {
		w = &wanted{}
		s.touched[file][chunk] = w
	}
	return w
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
	hits := slices.SortedFunc(maps.Keys(s.hits), chunkPlace.compare)
	chunks, err := s.chunks()
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
	at := places{hits: hits, pasts: s.pasts, chunks: chunks}
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

func (s *Writer) chunks() ([]packedChunk, error) {
	w, err := s.member(chunksName)
	if err != nil {
		return nil, err
	}
	if _, err := io.WriteString(w, chunksMagic); err != nil {
		return nil, err
	}
	b := blockWriter{w: w, at: int64(len(chunksMagic))}
	dec := evtx.Decoder{Cache: evtx.NewCache(), Unsummed: true}
	buf := make([]byte, evtx.ChunkSize)
	for _, f := range s.files {
		if len(s.touched[f.Index]) == 0 {
			continue
		}
		file, err := f.File.OpenRandom()
		if err != nil {
			return nil, fmt.Errorf("%s: cannot be read again for the shard: %w", f.Path, err)
		}
		var head [8]byte
		if n, _ := file.ReadAt(head[:], 0); !evtx.Sniff(head[:n]) {
			s.want(f.Index, 0) // without a header, it tells where the chunks begin
		}
		for _, chunk := range slices.Sorted(maps.Keys(s.touched[f.Index])) {
			start, size := chunkBounds(chunk)
			n, err := file.ReadAt(buf[:size], start)
			if err != nil && !errors.Is(err, io.EOF) {
				_ = file.Close()
				return nil, fmt.Errorf("%s: chunk %d at %#x: cannot be read again for the shard: %w", f.Path, chunk,
					start, err)
			}
			if n == 0 {
				continue
			}
			dec.NoCRC = f.Header.NoCRC()
			stored := s.touched[f.Index][chunk].part(&dec, buf[:n],
				evtx.Ref{File: f.Index, Chunk: chunk, Offset: start})
			if err := b.add(chunkPlace{f.Index, chunk}, stored); err != nil {
				_ = file.Close()
				return nil, err
			}
		}
		_ = file.Close() // read only
		if change := f.Change(); change != "" && change != f.Before {
			return nil, fmt.Errorf("%s: after it was scanned, %s", f.Path, change)
		}
	}
	return b.chunks, b.flush()
}

// part is what is stored of a chunk: the wanted records and what they are made of, where a decoder reads them of
// that alone as it does of the chunk; else all of it.
func (w *wanted) part(dec *evtx.Decoder, data []byte, at evtx.Ref) []byte {
	if w.whole {
		return data
	}
	slices.Sort(w.records)
	if sparse, ok := dec.Sparse(data, at, slices.Compact(w.records)); ok {
		return sparse
	}
	return data
}

// blockSize is about how much of the evidence is compressed together, in bytes.
const blockSize = 4 << 20

// blockWriter writes chunks in blocks.
type blockWriter struct {
	w      io.Writer
	at     int64
	block  []byte
	first  int // of the chunks, that is in the block
	chunks []packedChunk
}

func (b *blockWriter) add(place chunkPlace, data []byte) error {
	b.chunks = append(b.chunks, packedChunk{chunkPlace: place, in: int64(len(b.block)), size: int64(len(data))})
	if b.block = append(b.block, data...); len(b.block) < blockSize {
		return nil
	}
	return b.flush()
}

// flush writes the present block.
func (b *blockWriter) flush() error {
	if len(b.block) == 0 {
		return nil
	}
	packed := spill.Pack(b.block)
	for i := b.first; i < len(b.chunks); i++ {
		b.chunks[i].at, b.chunks[i].len = b.at, int64(len(packed))
	}
	b.first, b.block = len(b.chunks), b.block[:0]
	b.at += int64(len(packed))
	_, err := b.w.Write(packed)
	return err
}

// state is what a shard knows apart from histories, keys and chunks.
type state struct {
	col     *evidence.Collection
	files   []*ledger.File
	ledger  *ledger.Ledger
	dropped ledger.Copies
	limits  []limit.Bite // bounds that bit while the evidence was found and read
}

// code describes the encoding. Reading takes the classes from schema; files keep the numbers that they have in the
// shard.
func (s *state) code(c *spill.Coder, schema *ecs.Schema) {
	spill.Number(c, &s.col.Ignored)
	said, listed := s.acquisitions(), len(s.col.Acquisitions)
	spill.List(c, &said, codeAcquisition)
	spill.Number(c, &listed)
	s.col.Acquisitions = said[:min(max(listed, 0), len(said))]
	spill.List(c, &s.files, func(c *spill.Coder, f *ledger.File) { codeFile(c, f, said) })
	if c.Reading() {
		for _, f := range s.files {
			s.col.Files = append(s.col.Files, f.File)
		}
	}
	l := s.ledger
	spill.Values(c, &l.Files, codeStats)
	spill.List(c, &l.Facts, func(c *spill.Coder, f *ledger.ClassCount) { codeFacts(c, f, schema) })
	spill.Values(c, &l.Days, codeDay)
	spill.Values(c, &l.Spans, codeSpan)
	spill.Values(c, &l.Damage, codeDamage)
	votes := slices.SortedFunc(maps.Keys(l.SIDs), func(a, b ledger.SIDVote) int {
		return cmp.Or(cmp.Compare(a.Computer, b.Computer), cmp.Compare(a.File, b.File), cmp.Compare(a.SID, b.SID))
	})
	spill.Values(c, &votes, func(c *spill.Coder, v *ledger.SIDVote) {
		c.Text(&v.Computer)
		spill.Number(c, &v.File)
		c.Text(&v.SID)
		n := l.SIDs[*v]
		spill.Number(c, &n)
		if c.Reading() {
			l.SIDs[*v] = n
		}
	})
	for _, counts := range []*[]int{&s.dropped.Live, &s.dropped.Kept, &s.dropped.Carved, &s.dropped.Days} {
		spill.Values(c, counts, spill.Number[int])
	}
	spill.Values(c, &s.limits, codeBite)
}

// acquisitions are what collectors' records say, then what only the list of inputs says.
func (s *state) acquisitions() []*acquisition.Facts {
	said := slices.Clone(s.col.Acquisitions)
	for _, f := range s.col.Files {
		if f.Acquisition != nil && !slices.Contains(said, f.Acquisition) {
			said = append(said, f.Acquisition)
		}
	}
	return said
}

// bind says what belongs together: the claims of a manifest, and the members before the index. It stands
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

// places is where in a shard things stand.
type places struct {
	bound  string // what bind says
	hits   []chunkPlace
	pasts  []packedPast
	chunks []packedChunk
}

func (s *places) code(c *spill.Coder) {
	place := func(c *spill.Coder, p *chunkPlace) {
		spill.Number(c, &p.file)
		spill.Number(c, &p.chunk)
	}
	c.Text(&s.bound)
	spill.Values(c, &s.hits, place)
	spill.Values(c, &s.pasts, func(c *spill.Coder, p *packedPast) {
		c.Text(&p.key.Computer)
		spill.Number(c, &p.key.File)
		c.Int(&p.at)
		c.Int(&p.len)
	})
	spill.Values(c, &s.chunks, func(c *spill.Coder, p *packedChunk) {
		place(c, &p.chunkPlace)
		for _, n := range []*int64{&p.at, &p.len, &p.in, &p.size} {
			c.Int(n)
		}
	})
}

func codeAcquisition(c *spill.Coder, a *acquisition.Facts) {
	for _, p := range []*string{&a.Place, &a.Tool, &a.Version, &a.Host, &a.FQDN, &a.OS, &a.Operator, &a.Client, &a.Flow,
		&a.Command, &a.Root} {
		c.Text(p)
	}
	codeClock(c, &a.At)
	c.Flag(&a.Elsewhere)
	spill.Number(c, &a.Listed)
	spill.Number(c, &a.Errors)
	spill.Values(c, &a.Records, func(c *spill.Coder, s *string) { c.Text(s) })
}

// codeFacts codes the counts of a class. Reading takes the class from schema.
func codeFacts(c *spill.Coder, f *ledger.ClassCount, schema *ecs.Schema) {
	k := ledger.EventKind{}
	if !c.Reading() {
		k = ledger.KindOf(f.Class)
	}
	c.Text(&k.Channel)
	c.Text(&k.Provider)
	spill.Number(c, &k.EventID)
	if c.Reading() {
		f.Class = schema.Class(k.Channel, k.Provider, k.EventID)
	}
	c.Text(&f.Computer)
	spill.Number(c, &f.File)
	spill.Number(c, &f.Count)
	spill.Number(c, &f.Shown)
	c.Time(&f.First)
	c.Time(&f.Last)
}

func codeDay(c *spill.Coder, d *ledger.DayCounts) {
	spill.Number(c, &d.Fact)
	spill.Number(c, &d.Day)
	spill.Number(c, &d.Hours)
	spill.Number(c, &d.Count)
}

// codeClock codes a time of a collector's record.
func codeClock(c *spill.Coder, t *time.Time) {
	b, _ := t.MarshalBinary() // these are in UTC
	text := string(b)
	c.Text(&text)
	if c.Reading() && t.UnmarshalBinary([]byte(text)) != nil {
		c.Fail()
	}
}

func codeFile(c *spill.Coder, f *ledger.File, all []*acquisition.Facts) {
	if c.Reading() {
		f.File = &evidence.File{}
	}
	e := f.File
	c.Text(&e.Path)
	c.Text(&e.Place)
	c.Int(&f.Size)
	sum := string(f.SHA256[:])
	c.Text(&sum)
	copy(f.SHA256[:], sum)
	c.Flag(&f.Hashed)
	c.Flag(&f.Headed)
	h := &f.Header
	for _, p := range []*uint64{&h.FirstChunk, &h.LastChunk, &h.NextRecordID} {
		c.Uint(p)
	}
	spill.Number(c, &h.Major)
	spill.Number(c, &h.Minor)
	spill.Number(c, &h.Chunks)
	spill.Number(c, &h.Flags)
	spill.Number(c, &h.CRC)
	c.Text((*string)(&f.Status))
	c.Text(&f.Detail)
	c.Flag(&e.Container)
	c.Text(&e.Source)
	c.Text(&e.Collected)
	i := slices.Index(all, e.Acquisition)
	spill.Number(c, &i)
	if c.Reading() && i >= 0 && i < len(all) {
		e.Acquisition = all[i]
	}
	spill.Values(c, &f.Damage, codeDamage)
	c.Text(&e.Input)
	codeKind(c, &e.Role)
	if c.Reading() {
		e.Size, e.Status, e.Detail = f.Size, f.Status, f.Detail
	}
}

func codeKind(c *spill.Coder, r *evidence.Role) {
	c.Text(&r.Shadow)
	c.Text(&r.Drive)
	for _, p := range []*bool{&r.Previous, &r.Archived, &r.Live} {
		c.Flag(p)
	}
}

func codeStats(c *spill.Coder, s *ledger.FileStats) {
	for _, p := range []*int{&s.Read, &s.Filtered, &s.Damaged, &s.Carved, &s.Carve.Full, &s.Carve.Borrowed,
		&s.Carve.Partial,
		&s.Carve.Lost, &s.Carve.Duplicate, &s.HeaderTime, &s.NoTime, &s.NoUTC, &s.Continued, &s.Chunks} {
		spill.Number(c, p)
	}
	c.Time(&s.First)
	c.Time(&s.Last)
	for _, p := range []*uint64{&s.FirstID, &s.LastID, &s.LastHeaderID} {
		c.Uint(p)
	}
}

func codeSpan(c *spill.Coder, s *ledger.Chunk) {
	c.Ref(&s.Ref)
	c.Text(&s.Computer)
	c.Text(&s.Channel)
	c.Uint(&s.MinID)
	c.Uint(&s.MaxID)
	for _, p := range []*evtx.Filetime{&s.First, &s.Last, &s.From, &s.To, &s.Head, &s.Tail} {
		c.Time(p)
	}
	odd := s.Odd != nil
	if c.Flag(&odd); odd {
		if c.Reading() {
			s.Odd = &ledger.Oddities{}
		}
		spill.Values(c, &s.Odd.Holes, ledger.CodeHole)
		spill.Values(c, &s.Odd.Steps, ledger.CodeStep)
		spill.Values(c, &s.Odd.Jumps, ledger.CodeStep)
	}
	spill.Number(c, &s.N)
	c.Flag(&s.Native)
	for _, d := range []*ledger.Disorder{&s.Back, &s.Apart} {
		spill.Number(c, &d.N)
		c.Time(&d.Most)
	}
}

func codeBite(c *spill.Coder, b *limit.Bite) {
	c.Text((*string)(&b.ID))
	c.Text(&b.Text)
	c.Flag(&b.Loses)
	c.Int(&b.Count)
	spill.Number(c, &b.First.File)
	c.Int(&b.First.Offset)
	c.Text(&b.First.Name)
}

func codeDamage(c *spill.Coder, d *evtx.Damage) {
	c.Ref(&d.Ref)
	spill.Number(c, &d.Kind)
	c.Int(&d.Size)
	c.Text(&d.Detail)
}
