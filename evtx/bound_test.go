package evtx_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
)

// liveIDs returns the ids of a chunk's live records, and its damage in words.
func liveIDs(chunk []byte) (ids []uint64, damage []string) {
	for r := range (&evtx.Decoder{}).Records(chunk, evtx.Ref{},
		func(x evtx.Damage) { damage = append(damage, x.Kind.String()+": "+x.Detail) }) {
		ids = append(ids, r.Ref.HeaderRecordID)
	}
	return ids, damage
}

// Behind a gap at the start of a chunk, its header tells which ids are its own: from the first to
// the last, both included.
func TestBehindAGapAtTheStartTheHeaderTellsWhichRecordsAreLive(t *testing.T) {
	t.Parallel()
	le := binary.LittleEndian
	for _, c := range []struct {
		name        string
		first, last uint64 // as the header has them
		id          uint64 // of the second record
		live        bool
	}{
		{"the last of the chunk", 1, 2, 2, true},
		{"the first of the chunk", 2, 9, 2, true},
		{"one in between", 1, 9, 5, true},
		{"one behind the last", 1, 2, 3, false},
		{"one before the first", 3, 9, 2, false},
	} {
		raw, placed := sysmonLog(t, 2)
		chunk := raw[evtx.FileHeaderSize:]
		chunk[placed[0].Offset-evtx.FileHeaderSize] = 'x'
		le.PutUint64(raw[placed[1].Offset+8:], c.id)
		for _, at := range []int{8, 24} {
			le.PutUint64(chunk[at:], c.first)
			le.PutUint64(chunk[at+8:], c.last)
		}
		fixCRC(chunk)
		ids, damage := liveIDs(chunk)
		if want := []uint64{c.id}; c.live != slices.Equal(ids, want) || len(damage) == 0 {
			t.Errorf("%s: live %v, damage %q", c.name, ids, damage)
		}
	}
}

// Behind a gap within a chunk, ids run on: by no more than the records that the gap has room for.
func TestBehindAGapIdsRunOnByWhatItHasRoomFor(t *testing.T) {
	t.Parallel()
	_, placed := sysmonLog(t, 3)
	room := uint64(placed[1].Size/32) + 1 // of the least records, and the one behind them
	for _, c := range []struct {
		id   uint64
		live bool
	}{{0, false}, {1, false}, {2, true}, {3, true}, {1 + room, true}, {2 + room, false}, {1 << 63, false}} {
		raw, placed := sysmonLog(t, 3)
		raw[placed[1].Offset] = 'x'
		binary.LittleEndian.PutUint64(raw[placed[2].Offset+8:], c.id)
		chunk := raw[evtx.FileHeaderSize:]
		fixCRC(chunk)
		ids, damage := liveIDs(chunk)
		want := []uint64{1}
		if c.live {
			want = append(want, c.id)
		}
		if !slices.Equal(ids, want) || len(damage) != 1 || !strings.HasPrefix(damage[0],
			"gap: no record where one should begin; ") {
			t.Errorf("id %d: live %v, want %v; damage %q", c.id, ids, want, damage)
		}
	}
}

// A record with a wrong size counts with its id only if that can be its own: a false one must not cost
// the records behind it, and the true one of the first record tells where the ids of the chunk begin.
func TestARecordWithAWrongSizeTellsOnlyWhatCanBe(t *testing.T) {
	t.Parallel()
	le := binary.LittleEndian
	for _, c := range []struct {
		name string
		at   int    // the record with a wrong size
		id   uint64 // its id
		from uint64 // id of the first record of the chunk
		want []uint64
	}{
		{"a false id", 1, 1 << 40, 1, []uint64{3, 4}},
		{"an id that was used up", 1, 1, 1, []uint64{3, 4}},
		{"the first record of a chunk with high ids", 0, 1000, 1000, []uint64{1001, 1002, 1003}},
	} {
		raw, placed := sysmonLog(t, 4)
		chunk := raw[evtx.FileHeaderSize:]
		for i, p := range placed {
			le.PutUint64(raw[p.Offset+8:], c.from+uint64(i))
		}
		le.PutUint64(chunk[24:], c.from)
		le.PutUint64(chunk[32:], c.from+3)
		h := raw[placed[c.at].Offset:]
		le.PutUint32(h[4:], 7)
		le.PutUint64(h[8:], c.id)
		le.PutUint32(h[placed[c.at].Size-4:], 9) // the copy, too
		fixCRC(chunk)
		ids, damage := liveIDs(chunk)
		if !slices.Equal(ids[max(0, len(ids)-len(c.want)):], c.want) || len(damage) == 0 {
			t.Errorf("%s: live %v, want %v behind it; damage %q", c.name, ids, c.want, damage)
		}
	}
}

// What looks like a record within a gap is none if its size or its time cannot be.
func TestAFalseHeaderInAGapIsNoRecord(t *testing.T) {
	t.Parallel()
	le := binary.LittleEndian
	for name, forge := range map[string]func(h []byte){
		"size below the least":   func(h []byte) { le.PutUint32(h[4:], 31) },
		"size beyond the chunk":  func(h []byte) { le.PutUint32(h[4:], 65000) },
		"time before 1980":       func(h []byte) { le.PutUint64(h[16:], 119_600_064_000_000_000-1) },
		"time from 2100 on":      func(h []byte) { le.PutUint64(h[16:], 157_469_184_000_000_000) },
		"an id that was used up": func(h []byte) { le.PutUint64(h[8:], 1) },
	} {
		raw, placed := sysmonLog(t, 3)
		chunk := raw[evtx.FileHeaderSize:]
		raw[placed[1].Offset] = 'x'
		h := raw[placed[1].Offset+40:]
		copy(h, "**\x00\x00")
		le.PutUint32(h[4:], 64)
		le.PutUint64(h[8:], 2)
		le.PutUint64(h[16:], uint64(evtx.FiletimeOf(evtxtest.VectorTime)))
		forge(h)
		fixCRC(chunk)
		ids, damage := liveIDs(chunk)
		want := fmt.Sprintf("gap: no record where one should begin; next record of this chunk at 0x%x",
			placed[2].Offset-evtx.FileHeaderSize)
		if !slices.Equal(ids, []uint64{1, 3}) || len(damage) != 1 || damage[0] != want {
			t.Errorf("%s: live %v, damage %q, want %q", name, ids, damage, want)
		}
	}
}

// fullLog returns a log of one chunk without a free byte at its end.
func fullLog(t *testing.T) []byte {
	t.Helper()
	build := func(n int) ([]byte, int) {
		var l evtxtest.Log
		l.Add(sysmonEvent(0), evtxtest.Event{Provider: "P", EventID: 1,
			Time: evtxtest.VectorTime.Add(time.Hour),
			Data: []evtxtest.Pair{evtxtest.Str("A", strings.Repeat("x", n))}})
		raw, err := l.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		last := l.Placed()[1]
		return raw, int(last.Offset) + last.Size
	}
	_, end := build(1000)
	raw, end := build(1000 + (evtx.FileHeaderSize+evtx.ChunkSize-end)/2)
	if len(raw) != evtx.FileHeaderSize+evtx.ChunkSize || end != len(raw) {
		t.Fatalf("the last record ends at 0x%x of 0x%x", end, len(raw))
	}
	return raw
}

func TestAChunkThatIsFullIsReadToItsLastByte(t *testing.T) {
	t.Parallel()
	raw := fullLog(t)
	if ids, damage := liveIDs(raw[evtx.FileHeaderSize:]); len(ids) != 2 || len(damage) != 0 {
		t.Errorf("live %v, damage %q", ids, damage)
	}
	evtxtest.BreakRecordsCRC(raw, 0)
	if ids, damage := liveIDs(raw[evtx.FileHeaderSize:]); len(ids) != 2 || len(damage) != 1 ||
		!strings.HasPrefix(damage[0], "chunk-crc: record area CRC") {
		t.Errorf("with a wrong checksum: live %v, damage %q", ids, damage)
	}
}

// A sound header that gives no live record at all says nothing of what stands behind it: that is slack.
func TestBehindAnEmptyChunkNothingRunsOn(t *testing.T) {
	t.Parallel()
	raw, _ := sysmonLog(t, 5)
	chunk := raw[evtx.FileHeaderSize:]
	binary.LittleEndian.PutUint32(chunk[48:], 512)
	fixCRC(chunk)
	if ids, damage := liveIDs(chunk); len(ids) != 0 || len(damage) != 0 {
		t.Errorf("live %v, damage %q", ids, damage)
	}
	d := &evtx.Decoder{Carve: true}
	n := 0
	for r := range d.Records(chunk, evtx.Ref{}, nil) {
		if n++; !r.Ref.Carved {
			t.Errorf("record %d is live", r.Ref.HeaderRecordID)
		}
	}
	if n != 5 || d.Stats.Full != 5 {
		t.Errorf("%d carved records, %+v", n, d.Stats)
	}
}

func TestTheFirstSlotIsSoughtAsFarAsAskedFor(t *testing.T) {
	t.Parallel()
	raw, _ := threeChunks(t)
	headless := slices.Concat(bytes.Repeat([]byte{'x'}, 1024), raw[evtx.FileHeaderSize:])
	broken := bytes.Clone(raw)
	clear(broken[:evtx.FileHeaderSize])
	evtxtest.BreakChunkHeaderCRC(broken, 0)
	only, _ := sysmonLog(t, 9)
	stray := slices.Concat(make([]byte, 2000), only[evtx.FileHeaderSize+512:])
	lone := bytes.Clone(only)
	clear(lone[:evtx.FileHeaderSize])
	evtxtest.BreakChunkHeaderCRC(lone, 0)
	ahead := slices.Concat(only[evtx.FileHeaderSize+512:], make([]byte, evtx.FileHeaderSize+512),
		raw[evtx.FileHeaderSize:])
	for _, c := range []struct {
		name    string
		raw     []byte
		look    int64
		records bool
		offset  int64
		found   bool
	}{
		{"a chunk that begins where the search ends", headless, 1024, false, 0, false},
		{"a chunk that begins at the last byte of the search", headless, 1025, false, 1024, true},
		{"a chunk of a file that has its header", raw, 0, false, evtx.FileHeaderSize, true},
		{"a chunk behind a header that is gone, its own checksum wrong", broken, 1 << 20, false,
			evtx.FileHeaderSize, true},
		{"the same, cut before that chunk", broken[:evtx.FileHeaderSize], 1 << 20, true, 0, false},
		{"the only chunk, behind a header that is gone, its own checksum wrong", lone, 1 << 20, false,
			evtx.FileHeaderSize, true},
		{"a record at the very beginning", only[evtx.FileHeaderSize+512:], 1 << 20, true, 0, true},
		{"a record at the very beginning, and chunks off its grid", ahead, 1 << 20, true, 0, true},
		{"a record that begins where the search ends", stray, 2000, true, 0, false},
		{"a record that begins at the last byte of the search", stray, 2001, true, 0, true},
		{"a record, while only chunks are sought", stray, 1 << 20, false, 0, false},
	} {
		offset, found, err := evtx.FirstSlot(bytes.NewReader(c.raw), c.look, c.records)
		if err != nil || offset != c.offset || found != c.found {
			t.Errorf("%s: at 0x%x, found %v, %v; want 0x%x, %v", c.name, offset, found, err, c.offset, c.found)
		}
	}
	if _, _, err := evtx.NewSlotReader(iotest.ErrReader(errMedium),
		512).Next(new(evtx.SlotBuffer)); err != errMedium { //nolint:errorlint // as it is
		t.Errorf("a medium that fails before the first slot: %v", err)
	}
}

func TestTimesAreBelievedUpToTheirBounds(t *testing.T) {
	t.Parallel()
	const (
		second = evtx.Filetime(evtx.TicksPerSecond)
		day    = 86_400 * second
		y1980  = evtx.Filetime(119_600_064_000_000_000)
		y2100  = evtx.Filetime(157_469_184_000_000_000)
		last   = evtx.Filetime(2_650_467_743_999_999_999) // of the year 9999
	)
	if y1980.Time() != time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC) ||
		y2100.Time() != time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC) {
		t.Fatal("the bounds are not those that the description gives")
	}
	now := evtx.FiletimeOf(evtxtest.VectorTime)
	for _, c := range []struct {
		name       string
		t, written evtx.Filetime
		want       bool
	}{
		{"1980", y1980, now, true}, {"before 1980", y1980 - 1, now, false},
		{"the end of 2099", y2100 - 1, y2100 - 1, true},
		{"2100, as the header says", y2100, y2100, true}, {"2100, and a header of today", y2100, now, false},
		{"a later century within a day", y2100 + 5*day, y2100 + 6*day, true},
		{"a later century, more than a day before", y2100 + 5*day, y2100 + 6*day + 1, false},
		{"a later century, a day after", y2100 + 6*day, y2100 + 5*day, true},
		{"a later century, more than a day after", y2100 + 6*day + 1, y2100 + 5*day, false},
		{"the day before the last", last - day - 1, last - day - 1, true},
		{"the last day", last - day, last - day, false},
		{"a year ahead", now + 365*day, now, true}, {"more than a year ahead", now + 365*day + 1, now, false},
		{"any time, and a header that says none", y2100 - 1, 0, true},
	} {
		if got := (&evtx.Record{Written: c.written}).Believes(c.t); got != c.want {
			t.Errorf("%s: believed %v", c.name, got)
		}
	}
}

func TestTheLeastRecordThatIsWholeIsCountedInSlack(t *testing.T) {
	t.Parallel()
	for size, want := range map[int]int{31: 0, 32: 1, 40: 1} {
		raw, _ := sysmonLog(t, 2)
		r := raw[evtx.FileHeaderSize+40_000:][:max(size, 32)]
		copy(r, "**\x00\x00")
		binary.LittleEndian.PutUint32(r[4:], uint32(size))
		binary.LittleEndian.PutUint64(r[8:], 7)
		binary.LittleEndian.PutUint64(r[16:], uint64(evtx.FiletimeOf(evtxtest.VectorTime)))
		binary.LittleEndian.PutUint32(r[size-4:], uint32(size))
		d := &evtx.Decoder{Carve: true}
		for range openLog(t, raw).Records(d, nil) {
		}
		if d.Stats != (evtx.CarveStats{Lost: want}) {
			t.Errorf("of %d bytes: %+v", size, d.Stats)
		}
	}
}

// rawRecords carves raw evidence, and returns the ids of what is found.
func rawRecords(d *evtx.Decoder, raw []byte) (ids []uint64, borrowed int) {
	for r := range d.CarveRaw(bytes.NewReader(raw), int64(len(raw)), 0, nil) {
		ids = append(ids, r.Ref.HeaderRecordID)
		if r.Borrowed {
			borrowed++
		}
	}
	slices.Sort(ids)
	return ids, borrowed
}

func TestRawCarvingAtItsBorders(t *testing.T) {
	t.Parallel()
	raw, placed := threeChunks(t)
	first, second := evtxtest.Chunk(raw, 0), evtxtest.Chunk(raw, 1)
	end := func(i int) int {
		return int(placed[i].Offset)%evtx.ChunkSize - evtx.FileHeaderSize%evtx.ChunkSize + placed[i].Size
	}

	d := &evtx.Decoder{}
	if ids, _ := rawRecords(d, slices.Concat(first[:end(9)], second)); !slices.Equal(ids,
		between([]uint64{1, 10, 21, 40})) || d.Stats.Full != 30 {
		t.Errorf("a chunk cut behind a record by the next one: %v, %+v", ids, d.Stats)
	}
	d = &evtx.Decoder{} // in steps of a mebibyte: the chunk lies across the border of two
	if ids, _ := rawRecords(d, slices.Concat(make([]byte, 1<<20-3000), first,
		make([]byte, 1<<20))); len(ids) != 20 || d.Stats != (evtx.CarveStats{Full: 20}) {
		t.Errorf("a chunk across the border of two steps: %v, %+v", ids, d.Stats)
	}
	headless := bytes.Clone(first)
	clear(headless[:512])
	d = &evtx.Decoder{}
	if ids, borrowed := rawRecords(d, headless); len(ids) != 20 || borrowed != 0 {
		t.Errorf("a chunk without its header at the start: %v, %d borrowed", ids, borrowed)
	}
	// The definitions of a record stand in the second of two chunks behind it.
	var other evtxtest.Log
	other.Add(older(1, "a", 1), older(2, "a", 1))
	b, err := other.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	p := other.Placed()[1]
	lone := b[p.Offset:][:p.Size]
	d = &evtx.Decoder{}
	ids, borrowed := rawRecords(d, slices.Concat([]byte("junk"), lone, make([]byte, 70_000), second,
		evtxtest.Chunk(b, 0)))
	if want := append([]uint64{1, 2}, between([]uint64{21, 40})...); !slices.Equal(ids, want) || borrowed != 1 {
		t.Errorf("a record before the chunk that can lend to it: %v, %d borrowed, %+v", ids, borrowed, d.Stats)
	}
	// Whoever has seen enough ends the search.
	for range (&evtx.Decoder{}).CarveRaw(bytes.NewReader(raw), int64(len(raw)), 0, nil) {
		break
	}
	for range (&evtx.Decoder{}).CarveRaw(bytes.NewReader(headless), int64(len(headless)), 0, nil) {
		break
	}
}

// The end of a search, wherever it comes, leaves the decoder ready for the next.
func TestAReaderMayStopAtAnyRecord(t *testing.T) {
	t.Parallel()
	raw, _ := reusedChunk(t, liveEvent)
	next, _ := sysmonLog(t, 20)
	for stop := 1; stop <= 13; stop++ {
		d := &evtx.Decoder{Carve: true}
		n := 0
		for range openLog(t, raw).Records(d, nil) {
			if n++; n == stop {
				break
			}
		}
		live := 0
		for r := range openLog(t, next).Records(d, func(x evtx.Damage) { t.Errorf("%+v", x) }) {
			if live++; r.Ref.Carved {
				t.Errorf("record %d is carved", r.Ref.HeaderRecordID)
			}
		}
		if n != stop || live != 20 || !d.Carve {
			t.Errorf("stopped at %d, then read %d", n, live)
		}
	}
}
