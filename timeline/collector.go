package timeline

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"

	"hunt/evtx"
	"hunt/limit"
	"hunt/timeline/ecs"
	"hunt/timeline/ecs/scalar"
	"hunt/timeline/host"
	"hunt/timeline/ledger"
	"hunt/timeline/spill"
)

// collector is one worker of a scan: it decodes slots, maps records and gathers what only the whole collection can
// answer. Once newCase has sorted it, its content does not depend on the order of the slots.
type collector struct {
	o       ScanOptions
	dec     evtx.Decoder
	mapper  *ecs.Mapper
	event   *ecs.Event // of the present record, nil if it has none
	visitor Visitor

	ledger.Gathered
	factOf map[ledger.ClassKey]int32
	ends   []ledger.ChunkEnd // of the spans of the present chunk
	keys   *spill.Writer[ledger.RecordKey]
	pasts  map[ledger.Owner]*ledger.History
	held   int // facts in pasts
	seen   contacts
	put    *ledger.Pasts
	vals   []scalar.Value

	textLeft int // bytes of text that process starts of the present slot may still keep

	index   uint8 // among the workers
	strings map[string]string
	buf     []byte

	lastKey  ledger.ClassKey
	lastFact int32

	hosts   *host.Map
	scopeOf string // the name that scoped is about
	scoped  bool
}

// stores are where a collector puts what it does not hold in memory.
type stores struct {
	pasts *ledger.Pasts
	keys  *spill.Writer[ledger.RecordKey]
}

func newCollector(index int, o ScanOptions, to stores, v Visitor) *collector {
	return &collector{
		o: o, visitor: v, mapper: newMapper(o.Schema, o.Strict, o.Clock), strings: map[string]string{},
		pasts: map[ledger.Owner]*ledger.History{}, put: to.pasts, keys: to.keys, index: uint8(index),
		dec:      evtx.Decoder{Cache: o.Templates, Carve: !o.Carved, Limits: o.Limits},
		Gathered: ledger.Gathered{Files: map[int32]*ledger.FileStats{}, SIDs: map[ledger.SIDVote]int{}},
		factOf:   map[ledger.ClassKey]int32{},
	}
}

// slots processes slots until there are no more.
func (w *collector) slots(ctx context.Context, jobs <-chan job, pool *sync.Pool) error {
	for j := range jobs {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		err := w.slot(j)
		pool.Put(j.buf)
		j.done.slotDone()
		if err != nil {
			return err
		}
	}
	return nil
}

// slot decodes one slot. An error comes from spilling the histories.
func (w *collector) slot(j job) error {
	stats := w.stats(j.file)
	w.dec.NoCRC = j.file.Header.NoCRC()
	entries := 0
	report := func(d evtx.Damage) {
		if d.Kind.LosesRecords() {
			stats.Damaged++
		}
		switch entries++; {
		case entries < maxDamagePerChunk:
			w.Damage = append(w.Damage, d)
		case entries == maxDamagePerChunk:
			d.Detail += " (further damage in this chunk is counted, not listed)"
			w.Damage = append(w.Damage, d)
		}
	}
	if bytes.HasPrefix(j.buf[:j.n], []byte(chunkMagic)) {
		stats.Chunks++
	}
	w.textLeft = maxSlotText
	spans := len(w.Spans)
	w.ends = w.ends[:0]
	records := int64(0)
	for r := range w.dec.Records(j.buf[:j.n], j.at, report) {
		records++
		w.record(r, stats, spans, j.at)
		if w.event != nil && w.event.Shifted() {
			report(shifted(w.event))
		}
	}
	stats.Carve.Add(w.dec.Stats)
	w.dec.Stats = evtx.CarveStats{}
	if j.done != nil { // carving goes over the slots again
		j.done.decoded(records)
	}
	return w.putAway()
}

// putAway spills the worker's histories once they are many.
func (w *collector) putAway() error {
	if w.held <= w.o.maxHeld() {
		return nil
	}
	for k, h := range w.pasts {
		if h.Len() == 0 {
			continue
		}
		if err := w.put.Put(k, h); err != nil {
			return err
		}
		*h = ledger.History{}
	}
	w.held = 0
	clear(w.seen.added[:])
	return nil
}

// chunkMagic begins a slot that holds a chunk. Source: libevtx, 3 "Chunk".
const chunkMagic = "ElfChnk\x00"

// stats returns this worker's counts of a file.
func (w *collector) stats(f *ledger.File) *ledger.FileStats {
	s := w.Files[f.Index]
	if s == nil {
		s = &ledger.FileStats{}
		w.Files[f.Index] = s
	}
	return s
}

// record accounts for one record and shows it to the visitor.
func (w *collector) record(r *evtx.Record, stats *ledger.FileStats, spans int, slot evtx.Ref) {
	w.event = nil
	if r.Ref.Carved {
		stats.Carved++
		w.keys.Add(ledger.RecordKey{Hash: r.ContentHash(), ID: r.EventRecordID(), File: r.Ref.File, Chunk: r.Ref.Chunk,
			Offset: uint16(r.Ref.Offset - slot.Offset), Worker: w.index, Carved: true})
		if !w.o.Carved {
			return
		}
	}
	hash := r.ContentHash() // first, because it reads all values, which later readers then find
	w.dec.Account(r)
	ev := w.mapper.Map(r)
	w.event = ev
	ev.Account(w.o.Limits)
	created, source := r.Time()
	at := w.o.Clock.Of(ev)
	computer := r.Computer()
	id := r.EventRecordID()
	fact := w.fact(ev.Class, computer, r.Ref.File)
	admitted := w.o.Filter.admits(computer, at)
	if !r.Ref.Carved {
		stats.Read++
		if r.Continued {
			stats.Continued++
		}
		stats.CountTime(source, w.o.Clock == ledger.ClockUTC && ev.UTCUnusable())
		stats.LastHeaderID = max(stats.LastHeaderID, r.Ref.HeaderRecordID)
		stats.First, stats.Last = ledger.Widen(stats.First, stats.Last, created)
		if id != 0 && (stats.FirstID == 0 || id < stats.FirstID) {
			stats.FirstID = id
		}
		stats.LastID = max(stats.LastID, id)
		f := w.Facts[fact]
		k := ledger.RecordKey{Hash: hash, ID: id, File: r.Ref.File, Chunk: r.Ref.Chunk,
			Offset: uint16(r.Ref.Offset - slot.Offset), Worker: w.index, Count: w.day(f, fact, created)}
		if !admitted {
			stats.Filtered++
			k.Count = ^k.Count
		}
		w.keys.Add(k)
		s, end := w.span(spans, slot, spanned{computer, ev.Class.Channel, id, created, at})
		s.Native = s.Native && id == r.Ref.HeaderRecordID
		s.Follow(end, id, created)
		s.Times(end, created, r.Written)
		f.Count++
		f.First, f.Last = ledger.Widen(f.First, f.Last, created)
	}
	past := w.Facts[fact].Past
	w.history(ev, at, past, hash)
	if w.o.Asked == ledger.AskedAll {
		w.contacts(ev, past)
	}
	if admitted {
		w.Facts[fact].Shown++
		w.visitor.Visit(ev, at)
	}
}

// shifted returns the damage of a record whose values are under the names of other fields.
func shifted(ev *ecs.Event) evtx.Damage {
	var names []string
	for _, v := range ev.AppendShifted(nil) {
		names = append(names, v.Str)
	}
	return evtx.Damage{Ref: ev.Record.Ref, Kind: evtx.DamageShifted,
		Detail: fmt.Sprintf("values shifted: record %d has a value too few or too many, so these may belong to "+
			"other names and are not used: %s",
			ev.Record.EventRecordID(), strings.Join(names, ", "))}
}

func (w *collector) fact(c *ecs.Class, computer string, file int32) int32 {
	k := ledger.ClassKey{Class: c.Counted(), Computer: computer, File: w.scope(computer, file)}
	if k == w.lastKey {
		return w.lastFact
	}
	i, ok := w.factOf[k]
	if !ok {
		i = int32(len(w.Facts))
		past := w.pasts[k.Owner()]
		if past == nil {
			past = &ledger.History{}
			w.pasts[k.Owner()] = past
		}
		w.Facts = append(w.Facts, &ledger.ClassCount{ClassKey: k, Past: past})
		w.factOf[k] = i
	}
	w.lastKey, w.lastFact = k, i
	return i
}

// day counts a record of a class and returns the number of the counts.
func (w *collector) day(f *ledger.ClassCount, fact int32, created evtx.Filetime) int32 {
	day, hour := ledger.DayOf(created)
	n := f.LastDay
	if len(f.Days) == 0 || w.Days[n].Day != day {
		n = f.Days.At(&w.Days, fact, day)
		f.LastDay = n
	}
	d := &w.Days[n]
	d.Count++
	d.Hours |= 1 << hour
	return n
}

// spanned is what a record contributes to the ranges of its chunk.
type spanned struct {
	computer, channel string
	id                uint64
	created, at       evtx.Filetime
}

// span widens the chunk's range of record ids for a record's computer and channel; the ranges of the chunk begin with
// from. Nearly every chunk has one pair, those of a forwarded log have a few. The result is valid until the next call.
func (w *collector) span(from int, slot evtx.Ref, r spanned) (*ledger.Chunk, *ledger.ChunkEnd) {
	for i := from; i < len(w.Spans); i++ {
		s := &w.Spans[i]
		if s.Computer == r.computer && s.Channel == r.channel {
			s.MinID, s.MaxID = min(s.MinID, r.id), max(s.MaxID, r.id)
			s.First, s.Last = ledger.Widen(s.First, s.Last, r.created)
			s.From, s.To = ledger.Widen(s.From, s.To, r.at)
			s.N++
			return s, &w.ends[i-from]
		}
	}
	w.Spans = append(w.Spans,
		ledger.Chunk{Ref: slot, Computer: r.computer, Channel: r.channel, MinID: r.id, MaxID: r.id,
			First: r.created, Last: r.created, From: r.at, To: r.at, N: 1, Native: true})
	w.ends = append(w.ends, ledger.ChunkEnd{})
	return &w.Spans[len(w.Spans)-1], &w.ends[len(w.ends)-1]
}

// text returns the first value of a field as text.
func (w *collector) text(ev *ecs.Event, f ecs.Field) string {
	w.vals = ev.Values(f, w.vals[:0])
	if len(w.vals) == 0 || w.vals[0].Kind != scalar.KindString {
		return ""
	}
	return w.vals[0].Str
}

// number returns the first value of a field as a number.
func (w *collector) number(ev *ecs.Event, f ecs.Field) int64 {
	w.vals = ev.Values(f, w.vals[:0])
	if len(w.vals) == 0 || w.vals[0].Kind != scalar.KindInt {
		return 0
	}
	return w.vals[0].Num
}

// data returns a Data item's text, "" if it is absent, is "-", or may belong to another field.
func (w *collector) data(r *evtx.Record, name string) string {
	f, ok := r.Data(name)
	if !ok || w.event != nil && w.event.Doubts(name) {
		return ""
	}
	w.buf = bytes.TrimSpace(f.AppendText(w.buf[:0]))
	if len(w.buf) == 1 && w.buf[0] == '-' {
		return ""
	}
	return w.intern(w.buf)
}

// maxSlotText bounds the text kept of the process starts of one slot. 64 KiB of UTF-16 hold no more than 96 KiB of
// UTF-8; only a definition made to repeat its values gives more, and could fill the memory from a small file.
const maxSlotText = 128 << 10

var boundTexts = limit.Bound{ID: "history-texts", Loses: true,
	Text: "from the process starts in 64 KiB of a log, hunt keeps 128 KiB of names and command lines to show " +
		"them with the events of these processes"}

// keep returns the part of a text that a process start may keep.
func (w *collector) keep(s string) string {
	if len(s) <= w.textLeft {
		w.textLeft -= len(s)
		return s
	}
	w.textLeft = 0 // cut everything after it too, so that the lengths of later texts do not matter
	return ""
}

const (
	// maxInterned bounds the strings that a worker interns, maxInternedLen their length: names repeat, payloads do
	// not.
	maxInterned    = 1 << 14
	maxInternedLen = 512
)

// intern returns b as a string. While there is room, equal bytes give the same string.
func (w *collector) intern(b []byte) string {
	if s, ok := w.strings[string(b)]; ok {
		return s
	}
	s := string(b)
	if len(s) <= maxInternedLen && len(w.strings) < maxInterned {
		w.strings[s] = s
	}
	return s
}
