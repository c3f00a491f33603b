package spill

import (
	"encoding/binary"
	"io"
	"os"
)

// Texts keeps any number of texts in an unnamed temporary file. Whoever adds some notes where they are, in eight
// bytes. It belongs to one goroutine.
type Texts struct {
	dir     string
	file    *os.File
	written int64
	buf     []byte // what follows what was written
	err     error
}

// NewTexts returns an empty store in dir ("" is the system's directory for temporary files).
func NewTexts(dir string) *Texts { return &Texts{dir: dir} }

const (
	// textsBuffer is how many bytes of texts are written at once.
	textsBuffer = 256 << 10
	// textsRead is how many bytes are read in search of some texts; of longer ones, the rest is read, too.
	textsRead = 1 << 10
)

// Add adds texts and returns where they are. After an error, which Get returns, they are dropped.
func (t *Texts) Add(texts ...string) (place int64) {
	place = t.written + int64(len(t.buf))
	for _, text := range texts {
		t.buf = binary.AppendUvarint(t.buf, uint64(len(text)))
		t.buf = append(t.buf, text...)
	}
	if len(t.buf) >= textsBuffer {
		t.flush()
	}
	return place
}

func (t *Texts) flush() {
	if t.file == nil && t.err == nil {
		t.file, t.err = TempFile(t.dir)
	}
	if t.err == nil {
		if _, err := t.file.WriteAt(t.buf, t.written); err != nil {
			t.err = Failed(t.dir, err)
		}
	}
	t.written += int64(len(t.buf))
	t.buf = t.buf[:0]
}

// Get reads the texts that were added together, as many as were.
func (t *Texts) Get(place int64, texts ...*string) error {
	if t.flush(); t.err != nil {
		return t.err
	}
	for n := textsRead; ; {
		b := make([]byte, n)
		got, err := t.file.ReadAt(b, place)
		if err != nil && err != io.EOF {
			return Failed(t.dir, err)
		}
		need := textsIn(b[:got], texts)
		if need == 0 {
			return nil
		}
		if got < n || need <= n {
			return ErrFacts
		}
		n = need
	}
}

// textsIn takes texts apart. It returns how many bytes they take, as far as that is known, if there are more than
// there are in b; 0 if b holds them all.
func textsIn(b []byte, texts []*string) (need int) {
	at := 0
	for _, p := range texts {
		n, size := binary.Uvarint(b[at:])
		if size <= 0 {
			return at + binary.MaxVarintLen64
		}
		at += size
		if n > uint64(len(b)-at) {
			return at + int(min(n, 1<<40)) // #nosec G115 -- bounded
		}
		*p = string(b[at : at+int(n)])
		at += int(n)
	}
	return 0
}

// Reset drops all texts and gives the space in the file back.
func (t *Texts) Reset() error {
	t.written, t.buf = 0, t.buf[:0]
	if t.file == nil || t.err != nil {
		return t.err
	}
	return t.file.Truncate(0)
}

// Close frees the memory and the temporary file.
func (t *Texts) Close() error {
	t.buf = nil
	if t.file == nil {
		return nil
	}
	err := t.file.Close()
	t.file, t.err = nil, io.ErrClosedPipe
	return err
}
