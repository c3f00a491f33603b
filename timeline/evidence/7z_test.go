package evidence

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/ulikunitz/xz/lzma"

	"hunt/evtx/evtxtest"
)

// written7z is a 7z around packed bytes and a header as it stands.
func written7z(packed, header []byte) []byte {
	b := make([]byte, start7z)
	copy(b, "7z\xbc\xaf\x27\x1c\x00\x04")
	le := binary.LittleEndian
	le.PutUint64(b[12:], uint64(len(packed)))
	le.PutUint64(b[20:], uint64(len(header)))
	le.PutUint32(b[28:], crc32.ChecksumIEEE(header))
	le.PutUint32(b[8:], crc32.ChecksumIEEE(b[12:]))
	return slices.Concat(b, packed, header)
}

// number7z is a number in its longest form.
func number7z(v uint64) []byte { return binary.LittleEndian.AppendUint64([]byte{0xff}, v) }

func le32(v uint32) []byte { return binary.LittleEndian.AppendUint32(nil, v) }

func names7z(names ...string) []byte {
	b := []byte{0}
	for _, name := range names {
		for _, u := range append(utf16.Encode([]rune(name)), 0) {
			b = binary.LittleEndian.AppendUint16(b, u)
		}
	}
	return slices.Concat([]byte{name7z}, number7z(uint64(len(b))), b)
}

// parts7z are the parts of a header in their order, of an archive with one stored file.
type parts7z map[string][]byte

var order7z = []string{"main", "position", "packed", "packed sizes", "packed sums", "packed end", "unpack", "folders",
	"external", "coders", "coder", "pairs",
	"more folders", "sizes", "folder sums", "folders end", "substreams", "streams end", "file info", "files", "names",
	"properties", "end"}

func stored7z(body []byte, names ...string) parts7z {
	size := number7z(uint64(len(body)))
	return parts7z{"main": {header7z, mainStreams7z, packInfo7z}, "position": {0}, "packed": {1},
		"packed sizes": append([]byte{size7z}, size...), "packed end": {end7z},
		"unpack": {unpackInfo7z, folders7z}, "folders": {1}, "external": {0}, "coders": {1}, "coder": {1, 0},
		"sizes":       append([]byte{unpackSize7z}, size...),
		"folder sums": append([]byte{crc7z, 1}, le32(crc32.ChecksumIEEE(body))...), "folders end": {end7z},
		"streams end": {end7z},
		"file info":   {files7z}, "files": {byte(len(names))}, "names": names7z(names...), "end": {end7z, end7z}}
}

// with is the header with some parts changed.
func (p parts7z) with(changed parts7z) (header []byte) {
	for _, name := range order7z {
		b, ok := changed[name]
		if !ok {
			b = p[name]
		}
		header = append(header, b...)
	}
	return header
}

// packed7z is an archive whose header stands among the packed bytes, as 7-Zip writes it, but not made smaller.
func packed7z(packed, header []byte, changed parts7z) []byte {
	p := stored7z(header)
	p["main"], p["position"], p["file info"], p["files"], p["names"], p["end"] = []byte{encoded7z, packInfo7z},
		number7z(uint64(len(packed))), nil, nil, nil, nil
	return written7z(slices.Concat(packed, header), p.with(changed))
}

func TestA7zGivesTheMembersOfEachFolder(t *testing.T) {
	log := evtxtest.File(security4688("WS1", noon, 100, 50, `C:\a.exe`, ""))
	note := []byte("no log")
	solid := slices.Concat(log, note, log, note)
	packed := slices.Concat(solid, log)
	p := stored7z(log, "a.evtx", "b.txt", "c.evtx", "d.txt", "e.evtx")
	size := func(b []byte) []byte { return number7z(uint64(len(b))) }
	sums := []byte{1}
	for _, b := range [][]byte{log, note, log, note, log} {
		sums = append(sums, le32(crc32.ChecksumIEEE(b))...)
	}
	whole := parts7z{"packed": {2}, "packed sizes": slices.Concat([]byte{size7z}, size(solid), size(log)),
		"folders": {2}, "more folders": {1, 1, 0},
		"sizes": slices.Concat([]byte{unpackSize7z}, size(solid), size(log)), "folder sums": nil,
		"substreams": slices.Concat([]byte{subStreams7z, unpackStreams7z, 4, 1, size7z}, size(log), size(note),
			size(log), []byte{crc7z}, sums, []byte{end7z})}
	all := []string{"x.7z!/a.evtx read", "x.7z!/c.evtx read", "x.7z!/e.evtx read"}
	broken := parts7z{"coder": {0x21, 0x21, 1, 16}} // the stored bytes are no LZMA2
	locked := parts7z{}
	for name, v := range whole {
		broken[name], locked[name] = v, v
	}
	locked["more folders"] = slices.Concat([]byte{1, 0x24}, []byte(aes7z), []byte{3, 0x80, 0, 1})
	for name, c := range map[string]struct {
		header []byte
		want   []string
	}{
		"whole":                               {p.with(whole), all},
		"the first folder cannot be unpacked": {p.with(broken), []string{"x.7z damaged", "x.7z!/e.evtx read"}},
		"the last folder is encrypted": {p.with(locked),
			[]string{"x.7z damaged", "x.7z!/a.evtx read", "x.7z!/c.evtx read"}},
	} {
		for form, archive := range map[string][]byte{"plain": written7z(packed, c.header),
			"packed": packed7z(packed, c.header, nil)} {
			dir := t.TempDir()
			write(t, dir, "x.7z", archive)
			col, list := collectIn(t, Options{}, dir)
			if !slices.Equal(list, c.want) {
				t.Errorf("%s, %s header: %q, want %q; %s", name, form, list, c.want, col.Files[0].Detail)
			}
			for _, f := range col.Files {
				if f.Status != Read {
					continue
				}
				if _, err := contents(t, f); err != nil {
					t.Errorf("%s: %v", f.Path, err)
				}
			}
		}
	}
}

func TestABombBeforeALogIn7zIsNotUnpackedToItsEnd(t *testing.T) {
	old := defaultLimits
	t.Cleanup(func() { defaultLimits = old })
	log := evtxtest.File(security4688("WS1", noon, 100, 50, `C:\a.exe`, ""))
	zeros := make([]byte, 16<<20)
	var packed bytes.Buffer
	z, err := lzma.NewWriter2(&packed)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range [][]byte{zeros, log} {
		if _, err := z.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	size := func(n int) []byte { return number7z(uint64(n)) }
	// 8 MiB
	header := stored7z(log, "zeros.bin",
		"a.evtx").with(parts7z{"packed sizes": append([]byte{size7z}, size(packed.Len())...),
		"coder": {0x21, 0x21, 1, 22},
		"sizes": append([]byte{unpackSize7z}, size(len(zeros)+len(log))...), "folder sums": nil,
		"substreams": slices.Concat([]byte{subStreams7z, unpackStreams7z, 2, size7z}, size(len(zeros)),
			[]byte{crc7z, 1},
			le32(crc32.ChecksumIEEE(zeros)), le32(crc32.ChecksumIEEE(log)), []byte{end7z})})
	dir := t.TempDir()
	write(t, dir, "x.7z", written7z(packed.Bytes(), header))
	if _, list := collectIn(t, Options{}, dir); !slices.Equal(list, []string{"x.7z!/a.evtx read"}) {
		t.Errorf("below the limit: %q", list)
	}
	defaultLimits.skipped = 1 << 20
	if col, list := collectIn(t, Options{}, dir); len(list) != 1 ||
		!strings.Contains(col.Files[0].Detail, "archive bomb") {
		t.Errorf("above the limit: %q", list)
	}
}

// hostile7z are headers that a reader must not believe, with a word of what is said of each.
func hostile7z() map[string]struct {
	change parts7z
	word   string
} {
	huge, long := number7z(0xfffffffe), number7z(1<<40)
	coder := func(method string, properties ...byte) []byte {
		return slices.Concat([]byte{0x20 | byte(len(method))}, []byte(method), []byte{byte(len(properties))},
			properties)
	}
	var salts, chain, sizes []byte
	for i := range byte(maxKeys7z + 1) {
		salts = append(salts, coder(aes7z, 0x80|19, 0, i)...)
		if sizes = append(sizes, 1); i > 0 {
			chain = append(chain, i, i-1)
		}
	}
	many := maxFolders7z
	folders, ones := bytes.Repeat([]byte{1, 1, 0}, many-1), bytes.Repeat([]byte{0}, many)
	nameless := func(n int) []byte { return names7z(make([]string, n)...) }
	empty := []byte{emptyStream7z, 1, 0x80}
	return map[string]struct {
		change parts7z
		word   string
	}{
		"packed streams":            {parts7z{"packed": huge}, "4294967294 packed streams in"},
		"no packed stream":          {parts7z{"packed": {0}}, "0 packed streams in"},
		"packed streams' checksums": {parts7z{"packed sums": {crc7z, 0, 0x80}}, "its directory"},
		"packed bytes behind the end": {parts7z{"packed sizes": append([]byte{size7z}, long...)},
			"packed bytes up to byte"},
		"place that overflows": {parts7z{"position": number7z(1<<64 - 20)},
			"a size of 18446744073709551596 bytes"},
		"no packed sizes":   {parts7z{"packed sizes": nil}, "where 0x9 belongs"},
		"folders":           {parts7z{"folders": huge}, "4294967294 folders packed on their own in"},
		"folders elsewhere": {parts7z{"external": {1, 0}}, "stored elsewhere"},
		"folders without packed bytes": {parts7z{"folders": {2}, "more folders": {1, 1, 0},
			"sizes": {unpackSize7z, 1, 1}, "folder sums": nil}, "1 streams of packed bytes for folders that need 2"},
		"coders": {parts7z{"coders": huge}, "4294967294 coders of a folder in"},
		"more coders than 7-Zip writes": {parts7z{"coders": {33}, "coder": bytes.Repeat([]byte{1, 0}, 33)},
			"33 coders of a folder; hunt reads"},
		"streams into a coder": {parts7z{"coder": slices.Concat([]byte{0x11, 0}, huge, []byte{1})},
			"4294967294 streams of a coder in"},
		"streams out of a coder": {parts7z{"coder": slices.Concat([]byte{0x11, 0, 1}, huge)},
			"4294967294 streams that come out"},
		"properties": {parts7z{"coder": slices.Concat([]byte{0x21, 0}, huge)},
			"4294967294 bytes of a coder's properties in"},
		"flags": {parts7z{"coder": {0x81, 0}}, "flags 0x81"},
		"streams tied to none": {parts7z{"coders": {2}, "coder": {1, 0, 1, 0}, "pairs": {7, 0}},
			"ties streams"},
		"LZMA2 dictionary": {parts7z{"coder": coder(lzma27z, 40)}, "takes 4128 MiB of memory"},
		"LZMA2 dictionaries together": {
			parts7z{"coders": {2}, "coder": append(coder(lzma27z, 32), coder(lzma27z, 32)...), "pairs": {0, 1},
				"sizes": {unpackSize7z, 1, 1}}, "takes 576 MiB of memory"},
		"LZMA dictionary": {parts7z{"coder": coder(lzma7z, 0x5d, 0, 0, 0, 0x80),
			"sizes": append([]byte{unpackSize7z}, long...)}, "takes 2080 MiB of memory"},
		"LZMA properties": {parts7z{"coder": coder(lzma7z, 0x5d)}, "LZMA with 1 bytes"},
		"PPMd memory": {parts7z{"coder": coder(ppmd7z, 6, 0, 0, 0, 0xff)},
			"takes 4080 MiB of memory"},
		"PPMd properties":       {parts7z{"coder": coder(ppmd7z, 6, 0, 0, 0, 1, 0, 0)}, "as py7zr writes them"},
		"Delta that never ends": {parts7z{"coder": coder(delta7z, 0xff)}, "distance 256"},
		"rounds of a key":       {parts7z{"coder": coder(aes7z, 0x80|62, 0, 0)}, "2^62 rounds"},
		"keys": {parts7z{"coders": {maxKeys7z + 1}, "coder": salts, "pairs": chain,
			"sizes": append([]byte{unpackSize7z}, sizes...)}, "more than 8 keys"},
		"packed twice": {
			parts7z{"coders": {2}, "coder": append(coder(lzma27z, 16), coder(lzma27z, 16)...), "pairs": {1, 0},
				"sizes": {unpackSize7z, 1, 1}}, "packed twice over"},
		"folder checksums": {parts7z{"folder sums": {crc7z, 0}}, "its directory"},
		"files in a folder": {
			parts7z{"substreams": slices.Concat([]byte{subStreams7z, unpackStreams7z}, huge, []byte{end7z})},
			"files and more packed"},
		"files in a folder, a few": {parts7z{"substreams": {subStreams7z, unpackStreams7z, 0x83, 0xff, end7z}},
			"files and more packed"},
		"files larger than a folder": {
			parts7z{"substreams": slices.Concat([]byte{subStreams7z, unpackStreams7z, 2, size7z}, long, []byte{end7z})},
			"files with more bytes"},
		"files":               {parts7z{"files": huge}, "4294967294 files in"},
		"files without names": {parts7z{"files": {12}}, "12 files, and names in"},
		"a million files and more": {parts7z{"files": number7z(maxItems7z + 1), "names": nameless(maxItems7z + 1)},
			"1048577 files; hunt reads"},
		"empty files":          {parts7z{"properties": slices.Concat(empty, empty)}, "twice"},
		"times":                {parts7z{"properties": {modified7z, 4, 1, 0}}, "its directory"},
		"attributes elsewhere": {parts7z{"properties": {attributes7z, 2, 1, 1}}, "stored elsewhere"},
		"length of a property": {parts7z{"properties": {emptyStream7z, 2, 0x80, 0}}, "takes 1 bytes of 2"},
		"dummy": {parts7z{"properties": append([]byte{dummy7z}, number7z(1<<61)...)},
			"ends too early"},
		"files to be deleted": {parts7z{"properties": {anti7z, 1, 0x80}}, "unpack it with 7-Zip"},
		"more behind the end": {parts7z{"end": {0, 0, 0}}, "continues past its end"},
		"files times folders": {parts7z{"packed": number7z(uint64(many)),
			"packed sizes": append([]byte{size7z}, ones...), "folders": number7z(uint64(many)), "more folders": folders,
			"sizes": append([]byte{unpackSize7z}, ones...), "folder sums": nil, "files": number7z(uint64(many + 1)),
			"names": nameless(many + 1)}, "take hunt too long"},
		"too many folders": {parts7z{"folders": number7z(uint64(many + 1)), "more folders": folders},
			"100001 folders packed on their own; hunt reads"},
	}
}

func TestAHostile7zIsRefusedForLittleMemory(t *testing.T) {
	body := evtxtest.File(security4688("WS1", noon, 100, 50, `C:\a.exe`, ""))
	p := stored7z(body, "a.evtx")
	try := func(name string, archive []byte, words ...string) {
		t.Helper()
		dir := t.TempDir()
		write(t, dir, "hostile.7z", archive)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		col, list := collectIn(t, Options{Passwords: []string{"correct horse"}}, dir)
		runtime.ReadMemStats(&after)
		if len(list) != 1 || list[0] != "hostile.7z unreadable" {
			t.Errorf("%s: %q", name, list)
			return
		}
		for _, word := range words {
			if !strings.Contains(col.Files[0].Detail, word) {
				t.Errorf("%s: %q does not say %q", name, col.Files[0].Detail, word)
			}
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 64<<20+100*uint64(len(archive)) {
			t.Errorf("%s: %d MiB were allocated for %d bytes", name, n>>20, len(archive))
		}
	}
	for name, v := range hostile7z() {
		header := p.with(v.change)
		try(name, written7z(body, header), v.word)
		try(name+", packed header", packed7z(body, header, nil), v.word)
	}
	header := p.with(nil)
	try("a packed header that takes much memory", packed7z(body, header, parts7z{"coder": {0x21, 0x21, 1, 40}}),
		"MiB of memory")
	try("a packed header of a gigabyte",
		packed7z(body, header, parts7z{"sizes": append([]byte{unpackSize7z}, number7z(1<<30)...)}),
		"its directory has 1024 MiB")
	try("a packed header that is damaged", packed7z(body, header, parts7z{"folder sums": {crc7z, 1, 1, 2, 3, 4}}),
		"does not match its checksum")
	try("a packed header in another", packed7z(body, packed7z(nil, header, nil)[start7z+len(header):], nil),
		"begins with 0x17")
	try("a packed header of two folders",
		packed7z(body, header, parts7z{"packed": {2}, "packed sizes": {size7z, 1, 1}, "folders": {2},
			"more folders": {1, 1, 0},
			"sizes":        {unpackSize7z, 1, 1}, "folder sums": nil}), "packed directory is invalid")
	cut := written7z(body, header)
	try("cut short", cut[:len(cut)-1], "but its directory claims")
	cut[len(cut)-1] ^= 1
	try("another header", cut, "checksum of its directory")
	try("nothing but a start", written7z(nil, nil), "it is empty")
}

func TestA7zWhoseDirectoryIsTooLargeIsNotRead(t *testing.T) {
	dir := t.TempDir()
	b := written7z(nil, nil)
	le := binary.LittleEndian
	le.PutUint64(b[20:], maxHeader7z+1)
	le.PutUint32(b[8:], crc32.ChecksumIEEE(b[12:]))
	name := write(t, dir, "large.7z", b)
	if err := os.Truncate(name, maxHeader7z+1<<10); err != nil {
		t.Fatal(err)
	}
	col, list := collectIn(t, Options{}, dir)
	if len(list) != 1 || !strings.Contains(col.Files[0].Detail, "its directory has 64 MiB") {
		t.Errorf("%q %+v", list, col.Files)
	}
}

// Checksums keep a fuzzer out of a 7z's header; here it writes headers that have the right one.
func FuzzHeader7z(f *testing.F) {
	body := evtxtest.File(security4688("WS1", noon, 100, 50, `C:\a.exe`, ""))
	p := stored7z(body, "a.evtx")
	f.Add(p.with(nil))
	for _, v := range hostile7z() {
		if header := p.with(v.change); len(header) < 4096 {
			f.Add(header)
		}
	}
	f.Fuzz(func(t *testing.T, header []byte) {
		name := filepath.Join(t.TempDir(), "input.7z")
		if err := os.WriteFile(name, written7z(body, header), 0o600); err != nil {
			t.Fatal(err)
		}
		col, err := Collect(context.Background(), Inputs(name), Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range col.Files {
			if r, err := file.Open(); err == nil {
				_, _ = io.Copy(io.Discard, r)
				_ = r.Close()
			}
		}
		if err := col.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// What is stored and encrypted decrypts to anything with any password: only the checksum at its end tells.
func TestALongStoredLogIn7zIsReadWithItsOwnPasswordOnly(t *testing.T) {
	log := evtxtest.File(security4688("WS1", noon, 100, 50, `C:\a.exe`, ""))
	body := append(slices.Clone(log), make([]byte, 17<<20-len(log)%aes.BlockSize)...)
	key := sha256.New()
	for _, u := range utf16.Encode([]rune("correct horse")) {
		_ = binary.Write(key, binary.LittleEndian, u)
	}
	key.Write(make([]byte, 8)) // the only round's number
	block, err := aes.NewCipher(key.Sum(nil))
	if err != nil {
		t.Fatal(err)
	}
	packed := make([]byte, len(body))
	cipher.NewCBCEncrypter(block, make([]byte, aes.BlockSize)).CryptBlocks(packed, body)
	header := stored7z(body,
		"Security.evtx").with(parts7z{"coder": slices.Concat([]byte{0x24}, []byte(aes7z), []byte{3, 0x40, 0, 0})})
	dir := t.TempDir()
	write(t, dir, "logs.7z", written7z(packed, header))
	for _, c := range []struct {
		passwords []string
		want      string
	}{
		{[]string{"not this", "correct horse"}, "logs.7z!/Security.evtx read"},
		{[]string{"not this"}, "logs.7z unreadable"},
		{nil, "logs.7z unreadable"},
	} {
		col, list := collectIn(t, Options{Passwords: c.passwords}, dir)
		if !slices.Equal(list, []string{c.want}) {
			t.Errorf("with %q: %q, want %q", c.passwords, list, c.want)
		}
		if f := col.Files[0]; f.Status != Read && !strings.Contains(f.Detail, "encrypted") {
			t.Errorf("with %q: %s", c.passwords, f.Detail)
		}
	}
}

func TestA7zIsReadWhoseFirstBytesAreDamaged(t *testing.T) {
	for _, name := range []string{"7zip-lzma.7z", "7zip-encrypted.7z", "7zip-encrypted-names.7z"} {
		whole, err := os.ReadFile("testdata/archives/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for what, change := range map[string]func(b []byte){
			"magic":     func(b []byte) { b[0] ^= 1 },
			"checksum":  func(b []byte) { b[9] ^= 1 },
			"offset":    func(b []byte) { b[12] ^= 0x40 },
			"length":    func(b []byte) { b[20] ^= 0x40 },
			"sum":       func(b []byte) { b[28] ^= 0x40 },
			"all of it": func(b []byte) { clear(b[6:start7z]) },
			"and magic": func(b []byte) { clear(b[:start7z]) },
		} {
			b := bytes.Clone(whole)
			change(b)
			dir := t.TempDir()
			write(t, dir, "logs.7z", b)
			col, list := collectIn(t, Options{Passwords: []string{"correct horse"}}, dir)
			if len(list) != 2 || !strings.HasSuffix(list[1], " read") ||
				!told(col, "found the directory without them") {
				t.Errorf("%s, %s: %q, %q", name, what, list, col.Files[0].Detail)
				continue
			}
			if got, err := contents(t, col.Files[1]); got !=
				"d95cab5b001e38760cb57bed3f1c9e7f43bf61a3b58dc0f1694535067ea551a5" {
				t.Errorf("%s, %s: %s, %v", name, what, got, err)
			}
		}
	}
}
