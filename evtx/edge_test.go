package evtx_test

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"hunt/evtx"
)

// The smallest record that the format has room for has a body of four bytes. Without one it was torn.
func TestTheSmallestRecordIsARecord(t *testing.T) {
	t.Parallel()
	const smallest = 32
	for size, want := range map[int]string{
		smallest:     "torn-record: record 3: header without a body",
		smallest - 1: "record: record 3: size 31, want 32 to",
	} {
		raw, placed := sysmonLog(t, 3)
		chunk, last := raw[evtx.FileHeaderSize:], raw[placed[2].Offset:]
		binary.LittleEndian.PutUint32(last[4:], uint32(size)) // #nosec G115 -- small
		clear(last[24:])
		binary.LittleEndian.PutUint32(last[size-4:], uint32(size)) // #nosec G115 -- small
		fixCRC(chunk)
		ids, damage := liveIDs(chunk)
		if len(ids) != 2 || len(damage) == 0 || !strings.HasPrefix(damage[0], want) {
			t.Errorf("size %d: live %v, damage %q, want %q", size, ids, damage, want)
		}
	}
}

// The damage of a gap is as large as what is between the records.
func TestAGapIsAsLargeAsWhatIsMissing(t *testing.T) {
	t.Parallel()
	raw, placed := sysmonLog(t, 3)
	raw[placed[1].Offset] = 'x'
	chunk := raw[evtx.FileHeaderSize:]
	fixCRC(chunk)
	var gaps []evtx.Damage
	for range (&evtx.Decoder{}).Records(chunk, evtx.Ref{Offset: evtx.FileHeaderSize}, func(d evtx.Damage) {
		gaps = append(gaps, d)
	}) {
	}
	if len(gaps) != 1 || gaps[0].Ref.Offset != placed[1].Offset || gaps[0].Size != int64(placed[1].Size) {
		t.Errorf("%+v, want %d bytes at %d", gaps, placed[1].Size, placed[1].Offset)
	}
}

// A file may end with the header of its only chunk.
func TestAHeaderOfAChunkAloneIsALog(t *testing.T) {
	t.Parallel()
	raw, _ := sysmonLog(t, 1)
	const header = 512
	for n, want := range map[int]bool{header: true, header - 1: false} {
		part := raw[evtx.FileHeaderSize : evtx.FileHeaderSize+n]
		if _, err := evtx.NewFile(bytes.NewReader(part), int64(n), 0); (err == nil) != want {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

// What explains a record says where its size leads, and goes no farther than that.
func TestTheHeaderOfARecordIsExplained(t *testing.T) {
	t.Parallel()
	raw, placed := sysmonLog(t, 2)
	chunk, at := raw[evtx.FileHeaderSize:], int(placed[1].Offset)-evtx.FileHeaderSize
	size := int(binary.LittleEndian.Uint32(chunk[at+4:]))
	fields := func() (names, wrong []string) {
		for _, f := range evtx.ExplainRecord(chunk, at) {
			names = append(names, f.Name)
			if f.Wrong {
				wrong = append(wrong, f.Name)
			}
		}
		return names, wrong
	}
	if names, wrong := fields(); len(wrong) > 0 || names[len(names)-1] != "copy of the size" ||
		!strings.Contains(strings.Join(names, " "), "offset of the definition") {
		t.Errorf("%q, wrong %q", names, wrong)
	}
	for _, c := range []struct {
		size  int
		last  string
		wrong int
	}{{len(chunk), "written", 1}, {31, "written", 1}, {32, "written", 0}, {41, "written", 0},
		{size - 8, "copy of the size", 1}} {
		binary.LittleEndian.PutUint32(chunk[at+4:], uint32(c.size)) // #nosec G115 -- small
		names, wrong := fields()
		if names[len(names)-1] != c.last || len(wrong) != c.wrong {
			t.Errorf("size %d: %q, wrong %q", c.size, names, wrong)
		}
	}
	if f := evtx.ExplainRecord(chunk, len(chunk)-23); f != nil {
		t.Errorf("behind the last header: %v", f)
	}
	if f := evtx.ExplainRecord(chunk, -1); f != nil {
		t.Errorf("before the chunk: %v", f)
	}
}

// What explains a chunk's header agrees with the chunk, and says which of its fields do not.
func TestTheHeaderOfAChunkIsExplained(t *testing.T) {
	t.Parallel()
	raw, _ := sysmonLog(t, 2)
	chunk := raw[evtx.FileHeaderSize:]
	wrong := func(data []byte) (names []string) {
		for _, f := range evtx.ExplainChunk(data) {
			if f.Wrong {
				names = append(names, f.Name)
			}
		}
		return names
	}
	if got := wrong(chunk); len(got) > 0 {
		t.Errorf("a sound chunk: %q", got)
	}
	if got := wrong(chunk[:511]); len(got) != 1 {
		t.Errorf("a header that is cut short: %q", got)
	}
	chunk[0], chunk[44] = 'x', chunk[44]+1 // the magic, the offset of the last record
	if got := wrong(chunk); len(got) != 3 {
		t.Errorf("%q, want the magic, the last record and the checksum of the header", got)
	}
}
