package evtx_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strings"
	"sync"
	"testing"

	"hunt/evtx"
)

// fixCRC makes the checksums of a chunk right again.
func fixCRC(chunk []byte) {
	free := binary.LittleEndian.Uint32(chunk[48:])
	if free >= 512 && free <= evtx.ChunkSize {
		binary.LittleEndian.PutUint32(chunk[52:], crc32.ChecksumIEEE(chunk[512:free]))
	}
	binary.LittleEndian.PutUint32(chunk[124:], crc32.Update(crc32.ChecksumIEEE(chunk[:120]),
		crc32.IEEETable, chunk[128:512]))
}

func TestDamageIsReportedAndTheRestIsRead(t *testing.T) {
	le := binary.LittleEndian
	for _, c := range []struct {
		name   string
		harm   func(chunk []byte, offsets []int) []byte
		lost   int    // of 50 records
		damage string // kinds, in order
	}{
		{"nothing", func(b []byte, _ []int) []byte { return b }, 0, ""},
		{"the free-space offset is too small for the format", func(b []byte, _ []int) []byte {
			le.PutUint32(b[48:], 3)
			fixCRC(b)
			return b
		}, 0, "chunk-header"},
		{"the free-space offset is behind the chunk", func(b []byte, _ []int) []byte {
			le.PutUint32(b[48:], 1<<31)
			fixCRC(b)
			return b
		}, 0, "chunk-header"},
		{"the free-space offset is too small for the records", func(b []byte, at []int) []byte {
			le.PutUint32(b[48:], uint32(at[20]))
			return b
		}, 0, "chunk-crc chunk-crc"},
		{"the header checksum is wrong", func(b []byte, _ []int) []byte { b[124]++; return b }, 0, "chunk-crc"},
		{"the record area's checksum is wrong", func(b []byte, _ []int) []byte {
			b[52]++
			le.PutUint32(b[124:], crc32.Update(crc32.ChecksumIEEE(b[:120]), crc32.IEEETable, b[128:512]))
			return b
		}, 0, "chunk-crc"},
		{"a size copy is wrong and the next record is in place", func(b []byte, at []int) []byte {
			b[at[11]-4]++
			fixCRC(b)
			return b
		}, 0, "record"},
		{"a size is wrong and its copy vouches for the right one", func(b []byte, at []int) []byte {
			le.PutUint32(b[at[10]+4:], 77)
			fixCRC(b)
			return b
		}, 0, "record"},
		{"a size is zero and so is its copy", func(b []byte, at []int) []byte {
			le.PutUint32(b[at[10]+4:], 0)
			le.PutUint32(b[at[11]-4:], 0)
			fixCRC(b)
			return b
		}, 1, "record"},
		{"a record's magic is gone", func(b []byte, at []int) []byte {
			b[at[10]] = 'x'
			fixCRC(b)
			return b
		}, 1, "gap"},
		{"three records are overwritten", func(b []byte, at []int) []byte {
			for i := at[40]; i < at[43]; i++ {
				b[i] = byte(i*7 + 1)
			}
			fixCRC(b)
			return b
		}, 3, "gap"},
		{"the last record has a header and no body", func(b []byte, at []int) []byte {
			clear(b[at[49]+24 : le.Uint32(b[48:])])
			fixCRC(b)
			return b
		}, 1, "torn-record"},
		{"the last record is zero from the middle on", func(b []byte, at []int) []byte {
			clear(b[at[49]+200 : le.Uint32(b[48:])])
			fixCRC(b)
			return b
		}, 1, "torn-record"},
		{"a definition is overwritten, and with it the records that need it", func(b []byte, at []int) []byte {
			clear(b[at[0]+24+14 : at[0]+24+14+24]) // GUID and size of the template of all records
			fixCRC(b)
			return b
		}, 50, strings.TrimSpace(strings.Repeat("binxml ", 50))},
		{"a body is rubbish", func(b []byte, at []int) []byte {
			for i := at[49] + 24; i < at[49]+60; i++ {
				b[i] = 0x1f
			}
			fixCRC(b)
			return b
		}, 1, "binxml"},
		{"a body ends where its template should begin", func(b []byte, at []int) []byte {
			b[at[49]+24+4] = 0
			fixCRC(b)
			return b
		}, 1, "binxml"},
		{"the file ends inside a record", func(b []byte, at []int) []byte { return b[:at[30]+50] }, 20,
			"truncated truncated"},
		{"the file ends inside the header", func(b []byte, at []int) []byte { return b[:300] }, 50, "truncated"},
		{"the slot is zero", func(b []byte, at []int) []byte { return make([]byte, len(b)) }, 50, "empty-chunk"},
	} {
		t.Run(c.name, func(t *testing.T) {
			chunk, offsets, _ := sysmonChunk(t)
			var kinds []string
			n := 0
			for range (&evtx.Decoder{}).Records(c.harm(chunk, offsets), evtx.Ref{}, func(x evtx.Damage) {
				kinds = append(kinds, x.Kind.String())
				if x.Detail == "" {
					t.Error("damage without a word")
				}
			}) {
				n++
			}
			if n != 50-c.lost {
				t.Errorf("%d records, want %d", n, 50-c.lost)
			}
			if got := strings.Join(kinds, " "); got != c.damage {
				t.Errorf("damage %q, want %q", got, c.damage)
			}
		})
	}
}

func TestLiveRecordsWhoseTemplateIsGoneAreCarvedWithABorrowedOne(t *testing.T) {
	chunk, offsets, _ := sysmonChunk(t)
	d := &evtx.Decoder{}
	want := make(map[int64]uint64)
	for r := range d.Records(chunk, evtx.Ref{}, nil) {
		want[r.Ref.Offset] = r.ContentHash()
	}
	d.Learn(chunk)
	clear(chunk[offsets[0]+38 : offsets[0]+62]) // GUID and size of the template of all records
	got := 0
	for r := range (&evtx.Decoder{Stock: d.Stock, Carve: true}).Records(chunk, evtx.Ref{}, nil) {
		t.Errorf("record at 0x%x: what workers saw before must not matter here", r.Ref.Offset)
	}
	for r := range d.Carved(chunk, evtx.Ref{}) {
		if !r.Borrowed || !r.Ref.Carved || want[r.Ref.Offset] != r.ContentHash() {
			t.Errorf("record at 0x%x: borrowed %v, carved %v, content as before %v", r.Ref.Offset,
				r.Borrowed, r.Ref.Carved, want[r.Ref.Offset] == r.ContentHash())
		}
		got++
	}
	if got != 49 { // all but the first, whose own body was hit
		t.Errorf("%d records recovered, want 49", got)
	}
}

func TestTheNoCRCFlagSilencesChecksums(t *testing.T) {
	chunk, _, _ := sysmonChunk(t)
	chunk[52]++
	for range (&evtx.Decoder{NoCRC: true}).Records(chunk, evtx.Ref{}, func(x evtx.Damage) { t.Error(x.Detail) }) {
	}
}

func TestARecordWithALostPayloadIsDamageUnlessAskedFor(t *testing.T) {
	chunk, offsets, ids := sysmonChunk(t)
	// Break the payload of the last record: the offset of its definition.
	for r := range (&evtx.Decoder{}).Records(chunk, evtx.Ref{}, nil) {
		if r.Ref.HeaderRecordID != ids[49] {
			continue
		}
		i := bytes.LastIndex(r.Raw(), []byte{0x0f, 1, 1, 0, 0x0c, 1})
		binary.LittleEndian.PutUint32(chunk[offsets[49]+i+10:], 0xfff0)
	}
	for _, partial := range []bool{false, true} {
		damage, n := 0, 0
		for r := range (&evtx.Decoder{NoCRC: true, Partial: partial}).Records(chunk, evtx.Ref{},
			func(evtx.Damage) { damage++ }) {
			n++
			if r.Partial != (r.Ref.HeaderRecordID == ids[49]) {
				t.Errorf("record %d: partial %v", r.Ref.HeaderRecordID, r.Partial)
			}
		}
		want := 49
		if partial {
			want = 50
		}
		if n != want || damage != 1 {
			t.Errorf("partial %v: %d records and %d damage, want %d and 1", partial, n, damage, want)
		}
	}
}

func TestRecordsAreReadAgainByTheirRef(t *testing.T) {
	onLogs(t, func(t *testing.T, names []string) {
		all, carved := 0, 0
		for _, name := range names {
			f, err := evtx.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			d := &evtx.Decoder{Carve: true}
			var kept []*evtx.Record
			for r := range f.Records(d, nil) {
				kept = append(kept, r.Clone())
			}
			for i, want := range kept {
				if len(kept) > 300 && i%29 > 0 {
					continue
				}
				all++
				got, err := f.RecordAt(d, want.Ref)
				if err != nil {
					t.Fatal(err)
				}
				if got.Ref != want.Ref || got.Written != want.Written ||
					!bytes.Equal(got.Raw(), want.Raw()) || got.ContentHash() != want.ContentHash() {
					t.Errorf("record at 0x%x reads otherwise the second time: %+v, %+v", want.Ref.Offset,
						got.Ref, want.Ref)
				}
				if want.Ref.Carved {
					carved++
				}
			}
			if len(kept) > 0 {
				if _, err := f.RecordAt(d, evtx.Ref{Offset: kept[0].Ref.Offset + 1}); err == nil {
					t.Error("a record where none begins")
				}
			}
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		}
		if carved < 10 || all < 1000 {
			t.Errorf("%d records, %d of them carved: want more for a test", all, carved)
		}
	})
}

func TestDecodersOnManyGoroutinesShareACache(t *testing.T) {
	raw := readLog(
		t,
		"../samples/hostile/WS-LAB-66/C/Windows/System32/winevt/logs/Microsoft-Windows-Sysmon%4Operational.evtx",
	)
	read := func(d *evtx.Decoder, order func(i, n int) int) string {
		n := (len(raw) - evtx.FileHeaderSize) / evtx.ChunkSize
		lines := make(map[int]string)
		buf := make([]byte, evtx.ChunkSize) // one buffer for all chunks
		for i := range n {
			j := order(i, n)
			copy(buf, raw[evtx.FileHeaderSize+j*evtx.ChunkSize:])
			var b bytes.Buffer
			for r := range d.Records(buf, evtx.Ref{Chunk: int32(j)}, nil) {
				fmt.Fprintf(&b, "%d %s %s %d %s\n", r.Ref.HeaderRecordID, r.Channel(), r.Computer(),
					r.EventID(), r.AppendJSON(nil))
			}
			lines[j] = b.String()
		}
		var all strings.Builder
		for i := range n {
			all.WriteString(lines[i])
		}
		return all.String()
	}
	want := read(&evtx.Decoder{}, func(i, _ int) int { return i })
	cache := evtx.NewCache()
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			got := read(&evtx.Decoder{Cache: cache}, func(i, n int) int { return (i*(2*g+1) + g) % n })
			if got != want {
				t.Errorf("goroutine %d reads something else", g)
			}
		})
	}
	wg.Wait()
}

func TestTemplatesAreOnePerShape(t *testing.T) {
	chunk, _, _ := sysmonChunk(t)
	d := &evtx.Decoder{}
	names := make(map[any]string)
	for range 2 {
		for r := range d.Records(chunk, evtx.Ref{}, nil) {
			var b strings.Builder
			for i := range r.Template().NumFields() {
				b.WriteString(r.Template().FieldName(i) + " ")
			}
			key := fmt.Sprintf("%d %s", r.EventID(), b.String())
			if old, ok := names[r.Template()]; ok && old != key {
				t.Errorf("one template for %q and %q", old, key)
			}
			names[r.Template()] = key
			if i := r.DataIndex("UtcTime"); i < 0 || r.DataAt(i).Name != "UtcTime" {
				t.Errorf("record %d has no UtcTime", r.Ref.HeaderRecordID)
			}
		}
	}
	if len(names) != 5 { // Sysmon 1, 10, 11, 12, 13 in this chunk
		t.Errorf("%d templates, want 5", len(names))
	}
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	chunk, _, _ := sysmonChunk(t)
	d := &evtx.Decoder{}
	buf := make([]byte, 0, 1<<20)
	read := func() {
		for r := range d.Records(chunk, evtx.Ref{}, nil) {
			buf = r.AppendJSON(buf[:0])
			_ = r.Provider() + r.Channel()[:0]
			if f, ok := r.Data("Image"); ok {
				buf = f.AppendText(buf[:0])
			}
		}
	}
	read()
	if n := testing.AllocsPerRun(20, read); n > 2 {
		t.Errorf("%v allocations for 50 records", n)
	}
}
