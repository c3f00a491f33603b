package bunzip_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"testing"

	"hunt/timeline/evidence/bunzip"
	"hunt/timeline/evidence/hole"
)

// packed is text as 'bzip2 -1' writes it: three blocks of at most 100,000 bytes.
const packed = "QlpoMTFBWSZTWaN+j0YACo5JgAAQf+A////wMAEzAGGRgTTAmQxNGAmqqjAmmIxMTAEYFKqjJgTAAjEYR5hUl7QqSy4A" +
	"qSwhUliCpLGFSWQKksoVJY5QkyqhJmVCTOqEnyqEmhUJNKoSalQk1qhJsVCTaqEm5UJN6oScFQk4qhJyVCTmqEn0qEn2" +
	"qEnRUJOqoSdlQk/FQk/VQk7qhJ4VCTyqEnpUJP5UJP8xQVkmU1lGvLqDAC9/SYAAEH/gP///8DABOADDIwJpgTIYmjAw" +
	"yMCaYEyGJowClVRkyZMCYAIYT0qEnsqEnuqEmBUJMKoSfCoSYlQkxqhJ8qhJpy1Qk+qoSZqoSZ6oSaKoSaaoSYlQk1Kh" +
	"JrVCT7VCTYqEm1UJNyoSb1Qk4KhJxVCTkqEnNUJOioSdVQk7KhJ+KhJ+qhJ/KhJ3VCTwqEnlUJPSoSf5igrJMprLOT1t" +
	"mAJgOkwAAIP/Af///4GACcAGGRgTTAmQxNGBhkYE0wJkMTRgFKqjCaaYTExMBMmeSIT2oQnvQhMFCEw0ITFQhMdCE+KE" +
	"JkoQnzQhMtCE+qEJmoQmehCaKEJn00IT7IhNREJrIhNhEJ+EQm0iE3EQm8iE/SITgRCcSITkRCcyIToRCdSITsRCfxEJ" +
	"3IhPBEJ/kQnkiE9C7kinChIM9Jy14A=="

var text = strings.Repeat("0123456789abcdefghijklmnopqrstuvwxyz\n", 8000)

func stream(t *testing.T) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(packed)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// read unpacks to the end, and counts the holes that it is told of.
func read(in []byte) (out []byte, holes int, err error) {
	r := bunzip.NewReader(bufio.NewReader(bytes.NewReader(in)))
	buf := make([]byte, 4096)
	for {
		n, err := r.Read(buf)
		out = append(out, buf[:n]...)
		switch {
		case hole.Is(err):
			holes++
		case errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
			return out, holes, nil
		case err != nil:
			return out, holes, err
		}
	}
}

func TestWholeStreamsAreUnpacked(t *testing.T) {
	t.Parallel()
	one := stream(t)
	for name, c := range map[string]struct {
		in   []byte
		want string
	}{
		"one stream":               {one, text},
		"two streams":              {append(bytes.Clone(one), one...), text + text},
		"zeros behind, as on tape": {append(bytes.Clone(one), make([]byte, 512)...), text},
	} {
		out, holes, err := read(c.in)
		if err != nil || holes != 0 || string(out) != c.want {
			t.Errorf("%s: %d of %d bytes, %d holes, %v", name, len(out), len(c.want), holes, err)
		}
	}
}

// Wherever a byte of the second block is damaged, the first and the third block are read, and a hole is told. What
// stands between them may be wrong: the sum of a block comes after it.
func TestADamagedBlockCostsNothingElse(t *testing.T) {
	t.Parallel()
	whole := stream(t)
	starts := blocks(whole)
	if len(starts) != 3 {
		t.Fatalf("%d blocks, want 3", len(starts))
	}
	for at := starts[1]/8 + 8; at < starts[2]/8-1; at += 7 {
		in := bytes.Clone(whole)
		in[at] ^= 0x5a
		out, holes, err := read(in)
		if err == nil && holes == 0 && string(out) == text {
			continue // a bit that no value depends on
		}
		if err != nil || holes != 1 {
			t.Errorf("byte %d: %d bytes, %d holes, %v", at, len(out), holes, err)
			continue
		}
		if !strings.HasPrefix(string(out), text[:90_000]) || !strings.HasSuffix(string(out), text[len(text)-90_000:]) {
			t.Errorf("byte %d: what is left is not the beginning and the end of the text", at)
		}
	}
}

func TestAStreamThatEndsTooEarlyIsAnError(t *testing.T) {
	t.Parallel()
	whole := stream(t)
	out, _, err := read(whole[:len(whole)-40])
	if !errors.Is(err, io.ErrUnexpectedEOF) || !strings.HasPrefix(text, string(out)) || len(out) < 90_000 {
		t.Errorf("%d bytes, %v; want the blocks before the cut and an unexpected end", len(out), err)
	}
}

func TestWithinFindsABlockAtAnyBit(t *testing.T) {
	t.Parallel()
	whole := stream(t)
	starts := blocks(whole)
	for _, c := range []struct {
		in   []byte
		want bool
	}{{whole, true}, {whole[starts[1]/8:], true}, {whole[starts[2]/8+1:], false}, {nil, false}} {
		if got := bunzip.Within(bufio.NewReader(bytes.NewReader(c.in))); got != c.want {
			t.Errorf("%d bytes: %t, want %t", len(c.in), got, c.want)
		}
	}
}

// blocks are the bits at which the magic of a block, the digits of pi, begins.
func blocks(b []byte) (out []int) {
	const magic = 0x314159265359
	var last uint64
	for i := range 8 * len(b) {
		last = last<<1 | uint64(b[i/8]>>(7-i%8)&1)
		if i >= 47 && last&(1<<48-1) == magic {
			out = append(out, i-47)
		}
	}
	return out
}
