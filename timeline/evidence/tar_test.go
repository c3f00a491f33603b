package evidence

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"slices"
	"testing"
)

func tarOf(t testing.TB, format tar.Format, members ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, m := range members {
		h := &tar.Header{Name: m.name, Size: int64(len(m.body)), Mode: 0o600, Typeflag: tar.TypeReg, Format: format}
		if format == tar.FormatPAX {
			h.PAXRecords = map[string]string{"HUNT.note": "x"}
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(m.body); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gz(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// resum makes a header's checksum right.
func resum(b []byte) {
	copy(b[148:156], "        ")
	sum := 0
	for _, c := range b[:tarBlock] {
		sum += int(c)
	}
	copy(b[148:156], fmt.Sprintf("%06o\x00 ", sum))
}

// headers are the places of the members' headers in a tar that is in order.
func headers(b []byte) (at []int) {
	for i := 0; i+tarBlock <= len(b); i += tarBlock {
		if tarHeader(b[i:i+tarBlock]) && b[i+156] == tar.TypeReg {
			at = append(at, i)
		}
	}
	return at
}

func TestATarIsReadBehindADamagedHeader(t *testing.T) {
	members := logs(5)
	var all []string
	for _, m := range members {
		all = append(all, m.name)
	}
	// header makes a block that extends the one behind it, of so many bytes.
	header := func(flag byte, size string, body []byte) []byte {
		b := make([]byte, tarBlock, tarBlock+len(body))
		copy(b, "extended")
		copy(b[100:], "0000600\x00")
		copy(b[124:], size)
		copy(b[257:], "ustar\x0000")
		b[156] = flag
		resum(b)
		return append(b, body...)
	}
	for _, format := range []tar.Format{tar.FormatUSTAR, tar.FormatGNU, tar.FormatPAX} {
		whole := tarOf(t, format, members...)
		at := headers(whole)
		first := at[2]
		if format == tar.FormatPAX {
			first -= 2 * tarBlock // its own extension
		}
		without := slices.Delete(slices.Clone(all), 2, 3)
		insert := func(b []byte) []byte { return slices.Concat(whole[:first], b, whole[first:]) }
		for name, c := range map[string]struct {
			body []byte
			want []string
			told string
		}{
			"as it is": {whole, all, ""},
			"a pax header of 4 MiB": {
				insert(header('x', "00020000000", bytes.Repeat([]byte("long "), 4<<20/5+1)[:4<<20])), all,
				"longer than the"},
			"a pax header of no end": {insert(header('x', "77777777777", []byte(nil))), all, "longer than the"},
			"a long name of no end":  {insert(header('L', "77777777777", []byte(nil))), all, "longer than the"},
			"a pax header that is none": {insert(header('x', "00000001000", bytes.Repeat([]byte{'y'}, tarBlock))), all,
				"member 3"},
			"a negative pax header": {insert(header('x', "-0000000005", []byte(nil))), all, "longer than the"},
			"rubbish between": {insert(bytes.Repeat([]byte("rubbish!"), 128)), all,
				"no header and no member"},
			"its end in the middle": {insert(make([]byte, 2*tarBlock)), all, "after the blocks that mark its end"},
			"one that begins in between": {slices.Concat(whole, whole[:0], bytes.Repeat([]byte{0}, 512), whole),
				all, ""},
		} {
			if name == "one that begins in between" {
				c.told = "after the blocks"
			}
			for _, packed := range []bool{false, true} {
				t.Run(fmt.Sprint(format, " ", name, packed), func(t *testing.T) {
					file, body := "logs.tar", c.body
					if packed {
						file, body = "logs.tar.gz", gz(t, body)
					}
					names, col := readMembers(t, Options{}, file, body, members)
					if !slices.Equal(names, c.want) {
						t.Errorf("read %q, want %q", names, c.want)
					}
					if c.told != "" && !told(col, c.told) || c.told == "" && len(col.Files) != len(c.want) {
						t.Errorf("%q: %d files, %s", c.told, len(col.Files), col.Files[0].Detail)
					}
				})
			}
		}
		for name, c := range map[string]struct {
			change func(b []byte)
			want   []string
			told   string
		}{
			"a checksum that does not hold": {func(b []byte) { b[at[2]+150] ^= 1 }, without, "no header and no member"},
			"a negative size": {func(b []byte) {
				copy(b[at[2]+124:], "-0000000005\x00")
				resum(b[at[2]:])
			}, without, "impossible size"},
			"a size in base 256, negative": {func(b []byte) {
				copy(b[at[2]+124:], bytes.Repeat([]byte{0xff}, 12))
				resum(b[at[2]:])
			}, without, "impossible size"},
			"a size of no end": {func(b []byte) {
				copy(b[at[2]+124:], "77777777777\x00")
				resum(b[at[2]:])
			}, without, "in the middle of member"},
			"a size of 0": {func(b []byte) {
				copy(b[at[2]+124:], "00000000000\x00")
				resum(b[at[2]:])
			}, without, "no header and no member"},
			"a first block damaged": {func(b []byte) { b[0] ^= 1; b[257] ^= 4 }, all[1:],
				"no header and no member"},
		} {
			if name == "a first block damaged" && format == tar.FormatPAX {
				c.want = all // the block is that of an extension
			}
			for _, packed := range []bool{false, true} {
				t.Run(fmt.Sprint(format, " ", name, packed), func(t *testing.T) {
					body := bytes.Clone(whole)
					c.change(body)
					file := "logs.tar"
					if packed {
						file, body = "logs.tar.gz", gz(t, body)
					}
					names, col := readMembers(t, Options{}, file, body, members)
					for _, w := range c.want {
						if !slices.Contains(names, w) {
							t.Errorf("read %q, want %q", names, c.want)
							break
						}
					}
					if !told(col, c.told) {
						t.Errorf("%q is not told: %+v", c.told, col.Files[0])
					}
				})
			}
		}
	}
}

func TestAGzipIsReadBehindADamagedPart(t *testing.T) {
	members := logs(6)
	parts := [][]byte{gz(t, tarOf(t, tar.FormatGNU, members[:2]...)), gz(t, tarOf(t, tar.FormatGNU, members[2:4]...)),
		gz(t, tarOf(t, tar.FormatGNU, members[4:]...))}
	damaged := bytes.Clone(parts[1])
	for i := 200; i < 260; i++ {
		damaged[i] ^= 0x5a
	}
	names, col := readMembers(t, Options{}, "logs.tar.gz", slices.Concat(parts[0], damaged, parts[2]), members)
	for _, m := range slices.Concat(members[:2], members[4:]) {
		if !slices.Contains(names, m.name) {
			t.Errorf("%s is not read: %q", m.name, names)
		}
	}
	if !told(col, "damaged") {
		t.Errorf("nothing is told: %+v", col.Files[0])
	}
	names, _ = readMembers(t, Options{}, "logs.tar.gz", slices.Concat(parts...), members)
	if len(names) != len(members) {
		t.Errorf("of gzip members that are whole: %q", names)
	}
	for _, left := range []int{12, 34, 100} {
		if _, col = readMembers(t, Options{}, "logs.tar.gz", slices.Concat(parts[0], parts[1][:left]),
			members); !told(col, "lost") {
			t.Errorf("a second part of %d bytes is not told: %+v", left, col.Files[0])
		}
	}
	names, col = readMembers(t, Options{}, "logs.tar.gz", slices.Concat(parts[0], parts[1][:len(parts[1])/2]), members)
	if len(names) < 2 || !told(col, "in the middle of member") && !told(col, "the archive ends here") {
		t.Errorf("of a cut part: %q, %+v", names, col.Files[0])
	}
}

// TestATarHeaderIsOneWhereverAnotherReaderSeesOne changes each byte of a header to each value.
func TestATarHeaderIsOneWhereverAnotherReaderSeesOne(t *testing.T) {
	for _, format := range []tar.Format{tar.FormatUSTAR, tar.FormatGNU} {
		whole := tarOf(t, format, member{"logs/a.evtx", make([]byte, 700)})[:tarBlock]
		seen := 0
		for i := range whole {
			for v := range 256 {
				b := bytes.Clone(whole)
				b[i] = byte(v)
				h, err := tar.NewReader(bytes.NewReader(append(b, make([]byte, 4*tarBlock)...))).Next()
				if err != nil {
					continue
				}
				seen++
				if size, ok := tarNumber(b[124:136]); !tarHeader(b) || !ok || size != h.Size {
					t.Fatalf("%v, byte %d is %#x: header %v, size %d (%v), want %d", format, i, v, tarHeader(b), size,
						ok, h.Size)
				}
			}
		}
		if seen < 700 {
			t.Errorf("%v: the other reader takes %d headers: the test shows nothing", format, seen)
		}
	}
}

func TestATarIsReadBehindBytesThatWereAddedOrLost(t *testing.T) {
	members := logs(6)
	for _, format := range []tar.Format{tar.FormatUnknown, tar.FormatUSTAR, tar.FormatGNU, tar.FormatPAX} {
		whole := tarOf(t, max(format, tar.FormatUSTAR), members...)
		at := headers(whole)
		if format == tar.FormatUnknown { // the oldest tars have no magic, and nothing behind it
			for _, i := range at {
				clear(whole[i+257 : i+tarBlock])
				resum(whole[i:])
			}
		}
		for _, n := range []int{-5000, -1300, -512, -100, -1, 1, 100, 512, 1300, 5000} {
			for _, place := range []int{at[2] + 2*tarBlock, at[2] + 7000, at[2] + 72000} {
				// all in the data of the third member
				b := slices.Concat(whole[:place], bytes.Repeat([]byte("x"), max(n, 0)), whole[place+max(-n, 0):])
				for _, packed := range []bool{false, true} {
					name, body := "logs.tar", b
					if packed {
						name, body = "logs.tar.gz", gz(t, b)
					}
					names, col := readMembers(t, Options{}, name, body, members)
					want := 5
					if place-n >= at[3]-1024 && n < 0 { // the header of the next one is gone, too
						want = 4
					}
					if len(names) < want || !told(col, "missing in it") && !told(col, "no header and no member") &&
						!told(col, "after the blocks that mark") {
						t.Errorf("%v, %d bytes at %d of the third member: %q, %q", format, n, place-at[2], names,
							col.Files[0].Detail)
					}
				}
			}
		}
	}
}

// TestASparseMemberIsReadWhoseMapIsLong has a map of holes of old GNU tar that goes on behind the header.
func TestASparseMemberIsReadWhoseMapIsLong(t *testing.T) {
	m := member{"logs/sparse.evtx", bytes.Clone(logs(1)[0].body)}
	other := member{"logs/other.evtx", logs(2)[1].body}
	const pieces = 30 // 4 in the header, 21 and 5 behind it
	piece := len(m.body) / pieces
	m.body = m.body[:piece*pieces]
	maps := make([]byte, 4*24+28+2*tarBlock)
	for i := range pieces {
		at := 24 * i
		if i >= 4 {
			at = 4*24 + 28 + 24*(i-4) + (i-4)/21*(tarBlock-21*24)
		}
		copy(maps[at:], fmt.Sprintf("%011o\x00%011o\x00", i*piece, piece))
	}
	maps[4*24] = 1
	copy(maps[4*24+1:], fmt.Sprintf("%011o\x00", len(m.body)))
	maps[4*24+28+504] = 1
	b := tarOf(t, tar.FormatGNU, m, other)
	b[156] = tar.TypeGNUSparse
	copy(b[386:483], maps)
	copy(b[483:495], maps[4*24+1:])
	resum(b)
	b = slices.Concat(b[:tarBlock], maps[4*24+28:], b[tarBlock:])
	r := tar.NewReader(bytes.NewReader(b))
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, m.body) {
		t.Fatalf("the test's own tar is wrong: %d bytes, %v", len(got), err)
	}
	names, col := readMembers(t, Options{}, "logs.tar", b, []member{m, other})
	if len(names) != 2 || len(col.Files) != 2 {
		t.Errorf("%q, %+v", names, col.Files[0])
	}
}
