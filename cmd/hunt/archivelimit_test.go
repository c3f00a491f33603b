package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/flate"

	"hunt/evtx/evtxtest"
	"hunt/limit"
	"hunt/timeline/evidence"
)

// rawMember is a member of a zip as it stands in it.
type rawMember struct {
	name   string
	method uint16
	packed []byte
	body   []byte
	flags  uint16
}

func zipOfRaw(t *testing.T, members ...rawMember) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, m := range members {
		f, err := w.CreateRaw(&zip.FileHeader{Name: m.name, Method: m.method, Flags: m.flags,
			CRC32: crc32.ChecksumIEEE(m.body), CompressedSize64: uint64(len(m.packed)),
			UncompressedSize64: uint64(len(m.body))})
		if err == nil {
			_, err = f.Write(m.packed)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func stored(name string, b []byte) rawMember { return rawMember{name: name, packed: b, body: b} }

func deflated(t *testing.T, name string, b []byte) rawMember {
	t.Helper()
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestSpeed)
	if err == nil {
		_, err = w.Write(b)
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return rawMember{name: name, method: zip.Deflate, packed: packed.Bytes(), body: b}
}

// sparse writes a file that ends in a hole.
func sparse(t *testing.T, name string, head []byte, size int64) {
	t.Helper()
	if err := errors.Join(os.WriteFile(name, head, 0o600), os.Truncate(name, size)); err != nil {
		t.Fatal(err)
	}
}

// excessOfEvidence is evidence beyond the bounds of archives and directories.
func excessOfEvidence(t *testing.T) map[limit.ID]excess {
	log := evtxtest.File(evtxtest.Event{Provider: "P", Channel: "Application", Computer: "ws01", EventID: 1})
	put := func(name string, b []byte) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	nested := stored("a.evtx", log)
	for i := range 7 {
		nested = stored(fmt.Sprintf("%d.zip", i), zipOfRaw(t, nested))
	}
	empty := append([]byte("PK\x05\x06"), make([]byte, 18)...)
	var many []rawMember
	for i := range 8000 {
		many = append(many, stored(fmt.Sprintf("%x.zip", i), empty))
	}
	passwords := filepath.Join(t.TempDir(), "passwords")
	if err := os.WriteFile(passwords, []byte("infected\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return map[limit.ID]excess{
		"archive-nesting": {write: put("a.zip", nested.body)},
		"archive-member": {write: put("a.zip",
			zipOfRaw(t, deflated(t, "a.evtx", append(bytes.Clone(log), make([]byte, 80<<20)...))))},
		"archive-unpacked": {write: put("a.zip", zipOfRaw(t, many...))},
		"archive-search": {write: put("a.tar.bz2",
			append([]byte("BZh9"), bytes.Repeat([]byte{0x31, 0x41, 0x59, 0x26, 0x53, 0x59}, 5000)...))},
		"archive-7z": {write: func(t *testing.T, dir string) { // its directory claims 65 MiB
			head := append([]byte("7z\xbc\xaf\x27\x1c\x00\x04"), make([]byte, 24)...)
			binary.LittleEndian.PutUint64(head[20:], 65<<20)
			binary.LittleEndian.PutUint32(head[8:], crc32.ChecksumIEEE(head[12:]))
			sparse(t, filepath.Join(dir, "a.7z"), head, 32+65<<20)
		}},
		"archive-tar-header": {write: func(t *testing.T, dir string) {
			var b bytes.Buffer
			w := tar.NewWriter(&b)
			body := bytes.Repeat([]byte("19 comment=too much\n"), 1<<20/19)
			if err := errors.Join(w.WriteHeader(&tar.Header{Name: "PaxHeaders/a", Typeflag: tar.TypeReg, Mode: 0o600,
				Size: int64(len(body)), Format: tar.FormatUSTAR})); err != nil {
				t.Fatal(err)
			}
			_, _ = w.Write(body)
			if err := errors.Join(w.WriteHeader(&tar.Header{Name: "a.evtx", Typeflag: tar.TypeReg, Mode: 0o600,
				Size: int64(len(log)), Format: tar.FormatUSTAR})); err != nil {
				t.Fatal(err)
			}
			_, _ = w.Write(log)
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			head := b.Bytes()[:512]
			head[156] = tar.TypeXHeader
			copy(head[148:156], "        ")
			sum := 0
			for _, c := range head {
				sum += int(c)
			}
			copy(head[148:156], fmt.Sprintf("%06o\x00 ", sum))
			put("a.tar", b.Bytes())(t, dir)
		}},
		"archive-zip-directory": {write: func(t *testing.T, dir string) {
			// of members with names, extra fields and comments of 64 KiB
			const members, entry = 1400, 46 + 3*0xffff
			name := filepath.Join(dir, "a.zip")
			sparse(t, name, zipOfRaw(t, stored("a.evtx", log)), 1<<20+members*entry)
			f, err := os.OpenFile(name, os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			for i := range int64(members) {
				head := append([]byte("PK\x01\x02"), make([]byte, 42)...)
				copy(head[28:], bytes.Repeat([]byte{0xff}, 6))
				_, failed := f.WriteAt(head, 1<<20+i*entry)
				err = errors.Join(err, failed)
			}
			end := append([]byte("PK\x05\x06"), make([]byte, 18)...)
			binary.LittleEndian.PutUint16(end[8:], members)
			binary.LittleEndian.PutUint16(end[10:], members)
			binary.LittleEndian.PutUint32(end[12:], members*entry)
			binary.LittleEndian.PutUint32(end[16:], 1<<20)
			_, failed := f.WriteAt(end, 1<<20+members*entry)
			if err := errors.Join(err, failed, f.Close()); err != nil {
				t.Fatal(err)
			}
		}},
		"archive-copies": {lower: evidence.Options{MaxCopies: 1 << 20}, write: func(t *testing.T, dir string) {
			var file bytes.Buffer // larger than what is kept in memory
			if err := evtxtest.BigLog(&file, evtxtest.Chunks(log), 24<<20); err != nil {
				t.Fatal(err)
			}
			inner := zipOfRaw(t, stored("a.evtx", file.Bytes()))
			put("a.zip", zipOfRaw(t, deflated(t, "inner.zip", inner)))(t, dir)
		}},
		"archive-passwords": {lower: evidence.Options{MaxRounds: 1}, args: []string{"--password-file", passwords},
			write: put("a.zip", zipOfRaw(t, rawMember{name: "a.evtx", packed: make([]byte, 100), flags: 1}))},
		"collector-record": {write: func(t *testing.T, dir string) {
			sparse(t, filepath.Join(dir, "client_info.json"), []byte("{}"), 65<<20)
		}},
		"directory-depth": {write: func(t *testing.T, dir string) {
			if err := os.MkdirAll(filepath.Join(dir, strings.Repeat("d/", 260)), 0o700); err != nil {
				t.Fatal(err)
			}
		}},
		"inventory-unread": {write: func(t *testing.T, dir string) {
			for i := range 10_001 {
				put(fmt.Sprintf("%d.evtx", i), []byte("nothing"))(t, dir)
			}
		}},
	}
}
