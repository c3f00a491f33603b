package timeline

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"sync"

	"hunt/evtx"
	"hunt/limit"
)

// feeder reads files from front to back, hashing as it goes, and queues their slots.
type feeder struct {
	pool   *sync.Pool
	jobs   chan<- job
	limits *limit.Tally
}

// file reads one file.
func (fd *feeder) file(ctx context.Context, f *File, m *FileMeter) error {
	defer m.slotDone()
	file, err := f.Open()
	if err != nil {
		f.Status, f.Detail = FileUnreadable, unwrapPath(err).Error()
		m.read(f.Size)
		return nil
	}
	defer file.Close()
	sum := sha256.New()
	var head [evtx.FileHeaderSize]byte
	n, err := io.ReadFull(file, head[:])
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		f.Status, f.Detail = FileUnreadable, unwrapPath(err).Error()
		m.read(f.Size)
		return nil
	}
	sum.Write(head[:n])
	m.read(int64(n))
	header, damage := evtx.ParseFileHeader(head[:n], f.Size)
	f.Header, f.headed = header, evtx.Sniff(head[:n])
	f.damage = damage
	total := int64(n)
	whole := true
	for chunk := int32(0); n == len(head); chunk++ {
		buf := fd.pool.Get().(*[evtx.ChunkSize]byte)
		got, err := io.ReadFull(file, buf[:])
		if got > 0 {
			sum.Write(buf[:got])
			total += int64(got)
			m.read(int64(got))
			at := evtx.Ref{File: f.Index, Chunk: chunk, Offset: chunkOffset(chunk)}
			m.left.Add(1)
			select {
			case fd.jobs <- job{buf: buf, n: got, at: at, file: f, done: m}:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			break
		}
		if err != nil {
			whole = false
			fd.broke(f, chunk, total, err)
			break
		}
	}
	if total != f.Size && whole {
		f.damage = append(f.damage, evtx.Damage{
			Ref: evtx.Ref{File: f.Index, Chunk: -1, Offset: total}, Kind: evtx.DamageRead,
			Detail: fmt.Sprintf("size changed while it was read: %d bytes at first, %d read", f.Size, total),
		})
	}
	f.finish(sum, total)
	return nil
}

// broke notes the error that ended a file.
func (fd *feeder) broke(f *File, chunk int32, total int64, err error) {
	if b, ok := biteOf(err); ok {
		fd.limits.Bite(b, limit.At(f.Index, total))
	}
	f.damage = append(f.damage, evtx.Damage{
		Ref:  evtx.Ref{File: f.Index, Chunk: chunk, Offset: total},
		Kind: evtx.DamageRead, Size: max(f.Size-total, 0),
		Detail: fmt.Sprintf("read error at byte %d of %d: %v; the rest of the file was not read", total, f.Size, unwrapPath(err)),
	})
}

func (f *File) finish(sum hash.Hash, total int64) {
	sum.Sum(f.SHA256[:0])
	f.Hashed = true
	f.Size = total
}

// noteChange makes it damage that the file changed while it was read.
func (f *File) noteChange() {
	if change := f.Change(); change != "" && f.Hashed {
		f.damage = append(f.damage, evtx.Damage{Ref: evtx.Ref{File: f.Index, Chunk: -1}, Kind: evtx.DamageRead, Detail: change + "; the hash is of the bytes that were read"})
	}
}

// Change says how the file, or the archive that it lies in, changed since it was found: what was read is then neither what it was
// nor what it is. "" is not at all.
func (f *File) Change() string {
	if f.origin == nil {
		return ""
	}
	change := f.origin.change()
	if change == "" {
		return ""
	}
	what := "the file"
	if f.src != source(f.origin) {
		what = "the archive"
	}
	return what + " changed while hunt read it: " + change + ". Copy the evidence, and run hunt on the copy"
}
