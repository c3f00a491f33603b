package evidence

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"os"
	"slices"
	"strings"
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
	col, list := collectIn(t, Options{}, dir)
	want := []string{"collector.exe!/logs/00.evtx read", "collector.exe!/logs/01.evtx read",
		"outer.zip!/inner.exe!/logs/00.evtx read",
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
	if len(list) != len(want)+1 || col.Files[len(col.Files)-1].Status != Read &&
		col.Files[len(col.Files)-3].Status != Read {
		t.Errorf("the 7z: %q", list)
	}
}

// linuxProgram is a Linux program of one segment, with its section table at the end or none.
func linuxProgram(class byte, sections bool) []byte {
	le := binary.LittleEndian
	b := make([]byte, 0x3000)
	copy(b, "\x7fELF")
	b[4], b[5] = class, 1
	if class == 1 {
		le.PutUint32(b[28:], 52)
		copy(b[42:], "\x20\x00\x01\x00\x28\x00")
		le.PutUint32(b[52+4:], 0x1000)
		le.PutUint32(b[52+16:], 0x2000)
		return b
	}
	le.PutUint64(b[32:], 64)
	copy(b[54:], "\x38\x00\x01\x00\x40\x00")
	le.PutUint64(b[64+8:], 0x1000)
	le.PutUint64(b[64+32:], 0x2000)
	if sections {
		le.PutUint64(b[40:], 0x3000)
		b[60] = 3
		b = append(b, make([]byte, 3*64)...)
	}
	return b
}

func TestArchivesBehindALinuxProgramOrAScriptAreFound(t *testing.T) {
	members := logs(2)
	seven, err := os.ReadFile("testdata/archives/7zip-lzma.7z")
	if err != nil {
		t.Fatal(err)
	}
	for name, prefix := range map[string][]byte{
		"elf64": linuxProgram(2, false), "elf64-sections": linuxProgram(2, true), "elf32": linuxProgram(1, false),
		"script.sh": []byte("#!/bin/sh\ntail -c +70 \"$0\" > /tmp/x.zip && unzip /tmp/x.zip; exit\n"),
	} {
		dir := t.TempDir()
		write(t, dir, name, prefix)
		if col, list := collectIn(t, Options{}, dir); len(list) != 0 || col.Ignored != 1 {
			t.Errorf("%s with nothing behind it: %q", name, list)
		}
		for _, method := range []uint16{zip.Store, zip.Deflate} {
			packed := slices.Concat(prefix, zipOf(t, method, members...))
			if names, col := readMembers(t, Options{}, name, packed, members); len(names) != 2 || len(col.Files) != 2 {
				t.Errorf("%s before a zip of method %d: %q, %+v", name, method, names, col.Files)
			}
		}
		dir = t.TempDir()
		write(t, dir, name, slices.Concat(prefix, seven))
		write(t, dir, "outer.zip", zipOf(t, zip.Deflate, member{name, slices.Concat(prefix, seven)}))
		_, list := collectIn(t, Options{}, dir)
		if len(list) != 2 || !strings.HasPrefix(list[0], name+"!/") && !strings.HasPrefix(list[1], name+"!/") ||
			!strings.HasSuffix(list[0], " read") || !strings.HasSuffix(list[1], " read") {
			t.Errorf("%s before a 7z: %q", name, list)
		}
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
	col, list := collectIn(t, Options{}, path)
	if !slices.Equal(list, []string{"rest.bin read"}) {
		t.Errorf("%q %+v", list, col.Files)
	}
	stored := zipOf(t, zip.Store, logs(1)...)
	clear(stored[:4])
	if names, _ := readMembers(t, Options{}, "logs.zip", stored, logs(1)); len(names) != 1 {
		t.Errorf("the log of a stored zip whose first bytes are gone is not read")
	}
}
