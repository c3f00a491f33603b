package timeline

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"sync"

	"hunt/evtx"
	"hunt/limit"
	"hunt/timeline/evidence"
	"hunt/timeline/ledger"
)

// feeder reads files from front to back, hashing as it goes, and queues their slots.
type feeder struct {
	pool   *sync.Pool
	jobs   chan<- job
	limits *limit.Tally
	again  bool // nearly all of the files are read again
}

// all reads the files that can be read.
func (fd *feeder) all(ctx context.Context, files []*ledger.File, m *Meter) error {
	for _, f := range files {
		if f.Status != evidence.Read {
			continue
		}
		if err := fd.file(ctx, f, m.begin(f)); err != nil {
			return err
		}
	}
	return nil
}

// file reads one file.
func (fd *feeder) file(ctx context.Context, f *ledger.File, m *FileMeter) error {
	defer m.slotDone()
	file, err := fd.open(f)
	if err != nil {
		f.Status, f.Detail = evidence.Unreadable, err.Error()
		m.read(f.Size)
		return nil
	}
	defer file.Close()
	sum := sha256.New()
	in := &metered{r: io.TeeReader(file, sum), m: m}
	var head [evtx.FileHeaderSize]byte
	n, err := io.ReadFull(in, head[:])
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		f.Status, f.Detail = evidence.Unreadable, err.Error()
		m.read(f.Size)
		return nil
	}
	header, damage := evtx.ParseFileHeader(head[:n], f.Size)
	f.Header, f.Headed = header, evtx.Sniff(head[:n])
	f.Damage = damage
	whole := true
	slots := evtx.NewSlotReader(io.MultiReader(bytes.NewReader(head[:n]), in), f.FirstSlot())
	for {
		buf := fd.pool.Get().(*evtx.SlotBuffer)
		got, at, err := slots.Next(buf)
		at.File = f.Index
		if got > 0 {
			m.left.Add(1)
			select {
			case fd.jobs <- job{buf: buf, n: got, at: at, file: f, done: m}:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if err != nil {
			whole = false
			fd.broke(f, at.Chunk, in.n, err)
			break
		}
		if got == 0 {
			break
		}
	}
	total := in.n
	if total != f.Size && whole {
		f.Damage = append(f.Damage, evtx.Damage{
			Ref: evtx.Ref{File: f.Index, Chunk: -1, Offset: total}, Kind: evtx.DamageRead,
			Detail: fmt.Sprintf("size changed while it was read: %d bytes at first, %d read", f.Size, total),
		})
	}
	f.Finish(sum, total)
	return nil
}

// open opens a file for its first reading. If it must be unpacked to be read again, it is unpacked now, and
// only now.
func (fd *feeder) open(f *ledger.File) (io.ReadCloser, error) {
	if !fd.again {
		return f.Open()
	}
	at, err := f.OpenRandom()
	if err != nil {
		return f.Open() // the error says what is wrong, or the file needs no room for a copy
	}
	u, ok := at.(evidence.Unpacked)
	if !ok || u.Ended != nil { // reading a member shows what is wrong with it
		_ = at.Close() // read only
		return f.Open()
	}
	return &unpacked{io.NewSectionReader(u, 0, u.Size()), u}, nil
}

// unpacked reads an unpacked copy from the front.
type unpacked struct {
	io.Reader
	io.Closer
}

// metered counts what is read of a file.
type metered struct {
	r io.Reader
	n int64
	m *FileMeter
}

func (c *metered) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	c.m.read(int64(n))
	return n, err
}

// broke notes the read error that ended a file.
func (fd *feeder) broke(f *ledger.File, chunk int32, total int64, err error) {
	if b, ok := evidence.BoundOf(err); ok {
		fd.limits.Bite(b, limit.At(f.Index, total))
	}
	detail := fmt.Sprintf("read error at byte %d of %d: %v; the rest of the file was not read", total, f.Size, err)
	if evidence.ReadOn(err) {
		detail = fmt.Sprintf("parts of it may be missing: %v", err)
	}
	f.Damage = append(f.Damage, evtx.Damage{
		Ref:  evtx.Ref{File: f.Index, Chunk: chunk, Offset: total},
		Kind: evtx.DamageRead, Size: max(f.Size-total, 0), Detail: detail,
	})
}
