package evidence

import (
	"archive/tar"
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"hunt/evtx/evtxtest"
)

func zstdOf(t testing.TB, b []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	return w.EncodeAll(b, nil)
}

func TestPartsBehindADamagedBeginningAreRead(t *testing.T) {
	var members []member
	for i := range 3 {
		members = append(members,
			member{fmt.Sprintf("%d.evtx", i),
				evtxtest.File(evtxtest.Event{Provider: "P", Channel: "Application", Computer: "WS",
					EventID: uint16(i)})})
	}
	damages := map[string]func(part []byte){
		"the first byte":     func(b []byte) { b[0] ^= 0xff },
		"the method":         func(b []byte) { b[2] = 7 },
		"the flags":          func(b []byte) { b[3] = 0xff },
		"the first 64 bytes": func(b []byte) { copy(b, bytes.Repeat([]byte{0xaa}, 64)) },
		"zeros":              func(b []byte) { clear(b) },
	}
	for _, c := range []struct {
		name string
		pack func([]byte) []byte
	}{
		{"logs.tar.gz", func(b []byte) []byte { return gz(t, b) }},
		{"logs.tgz", func(b []byte) []byte { return gz(t, b) }},
		{"logs.tar.zst", func(b []byte) []byte { return zstdOf(t, b) }},
	} {
		for what, damage := range damages {
			var body []byte
			for i, m := range members {
				part := c.pack(tarOf(t, tar.FormatGNU, m))
				if i == 0 {
					damage(part)
				}
				body = append(body, part...)
			}
			path := write(t, t.TempDir(), c.name, body)
			col, list := collectIn(t, Options{}, path)
			for _, m := range members[1:] {
				if !slices.ContainsFunc(col.Files, func(f *File) bool {
					if f.Status != Read {
						return false
					}
					got, err := front(t, f)
					return err == nil && bytes.Equal(got, m.body)
				}) {
					t.Errorf("%s, %s: %s is lost: %q", c.name, what, m.name, list)
				}
			}
			if !slices.ContainsFunc(col.Files, func(f *File) bool { return f.Status != Read }) {
				t.Errorf("%s, %s: the damage is not told: %q", c.name, what, list)
			}
		}
	}
}

func TestZstdIsRecognisedBehindSkippableFrames(t *testing.T) {
	log := evtxtest.File(evtxtest.Event{Provider: "P", Channel: "Application", Computer: "WS", EventID: 1})
	packed := zstdOf(t, tarOf(t, tar.FormatGNU, member{"a.evtx", log}))
	skip := func(n int) []byte {
		return append([]byte{0x5a, 0x2a, 0x4d, 0x18, byte(n), byte(n >> 8), 0, 0}, make([]byte, n)...)
	}
	for name, front := range map[string][]byte{"one": skip(4), "two": append(skip(0), skip(12)...),
		"a long one": skip(9000)} {
		col, list := collectIn(t, Options{}, write(t, t.TempDir(), "renamed.bin", append(front, packed...)))
		if len(col.Files) != 1 || col.Files[0].Status != Read {
			t.Errorf("%s: %q", name, list)
		}
	}
	if col, list := collectIn(t, Options{},
		write(t, t.TempDir(), "renamed.bin", append(skip(4), "\x04\x22\x4d\x18 LZ4 and more"...))); len(col.Files) >
		1 || len(col.Files) == 1 && col.Files[0].Status == Read {
		t.Errorf("LZ4 is taken for zstd: %q", list)
	}
}

// A header is a few bytes, and what is packed behind it is whole.
func TestWhatIsPackedBehindADamagedHeaderIsRead(t *testing.T) {
	log := manyRecords("a.evtx", 900).body
	whole := tarOf(t, tar.FormatGNU, member{"a.evtx", log})
	var named bytes.Buffer
	w := gzip.NewWriter(&named)
	w.Name, w.Comment = "the name of the file.evtx", "and a comment"
	if _, err := w.Write(log); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		body   []byte
		header int
	}{
		{"a.tar.gz", gz(t, whole), 10}, {"a.evtx.gz", gz(t, log), 10}, {"b.evtx.gz", named.Bytes(), 10},
		{"a.tar.zst", zstdOf(t, whole), 6}, {"a.evtx.zst", zstdOf(t, log), 6},
	} {
		for what, damage := range map[string]func(b []byte) []byte{
			"the first byte": func(b []byte) []byte { b[0] ^= 0xff; return b },
			"the flags":      func(b []byte) []byte { b[3], b[4] = 0xff, 0xff; return b },
			"all of it":      func(b []byte) []byte { copy(b, bytes.Repeat([]byte{0xa5}, c.header)); return b },
			"it is cut off":  func(b []byte) []byte { return b[c.header:] },
			"it is moved":    func(b []byte) []byte { return append(bytes.Repeat([]byte{7}, 300), b[c.header:]...) },
			"zeros":          func(b []byte) []byte { clear(b[:c.header]); return b },
		} {
			for _, nested := range []bool{false, true} {
				name, body := c.name, damage(bytes.Clone(c.body))
				if nested {
					name, body = "outer.tar", tarOf(t, tar.FormatGNU, member{c.name, body})
				}
				got, said, list := readAll(t, write(t, t.TempDir(), name, body))
				if !bytes.Contains(got, log) || !said {
					t.Errorf("%s, %s, nested %t: read: %t, told: %t: %q", c.name, what, nested,
						bytes.Contains(got, log), said, list)
				}
			}
		}
	}
}
