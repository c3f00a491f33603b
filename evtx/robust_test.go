package evtx_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"hunt/evtx"
	"hunt/evtx/binxml"
)

// exercise reads everything a record has, and fails where what comes out is not
// sound: JSON must parse, output must stay below its cap, a clone must say the same.
func exercise(t testing.TB, r *evtx.Record, buf []byte) []byte {
	early := system(r) // while the values stand where they are
	buf = r.AppendJSON(buf[:0])
	if !json.Valid(buf) {
		t.Fatalf("record at 0x%x: no JSON: %.2000s", r.Ref.Offset, buf)
	}
	// Beyond the cap only what is not a value may follow: one definition's names and marks.
	if len(buf) > binxml.MaxOutput+64*binxml.MaxDefinition {
		t.Fatalf("record at 0x%x: %d bytes of JSON", r.Ref.Offset, len(buf))
	}
	if c := r.Clone(); !bytes.Equal(c.AppendJSON(nil), buf) || c.ContentHash() != r.ContentHash() {
		t.Fatalf("record at 0x%x: the clone differs", r.Ref.Offset)
	}
	buf = r.AppendXML(buf[:0])
	if len(buf) > binxml.MaxOutput+64*binxml.MaxDefinition {
		t.Fatalf("record at 0x%x: %d bytes of XML", r.Ref.Offset, len(buf))
	}
	n := 0
	for f := range r.Fields() {
		if n++; n > 2000 {
			break // an array of 30,000 items says no more than one of 2,000
		}
		buf = f.AppendText(buf[:0])
		f.Value()
	}
	if late := system(r); late != early {
		t.Fatalf("record at 0x%x: System says %+v, and when all values have been read %+v", r.Ref.Offset, early, late)
	}
	return buf
}

// systemValues is what a record's System element says.
type systemValues struct {
	provider, guid, source, channel, computer, user, activity, related string
	id, process, thread                                                uint32
	keywords, record                                                   uint64
	qualifiers, task                                                   uint16
	version, level, opcode                                             uint8
	qualified                                                          bool
	at                                                                 evtx.Filetime
}

func system(r *evtx.Record) (s systemValues) {
	s = systemValues{
		provider: r.Provider(), guid: r.ProviderGUID(), source: r.EventSourceName(), channel: r.Channel(),
		computer: r.Computer(),
		user:     r.UserID(), activity: r.ActivityID(), related: r.RelatedActivityID(), id: r.EventID(),
		process: r.ProcessID(), thread: r.ThreadID(),
		keywords: r.Keywords(), record: r.EventRecordID(), task: r.Task(), version: r.Version(),
		level: r.Level(), opcode: r.Opcode(), at: r.TimeCreated(),
	}
	s.qualifiers, s.qualified = r.Qualifiers()
	return s
}

// said is all that a decoder says of a slot, as text.
func said(t testing.TB, d *evtx.Decoder, data []byte) (all []byte) {
	damage := func(x evtx.Damage) {
		if x.Kind == evtx.DamagePanic {
			t.Fatal(x.Detail)
		}
		all = fmt.Appendf(all, "%x %v %s\n", x.Ref.Offset, x.Kind, x.Detail)
	}
	for r := range d.Records(data, evtx.Ref{}, damage) {
		all = append(r.AppendJSON(fmt.Appendf(all, "%x %+v ", r.Ref.Offset, system(r))), '\n')
	}
	return all
}

// difference shows the first line in which two decoders differ.
func difference(got, want []byte) string {
	a, b := bytes.Split(got, []byte("\n")), bytes.Split(want, []byte("\n"))
	for i := range a {
		if i >= len(b) || !bytes.Equal(a[i], b[i]) {
			return fmt.Sprintf("a decoder that has read the chunk says\n%.2000s\na new one\n%.2000s",
				a[i], b[min(i, len(b)-1)])
		}
	}
	return fmt.Sprintf("a decoder that has read the chunk says %d lines, a new one %d", len(a), len(b))
}

// A decoder remembers definitions. What it has read before must not show in what it says of a chunk
// that is nearly the same.
func TestWhatWasReadBeforeChangesNothing(t *testing.T) { onLogs(t, whatWasReadBeforeChangesNothing) }

func whatWasReadBeforeChangesNothing(t *testing.T, names []string) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(20260314, 3))
	differ := 0
	for i := range mutations(t, 150) {
		raw := readLog(t, names[rnd.IntN(len(names))])
		slots := (len(raw) - evtx.FileHeaderSize) / evtx.ChunkSize
		if slots == 0 {
			continue
		}
		chunk := raw[evtx.FileHeaderSize+rnd.IntN(slots)*evtx.ChunkSize:][:evtx.ChunkSize]
		d := &evtx.Decoder{Partial: true}
		before := said(t, d, chunk)
		for range 8 {
			// Names and definitions come first: there the bytes are changed.
			data := bytes.Clone(chunk)
			for range 1 + rnd.IntN(6) {
				at := 512 + rnd.IntN(1<<(9+rnd.IntN(7)))
				data[at%len(data)] ^= byte(1 << rnd.IntN(8))
			}
			got, want := said(t, d, data), said(t, &evtx.Decoder{Partial: true}, data)
			if !bytes.Equal(got, want) {
				t.Fatalf("mutation %d: %s", i, difference(got, want))
			}
			if !bytes.Equal(got, before) {
				differ++
			}
		}
	}
	if differ == 0 {
		t.Error("no mutation has changed what is said")
	}
}

// survive reads a file of those bytes to the end with everything on, and returns where its live
// records and its damage are.
func survive(t testing.TB, raw []byte) (records map[int64]uint64, damage []evtx.Damage) {
	records = make(map[int64]uint64)
	f, err := evtx.NewFile(bytes.NewReader(raw), int64(len(raw)), 0)
	if err != nil {
		return records, nil
	}
	start := time.Now()
	d := &evtx.Decoder{Carve: true, Partial: true}
	var buf []byte
	for r := range f.Records(d, func(x evtx.Damage) {
		if x.Kind == evtx.DamagePanic {
			t.Fatalf("%s", x.Detail)
		}
		damage = append(damage, x)
	}) {
		buf = exercise(t, r, buf)
		if !r.Ref.Carved {
			records[r.Ref.Offset] = r.ContentHash()
		}
	}
	if took, most := time.Since(start), 10*time.Second+time.Duration(len(raw))*2*time.Microsecond; took > most {
		t.Errorf("%d bytes took %v, want %v at most", len(raw), took, most)
	}
	return records, damage
}

// mutations returns how many mutated files a test reads: few by default, more with HUNT_LONG
// set to their number.
func mutations(t testing.TB, few int) int {
	s := os.Getenv("HUNT_LONG")
	if s == "" {
		return few
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatalf("HUNT_LONG is %q, want a number of mutations", s)
	}
	return n
}

// mutant is a file with some damage done to it; touched are the spans that were changed.
type mutant struct {
	raw     []byte
	touched [][2]int
	moved   bool // chunks are in each other's place
	what    string
}

func mutate(rnd *rand.Rand, raw []byte) mutant {
	m := mutant{raw: bytes.Clone(raw)}
	slots := (len(raw) - evtx.FileHeaderSize) / evtx.ChunkSize
	switch kind := rnd.IntN(8); {
	case kind < 5:
		n := []int{1, 1, 4, 16, 256}[kind]
		m.what = fmt.Sprintf("%d bytes changed", n)
		for range n {
			at := rnd.IntN(len(m.raw))
			m.raw[at] ^= byte(1 + rnd.IntN(255))
			m.touched = append(m.touched, [2]int{at, at + 1})
		}
	case kind == 5:
		at := rnd.IntN(len(m.raw)/512) * 512
		m.what = fmt.Sprintf("cut at 0x%x", at)
		m.raw = m.raw[:at]
		m.touched = append(m.touched, [2]int{at / evtx.ChunkSize * evtx.ChunkSize, len(raw)})
	case kind == 6 && slots > 1:
		a, b := rnd.IntN(slots), rnd.IntN(slots)
		m.what, m.moved = fmt.Sprintf("chunks %d and %d swapped", a, b), true
		at := func(i int) []byte { return m.raw[evtx.FileHeaderSize+i*evtx.ChunkSize:][:evtx.ChunkSize] }
		tmp := bytes.Clone(at(a))
		copy(at(a), at(b))
		copy(at(b), tmp)
		m.touched = append(m.touched, [2]int{0, len(raw)})
	default:
		// Offsets that refer to themselves, to their record or into another one.
		m.what = "offsets changed"
		for range 1 + rnd.IntN(8) {
			at := rnd.IntN(len(m.raw)-4) &^ 3
			to := (at - evtx.FileHeaderSize) % evtx.ChunkSize
			if rnd.IntN(2) == 0 {
				to = rnd.IntN(evtx.ChunkSize)
			}
			for i := range 4 {
				m.raw[at+i] = byte(to >> (8 * i))
			}
			m.touched = append(m.touched, [2]int{at, at + 4})
		}
	}
	return m
}

func TestMutatedFilesAreReadToTheEnd(t *testing.T) { onLogs(t, mutatedFilesAreReadToTheEnd) }

func mutatedFilesAreReadToTheEnd(t *testing.T, names []string) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(20260314, 1))
	var raw []byte
	var sound map[int64]uint64
	for i := range mutations(t, 400) {
		if i%20 == 0 {
			raw = readLog(t, names[rnd.IntN(len(names))])
			sound, _ = survive(t, raw)
		}
		m := mutate(rnd, raw)
		got, damage := survive(t, m.raw)
		if t.Failed() {
			t.Fatalf("mutation %d: %s", i, m.what)
		}
		if len(m.raw) < evtx.FileHeaderSize+8 {
			continue
		}
		contents := make(map[uint64]bool)
		for _, hash := range got {
			contents[hash] = true
		}
		// What stands in chunks that were not touched is returned as before, and what stands in those that
		// were is returned or accounted for.
		for off, hash := range sound {
			chunk := int((off - evtx.FileHeaderSize) / evtx.ChunkSize)
			lo := evtx.FileHeaderSize + chunk*evtx.ChunkSize
			touched := false
			for _, s := range m.touched {
				touched = touched || s[0] < lo+evtx.ChunkSize && s[1] > lo
			}
			switch h, ok := got[off]; {
			case !touched && h != hash && evtx.Sniff(m.raw):
				t.Fatalf("mutation %d, %s at %x: record at 0x%x of an untouched chunk is lost or changed",
					i, m.what, m.touched, off)
			case touched && !ok && len(damage) == 0 && evtx.Sniff(m.raw) && !(m.moved && contents[hash]):
				t.Fatalf("mutation %d, %s at %x: record at 0x%x is neither returned nor accounted for", i,
					m.what, m.touched, off)
			}
		}
	}
}

// What only its neighbours vouch for, and what a template of its chunk was lent to, is read again
// as it was read.
func TestRecordsOfDamagedFilesAreReadAgainByTheirRef(t *testing.T) {
	onLogs(t, recordsOfDamagedFilesAreReadAgainByTheirRef)
}

func recordsOfDamagedFilesAreReadAgainByTheirRef(t *testing.T, names []string) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(20260314, 3))
	n, carved := 0, 0
	for range mutations(t, 60) {
		raw := readLog(t, names[rnd.IntN(len(names))])
		m := mutate(rnd, raw[:min(len(raw), evtx.FileHeaderSize+8*evtx.ChunkSize)])
		for at := evtx.FileHeaderSize; at+evtx.ChunkSize <= len(m.raw); at += evtx.ChunkSize {
			if i := bytes.LastIndex(m.raw[at:at+evtx.ChunkSize/2], []byte("**\x00\x00")); i >= 512 {
				clear(m.raw[at+i+4 : at+i+8]) // the size of a record: its copy and the next record vouch for it
			}
		}
		f, err := evtx.NewFile(bytes.NewReader(m.raw), int64(len(m.raw)), 0)
		if err != nil {
			continue // not even a header is left
		}
		d := &evtx.Decoder{Carve: true, Partial: true}
		var kept []*evtx.Record
		for r := range f.Records(d, nil) {
			kept = append(kept, r.Clone())
		}
		stats := d.Stats
		for _, want := range kept {
			got, err := f.RecordAt(d, want.Ref)
			if err != nil {
				t.Fatalf("%s: %v", m.what, err)
			}
			if got.Ref != want.Ref || got.Partial != want.Partial || got.Borrowed != want.Borrowed ||
				got.ContentHash() != want.ContentHash() {
				t.Errorf("%s: record at 0x%x reads otherwise the second time: %+v, %+v", m.what,
					want.Ref.Offset, got.Ref, want.Ref)
			}
			if n++; want.Ref.Carved {
				carved++
			}
		}
		if d.Stats != stats {
			t.Errorf("reading again was counted: %+v, before %+v", d.Stats, stats)
		}
	}
	t.Logf("%d records, %d of them carved", n, carved)
	if n == 0 || carved == 0 {
		t.Error("nothing was read again")
	}
}

func TestMutatedRawEvidenceIsReadToTheEnd(t *testing.T) { onLogs(t, mutatedRawEvidenceIsReadToTheEnd) }

func mutatedRawEvidenceIsReadToTheEnd(t *testing.T, names []string) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(20260314, 2))
	for i := range mutations(t, 40) {
		m := mutate(rnd, readLog(t, names[rnd.IntN(len(names))]))
		img := m.raw[min(rnd.IntN(600), len(m.raw)):]
		d := &evtx.Decoder{Partial: true}
		var buf []byte
		for r := range d.CarveRaw(bytes.NewReader(img), int64(len(img)), 0, nil) {
			buf = exercise(t, r, buf)
		}
		if t.Failed() {
			t.Fatalf("mutation %d: %s", i, m.what)
		}
	}
}

func TestAFileCutAnywhereKeepsWhatStandsBeforeTheCut(t *testing.T) {
	t.Parallel()
	raw, placed := sysmonLog(t, 50)
	sound, _ := survive(t, raw)
	if len(sound) != len(placed) {
		t.Fatalf("%d of %d records read", len(sound), len(placed))
	}
	for cut := 512; cut < len(raw); cut += 512 {
		got, damage := survive(t, raw[:cut])
		if len(damage) == 0 {
			t.Errorf("cut at 0x%x: nothing says so", cut)
		}
		for off, hash := range sound {
			size := int64(binary.LittleEndian.Uint32(raw[off+4:]))
			switch h, ok := got[off]; {
			case off+size <= int64(cut) && h != hash:
				t.Errorf("cut at 0x%x: the record at 0x%x is lost or changed", cut, off)
			case off+size > int64(cut) && ok:
				t.Errorf("cut at 0x%x: the record at 0x%x, of %d bytes, is made up", cut, off, size)
			}
		}
	}
}
