package evidence

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"testing"

	"hunt/evtx/evtxtest"
)

// logs are different event logs, each with its name.
func logs(n int) (out []member) {
	for i := range n {
		body := evtxtest.File(security4688("WS1", noon, uint64(100+i), 50, fmt.Sprintf(`C:\%d.exe`, i), ""))
		out = append(out, member{fmt.Sprintf("logs/%02d.evtx", i), body})
	}
	return out
}

// readMembers lists the members of which the whole content is read.
func readMembers(t testing.TB, o Options, archive string, body []byte, members []member) (names []string,
	col *Collection) {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, archive, body)
	col, _ = collectIn(t, o, dir)
	byPath := map[string]bool{}
	for _, f := range col.Files {
		if r, err := f.Open(); err == nil {
			var b bytes.Buffer
			_, _ = b.ReadFrom(r)
			_ = r.Close()
			for _, m := range members {
				if strings.HasSuffix(f.Path, m.name) && bytes.Equal(b.Bytes(), m.body) {
					byPath[m.name] = true
				}
			}
		}
	}
	for _, m := range members {
		if byPath[m.name] {
			names = append(names, m.name)
		}
	}
	return names, col
}

func told(col *Collection, text string) bool {
	return slices.ContainsFunc(col.Files, func(f *File) bool {
		return f.Status != Read && strings.Contains(f.Detail, text)
	})
}

func TestAZipIsReadWhateverItsDirectorySays(t *testing.T) {
	members := logs(6)
	le := binary.LittleEndian
	all := []string{}
	for _, m := range members {
		all = append(all, m.name)
	}
	for _, method := range []uint16{zip.Store, zip.Deflate} {
		whole := zipOf(t, method, members...)
		end := bytes.LastIndex(whole, []byte(zipEndSig))
		directory := bytes.Index(whole, []byte(zipCentralSig))
		second := directory + 1 + bytes.Index(whole[directory+1:], []byte(zipCentralSig))
		for name, c := range map[string]struct {
			change func(b []byte) []byte
			told   string // "" = nothing may be said
		}{
			"as it is": {func(b []byte) []byte { return b }, ""},
			"an end that claims nothing": {func(b []byte) []byte { clear(b[end+8 : end+20]); return b },
				"found by their own headers"},
			"an end with a wrong offset": {func(b []byte) []byte { le.PutUint32(b[end+16:], 7); return b },
				"found by their own headers"},
			"an offset beyond the end": {func(b []byte) []byte { le.PutUint32(b[end+16:], 0xfffffff0); return b },
				"found by their own headers"},
			"an end with a wrong length": {func(b []byte) []byte { le.PutUint32(b[end+12:], 7); return b }, ""},
			"an end with too few members": {func(b []byte) []byte {
				le.PutUint16(b[end+10:], 2)
				le.PutUint16(b[end+8:], 2)
				return b
			}, "end record says 2 members"},
			"an end cut short": {func(b []byte) []byte { return b[:end+9] }, "found by their own headers"},
			"no end":           {func(b []byte) []byte { return b[:end] }, "found by their own headers"},
			"no directory": {func(b []byte) []byte { return b[:directory] },
				"found by their own headers"},
			"a directory cut in the middle": {func(b []byte) []byte { return b[:second+20] },
				"found by their own headers"},
			"a false end behind it": {func(b []byte) []byte {
				return append(b, append([]byte(zipEndSig), make([]byte, 18)...)...)
			}, ""},
			"rubbish behind it": {func(b []byte) []byte {
				return append(b, bytes.Repeat([]byte("rubbish "), 20_000)...)
			}, "found by their own headers"},
			"a record without its signature": {func(b []byte) []byte { b[second] ^= 1; return b },
				"found by their own headers"},
			"a first record without": {func(b []byte) []byte { b[directory] ^= 1; return b },
				"found by their own headers"},
			"a name too long for its record": {func(b []byte) []byte { le.PutUint16(b[second+28:], 0xfff0); return b },
				"found by their own headers"},
			"a name that is longer by a byte": {func(b []byte) []byte { b[second+28]++; return b },
				"found by their own headers"},
			"a member at another's place": {func(b []byte) []byte { le.PutUint32(b[second+42:], 0); return b },
				"found by their own headers"},
			"a member at no place": {func(b []byte) []byte {
				le.PutUint32(b[second+42:], 0xfffff000)
				return b
			}, "found by their own headers"},
			"something before it": {func(b []byte) []byte {
				return append(bytes.Repeat([]byte("stub "), 2000), b...)
			}, ""},
		} {
			t.Run(fmt.Sprint(name, ", method ", method), func(t *testing.T) {
				names, col := readMembers(t, Options{}, "logs.zip", c.change(bytes.Clone(whole)), members)
				if !slices.Equal(names, all) {
					t.Errorf("read %q", names)
				}
				switch {
				case c.told != "" && !told(col, c.told):
					t.Errorf("%q is not told: %+v", c.told, col.Files[0])
				case c.told == "" && len(col.Files) != len(members):
					t.Errorf("%d files: %s", len(col.Files), col.Files[0].Detail)
				}
			})
		}
	}
}

func TestAMemberThatClaimsTheOthersBytesTakesNothingFromThem(t *testing.T) {
	members := logs(5)
	b := zipOf(t, zip.Deflate, members...)
	first := bytes.Index(b, []byte(zipCentralSig))
	binary.LittleEndian.PutUint32(b[first+20:], uint32(first-100)) // packed: nearly the whole archive
	if names, _ := readMembers(t, Options{}, "logs.zip", b, members); len(names) != 5 {
		t.Errorf("read %q", names)
	}
}

// In an archive without its directory, too, where the length of an extra field leads beyond the next headers.
func TestAnExtraFieldThatClaimsTheOthersHeadersTakesNothing(t *testing.T) {
	members := logs(5)
	whole := zipOf(t, zip.Deflate, members...)
	spans := zipSpans(whole, 5)
	for _, length := range []int{spans[1][0] - 20, spans[2][0] + 40, spans[3][0] + 7, spans[4][0]} {
		b := bytes.Clone(whole[:spans[4][1]])
		binary.LittleEndian.PutUint16(b[28:], uint16(length))
		if names, col := readMembers(t, Options{}, "logs.zip", b, members); len(names) != 5 {
			t.Errorf("an extra field of %d bytes: read %q: %s", length, names, col.Files[0].Detail)
		}
	}
}

// wideZip is an archive of archives of archives of one log.
func wideZip(t testing.TB, log []byte, levels, width int) []byte {
	body, name := log, "log.evtx"
	for l := range levels {
		var members []member
		for i := range width {
			members = append(members, member{fmt.Sprintf("%d-%s", i, name), body})
		}
		body, name = zipOf(t, zip.Deflate, members...), fmt.Sprintf("%d.zip", l)
	}
	return body
}

func TestWhatAnArchiveOnDiskUnpacksToHasABoundThatIsTold(t *testing.T) {
	old := defaultLimits
	defaultLimits.unpacked = 8 << 20
	t.Cleanup(func() { defaultLimits = old })
	log := append(evtxtest.File(security4688("WS1", noon, 100, 50, `C:\a.exe`, "")), make([]byte, 192<<10)...)
	bomb := wideZip(t, log, 4, 8) // 4,096 logs, 1 GiB
	dir := t.TempDir()
	write(t, dir, "bomb.zip", bomb)
	good := logs(3)
	write(t, dir, "good.zip", zipOf(t, zip.Deflate, good...))
	col, _ := collectIn(t, Options{}, dir)
	size, read := int64(0), 0
	for _, f := range col.Files {
		if f.Status != Read {
			continue
		}
		if size += f.Size; strings.HasPrefix(f.Path, "good.zip!/") {
			read++
		}
	}
	if most := defaultLimits.unpacked + defaultLimits.ratio*int64(len(bomb)) + 1<<20; size > most {
		t.Errorf("%d bytes of logs from a bomb of %d; at most %d", size, len(bomb), most)
	}
	if read != 3 {
		t.Errorf("%d logs of the archive beside it, want 3", read)
	}
	bites := col.Limits.Bites()
	if !told(col, "members were not read, the first of them bomb.zip!/") || len(bites) != 1 ||
		bites[0].ID != boundUnpacked.ID || !bites[0].Loses {
		t.Errorf("not told: %+v", bites)
	}
	if len(col.Files) > 200 {
		t.Errorf("%d entries of the inventory", len(col.Files))
	}
}

func TestAnHonestArchiveMeetsNoBound(t *testing.T) {
	var members []member
	for i := range 3000 { // event logs of a machine that was just installed: one chunk of 16 is used
		body := append(evtxtest.File(security4688("WS1", noon, uint64(i), 50, `C:\a.exe`, "")), make([]byte, 15<<16)...)
		if i%10 > 0 {
			body = []byte("some other file")
		}
		members = append(members, member{fmt.Sprintf("%d.evtx", i), body})
	}
	dir := t.TempDir()
	write(t, dir, "logs.zip", zipOf(t, zip.Deflate, members...))
	col, _ := collectIn(t, Options{}, dir)
	if bites := col.Limits.Bites(); len(bites) > 0 {
		t.Errorf("%+v", bites)
	}
}

func TestNamesThatCollideAreToldApart(t *testing.T) {
	log := logs(1)[0].body
	var members []member
	for _, name := range []string{"a.evtx", "a.evtx", "a.evtx (member 2 of this name)", "A.EVTX", "a.evtx", `x\a.evtx`,
		"x/a.evtx", "\xff\xfe.evtx"} {
		members = append(members, member{name, log})
	}
	dir := t.TempDir()
	write(t, dir, "names.zip", zipOf(t, zip.Deflate, members...))
	col, list := collectIn(t, Options{}, dir)
	seen := map[string]bool{}
	for _, f := range col.Files {
		if seen[f.Path] || f.Status != Read {
			t.Errorf("%s twice, or %s", f.Path, f.Status)
		}
		seen[f.Path] = true
	}
	if len(seen) != len(members) {
		t.Errorf("%q", list)
	}
}

// rawZip is a zip of one member that was packed already.
func rawZip(t testing.TB, m member, method uint16, packed []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.CreateRaw(&zip.FileHeader{Name: m.name, Method: method, CRC32: crc32.ChecksumIEEE(m.body),
		CompressedSize64: uint64(len(packed)), UncompressedSize64: uint64(len(m.body))})
	if err == nil {
		_, err = f.Write(packed)
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
