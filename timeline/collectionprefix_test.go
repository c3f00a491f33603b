package timeline

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"os"
	"slices"
	"testing"
)

// program is a Windows program of one section, and nothing behind it.
func program(signature uint32) []byte {
	le := binary.LittleEndian
	b := make([]byte, 0x400+0x200)
	copy(b, "MZ")
	le.PutUint32(b[0x3c:], 0x80)
	copy(b[0x80:], "PE\x00\x00")
	le.PutUint16(b[0x86:], 1)     // sections
	le.PutUint16(b[0x94:], 0xf0)  // bytes of the optional header
	le.PutUint16(b[0x98:], 0x20b) // PE32+
	le.PutUint32(b[0x98+112+8*4:], signature)
	section := b[0x98+0xf0:]
	le.PutUint32(section[16:], 0x200)
	le.PutUint32(section[20:], 0x400)
	return b
}

func TestArchivesBehindAProgramAreFound(t *testing.T) {
	members := logs(2)
	packed := zipOf(t, zip.Deflate, members...)
	seven, err := os.ReadFile("testdata/archives/7zip-lzma.7z")
	if err != nil {
		t.Fatal(err)
	}
	config := []byte(";!@Install@!UTF-8!\nTitle=\"Collection\"\n;!@InstallEnd@!")
	dir := t.TempDir()
	write(t, dir, "collector.exe", slices.Concat(program(0), packed))
	write(t, dir, "seven.exe", slices.Concat(program(0), config, seven))
	signed := slices.Concat(program(0x600+uint32(len(packed))), packed, make([]byte, 5000))
	write(t, dir, "signed.exe", signed)
	write(t, dir, "only-signed.exe", slices.Concat(program(0x600), bytes.Repeat([]byte("sig "), 500)))
	write(t, dir, "plain.exe", program(0))
	write(t, dir, "outer.zip", zipOf(t, zip.Deflate, member{"inner.exe", slices.Concat(program(0), packed)}))
	col, list := collectIn(t, CollectOptions{}, dir)
	want := []string{"collector.exe!/logs/00.evtx read", "collector.exe!/logs/01.evtx read", "outer.zip!/inner.exe!/logs/00.evtx read",
		"outer.zip!/inner.exe!/logs/01.evtx read", "signed.exe!/logs/00.evtx read", "signed.exe!/logs/01.evtx read"}
	var got []string
	for _, l := range list {
		if l[:5] != "seven" {
			got = append(got, l)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", list)
	}
	if len(list) != len(want)+1 || col.Files[len(col.Files)-1].Status != FileRead && col.Files[len(col.Files)-3].Status != FileRead {
		t.Errorf("the 7z: %q", list)
	}
}

func TestWhatIsLeftOfALogIsNoArchive(t *testing.T) {
	log := logs(1)[0].body
	clear(log[:8])
	packed := zipOf(t, zip.Deflate, member{"letter.txt", []byte("dear sir")})
	for i := 0; i < len(log)-len(packed); i += 4096 { // remains of a zip in the slack of the chunk, as a disk has them
		if len(bytes.Trim(log[i:i+len(packed)], "\x00")) == 0 {
			copy(log[i:], packed)
			break
		}
	}
	dir := t.TempDir()
	path := write(t, dir, "rest.bin", log)
	col, list := collectIn(t, CollectOptions{}, path)
	if !slices.Equal(list, []string{"rest.bin read"}) {
		t.Errorf("%q %+v", list, col.Files)
	}
	stored := zipOf(t, zip.Store, logs(1)...)
	clear(stored[:4])
	if names, _ := readMembers(t, CollectOptions{}, "logs.zip", stored, logs(1)); len(names) != 1 {
		t.Errorf("the log of a stored zip whose first bytes are gone is not read")
	}
}
