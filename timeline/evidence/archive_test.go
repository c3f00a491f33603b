package evidence

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hunt/evtx/evtxtest"
)

// member is a file to put into an archive.
type member struct {
	name string
	body []byte
}

func zipOf(t testing.TB, method uint16, members ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, m := range members {
		f, err := w.CreateHeader(&zip.FileHeader{Name: m.name, Method: method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(m.body); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tgzOf(t testing.TB, members ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, m := range members {
		if err := w.WriteHeader(&tar.Header{Name: m.name, Size: int64(len(m.body)), Mode: 0o600,
			Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(m.body); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// collectIn collects a directory and lists the files as "path status".
func collectIn(t testing.TB, o Options, paths ...string) (*Collection, []string) {
	t.Helper()
	col, err := Collect(context.Background(), Inputs(paths...), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := col.Close(); err != nil {
			t.Error(err)
		}
	})
	var list []string
	for _, f := range col.Files {
		list = append(list, f.Path+" "+string(f.Status))
	}
	return col, list
}

// front reads a file from front to back.
func front(t testing.TB, f *File) ([]byte, error) {
	t.Helper()
	r, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	return io.ReadAll(r)
}

// contents reads a file both ways and returns the hash of the bytes, or the error of the stream.
func contents(t testing.TB, f *File) (string, error) {
	t.Helper()
	r, err := f.Open()
	if err != nil {
		return "", err
	}
	defer r.Close()
	front, err := io.ReadAll(r)
	if err != nil {
		return "", err
	}
	at, err := f.OpenRandom()
	if err != nil {
		t.Fatal(err)
	}
	defer at.Close()
	if at.Size() != int64(len(front)) || f.Size != int64(len(front)) {
		t.Errorf("%s: %d bytes from the front, %d by random access, %d in the inventory", f.Path, len(front),
			at.Size(), f.Size)
	}
	// Backwards, in pieces, so that nothing can pass by reading in order.
	back := make([]byte, len(front))
	for end := len(back); end > 0; end -= 5000 {
		from := max(end-5000, 0)
		if n, err := at.ReadAt(back[from:end], int64(from)); n != end-from {
			t.Fatalf("%s: ReadAt(%d): %d bytes, %v", f.Path, from, n, err)
		}
	}
	if !bytes.Equal(front, back) {
		t.Errorf("%s: random access gives other bytes than the stream", f.Path)
	}
	sum := sha256.Sum256(front)
	return hex.EncodeToString(sum[:]), nil
}

func TestArchivesOfOtherToolsGiveTheSameBytes(t *testing.T) {
	const log = "d95cab5b001e38760cb57bed3f1c9e7f43bf61a3b58dc0f1694535067ea551a5"
	names, err := filepath.Glob("testdata/archives/*")
	if err != nil || len(names) < 12 {
		t.Fatalf("%d archives, %v", len(names), err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, ".md") || strings.Contains(name, "deflate64") {
			continue
		}
		t.Run(filepath.Base(name), func(t *testing.T) {
			col, list := collectIn(t, Options{Passwords: []string{"not this", "correct horse"}}, name)
			if len(list) != 1 || !strings.HasSuffix(list[0], " read") || !strings.Contains(list[0], "!/") {
				t.Fatalf("files %q, want one that is read", list)
			}
			if got, err := contents(t, col.Files[0]); got != log {
				t.Errorf("sha256 %s (%v), want %s", got, err, log)
			}
		})
	}
}

func TestAnEncryptedArchiveAsksForItsPassword(t *testing.T) {
	for _, name := range []string{"7zip-aes256.zip", "infozip-zipcrypto.zip", "infozip-zipcrypto-stream.zip",
		"pyzipper-stored-aes256.zip", "7zip-encrypted.7z", "7zip-encrypted-names.7z", "7zip-encrypted-later.7z"} {
		for _, passwords := range [][]string{nil, {"wrong"}, {"wrong", "wronger"}} {
			col, list := collectIn(t, Options{Passwords: passwords}, "testdata/archives/"+name)
			if len(list) != 1 || list[0] != name+" unreadable" ||
				!strings.Contains(col.Files[0].Detail, "--password-file") || !col.Files[0].Container {
				t.Errorf("%s with %d wrong passwords: %q, %+v", name, len(passwords), list, col.Files)
			}
			if col.Readable() != 0 {
				t.Errorf("%s: %d readable files in what cannot be opened", name, col.Readable())
			}
		}
	}
}

func TestAMethodThatHuntDoesNotReadIsNamed(t *testing.T) {
	col, list := collectIn(t, Options{}, "testdata/archives/7zip-deflate64.zip")
	if len(list) != 1 || !strings.Contains(col.Files[0].Detail, "Deflate64") {
		t.Errorf("%q %+v", list, col.Files)
	}
}

func TestArchivesAreFoundByContentAndReadWithinEachOther(t *testing.T) {
	log := evtxtest.File(security4688("WS1", noon, 100, 50, `C:\a.exe`, ""))
	want := sha256.Sum256(log)
	inner := zipOf(t, zip.Deflate, member{"logs/Security.bin", log}, member{"notes.txt", []byte("no log")})
	nested := zipOf(t, zip.Store, member{"packed.dat", inner},
		member{"deeper.dat", tgzOf(t, member{"x/y", zipOf(t, zip.Deflate, member{"inner", inner})})})
	dir := t.TempDir()
	write(t, dir, "evidence.bin", nested)
	col, list := collectIn(t, Options{}, dir)
	wantList := []string{
		"evidence.bin!/deeper.dat!/x/y!/inner!/logs/Security.bin read",
		"evidence.bin!/packed.dat!/logs/Security.bin read",
	}
	if !slices.Equal(list, wantList) {
		t.Fatalf("files %q, want %q", list, wantList)
	}
	for _, f := range col.Files {
		if got, err := contents(t, f); got != hex.EncodeToString(want[:]) {
			t.Errorf("%s: sha256 %s, %v", f.Path, got, err)
		}
	}
	if col.Files[0].Source != "in zip within zip within tar.gzip within zip" {
		t.Errorf("source %q", col.Files[0].Source)
	}
	if col.Ignored != 2 {
		t.Errorf("%d files ignored, want the two notes", col.Ignored)
	}
}

func TestNamesInAnArchiveLeadNowhere(t *testing.T) {
	log := evtxtest.File(security4688("WS1", noon, 100, 50, `C:\a.exe`, ""))
	dir := t.TempDir()
	var members []member
	for _, name := range []string{"../../escape.evtx", "/etc/absolute.evtx", `C:\Windows\drive.evtx`, "a/../../up.evtx",
		"same.evtx", "same.evtx", "con\x01trol.evtx", "ok/fine.evtx"} {
		members = append(members, member{name, log})
	}
	write(t, dir, "in/names.zip", zipOf(t, zip.Deflate, members...))
	col, list := collectIn(t, Options{}, filepath.Join(dir, "in"))
	want := []string{"../../escape.evtx", "/etc/absolute.evtx", "C:/Windows/drive.evtx", "a/../../up.evtx",
		"con\ufffdtrol.evtx", "ok/fine.evtx", "same.evtx", "same.evtx (member 2 of this name)"}
	for i := range want {
		want[i] = "names.zip!/" + want[i] + " read"
	}
	if !slices.Equal(list, want) {
		t.Errorf("files\n%q, want\n%q", list, want)
	}
	out := 0
	for _, f := range col.Files {
		if strings.Contains(f.Source, "points outside the archive") {
			out++
		}
	}
	if out != 4 {
		t.Errorf("%d members are said to lead out of the archive, want 4", out)
	}
	found := 0
	_ = filepath.WalkDir(dir, func(string, os.DirEntry, error) error { found++; return nil })
	if found != 3 {
		t.Errorf("%d entries under the directory, want the two directories and the archive: something was unpacked",
			found)
	}
}

func TestABombIsNotUnpacked(t *testing.T) {
	old := defaultLimits
	defaultLimits.floor, defaultLimits.ratio = 1<<20, 200
	t.Cleanup(func() { defaultLimits = old })
	bomb := append(evtxtest.File(security4688("WS1", noon, 100, 50, `C:\a.exe`, "")), make([]byte, 64<<20)...)
	good := evtxtest.File(security4688("WS2", noon, 100, 50, `C:\a.exe`, ""))
	for name, archive := range map[string][]byte{
		"bomb.zip": zipOf(t, zip.Deflate, member{"bomb.evtx", bomb}, member{"good.evtx", good}),
		"bomb.tgz": tgzOf(t, member{"good.evtx", good}, member{"bomb.evtx", bomb}),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, name, archive)
			col, list := collectIn(t, Options{}, dir)
			details, logs := strings.Join(list, "\n"), 0
			for _, f := range col.Files {
				details += "\n" + f.Detail
				if f.Status != Read {
					continue
				}
				front, err := front(t, f)
				if err != nil {
					details += "\n" + err.Error()
				}
				if len(front) > 32<<20 {
					t.Errorf("%s: %d bytes were unpacked", f.Path, len(front))
				}
				if bytes.HasPrefix(front, bomb[:len(good)]) || bytes.Equal(front, good) {
					logs++
				}
			}
			if !strings.Contains(details, "archive bomb") {
				t.Errorf("no word of the bomb:\n%s", details)
			}
			if logs != 2 {
				t.Errorf("%d logs, want the good one and the start of the other", logs)
			}
		})
	}
}

func TestArchivesWithinArchivesEnd(t *testing.T) {
	body := evtxtest.File(security4688("WS1", noon, 100, 50, `C:\a.exe`, ""))
	name := "log.evtx"
	for i := range 8 {
		body, name = zipOf(t, zip.Store, member{name, body}), fmt.Sprintf("level%d.zip", i)
	}
	dir := t.TempDir()
	write(t, dir, "top.zip", body)
	col, list := collectIn(t, Options{}, dir)
	if len(list) != 1 || !strings.Contains(col.Files[0].Detail, "nested inside 5 others") {
		t.Errorf("%q %+v", list, col.Files[0])
	}
}

func TestMembersThatShareBytesAreReadOnce(t *testing.T) {
	log := evtxtest.File(security4688("WS1", noon, 100, 50, `C:\a.exe`, ""))
	b := zipOf(t, zip.Deflate, member{"a.evtx", log})
	// The directory lists the member twice.
	from := bytes.LastIndex(b, []byte(zipCentralSig))
	end := slices.Clone(b[bytes.LastIndex(b, []byte(zipEndSig)):])
	record := b[from : len(b)-len(end)]
	binary.LittleEndian.PutUint16(end[10:], 2)
	binary.LittleEndian.PutUint32(end[12:], uint32(2*len(record)))
	dir := t.TempDir()
	write(t, dir, "overlap.zip", slices.Concat(b[:from], record, record, end))
	col, list := collectIn(t, Options{}, dir)
	if len(list) != 2 || list[0] != "overlap.zip!/a.evtx read" ||
		list[1] != "overlap.zip!/a.evtx (member 2 of this name) unreadable" ||
		!strings.Contains(col.Files[1].Detail, "shares its bytes with another member") {
		t.Errorf("%q %s", list, col.Files[len(col.Files)-1].Detail)
	}
}

func TestAnAbsurdDirectoryIsRefused(t *testing.T) {
	end := make([]byte, 22)
	copy(end, zipEndSig)
	binary.LittleEndian.PutUint16(end[8:], 0xffff)
	binary.LittleEndian.PutUint16(end[10:], 0xffff)
	binary.LittleEndian.PutUint32(end[12:], 0xfffffff0)
	dir := t.TempDir()
	write(t, dir, "absurd.zip", append([]byte(zipLocalSig), append(make([]byte, 100), end...)...))
	col, list := collectIn(t, Options{}, dir)
	if len(list) != 1 || !strings.Contains(col.Files[0].Detail, "neither a directory nor the header") {
		t.Errorf("%q %+v", list, col.Files)
	}
}

func TestATruncatedArchiveGivesWhatItHolds(t *testing.T) {
	first := evtxtest.File(security4688("WS1", noon, 100, 50, `C:\a.exe`, ""))
	var events []evtxtest.Event
	for i := range 200 {
		events = append(events, security4688("WS2", noon.Add(time.Duration(i)*time.Second), uint64(100+i), 50,
			fmt.Sprintf(`C:\%x.exe`, sha256.Sum256([]byte{byte(i)})), ""))
	}
	second := evtxtest.File(events...)
	for name, archive := range map[string][]byte{
		"deflated.zip": zipOf(t, zip.Deflate, member{"a.evtx", first}, member{"b.evtx", second}),
		"stored.zip":   zipOf(t, zip.Store, member{"a.evtx", first}, member{"b.evtx", second}),
		"solid.tgz":    tgzOf(t, member{"a.evtx", first}, member{"b.evtx", second}),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, name, archive[:len(archive)*8/10])
			col, list := collectIn(t, Options{}, dir)
			if want := []string{name + " damaged", name + "!/a.evtx read",
				name + "!/b.evtx read"}; !slices.Equal(list, want) {
				t.Fatalf("%q, want %q", list, want)
			}
			if got, err := front(t, col.Files[1]); err != nil || !bytes.Equal(got, first) {
				t.Errorf("the whole member: %d bytes, %v", len(got), err)
			}
			got, err := front(t, col.Files[2])
			if err == nil || !strings.Contains(err.Error(), "the archive ends here") {
				t.Errorf("the cut member ends with %v", err)
			}
			if len(got) < len(second)/10 || len(got) == len(second) || !bytes.HasPrefix(second, got) {
				t.Errorf("%d bytes of the cut member, which has %d", len(got), len(second))
			}
		})
	}
}

func TestAChangedMemberIsDamaged(t *testing.T) {
	log := evtxtest.File(security4688("WS1", noon, 100, 50, `C:\a.exe`, ""))
	stored := zipOf(t, zip.Store, member{"a.evtx", log})
	stored[len("a.evtx")+30+60000] ^= 1 // in the empty space of the chunk
	aes, err := os.ReadFile("testdata/archives/7zip-aes256.zip")
	if err != nil {
		t.Fatal(err)
	}
	aes[len(aes)/2] ^= 1
	for name, c := range map[string]struct {
		archive []byte
		word    string
	}{"stored.zip": {stored, "checksum"}, "aes.zip": {aes, ""}} {
		dir := t.TempDir()
		write(t, dir, name, c.archive)
		col, _ := collectIn(t, Options{Passwords: []string{"correct horse"}}, dir)
		for _, f := range col.Files {
			if f.Status != Read {
				continue
			}
			if _, err := contents(t, f); err == nil || !strings.Contains(err.Error(), c.word) {
				t.Errorf("%s: error %v, want one about the %s", name, err, c.word)
			}
		}
	}
}

func TestDiskImagesAreRefusedWithAdvice(t *testing.T) {
	ntfs := make([]byte, 8192)
	copy(ntfs, "\xeb\x52\x90NTFS    ")
	ntfs[510], ntfs[511] = 0x55, 0xaa
	gpt := make([]byte, 8192)
	copy(gpt[512:], "EFI PART")
	segment := append([]byte("EVF\x09\x0d\x0a\xff\x00\x01\x02\x00\x00\x00"), make([]byte, 100)...)
	dir := t.TempDir()
	for name, b := range map[string][]byte{
		"disk.E01":  append([]byte("EVF\x09\x0d\x0a\xff\x00\x01\x01\x00\x00\x00"), make([]byte, 100)...),
		"disk.E02":  segment,
		"disk.vhdx": append([]byte("vhdxfile"), make([]byte, 100)...), "volume.dd": ntfs, "raw.img": gpt,
		"some.rar": []byte("Rar!\x1a\x07\x01\x00"), "log.evtx.xz": []byte("\xfd7zXZ\x00\x00\x04"),
	} {
		write(t, dir, name, b)
	}
	col, list := collectIn(t, Options{}, dir)
	want := []string{"disk.E01 unreadable", "disk.vhdx unreadable", "log.evtx.xz unreadable", "raw.img unreadable",
		"some.rar unreadable", "volume.dd unreadable"}
	if !slices.Equal(list, want) {
		t.Errorf("%q, want %q", list, want)
	}
	for _, f := range col.Files {
		if !strings.Contains(f.Detail, "mount it read-only") && !strings.Contains(f.Detail, "unpack it") {
			t.Errorf("%s: no advice in %q", f.Path, f.Detail)
		}
	}
}

func TestLargeCopiesGoToATemporaryFileThatIsGoneAfterwards(t *testing.T) {
	log := evtxtest.File(security4688("WS1", noon, 100, 50, `C:\a.exe`, ""))
	noise := make([]byte, 8<<20)
	for i := range noise {
		noise[i] = byte(i * i >> 7)
	}
	body := append(slices.Clone(log), noise...)
	dir, tmp := t.TempDir(), t.TempDir()
	write(t, dir, "many.tgz",
		tgzOf(t, member{"a.evtx", body}, member{"b.evtx", body}, member{"c.evtx", body}, member{"d.evtx", log}))
	col, list := collectIn(t, Options{TempDir: tmp}, dir)
	if len(list) != 4 {
		t.Fatalf("files %q", list)
	}
	if _, disk := col.copies.Held(); disk == 0 {
		t.Fatal("nothing went to a temporary file: the test is too small")
	}
	want := sha256.Sum256(body)
	for _, f := range col.Files[:3] {
		if got, err := contents(t, f); got != hex.EncodeToString(want[:]) {
			t.Errorf("%s: %s, %v", f.Path, got, err)
		}
	}
	if err := col.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("left in the temporary directory: %v, %v", left, err)
	}
	_, list = collectIn(t, Options{TempDir: filepath.Join(tmp, "missing")}, dir)
	if !slices.Contains(list, "many.tgz!/d.evtx unreadable") && !slices.Contains(list, "many.tgz!/c.evtx unreadable") {
		t.Errorf("without a temporary directory: %q", list)
	}
}

func TestALinkToADirectoryCanBeTheArgument(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "real/Security.evtx", evtxtest.File(security4688("WS1", noon, 100, 50, `C:\a.exe`, "")))
	link := filepath.Join(dir, "link")
	if err := os.Symlink("real", link); err != nil {
		t.Skip("SKIPPED: no symbolic links here: ", err)
	}
	if _, list := collectIn(t, Options{}, link); !slices.Equal(list, []string{"Security.evtx read"}) {
		t.Errorf("%q", list)
	}
}

// The readers of archives are shown nonsense: they may refuse it, but neither fail nor hang.
func FuzzCollectArchive(f *testing.F) {
	names, _ := filepath.Glob("testdata/archives/*")
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		f.Add(b[:len(b)/2])
	}
	log := evtxtest.File(security4688("WS1", noon, 100, 50, `C:\a.exe`, ""))
	stored := stored7z(log, "a.evtx")
	f.Add(written7z(log, stored.with(nil)))
	f.Add(packed7z(log, stored.with(nil), nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		dir := t.TempDir()
		name := filepath.Join(dir, "input.zip")
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
		o := Options{Passwords: []string{"correct horse"}}
		if bytes.HasPrefix(b, []byte("7z")) {
			o.Passwords = nil // a 7z key takes a second under the fuzzer's instruments
		}
		col, err := Collect(context.Background(), Inputs(name), o)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range col.Files {
			if r, err := file.Open(); err == nil {
				_, _ = io.Copy(crc32.NewIEEE(), r)
				_ = r.Close()
			}
		}
		if err := col.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
