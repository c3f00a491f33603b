package timeline

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

	"github.com/klauspost/compress/zstd"

	"hunt/evtx"
	"hunt/limit"
	"hunt/timeline/ecs"
	"hunt/timeline/spill"
)

// A shard is what one scan of a batch learnt, in a file: everything from which a Case is made, and of the evidence the chunks that
// somebody looked at again, as they are: those with records that rules may need, and what surrounds the findings. It is a zip
// archive; docs/batches.md describes its members.
const (
	shardSchema   = "hunt.shard/4"
	shardManifest = "manifest.json"
	shardFacts    = "facts"  // files, counts, spans, damage: coder, zstd
	shardKeys     = "keys"   // recordKey of every record, in order: zstd
	shardPasts    = "pasts"  // packed histories, one behind the other
	shardChunks   = "chunks" // chunks of the evidence, each zstd, one behind the other
	shardIndex    = "index"  // where in pasts and chunks each stands: coder, zstd
)

// chunksMagic is how the member of chunks begins: without it, it would be taken for a compressed event log.
const chunksMagic = "hunt"

// Manifest says what a shard is of, and holds it together: the hashes of its members, and its own. That tells damage, edits and
// members that come from another shard. It is no signature: who can write the shard can write all hashes anew. The caller of
// ShardWriter.Finish fills it in but for Schema, Files, Records, Members and Checksum.
type Manifest struct {
	Schema   string `json:"schema"`
	Name     string `json:"name"`     // of the input
	Inputs   string `json:"inputs"`   // fingerprint of the input: names, sizes and times of its files
	Version  string `json:"version"`  // of hunt
	Build    string `json:"build"`    // its commit
	RulePack string `json:"rulePack"` // hash of rules and tuning
	HostMap  string `json:"hostMap"`  // hash of the file of --merge-hosts, "" if none
	Options  string `json:"options"`  // those that shape the result, as one would type them
	Clock    Clock  `json:"clock"`
	Strict   bool   `json:"strict"`
	Hosts    []string
	From, To evtx.Filetime

	Files      int  `json:"files"`
	Records    int  `json:"records"`
	Incomplete bool `json:"incomplete"` // some of the evidence could not be read

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

// sum returns the checksum that belongs to the manifest.
func (m *Manifest) sum() (string, error) {
	bare := *m
	bare.Checksum = ""
	b, err := bare.encode()
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), err
}

// ShardWriter writes the shard of one scan. Give it to ScanOptions, tell it with Hit what rules may need, look at the evidence
// as the report will, and call Finish.
type ShardWriter struct {
	zip   *zip.Writer
	open  *memberWriter // the member that is being written
	parts []Member      // those that are complete
	col   *Collection
	pasts []shardPast
	loses bool // a bound bit that may have lost evidence or a match

	mu      sync.Mutex
	hits    []chunkPlace
	touched []map[int32]bool // by file: chunks that were read again; headerChunk is the file header
}

// chunkPlace is one chunk of the evidence.
type chunkPlace struct{ file, chunk int32 }

func (p chunkPlace) compare(o chunkPlace) int {
	return cmp.Or(cmp.Compare(p.file, o.file), cmp.Compare(p.chunk, o.chunk))
}

// shardPast is a packed history in a shard.
type shardPast struct {
	key     hostKey
	at, len int64
}

// shardChunk is a chunk of the evidence in a shard.
type shardChunk struct {
	chunkPlace
	at, len int64
}

// headerChunk stands for the file header among the chunks of a file.
const headerChunk = -1

// NewShardWriter writes to w, which is complete when Finish returns.
func NewShardWriter(w io.Writer) *ShardWriter { return &ShardWriter{zip: zip.NewWriter(w)} }

// member begins a member that is compressed already, and ends the one before.
func (s *ShardWriter) member(name string) (io.Writer, error) {
	s.endMember()
	w, err := s.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
	if err != nil {
		return nil, err
	}
	s.open = &memberWriter{Member{Name: name}, w, sha256.New()}
	return s.open, nil
}

func (s *ShardWriter) endMember() {
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

func (s *ShardWriter) coded(name string, code func(*coder)) error {
	w, err := s.member(name)
	if err != nil {
		return err
	}
	c := newWriter(nil)
	code(c)
	_, err = w.Write(spill.Pack(c.bytes()))
	return err
}

// scanned writes what a scan gathered, before a case is made of it, and watches from then on what is read again.
func (s *ShardWriter) scanned(col *Collection, l *ledger, dropped copies, limits []limit.Bite) error {
	s.col, s.loses = col, limit.Loses(limits)
	s.touched = make([]map[int32]bool, len(col.Files))
	if err := s.coded(shardFacts, func(c *coder) { (&shardState{col, l, dropped, limits}).code(c, nil) }); err != nil {
		return err
	}
	if err := s.keys(l); err != nil {
		return err
	}
	if err := s.histories(l); err != nil {
		return err
	}
	for _, f := range col.Files {
		if f.src != nil {
			f.src = watchedSource{f.src, s, f.Index}
		}
	}
	return nil
}

// keys writes the keys of all records in order; their counts are numbers of the ledger's days.
func (s *ShardWriter) keys(l *ledger) error {
	w, err := s.member(shardKeys)
	if err != nil {
		return err
	}
	z, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return err
	}
	var b [recordKeySize]byte
	for k, err := range l.keys.sorted() {
		if err != nil {
			return err
		}
		switch {
		case k.carved:
		case k.count < 0:
			k.count = ^l.numbers[k.worker][^k.count]
		default:
			k.count = l.numbers[k.worker][k.count]
		}
		k.worker = 0
		recordKeys.put(b[:], &k)
		if _, err := z.Write(b[:]); err != nil {
			return err
		}
	}
	return z.Close()
}

func (s *ShardWriter) histories(l *ledger) error {
	w, err := s.member(shardPasts)
	if err != nil {
		return err
	}
	at := int64(0)
	write := func(k hostKey, packed []byte) error {
		s.pasts = append(s.pasts, shardPast{k, at, int64(len(packed))})
		at += int64(len(packed))
		_, err := w.Write(packed)
		return err
	}
	keys := map[hostKey]bool{}
	for k := range l.pasts {
		keys[k] = true
	}
	for k := range l.put.blocks {
		keys[k] = true
	}
	for _, k := range slices.SortedFunc(maps.Keys(keys), hostKey.compare) {
		if h := l.pasts[k]; h != nil && h.len() > 0 {
			if err := write(k, h.pack(k.computer)); err != nil {
				return err
			}
		}
		if err := l.put.each(k, func(packed []byte, _ []int32) error { return write(k, packed) }); err != nil {
			return err
		}
	}
	return nil
}

func (k hostKey) compare(o hostKey) int {
	return cmp.Or(cmp.Compare(k.computer, o.computer), cmp.Compare(k.file, o.file))
}

// Hit notes that a chunk holds a record that rules may need. It is safe for concurrent use.
func (s *ShardWriter) Hit(file, chunk int32) {
	s.mu.Lock()
	s.hits = append(s.hits, chunkPlace{file, chunk})
	s.mu.Unlock()
}

// touch notes that n bytes at an offset of a file were read again.
func (s *ShardWriter) touch(file int32, at int64, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.touched[file] == nil {
		s.touched[file] = map[int32]bool{}
	}
	for chunk := chunkAt(at); chunk <= chunkAt(at+int64(n)-1); chunk++ {
		s.touched[file][chunk] = true
	}
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
func (s *ShardWriter) Finish(m *Manifest) error {
	if s.col == nil {
		return errors.New("a shard without a scan")
	}
	slices.SortFunc(s.hits, chunkPlace.compare)
	s.hits = slices.Compact(s.hits)
	for _, h := range s.hits {
		at, n := chunkBounds(h.chunk)
		s.touch(h.file, at, n)
		s.touch(h.file, 0, 1)
	}
	chunks, err := s.chunks()
	if err != nil {
		return err
	}
	err = s.coded(shardIndex, func(c *coder) { (&shardPlaces{s.hits, s.pasts, chunks}).code(c) })
	if err != nil {
		return err
	}
	m.Schema, m.Files = shardSchema, len(s.col.Files)
	m.Incomplete = m.Incomplete || s.loses
	for _, f := range s.col.Files {
		m.Records += f.Stats.Read
		m.Incomplete = m.Incomplete || f.Status != FileRead
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
	w, err := s.zip.Create(shardManifest)
	if err != nil {
		return err
	}
	if _, err := w.Write(b); err != nil {
		return err
	}
	return s.zip.Close()
}

func (s *ShardWriter) chunks() ([]shardChunk, error) {
	w, err := s.member(shardChunks)
	if err != nil {
		return nil, err
	}
	if _, err := io.WriteString(w, chunksMagic); err != nil {
		return nil, err
	}
	var out []shardChunk
	at := int64(len(chunksMagic))
	buf := make([]byte, evtx.ChunkSize)
	for _, f := range s.col.Files {
		if len(s.touched[f.Index]) == 0 {
			continue
		}
		file, err := f.src.(watchedSource).source.openAt()
		if err != nil {
			return nil, fmt.Errorf("%s: cannot be read again for the shard: %w", f.Path, unwrapPath(err))
		}
		for _, chunk := range slices.Sorted(maps.Keys(s.touched[f.Index])) {
			start, size := chunkBounds(chunk)
			n, err := file.ReadAt(buf[:size], start)
			if err != nil && !errors.Is(err, io.EOF) {
				_ = file.Close()
				return nil, fmt.Errorf("%s: chunk %d at %#x: cannot be read again for the shard: %w", f.Path, chunk, start, unwrapPath(err))
			}
			if n == 0 {
				continue
			}
			packed := spill.Pack(buf[:n])
			out = append(out, shardChunk{chunkPlace{f.Index, chunk}, at, int64(len(packed))})
			at += int64(len(packed))
			if _, err := w.Write(packed); err != nil {
				_ = file.Close()
				return nil, err
			}
		}
		_ = file.Close() // read only
	}
	return out, nil
}

// watchedSource notes what is read again.
type watchedSource struct {
	source
	shard *ShardWriter
	file  int32
}

func (w watchedSource) openAt() (RandomAccess, error) {
	at, err := w.source.openAt()
	if err != nil {
		return nil, err
	}
	return watchedAccess{at, w}, nil
}

type watchedAccess struct {
	RandomAccess
	of watchedSource
}

func (w watchedAccess) ReadAt(p []byte, off int64) (int, error) {
	if n := min(int64(len(p)), w.Size()-off); n > 0 {
		w.of.shard.touch(w.of.file, off, int(n))
	}
	return w.RandomAccess.ReadAt(p, off)
}

// shardState is what a shard knows apart from histories, keys and chunks.
type shardState struct {
	col     *Collection
	ledger  *ledger
	dropped copies
	limits  []limit.Bite // bounds that bit while the evidence was found and read
}

// code describes the encoding. Reading takes the classes from schema; files keep the numbers that they have in the shard.
func (s *shardState) code(c *coder, schema *ecs.Schema) {
	number(c, &s.col.Ignored)
	said, listed := s.acquisitions(), len(s.col.Acquisitions)
	list(c, &said, codeAcquisition)
	number(c, &listed)
	s.col.Acquisitions = said[:min(max(listed, 0), len(said))]
	list(c, &s.col.Files, func(c *coder, f *File) { codeFile(c, f, said) })
	l := s.ledger
	values(c, &l.files, codeStats)
	list(c, &l.facts, func(c *coder, f *classFacts) { codeFacts(c, f, schema) })
	values(c, &l.days, codeDay)
	values(c, &l.spans, codeSpan)
	values(c, &l.damage, codeDamage)
	votes := slices.SortedFunc(maps.Keys(l.sids), func(a, b sidVote) int {
		return cmp.Or(cmp.Compare(a.computer, b.computer), cmp.Compare(a.file, b.file), cmp.Compare(a.sid, b.sid))
	})
	values(c, &votes, func(c *coder, v *sidVote) {
		c.text(&v.computer)
		number(c, &v.file)
		c.text(&v.sid)
		n := l.sids[*v]
		number(c, &n)
		if c.isReading() {
			l.sids[*v] = n
		}
	})
	for _, counts := range []*[]int{&s.dropped.live, &s.dropped.kept, &s.dropped.carved, &s.dropped.days} {
		values(c, counts, number[int])
	}
	values(c, &s.limits, codeBite)
}

// acquisitions are what collectors' records say, then what only the list of inputs says.
func (s *shardState) acquisitions() []*Acquisition {
	said := slices.Clone(s.col.Acquisitions)
	for _, f := range s.col.Files {
		if f.Acquisition != nil && !slices.Contains(said, f.Acquisition) {
			said = append(said, f.Acquisition)
		}
	}
	return said
}

// shardPlaces is where in a shard things stand.
type shardPlaces struct {
	hits   []chunkPlace
	pasts  []shardPast
	chunks []shardChunk
}

func (s *shardPlaces) code(c *coder) {
	place := func(c *coder, p *chunkPlace) {
		number(c, &p.file)
		number(c, &p.chunk)
	}
	values(c, &s.hits, place)
	values(c, &s.pasts, func(c *coder, p *shardPast) {
		c.text(&p.key.computer)
		number(c, &p.key.file)
		c.int(&p.at)
		c.int(&p.len)
	})
	values(c, &s.chunks, func(c *coder, p *shardChunk) {
		place(c, &p.chunkPlace)
		c.int(&p.at)
		c.int(&p.len)
	})
}

func codeAcquisition(c *coder, a *Acquisition) {
	for _, p := range []*string{&a.Place, &a.Tool, &a.Version, &a.Host, &a.FQDN, &a.OS, &a.Operator, &a.Client, &a.Flow, &a.Command, &a.loc} {
		c.text(p)
	}
	codeClock(c, &a.At)
	c.flag(&a.Elsewhere)
	number(c, &a.Listed)
	number(c, &a.Errors)
	values(c, &a.Records, func(c *coder, s *string) { c.text(s) })
}

// codeFacts codes the counts of a class. Reading takes the class from schema.
func codeFacts(c *coder, f *classFacts, schema *ecs.Schema) {
	k := EventKind{}
	if !c.isReading() {
		k = kindOf(f.class)
	}
	c.text(&k.Channel)
	c.text(&k.Provider)
	number(c, &k.EventID)
	if c.isReading() {
		f.class = schema.Class(k.Channel, k.Provider, k.EventID)
	}
	c.text(&f.computer)
	number(c, &f.file)
	number(c, &f.Count)
	number(c, &f.Shown)
	c.time(&f.First)
	c.time(&f.Last)
}

func codeDay(c *coder, d *dayFacts) {
	number(c, &d.fact)
	number(c, &d.day)
	number(c, &d.hours)
	number(c, &d.count)
}

// codeClock codes a time of a collector's record.
func codeClock(c *coder, t *time.Time) {
	b, _ := t.MarshalBinary() // these are in UTC
	text := string(b)
	c.text(&text)
	if c.isReading() && t.UnmarshalBinary([]byte(text)) != nil {
		c.fail()
	}
}

func codeFile(c *coder, f *File, all []*Acquisition) {
	c.text(&f.Path)
	c.text(&f.loc)
	c.int(&f.Size)
	sum := string(f.SHA256[:])
	c.text(&sum)
	copy(f.SHA256[:], sum)
	c.flag(&f.Hashed)
	c.flag(&f.headed)
	h := &f.Header
	for _, p := range []*uint64{&h.FirstChunk, &h.LastChunk, &h.NextRecordID} {
		c.uint(p)
	}
	number(c, &h.Major)
	number(c, &h.Minor)
	number(c, &h.Chunks)
	number(c, &h.Flags)
	number(c, &h.CRC)
	c.text((*string)(&f.Status))
	c.text(&f.Detail)
	c.flag(&f.Container)
	c.text(&f.Source)
	c.text(&f.Collected)
	i := slices.Index(all, f.Acquisition)
	number(c, &i)
	if c.isReading() && i >= 0 && i < len(all) {
		f.Acquisition = all[i]
	}
	values(c, &f.damage, codeDamage)
	c.int(&f.modified)
}

func codeStats(c *coder, s *FileStats) {
	for _, p := range []*int{&s.Read, &s.Filtered, &s.Damaged, &s.Carved, &s.Carve.Full, &s.Carve.Borrowed, &s.Carve.Partial,
		&s.Carve.Lost, &s.Carve.Duplicate, &s.HeaderTime, &s.NoTime, &s.NoUTC, &s.Continued, &s.chunks} {
		number(c, p)
	}
	c.time(&s.First)
	c.time(&s.Last)
	for _, p := range []*uint64{&s.FirstID, &s.LastID, &s.lastHeaderID} {
		c.uint(p)
	}
}

func codeSpan(c *coder, s *chunkSpan) {
	c.ref(&s.ref)
	c.text(&s.computer)
	c.text(&s.channel)
	c.uint(&s.minID)
	c.uint(&s.maxID)
	for _, p := range []*evtx.Filetime{&s.first, &s.last, &s.from, &s.to, &s.head, &s.tail} {
		c.time(p)
	}
	odd := s.odd != nil
	if c.flag(&odd); odd {
		if c.isReading() {
			s.odd = &oddities{}
		}
		values(c, &s.odd.holes, codeHole)
		values(c, &s.odd.steps, codeStep)
		values(c, &s.odd.jumps, codeStep)
	}
	number(c, &s.n)
	c.flag(&s.native)
	for _, d := range []*disorder{&s.back, &s.apart} {
		number(c, &d.n)
		c.time(&d.most)
	}
}

func codeBite(c *coder, b *limit.Bite) {
	c.text((*string)(&b.ID))
	c.text(&b.Text)
	c.flag(&b.Loses)
	c.int(&b.Count)
	number(c, &b.First.File)
	c.int(&b.First.Offset)
	c.text(&b.First.Name)
}

func codeDamage(c *coder, d *evtx.Damage) {
	c.ref(&d.Ref)
	number(c, &d.Kind)
	c.int(&d.Size)
	c.text(&d.Detail)
}
