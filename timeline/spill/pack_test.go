package spill

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/klauspost/compress/zstd"
)

func TestUnpackWithinGivesWhatWasPacked(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 5))
	for _, n := range []int{0, 1, 100, 255, 256, 257, 65_535, 65_536, 1 << 20, 9 << 20} {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(random.IntN(3))
		}
		got, err := UnpackWithin(Pack(b), int64(n))
		if err != nil || !bytes.Equal(got, b) {
			t.Errorf("%d bytes: %d, error %v", n, len(got), err)
		}
		if _, err := UnpackWithin(Pack(b), int64(n)-1); err == nil && n > 0 {
			t.Errorf("%d bytes unpack within %d", n, n-1)
		}
	}
}

// A frame may claim less than it holds, or say nothing of it, and several may stand one behind the other.
func TestUnpackWithinBelievesNoClaim(t *testing.T) {
	var streamed bytes.Buffer
	w, err := zstd.NewWriter(&streamed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(make([]byte, 64<<20)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	small := Pack([]byte("small"))
	for what, b := range map[string][]byte{
		"no size":    streamed.Bytes(),
		"two frames": append(bytes.Clone(small), Pack(make([]byte, 64<<20))...),
		"no frame":   []byte("no frame at all"),
	} {
		if got, err := UnpackWithin(b, 1<<20); err == nil {
			t.Errorf("%s: %d bytes", what, len(got))
		}
	}
}
