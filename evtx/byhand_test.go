package evtx_test

import (
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"
	"testing"
	"time"

	"hunt/evtx"
	"hunt/evtx/goevtx"
)

// handMade returns the log that testdata/byhand.txt describes, in one chunk, and its chunk offsets.
func handMade(t *testing.T) (raw []byte) {
	t.Helper()
	raw = make([]byte, evtx.FileHeaderSize+evtx.ChunkSize)
	copy(raw, "ElfFile\x00")
	binary.LittleEndian.PutUint64(raw[24:], 73) // next record id
	binary.LittleEndian.PutUint16(raw[38:], 3)  // version 3.0
	binary.LittleEndian.PutUint16(raw[42:], 1)  // one chunk
	binary.LittleEndian.PutUint32(raw[120:], evtx.FlagNoCRC)
	chunk := raw[evtx.FileHeaderSize:]
	copy(chunk, "ElfChnk\x00")
	for _, at := range []int{8, 24} {
		binary.LittleEndian.PutUint64(chunk[at:], 71)   // first record
		binary.LittleEndian.PutUint64(chunk[at+8:], 72) // last record
	}
	end := 512
	for line := range strings.Lines(string(readLog(t, "testdata/byhand.txt"))) {
		at, rest, ok := strings.Cut(line, "  ")
		pos, err := strconv.ParseUint(at, 16, 16)
		if !ok || err != nil {
			continue // the heading
		}
		text, _, _ := strings.Cut(rest, ";")
		b, err := hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(text), " ", ""))
		if err != nil || int(pos) != end {
			t.Fatalf("%q: %v; want offset %x", line, err, end)
		}
		end += copy(chunk[pos:], b)
	}
	binary.LittleEndian.PutUint32(chunk[48:], uint32(end))
	return raw
}

func TestRecordsLaidOutByHandSayWhatTheirBytesSay(t *testing.T) {
	t.Parallel()
	want := []struct {
		offset     int64
		id, record uint64
		event      uint32
		user       string
		written    time.Time
		json, xml  string
	}{
		{0x1200, 71, 9001, 4688, "S-1-5-32-544", time.Date(2026, 3, 12, 9, 14, 4, 0, time.UTC),
			`{"Event":{"System":{"Provider":{"#attributes":{"Name":"Hand"}},"EventID":4688,` +
				`"TimeCreated":{"#attributes":{"SystemTime":"2026-03-12T09:14:03.1234567Z"}},"EventRecordID":9001,"Channel":"Made","Computer":"hand-1",` +
				`"Security":{"#attributes":{"UserID":"S-1-5-32-544"}}},"EventData":{"User":"annä","Logon":"0x3e7"}}}`,
			`<Event><System><Provider Name="Hand"/><EventID>4688</EventID><TimeCreated SystemTime="2026-03-12T09:14:03.1234567Z"/>` +
				`<EventRecordID>9001</EventRecordID><Channel>Made</Channel><Computer>hand-1</Computer><Security UserID="S-1-5-32-544"/></System>` +
				`<EventData><Data Name="User">annä</Data><Data Name="Logon">0x3e7</Data></EventData></Event>`},
		{0x1518, 72, 9002, 1102, "", time.Date(2026, 3, 12, 9, 14, 6, 0, time.UTC),
			`{"Event":{"System":{"Provider":{"#attributes":{"Name":"Hand"}},"EventID":1102,` +
				`"TimeCreated":{"#attributes":{"SystemTime":"2026-03-12T09:14:05.0000000Z"}},"EventRecordID":9002,"Channel":"Made","Computer":"hand-1",` +
				`"Security":null},"EventData":{"User":"","Logon":"0x0"}}}`,
			`<Event><System><Provider Name="Hand"/><EventID>1102</EventID><TimeCreated SystemTime="2026-03-12T09:14:05.0000000Z"/>` +
				`<EventRecordID>9002</EventRecordID><Channel>Made</Channel><Computer>hand-1</Computer><Security/></System>` +
				`<EventData><Data Name="User"/><Data Name="Logon">0x0</Data></EventData></Event>`},
	}
	raw := handMade(t)
	i := 0
	for r := range openLog(t, raw).Records(&evtx.Decoder{}, func(x evtx.Damage) { t.Errorf("damage: %+v", x) }) {
		if i == len(want) {
			t.Fatal("more records than there are")
		}
		w := want[i]
		i++
		if r.Ref.Offset != w.offset || r.Ref.Chunk != 0 || r.Ref.HeaderRecordID != w.id ||
			r.Ref.EventRecordID != w.record || r.Ref.Carved {
			t.Errorf("record %d: %+v", i, r.Ref)
		}
		if r.EventID() != w.event || r.Provider() != "Hand" || r.Channel() != "Made" ||
			r.Computer() != "hand-1" || r.UserID() != w.user || r.Written != evtx.FiletimeOf(w.written) {
			t.Errorf("record %d: event %d of %s in %s on %s by %q, written %s", i, r.EventID(),
				r.Provider(), r.Channel(), r.Computer(), r.UserID(), r.Written)
		}
		if got := string(r.AppendJSON(nil)); got != w.json {
			t.Errorf("record %d:\n%s\nwant\n%s", i, got, w.json)
		}
		if got := string(r.AppendXML(nil)); got != w.xml {
			t.Errorf("record %d:\n%s\nwant\n%s", i, got, w.xml)
		}
		theirs, err := goevtx.ReadRecord(raw[evtx.FileHeaderSize:], w.offset-evtx.FileHeaderSize)
		if err != nil || theirs.EventRecordID != w.record || theirs.EventID != w.event {
			t.Errorf("record %d: golang-evtx reads it as %+v, %v", i, theirs, err)
		}
	}
	if i != len(want) {
		t.Errorf("%d records, want %d", i, len(want))
	}
}
