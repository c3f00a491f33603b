package evtxtest_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
	"hunt/evtx/evtxtest/libevtx"
)

func numbered(i int) evtxtest.Event {
	return evtxtest.Event{
		Provider: "Microsoft-Windows-Sysmon",
		GUID:     "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}",
		Channel:  "Microsoft-Windows-Sysmon/Operational",
		Computer: "ws01.corp.example",
		EventID:  uint16(1 + i%7),
		Time:     evtxtest.VectorTime.Add(time.Duration(i) * time.Second),
		Data: []evtxtest.Pair{
			evtxtest.Str("Image", strings.Repeat("x", i%300)),
			{Name: "ProcessId", Value: evtxtest.Uint32(uint32(i))},
		},
	}
}

// log returns a log of n events and where they stand.
func log(t *testing.T, n int) ([]byte, []evtxtest.Placed) {
	t.Helper()
	var l evtxtest.Log
	for i := range n {
		l.Add(numbered(i))
	}
	b, err := l.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return b, l.Placed()
}

// hunt reads a file with hunt's decoder: live and carved record ids, and the kinds of damage.
func hunt(t *testing.T, file []byte) (live, carved []uint64, kinds []string) {
	t.Helper()
	f, err := evtx.NewFile(bytes.NewReader(file), int64(len(file)), 0)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, d := range f.Damage {
		seen[d.Kind.String()] = true
	}
	for r := range f.Records(&evtx.Decoder{Carve: true}, func(d evtx.Damage) { seen[d.Kind.String()] = true }) {
		if r.Ref.Carved {
			carved = append(carved, r.EventRecordID())
		} else {
			live = append(live, r.EventRecordID())
		}
	}
	return live, carved, slices.Sorted(maps.Keys(seen))
}

func ids(from, to uint64, without ...uint64) []uint64 {
	var out []uint64
	for id := from; id <= to; id++ {
		if !slices.Contains(without, id) {
			out = append(out, id)
		}
	}
	return out
}

func TestHeadersAndChecksumsAreRight(t *testing.T) {
	t.Parallel()
	file, placed := log(t, 500)
	le := binary.LittleEndian
	chunks := (len(file) - 4096) / 65536
	if chunks < 3 || (len(file)-4096)%65536 != 0 {
		t.Fatalf("%d bytes are not whole chunks, or too few", len(file))
	}
	if got := le.Uint16(file[42:]); int(got) != chunks {
		t.Errorf("the file header counts %d chunks, want %d", got, chunks)
	}
	if got := le.Uint64(file[24:]); got != 501 {
		t.Errorf("next record id %d, want 501", got)
	}
	if le.Uint32(file[124:]) != crc32.ChecksumIEEE(file[:120]) {
		t.Error("the file header's checksum is wrong")
	}
	for i := range chunks {
		c := file[4096+i*65536:][:65536]
		mine := slices.DeleteFunc(slices.Clone(placed), func(p evtxtest.Placed) bool { return p.Chunk != i })
		first, last := mine[0], mine[len(mine)-1]
		free := le.Uint32(c[48:])
		if le.Uint64(c[8:]) != first.HeaderID || le.Uint64(c[16:]) != last.HeaderID ||
			le.Uint64(c[24:]) != first.HeaderID ||
			le.Uint64(c[32:]) != last.HeaderID {
			t.Errorf("chunk %d: record ids in the header are not %d to %d", i, first.HeaderID, last.HeaderID)
		}
		if at := int64(4096 + i*65536); int64(le.Uint32(c[44:]))+at != last.Offset ||
			int64(free)+at != last.Offset+int64(last.Size) {
			t.Errorf("chunk %d: offsets of the last record and of free space are wrong", i)
		}
		if le.Uint32(c[52:]) != crc32.ChecksumIEEE(c[512:free]) {
			t.Errorf("chunk %d: the records' checksum is wrong", i)
		}
		if le.Uint32(c[124:]) != crc32.ChecksumIEEE(slices.Concat(c[:120], c[128:512])) {
			t.Errorf("chunk %d: the header's checksum is wrong", i)
		}
	}
}

func TestEveryReaderGetsEveryRecordAcrossChunks(t *testing.T) {
	t.Parallel()
	file, _ := log(t, 500)
	live, carved, kinds := hunt(t, file)
	if !slices.Equal(live, ids(1, 500)) || len(carved) > 0 || len(kinds) > 0 {
		t.Errorf("hunt reads %d live records, %d carved, damage %v", len(live), len(carved), kinds)
	}
	libevtx.Require(t)
	got := libevtx.Read(t, file)
	if len(got) != 500 {
		t.Fatalf("libevtx reads %d records", len(got))
	}
	for i, r := range got {
		if want := fmt.Sprintf("%d/%d/%s", i+1, i, strings.Repeat("x", i%300)); fmt.Sprintf(
			"%s/%s/%s",
			r.EventRecordID,
			r.Data[1].Text,
			r.Data[0].Text,
		) != want {
			t.Fatalf("record %d: libevtx reads %+v", i+1, r)
		}
	}
}

func TestOneChunkDefinesATemplateOnce(t *testing.T) {
	t.Parallel()
	one, _ := log(t, 7)
	two, _ := log(t, 14)
	// The definition of EventData holds the field's name as text, once.
	name := []byte("P\x00r\x00o\x00c\x00e\x00s\x00s\x00I\x00d\x00\x02")
	if a, b := bytes.Count(one, name), bytes.Count(two, name); a != 1 || b != 1 {
		t.Errorf("the definition stands %d and %d times, want once", a, b)
	}
}

func TestTheSameEventsGiveTheSameBytes(t *testing.T) {
	t.Parallel()
	a, _ := log(t, 300)
	b, _ := log(t, 300)
	if !bytes.Equal(a, b) {
		t.Error("two runs differ")
	}
}

func TestHeaderIdsAndTimesMayDifferFromTheEvents(t *testing.T) {
	t.Parallel()
	e := numbered(0)
	e.RecordID, e.HeaderID, e.Written = 77, 3, e.Time.Add(time.Hour)
	file := evtxtest.File(e)
	f, err := evtx.NewFile(bytes.NewReader(file), int64(len(file)), 0)
	if err != nil {
		t.Fatal(err)
	}
	for r := range f.Records(&evtx.Decoder{}, func(d evtx.Damage) { t.Error(d) }) {
		if r.EventRecordID() != 77 || r.Ref.HeaderRecordID != 3 || r.Written != evtx.FiletimeOf(e.Written) ||
			r.TimeCreated() != evtx.FiletimeOf(e.Time) {
			t.Errorf("%d %d %s %s", r.EventRecordID(), r.Ref.HeaderRecordID, r.Written, r.TimeCreated())
		}
	}
}

func TestAnEventLargerThanAChunkFailsTheLog(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]int{"more than a chunk": 32_000, "more than a size field can say": 40_000} {
		var l evtxtest.Log
		e := numbered(0)
		e.Data = []evtxtest.Pair{evtxtest.Str("Image", strings.Repeat("x", size))}
		l.Add(numbered(1), e, numbered(2))
		if _, err := l.Bytes(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestEachDamageIsFoundForWhatItIs(t *testing.T) {
	t.Parallel()
	sound, placed := log(t, 500)
	n := uint64(len(placed))
	inChunk := func(i int) (first, last uint64) {
		for _, p := range placed {
			if p.Chunk == i {
				if first == 0 {
					first = p.RecordID
				}
				last = p.RecordID
			}
		}
		return first, last
	}
	first, last := inChunk(1)
	stale := placed[first+9] // the eleventh record of the second chunk
	tests := map[string]struct {
		damage func(file []byte) []byte
		live   []uint64
		carved []uint64
		kinds  []string
	}{
		"dirty": {
			func(f []byte) []byte { evtxtest.Dirty(f, 1, 40); return f },
			ids(1, n),
			nil,
			[]string{"dirty", "file-header"},
		},
		"records' checksum": {
			func(f []byte) []byte { evtxtest.BreakRecordsCRC(f, 1); return f },
			ids(1, n),
			nil,
			[]string{"chunk-crc"},
		},
		"header's checksum": {
			func(f []byte) []byte { evtxtest.BreakChunkHeaderCRC(f, 1); return f },
			ids(1, n),
			nil,
			[]string{"chunk-crc"},
		},
		"torn last record": {
			func(f []byte) []byte { evtxtest.Tear(f, placed[n-1]); return f },
			ids(1, n-1),
			nil,
			[]string{"file-header", "torn-record"},
		},
		"empty slot": {
			func(f []byte) []byte { evtxtest.ZeroSlot(f, 1); return f },
			ids(1, n, ids(first, last)...),
			nil,
			[]string{"empty-chunk", "file-header"},
		},
		"stale chunk header": {
			func(f []byte) []byte { evtxtest.StaleChunkHeader(f, stale); return f },
			ids(1, n),
			nil,
			[]string{"stale-header"},
		},
		"truncated last slot": {
			func(f []byte) []byte { return f[:placed[n-1].Offset+9] },
			ids(1, n-1),
			nil,
			[]string{"file-header", "gap", "truncated"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			live, carved, kinds := hunt(t, tt.damage(bytes.Clone(sound)))
			if !slices.Equal(live, tt.live) {
				t.Errorf("%d live records, want %d", len(live), len(tt.live))
			}
			if !slices.Equal(carved, tt.carved) {
				t.Errorf("carved %v, want %v", carved, tt.carved)
			}
			if !slices.Equal(kinds, tt.kinds) {
				t.Errorf("damage %v, want %v", kinds, tt.kinds)
			}
		})
	}
}

func TestGarbageBetweenRecordsIsSteppedOver(t *testing.T) {
	t.Parallel()
	var l evtxtest.Log
	for i := range 20 {
		l.Add(numbered(i))
		if i == 9 {
			l.AddGarbage(bytes.Repeat([]byte{0xfe, 0xed}, 60))
		}
	}
	file, err := l.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	live, _, kinds := hunt(t, file)
	if !slices.Equal(live, ids(1, 20)) || !slices.Contains(kinds, "gap") {
		t.Errorf("live %v, damage %v", live, kinds)
	}
}

func TestRecordsOfAnEarlierGenerationShowBehindTheLiveOnes(t *testing.T) {
	t.Parallel()
	old, placed := log(t, 60)
	var l evtxtest.Log
	l.Reuse(evtxtest.Chunk(old, 0))
	for i := range 10 {
		e := numbered(i)
		e.RecordID = uint64(1001 + i)
		l.Add(e)
	}
	file, err := l.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	end := l.Placed()[9].Offset + int64(l.Placed()[9].Size)
	var want []uint64
	for _, p := range placed {
		if p.Chunk == 0 && p.Offset >= end {
			want = append(want, p.RecordID)
		}
	}
	live, carved, _ := hunt(t, file)
	if !slices.Equal(live, ids(1001, 1010)) || !slices.Equal(carved, want) || len(want) < 10 {
		t.Errorf("live %v, carved %v, want %v", live, carved, want)
	}
}

func TestABigLogIsSoundAndAsLongAsAskedFor(t *testing.T) {
	t.Parallel()
	file, placed := log(t, 500)
	var b bytes.Buffer
	const size = 3 << 20
	if err := evtxtest.BigLog(&b, evtxtest.Chunks(file), size); err != nil {
		t.Fatal(err)
	}
	if b.Len() > size || b.Len() < size-65536 {
		t.Errorf("%d bytes, want about %d", b.Len(), size)
	}
	chunks := (file[42:])[0]
	want := 0
	for i := range (b.Len() - 4096) / 65536 {
		for _, p := range placed {
			if p.Chunk == i%int(chunks) {
				want++
			}
		}
	}
	live, _, kinds := hunt(t, b.Bytes())
	if len(live) != want || len(kinds) > 0 {
		t.Errorf("%d records, want %d; damage %v", len(live), want, kinds)
	}
	if err := evtxtest.BigLog(&b, nil, size); err == nil {
		t.Error("no chunks: no error")
	}
}

func TestAFreshLogHasNoCopies(t *testing.T) {
	t.Parallel()
	file, _ := log(t, 500)
	var b bytes.Buffer
	if err := evtxtest.FreshLog(&b, evtxtest.Chunks(file), 3<<20); err != nil {
		t.Fatal(err)
	}
	f, err := evtx.NewFile(bytes.NewReader(b.Bytes()), int64(b.Len()), 0)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	n := uint64(0)
	for r := range f.Records(&evtx.Decoder{}, func(d evtx.Damage) { t.Error(d) }) {
		n++
		key := fmt.Sprint(r.EventRecordID(), r.TimeCreated(), r.ContentHash())
		if r.EventRecordID() != n || r.Ref.HeaderRecordID != n || seen[key] {
			t.Fatalf("the %d. record has the ids %d and %d", n, r.EventRecordID(), r.Ref.HeaderRecordID)
		}
		seen[key] = true
	}
	if n < 2000 {
		t.Errorf("%d records", n)
	}
}
