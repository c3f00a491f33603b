package evtx_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"hunt/evtx"
)

// A medium may fail within the bytes that a slot is read with and does not need.
func TestASlotIsWholeWhereverTheMediumFails(t *testing.T) {
	t.Parallel()
	const slots = 3
	raw := make([]byte, evtx.FileHeaderSize+slots*evtx.ChunkSize)
	for i := range slots {
		copy(raw[evtx.FileHeaderSize+i*evtx.ChunkSize:], "ElfChnk\x00 slot "+string(rune('0'+i)))
	}
	for _, behind := range []int{0, 1, 511, 512, 513, evtx.ChunkSize - 1, evtx.ChunkSize, evtx.ChunkSize + 1,
		evtx.ChunkSize + 512, 2*evtx.ChunkSize + 100, slots * evtx.ChunkSize} {
		end := evtx.FileHeaderSize + behind
		for _, failure := range []error{errMedium, io.EOF} {
			medium := io.MultiReader(iotest.HalfReader(bytes.NewReader(raw[:end])), iotest.ErrReader(failure))
			r := evtx.NewSlotReader(medium, evtx.FileHeaderSize)
			var got []byte
			var buf evtx.SlotBuffer
			for {
				n, at, err := r.Next(&buf)
				if at.Offset != int64(evtx.FileHeaderSize+len(got)) {
					t.Fatalf("%d bytes: a slot at 0x%x, want 0x%x", behind, at.Offset, evtx.FileHeaderSize+len(got))
				}
				got = append(got, buf[:n]...)
				if err != nil && n == evtx.ChunkSize {
					t.Errorf("%d bytes, %v: a whole slot with the error %v", behind, failure, err)
				}
				wanted := failure != io.EOF && n < evtx.ChunkSize //nolint:errorlint // as it is
				if errors.Is(err, errMedium) != wanted {
					t.Errorf("%d bytes, %v: a slot of %d with the error %v", behind, failure, n, err)
				}
				if n < evtx.ChunkSize {
					break
				}
			}
			if !bytes.Equal(got, raw[evtx.FileHeaderSize:end]) {
				t.Errorf("%d bytes, %v: %d bytes were read, or others", behind, failure, len(got))
			}
		}
	}
}
