package evtx_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
)

// failing is evidence whose medium cannot read some of it.
type failing struct {
	raw      []byte
	from, to int64
}

var errMedium = errors.New("bad sector")

func (f failing) ReadAt(b []byte, at int64) (int, error) {
	n := int64(copy(b, f.raw[min(at, int64(len(f.raw))):]))
	switch {
	case at < f.to && at+n > f.from:
		return int(max(f.from-at, 0)), errMedium
	case n < int64(len(b)):
		return int(n), io.EOF
	}
	return int(n), nil
}

// threeChunks is a log of three chunks with 20 records each.
func threeChunks(t *testing.T) (raw []byte, placed []evtxtest.Placed) {
	t.Helper()
	var l evtxtest.Log
	for i := range 60 {
		if i%20 == 0 {
			l.Break()
		}
		l.Add(sysmonEvent(i))
	}
	raw, err := l.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return raw, l.Placed()
}

func TestWhatTheMediumCannotReadIsDamageAndTheRestIsRead(t *testing.T) {
	t.Parallel()
	raw, placed := threeChunks(t)
	slot := func(i int) int64 { return evtx.FileHeaderSize + int64(i)*evtx.ChunkSize }
	for _, c := range []struct {
		name     string
		from, to int64
		lost     func(p evtxtest.Placed) bool
		kinds    string
	}{
		{"the second chunk from its start on", slot(1), slot(2),
			func(p evtxtest.Placed) bool { return p.Chunk == 1 }, "read file-header"},
		{"the second chunk from the middle of its records on", placed[30].Offset, slot(2),
			func(p evtxtest.Placed) bool { return p.Chunk == 1 && p.Offset >= placed[30].Offset }, "read truncated"},
		{"the last chunk", slot(2), slot(3), func(p evtxtest.Placed) bool { return p.Chunk == 2 },
			"read file-header file-header"},
	} {
		f, err := evtx.NewFile(failing{raw, c.from, c.to}, int64(len(raw)), 3)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		got := map[int64]bool{}
		var kinds []string
		for r := range f.Records(&evtx.Decoder{Unsummed: true}, func(x evtx.Damage) {
			if x.Kind == evtx.DamageRead && (x.Detail != "bad sector" || x.Ref.File != 3 ||
				x.Ref.Offset != c.from/evtx.ChunkSize*evtx.ChunkSize+evtx.FileHeaderSize) {
				t.Errorf("%s: %+v", c.name, x)
			}
			kinds = append(kinds, x.Kind.String())
		}) {
			got[r.Ref.Offset] = true
		}
		for _, p := range placed {
			if got[p.Offset] == c.lost(p) {
				t.Errorf("%s: the record at 0x%x: read %v", c.name, p.Offset, got[p.Offset])
			}
		}
		if s := strings.Join(kinds, " "); s != c.kinds {
			t.Errorf("%s: damage %q, want %q", c.name, s, c.kinds)
		}
	}
	if _, err := evtx.NewFile(failing{raw, 0, 10}, int64(len(raw)), 0); !errors.Is(err, errMedium) {
		t.Errorf("a header that cannot be read: %v", err)
	}
	headless := raw[evtx.FileHeaderSize+100:]
	if _, err := evtx.NewFile(failing{headless, 70_000, 80_000}, int64(len(headless)), 0); !errors.Is(err,
		errMedium) {
		t.Errorf("a search for the first chunk that the medium ends: %v", err)
	}
	f, err := evtx.NewFile(failing{raw, slot(1), slot(2)}, int64(len(raw)), 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.RecordAt(&evtx.Decoder{}, evtx.Ref{Chunk: 1,
		Offset: placed[25].Offset}); !errors.Is(err, errMedium) ||
		!strings.Contains(err.Error(), "chunk 1 at 0x11000") {
		t.Errorf("a record that cannot be read again: %v", err)
	}
	damage := 0
	for range (&evtx.Decoder{}).CarveRaw(failing{raw, slot(1), slot(2)}, int64(len(raw)), 0, func(x evtx.Damage) {
		if damage++; x.Kind != evtx.DamageRead || x.Detail != "bad sector" {
			t.Errorf("%+v", x)
		}
	}) {
	}
	if damage != 1 {
		t.Errorf("raw carving reports %d spans that cannot be read, want 1", damage)
	}
}

func TestAReferenceThatLeadsNowhereIsAnErrorThatSaysWhy(t *testing.T) {
	t.Parallel()
	raw, placed := threeChunks(t)
	f := openLog(t, raw)
	for _, c := range []struct {
		name, says string
		ref        evtx.Ref
	}{
		{"before the file", "the file has 200704 bytes", evtx.Ref{Offset: -1}},
		{"behind the file", "no record at 0x31000: the file has 200704 bytes", evtx.Ref{Offset: int64(len(raw))}},
		{"in the file header", "slots begin at 0x1000", evtx.Ref{Offset: 4095}},
		{"in a chunk off the grid that is elsewhere", "it is not in the chunk at 0x200",
			evtx.Ref{Chunk: -3, Offset: 100_000}},
		{"before a chunk off the grid", "it is not in the chunk at 0x400", evtx.Ref{Chunk: -4, Offset: 1023}},
		{"behind a chunk off the grid", "it is not in the chunk at 0x200",
			evtx.Ref{Chunk: -3, Offset: 512 + evtx.ChunkSize}},
		{"where no record begins", "chunk 0: no record at 0x1201", evtx.Ref{Offset: placed[0].Offset + 1}},
		{"in the last bytes of a chunk", "chunk 0: no record at 0x10ffc",
			evtx.Ref{Offset: evtx.FileHeaderSize + evtx.ChunkSize - 4}},
	} {
		if _, err := f.RecordAt(&evtx.Decoder{}, c.ref); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.name, err, c.says)
		}
	}
	broken := bytes.Clone(raw)
	for i := range 20 {
		broken[placed[5].Offset+24+int64(i)] = 0x1f
	}
	if _, err := openLog(t, broken).RecordAt(&evtx.Decoder{},
		evtx.Ref{Offset: placed[5].Offset}); err == nil || !strings.Contains(err.Error(), "record 6: ") {
		t.Errorf("a record that cannot be decoded: %v", err)
	}
	// The number of the chunk is not needed on the grid, and another one does no harm.
	if r, err := f.RecordAt(&evtx.Decoder{}, evtx.Ref{Chunk: 9, Offset: placed[59].Offset}); err != nil ||
		r.Ref.Chunk != 2 || r.Ref.HeaderRecordID != 60 {
		t.Errorf("the last record: %v", err)
	}
}

func TestFilesAreOpenedByName(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	raw, placed := threeChunks(t)
	for name, content := range map[string][]byte{"log.evtx": raw, "text.evtx": []byte("no log"), "empty.evtx": nil} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f, err := evtx.Open(filepath.Join(dir, "log.evtx"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for range f.Records(&evtx.Decoder{}, nil) {
		n++
	}
	if n != len(placed) || f.Header.Chunks != 3 || f.Header.NextRecordID != 61 || f.Header.Major != 3 ||
		f.Header.Minor != 1 {
		t.Errorf("%d records, header %+v", n, f.Header)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if err := openLog(t, raw).Close(); err != nil {
		t.Errorf("what was not opened by name has nothing to close: %v", err)
	}
	for _, name := range []string{"text.evtx", "empty.evtx"} {
		if _, err := evtx.Open(filepath.Join(dir, name)); !errors.Is(err, evtx.ErrNotEVTX) ||
			!strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := evtx.Open(filepath.Join(dir, "absent.evtx")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestEachFaultOfAFileHeaderIsTold(t *testing.T) {
	t.Parallel()
	raw, _ := threeChunks(t)
	for _, c := range []struct {
		name   string
		change func(h []byte)
		kinds  string
		says   string
	}{
		{"none", func([]byte) {}, "", ""},
		{"another version", func(h []byte) { h[38] = 4; evtxtest.FixHeaderCRC(h) }, "file-header",
			"format version 4.1, hunt knows 3.x"},
		{"a wrong checksum", func(h []byte) { h[124] ^= 1 }, "file-header", "file header CRC"},
		{"a wrong checksum that nobody keeps", func(h []byte) { h[124] ^= 1; h[120] = evtx.FlagNoCRC }, "", ""},
		{"not closed", func(h []byte) { h[120] = evtx.FlagDirty; evtxtest.FixHeaderCRC(h) }, "dirty",
			"the log was not closed"},
		{"full", func(h []byte) { h[120] = evtx.FlagFull; evtxtest.FixHeaderCRC(h) }, "", ""},
		{"fewer chunks than there are", func(h []byte) { h[42] = 2; evtxtest.FixHeaderCRC(h) },
			"file-header", "header counts 2 chunks, found 3"},
		{"another record id", func(h []byte) { h[24] = 9; evtxtest.FixHeaderCRC(h) }, "file-header",
			"header expects record id 9 next, the last one found is 60"},
		{"gone", func(h []byte) { clear(h) }, "no-file-header", "the file does not begin with a header"},
	} {
		f := bytes.Clone(raw)
		c.change(f[:evtx.FileHeaderSize])
		var kinds, details []string
		n := 0
		for range openLog(t, f).Records(&evtx.Decoder{}, func(x evtx.Damage) {
			if kinds, details = append(kinds, x.Kind.String()),
				append(details, x.Detail); x.Ref.Chunk != -1 || x.Ref.Offset != 0 {
				t.Errorf("%s: damage of the header at %+v", c.name, x.Ref)
			}
		}) {
			n++
		}
		if got := strings.Join(kinds, " "); got != c.kinds ||
			!strings.Contains(strings.Join(details, "; "), c.says) || n != 60 {
			t.Errorf("%s: %d records, damage %q: %q", c.name, n, got, details)
		}
	}
	for size, want := range map[int]string{127: "truncated", 128: "no-file-header"} {
		_, damage := evtx.ParseFileHeader(make([]byte, size), int64(size))
		if len(damage) != 1 || damage[0].Kind.String() != want {
			t.Errorf("%d bytes: %+v", size, damage)
		}
	}
	for size, want := range map[int64]int{evtx.FileHeaderSize - 1: 1, evtx.FileHeaderSize: 1,
		evtx.FileHeaderSize + evtx.ChunkSize: 0} {
		_, damage := evtx.ParseFileHeader(evtxtest.FileHeader(0, 1, 0), size)
		if len(damage) != want || want == 1 && (damage[0].Kind != evtx.DamageTruncated ||
			damage[0].Ref.Offset != size) {
			t.Errorf("no chunk counted, %d bytes: %+v", size, damage)
		}
	}
	if _, damage := evtx.ParseFileHeader(raw[:128], -1); len(damage) != 0 {
		t.Errorf("of a size that is not known: %+v", damage)
	}
	over := append(bytes.Clone(raw), make([]byte, 100)...)
	if _, damage := evtx.ParseFileHeader(over[:evtx.FileHeaderSize],
		int64(len(over))); len(damage) != 1 || !strings.Contains(damage[0].Detail, "100 bytes over") {
		t.Errorf("bytes behind the last chunk: %+v", damage)
	}
}

func TestEveryKindOfDamageHasANameAndSaysWhetherItLosesRecords(t *testing.T) {
	t.Parallel()
	loses := map[string]bool{ // docs/evtx-format.md, "Damage kinds"
		"file-header": false, "dirty": false, "chunk-header": true, "chunk-crc": false,
		"empty-chunk": false, "no-file-header": true, "truncated": true, "record": true,
		"torn-record": true, "binxml": true, "gap": true, "read": true, "values-shifted": false,
		"stale-header": false, "panic": true,
	}
	for k := evtx.DamageFileHeader; k.String() != "unknown"; k++ {
		want, ok := loses[k.String()]
		if !ok || k.LosesRecords() != want {
			t.Errorf("%s: loses records %v, want %v; in the list %v", k, k.LosesRecords(), want, ok)
		}
		delete(loses, k.String())
	}
	if len(loses) > 0 {
		t.Errorf("no kind is called %v", loses)
	}
	if evtx.DamageKind(0).String() != "unknown" {
		t.Error("no damage has a name")
	}
}
