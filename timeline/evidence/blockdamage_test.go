package evidence

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"slices"
	"testing"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
	"hunt/racetest"
)

// manyRecords is a log of several chunks whose records are told apart by their text.
func manyRecords(name string, n int) member {
	var events []evtxtest.Event
	for i := range n {
		events = append(events, evtxtest.Event{Provider: "P", Channel: "Application", Computer: "WS",
			EventID: uint16(i), RecordID: uint64(i + 1),
			Data: []evtxtest.Pair{{Name: "a",
				Value: evtxtest.String(fmt.Sprintf("%s-%d-%d-%d", name, i, i*7919%1009, i*104729%9973))}}})
	}
	return member{name, evtxtest.File(events...)}
}

// chunksIn are the chunks of logs that stand whole in bytes.
func chunksIn(b []byte) (chunks [][]byte) {
	for {
		i := bytes.Index(b, []byte("ElfChnk\x00"))
		if i < 0 || i+evtx.ChunkSize > len(b) {
			return chunks
		}
		chunks = append(chunks, b[i:i+evtx.ChunkSize])
		b = b[i+evtx.ChunkSize:]
	}
}

// readAll returns what hunt reads of a file on disk, and whether it says that something is missing.
func readAll(t testing.TB, path string) (got []byte, said bool, list []string) {
	t.Helper()
	col, list := collectIn(t, Options{}, path)
	for _, f := range col.Files {
		said = said || f.Status != Read
		r, err := f.Open()
		if err != nil {
			said = true
			continue
		}
		b, err := io.ReadAll(r)
		said = said || err != nil
		_ = r.Close()
		got = append(got, b...)
	}
	return got, said, list
}

// TestBlocksBehindDamageAreRead damages one block after the other of compressed streams: every
// chunk of a log that stands whole in the other blocks is read, and the damage is told.
func TestBlocksBehindDamageAreRead(t *testing.T) {
	racetest.Skip(t)
	var members []member
	for i := range 4 {
		members = append(members, manyRecords(fmt.Sprintf("%d.evtx", i), 900))
	}
	one := manyRecords("one.evtx", 3000)
	whole := tarOf(t, tar.FormatGNU, members...)
	const block = 90_000
	type packed struct {
		body   []byte
		starts []int // of the blocks, in bytes of body
	}
	bunzip := func(b []byte) packed {
		body, at := bzip2Of(t, slices.Collect(slices.Chunk(b, block))...)
		for i := range at {
			at[i] /= 8
		}
		return packed{body, at}
	}
	frames := func(b []byte) (p packed) {
		for part := range slices.Chunk(b, block) {
			p.starts = append(p.starts, len(p.body))
			p.body = append(p.body, zstdOf(t, part)...)
		}
		return p
	}
	for _, c := range []struct {
		name  string
		plain []byte
		packed
		wrap func([]byte) (string, []byte)
	}{
		{"logs.tar.bz2", whole, bunzip(whole), nil},
		{"logs.tar.zst", whole, frames(whole), nil},
		{"one.evtx.bz2", one.body, bunzip(one.body), nil},
		{"one.evtx.zst", one.body, frames(one.body), nil},
		{"bzip2 in zip", one.body, bunzip(one.body), func(b []byte) (string, []byte) {
			return "a.zip", rawZip(t, one, zipBzip2, b)
		}},
		{"zstd in zip", one.body, frames(one.body), func(b []byte) (string, []byte) {
			return "a.zip", rawZip(t, one, zipZstd, b)
		}},
		{"bzip2 in tar", whole, bunzip(whole), func(b []byte) (string, []byte) {
			return "a.tar", tarOf(t, tar.FormatGNU, member{"in.tar.bz2", b})
		}},
		{"zstd in gzip", whole, frames(whole), func(b []byte) (string, []byte) { return "in.tar.zst.gz", gz(t, b) }},
	} {
		for i, start := range c.starts {
			end := len(c.body)
			if i+1 < len(c.starts) {
				end = c.starts[i+1]
			}
			for what, damage := range map[string]func(b []byte){
				"a bit in the middle": func(b []byte) { b[len(b)/2] ^= 4 },
				"the beginning":       func(b []byte) { clear(b[1:30]) },
				"all":                 func(b []byte) { clear(b[1 : len(b)-12]) },
				"the end":             func(b []byte) { copy(b[len(b)-40:], bytes.Repeat([]byte{0xff}, 28)) },
			} {
				body := bytes.Clone(c.body)
				damage(body[start:end])
				name := c.name
				if c.wrap != nil {
					name, body = c.wrap(body)
				}
				got, said, list := readAll(t, write(t, t.TempDir(), name, body))
				lost := 0
				from, to := i*block, min((i+1)*block, len(c.plain))
				for _, chunk := range slices.Concat(chunksIn(c.plain[:from]), chunksIn(c.plain[to:])) {
					if !bytes.Contains(got, chunk) {
						lost++
					}
				}
				if lost > 0 || !said {
					t.Errorf("%s, block %d of %d, %s: %d chunks are lost, told: %t\n%q", c.name, i, len(c.starts), what,
						lost, said, list)
				}
			}
		}
	}
}
