package evidence

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/bzip2"
	"context"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// mutated is an archive that is mutated, and what is known of it.
type mutated struct {
	name    string
	body    []byte
	members []member
	// spans are the bytes that belong to each member: one whose span is untouched must be read, whatever else was
	// changed. nil where the format does not allow that much.
	spans [][2]int
	// oracle reads as many members as another reader gets.
	oracle    func(b []byte) [][]byte
	passwords []string
	unsummed  bool // nothing in the format tells that a member's bytes were changed
}

// sizedZip has the sizes in the headers of its members, as most tools write them.
func sizedZip(t testing.TB, members ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, m := range members {
		var packed bytes.Buffer
		z, _ := flate.NewWriter(&packed, 6)
		_, _ = z.Write(m.body)
		_ = z.Close()
		f, err := w.CreateRaw(&zip.FileHeader{Name: m.name, Method: zip.Deflate, CRC32: crc32.ChecksumIEEE(m.body),
			CompressedSize64: uint64(packed.Len()), UncompressedSize64: uint64(len(m.body))})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(packed.Bytes()); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// zipSpans are the members' headers, data and descriptors in a zip that is in order.
func zipSpans(b []byte, members int) (spans [][2]int) {
	at := 0
	for range members {
		next := bytes.Index(b[at+4:], []byte(zipLocalSig))
		if c := bytes.Index(b[at+4:], []byte(zipCentralSig)); next < 0 || c < next {
			next = c
		}
		spans = append(spans, [2]int{at, at + 4 + next})
		at += 4 + next
	}
	return spans
}

func tarSpans(b []byte) (spans [][2]int) {
	r := tar.NewReader(bytes.NewReader(b))
	in := 0
	for {
		h, err := r.Next()
		if err != nil {
			return spans
		}
		// The reader stands behind the header: what is between the end of the last member and this one's data is its
		// header.
		to := bytes.Index(b[in:], []byte(h.Name)) + in
		for to += tarBlock - to%tarBlock; !bytes.HasPrefix(b[to:], []byte("ElfFile")); to += tarBlock {
		}
		to += int(h.Size+tarBlock-1) / tarBlock * tarBlock
		spans = append(spans, [2]int{in, to})
		in = to
	}
}

func oracleZip(b []byte) (out [][]byte) {
	unpacked := func(r io.Reader) io.ReadCloser { return io.NopCloser(bzip2.NewReader(r)) }
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil
	}
	z.RegisterDecompressor(zipBzip2, unpacked)
	for _, f := range z.File {
		if f.UncompressedSize64 > 1<<22 {
			continue
		}
		if r, err := f.Open(); err == nil {
			if body, err := io.ReadAll(r); err == nil {
				out = append(out, body)
			}
		}
	}
	return out
}

func oracleTar(unpack func(io.Reader) (io.Reader, error)) func([]byte) [][]byte {
	return func(b []byte) (out [][]byte) {
		r, err := unpack(bytes.NewReader(b))
		if err != nil {
			return nil
		}
		t := tar.NewReader(r)
		for {
			if _, err := t.Next(); err != nil {
				return out
			}
			body, err := io.ReadAll(io.LimitReader(t, 1<<22))
			if err != nil {
				return out
			}
			out = append(out, body)
		}
	}
}

func mutants(t testing.TB) []mutated {
	members := logs(6)
	for i := range members {
		members[i].body = append(members[i].body, make([]byte, 3000)...) // sizes that no block divides
	}
	stored, deflated, sized := zipOf(t, zip.Store, members...), zipOf(t, zip.Deflate, members...),
		sizedZip(t, members...)
	nested := zipOf(t, zip.Store, member{"first.zip", sizedZip(t, members[:3]...)},
		member{"second.zip", sizedZip(t, members[3:]...)})
	locked := lockZip(t, zip.Deflate, slices.Repeat([]string{"right"}, 6), members...)
	list := []mutated{
		{name: "stored.zip", body: stored, spans: zipSpans(stored, 6), oracle: oracleZip},
		{name: "deflated.zip", body: deflated, spans: zipSpans(deflated, 6), oracle: oracleZip},
		{name: "sized.zip", body: sized, spans: zipSpans(sized, 6), oracle: oracleZip},
		{name: "nested.zip", body: nested, oracle: func([]byte) [][]byte { return nil }},
		{name: "zipcrypto.zip", body: locked, spans: zipSpans(locked, 6), oracle: func([]byte) [][]byte { return nil },
			passwords: []string{"wrong", "right"}},
	}
	for _, m := range list[:3] { // without a directory their own headers are all there is
		m.name, m.body = "cut-"+m.name, m.body[:m.spans[5][1]]
		list = append(list, m)
	}
	plain := func(r io.Reader) (io.Reader, error) { return r, nil }
	for name, format := range map[string]tar.Format{"ustar.tar": tar.FormatUSTAR, "gnu.tar": tar.FormatGNU,
		"pax.tar": tar.FormatPAX} {
		b := tarOf(t, format, members...)
		list = append(list, mutated{name: name, body: b, spans: tarSpans(b), oracle: oracleTar(plain), unsummed: true})
	}
	whole := tarOf(t, tar.FormatGNU, members...)
	list = append(list, mutated{name: "logs.tar.gz", body: gz(t, whole),
		oracle: oracleTar(func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) })})
	var parts []byte
	var partSpans [][2]int
	for _, m := range members {
		part := gz(t, tarOf(t, tar.FormatGNU, m))
		partSpans = append(partSpans, [2]int{len(parts), len(parts) + len(part)})
		parts = append(parts, part...)
	}
	list = append(list, mutated{name: "parts.tar.gz", body: parts, spans: partSpans, oracle: func([]byte) [][]byte {
		return nil
	}})
	list = append(list, mutantsOfBlocks(t, whole)...)
	var z bytes.Buffer
	w, err := zstd.NewWriter(&z)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = w.Write(whole)
	_ = w.Close()
	list = append(list, mutated{name: "logs.tar.zst", body: z.Bytes(),
		oracle: oracleTar(func(r io.Reader) (io.Reader, error) {
			return zstd.NewReader(r, zstd.WithDecoderConcurrency(1))
		})})
	for i := range list {
		list[i].members = members
	}
	list = append(list, mutantsOfOthers(t)...)
	aes := aesZip(t, members[0].name, members[0].body, "right")
	none := func([]byte) [][]byte { return nil }
	list = append(list, mutated{name: "aes.zip", body: aes, members: members[:1],
		spans: [][2]int{{0, bytes.LastIndex(aes, []byte(zipCentralSig))}}, oracle: none,
		passwords: []string{"wrong", "right"}},
		mutated{name: "log.gz", body: gz(t, members[0].body), members: members[:1], oracle: none})
	for _, name := range []string{"7zip-lzma.7z", "7zip-encrypted.7z", "7zip-encrypted-names.7z"} {
		b, err := os.ReadFile("testdata/archives/" + name)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, mutated{name: name, body: b, oracle: none, passwords: []string{"correct horse"}})
	}
	return list
}

// mutantsOfBlocks are a tar with a block or frame of its own for each member.
func mutantsOfBlocks(t testing.TB, whole []byte) []mutated {
	var blocks [][]byte
	spans := tarSpans(whole)
	for i, span := range spans {
		to := span[1]
		if i == len(spans)-1 {
			to = len(whole)
		}
		blocks = append(blocks, whole[span[0]:to])
	}
	bz, at := bzip2Of(t, blocks...)
	var zs []byte
	var inBzip2, inZstd [][2]int
	for i, b := range blocks {
		end := len(bz)
		if i+1 < len(at) {
			end = at[i+1]/8 + 1
		}
		inBzip2 = append(inBzip2, [2]int{at[i] / 8, end})
		frame := zstdOf(t, b)
		inZstd = append(inZstd, [2]int{len(zs), len(zs) + len(frame)})
		zs = append(zs, frame...)
	}
	none := func([]byte) [][]byte { return nil }
	return []mutated{
		{name: "blocks.tar.bz2", body: bz, spans: inBzip2, oracle: none},
		{name: "frames.tar.zst", body: zs, spans: inZstd, oracle: none},
		{name: "blocks.tar.bz2.gz", body: gz(t, bz), oracle: none},
	}
}

func readMutant(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/mutants/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// mutantsOfOthers are archives that other tools packed.
func mutantsOfOthers(t testing.TB) []mutated {
	packed := readMutant(t, "logs.tar.bz2")
	bunzip := oracleTar(func(r io.Reader) (io.Reader, error) { return bzip2.NewReader(r), nil })
	var members []member
	for i, body := range bunzip(packed) {
		members = append(members, member{fmt.Sprintf("logs/%02d.evtx", i), body})
	}
	list := []mutated{{name: "logs.tar.bz2", body: packed, members: members, oracle: bunzip}}
	for _, name := range []string{"bzip2.zip", "zip64.zip", "zip64-stream.zip"} {
		b := readMutant(t, name)
		m := mutated{name: name, body: b, members: members, spans: zipSpans(b, len(members)), oracle: oracleZip}
		list = append(list, m)
		m.name, m.body = "cut-"+m.name, m.body[:m.spans[5][1]]
		list = append(list, m)
	}
	return list
}

// mutate changes a few bytes, or cuts, and returns what it touched.
func mutate(rnd *rand.Rand, b []byte) (out []byte, from, to int) {
	from = rnd.IntN(len(b))
	if rnd.IntN(2) == 0 { // the ends of archives are where they hurt
		from = len(b) - 1 - rnd.IntN(min(len(b), 700))
	}
	out = bytes.Clone(b)
	switch rnd.IntN(8) {
	case 0:
		return out[:from], from, len(b)
	case 1:
		to = min(from+512, len(b))
		clear(out[from:to])
	case 2:
		to = min(from+1+rnd.IntN(64), len(b))
		for i := from; i < to; i++ {
			out[i] = byte(rnd.Uint32())
		}
	case 3:
		to = min(from+4, len(b))
		for i := from; i < to; i++ {
			out[i] = 0xff
		}
	default:
		to = from + 1
		out[from] ^= 1 << rnd.IntN(8)
	}
	return out, from, to
}

// TestMutatedArchivesLoseOnlyWhatTheyLost holds hunt against archives with a few bytes changed: what the change did
// not touch is read, what another reader gets is read, and what is lost is told. HUNT_LONG makes it 1,000 changes of
// each, and HUNT_SEED takes others.
func TestMutatedArchivesLoseOnlyWhatTheyLost(t *testing.T) {
	runs := 60
	if os.Getenv("HUNT_LONG") != "" {
		runs = 1000
	}
	salt, _ := strconv.ParseUint(os.Getenv("HUNT_SEED"), 0, 64) // other mutations
	for _, m := range mutants(t) {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, m.name)
			for seed := range runs {
				rnd := rand.New(rand.NewPCG(uint64(seed), uint64(len(m.name))+salt))
				b, from, to := mutate(rnd, m.body)
				if err := os.WriteFile(path, b, 0o600); err != nil {
					t.Fatal(err)
				}
				m.check(t, path, b, from, to, seed)
			}
		})
	}
}

func (m *mutated) check(t *testing.T, path string, b []byte, from, to, seed int) {
	col, err := Collect(context.Background(), Inputs(path), Options{Passwords: m.passwords})
	if err != nil {
		t.Fatal(err)
	}
	defer col.Close()
	var got [][]byte
	said := false
	for _, f := range col.Files {
		said = said || f.Status != Read
		r, err := f.Open()
		if err != nil {
			said = true
			continue
		}
		body, err := io.ReadAll(io.LimitReader(r, 64<<20))
		said = said || err != nil
		_ = r.Close()
		got = append(got, body)
	}
	has := func(body []byte) bool {
		return slices.ContainsFunc(got, func(g []byte) bool { return bytes.Equal(g, body) })
	}
	where := fmt.Sprintf("seed %d, bytes %d to %d of %d", seed, from, to, len(m.body))
	for i, span := range m.spans {
		if (to <= span[0] || from >= span[1]) && !has(m.members[i].body) {
			t.Errorf("%s: member %d, bytes %v, is not read", where, i, span)
		}
	}
	for _, body := range m.oracle(b) {
		if slices.ContainsFunc(m.members, func(x member) bool { return bytes.Equal(x.body, body) }) && !has(body) {
			t.Errorf("%s: a member that another reader gets is not read", where)
		}
	}
	missing := 0
	for _, x := range m.members {
		if !has(x.body) {
			missing++
		}
	}
	if m.unsummed && len(got) >= len(m.members) {
		missing = 0
	}
	if (missing > 0 || len(col.Files) == 0) && !said {
		t.Errorf("%s: %d members are not read, and nothing is told: %d files", where, missing, len(col.Files))
	}
}
