package timeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"hunt/evtx"
	"hunt/timeline/ecs"
	"hunt/timeline/evidence"
)

// readAgain reads the wanted records, and notes which files have changed.
func (r *replay) readAgain(ctx context.Context, wants []want, p *replayPass) error {
	slices.SortFunc(wants, func(a, b want) int { return a.key.compareEvidence(b.key) })
	r.failed.files = map[int32]error{}
	if err := r.read(ctx, wants, p); err != nil {
		return err
	}
	last := int32(-1)
	for _, w := range wants {
		if w.key.file != last {
			last = w.key.file
			r.c.Recheck(r.c.Files[last], r.failed.files[last])
		}
	}
	return nil
}

// openFile is a file of evidence that stays open as long as chunks of it are to be read.
type openFile struct {
	evidence.RandomAccess
	uses atomic.Int32
}

func (f *openFile) done() {
	if f.uses.Add(-1) == 0 {
		_ = f.Close() // read only
	}
}

// chunkWants are the wanted records of one chunk.
type chunkWants struct {
	file  *openFile
	wants []want
}

// read decodes the chunks that hold the wanted records, given in the order of the evidence.
func (r *replay) read(ctx context.Context, wants []want, p *replayPass) error {
	group, ctx := errgroup.WithContext(ctx)
	chunks := make(chan chunkWants)
	group.Go(func() error {
		defer close(chunks)
		var file *openFile
		defer func() {
			if file != nil {
				file.done()
			}
		}()
		for last := int32(-1); len(wants) > 0; {
			first := wants[0].key
			if first.file != last {
				if file != nil {
					file.done()
					file = nil
				}
				last = first.file
				random, err := r.c.Files[last].OpenRandom()
				if err != nil {
					r.fail(last, err)
					wants = wants[ofFile(wants):]
					continue
				}
				file = &openFile{RandomAccess: random}
				file.uses.Add(1)
			}
			n := 1
			for n < len(wants) && wants[n].key.file == first.file && wants[n].key.chunk == first.chunk {
				n++
			}
			file.uses.Add(1)
			select {
			case chunks <- chunkWants{file, wants[:n]}:
			case <-ctx.Done():
				file.done()
				return ctx.Err()
			}
			wants = wants[n:]
		}
		return nil
	})
	for _, w := range r.workers {
		group.Go(func() error {
			for cw := range chunks {
				if err := w.chunk(cw.file, cw.wants, p); err != nil {
					r.fail(cw.wants[0].key.file, err)
				}
				cw.file.done()
			}
			return nil
		})
	}
	return group.Wait()
}

// ofFile counts the wants, one or more, at the beginning that are of one file.
func ofFile(wants []want) int {
	n := 1
	for n < len(wants) && wants[n].key.file == wants[0].key.file {
		n++
	}
	return n
}

// replayer is one worker of a replay.
type replayer struct {
	*replay
	buf    []byte
	mapper *ecs.Mapper
	dec    evtx.Decoder

	decoded int // chunks

	render Renderer // nil: events are kept
	event  Event    // that is rendered
	text   []byte   // the lines of a batch
}

// chunk reads one chunk's wanted records.
func (w *replayer) chunk(file io.ReaderAt, wants []want, p *replayPass) error {
	first := wants[0].key
	f := w.c.Files[first.file]
	at := evtx.Ref{File: first.file, Chunk: first.chunk, Offset: evtx.SlotOffset(first.chunk)}
	n, err := file.ReadAt(w.buf, at.Offset)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("chunk %d at %#x: %w", first.chunk, at.Offset, err)
	}
	w.decoded++
	w.dec.NoCRC, w.dec.Stock = f.Header.NoCRC(), f.Stock
	carved := func(x want) bool { return x.key.carved }
	if !slices.ContainsFunc(wants, func(x want) bool { return !carved(x) }) {
		w.take(w.dec.Carved(w.buf[:n], at), at, wants, p)
		return nil
	}
	w.take(w.dec.Records(w.buf[:n], at, func(evtx.Damage) {}), at, wants, p)
	if slices.ContainsFunc(wants, carved) {
		w.take(w.dec.Carved(w.buf[:n], at), at, wants, p)
	}
	for _, x := range wants {
		if k := x.key; !p.read(x.to) && !k.carved {
			return fmt.Errorf("chunk %d at %#x: record %d is not what it was when the file was first read", k.chunk,
				at.Offset, k.id)
		}
	}
	return nil
}

// take makes events from the wanted ones of some records.
func (w *replayer) take(records iter.Seq[*evtx.Record], at evtx.Ref, wants []want, p *replayPass) {
	last := wants[len(wants)-1].key.offset
	for rec := range records {
		offset := uint16(rec.Ref.Offset - at.Offset)
		if offset > last && !rec.Ref.Carved {
			return // live records come in the order of their places
		}
		i, ok := slices.BinarySearchFunc(wants, offset, func(x want, offset uint16) int {
			return cmp.Compare(x.key.offset, offset)
		})
		for ; ok && i < len(wants) && wants[i].key.offset == offset; i++ { // several events may need it
			w.takeOne(rec, wants[i], p)
		}
	}
}

// takeOne makes the event of a record at the wanted place, if it is still the same record.
func (w *replayer) takeOne(rec *evtx.Record, x want, p *replayPass) {
	k, to := x.key, x.to
	if p.read(to) || rec.ContentHash() != k.hash || rec.Ref.Carved != k.carved {
		return
	}
	if w.render != nil && p.direct(to) {
		w.renderRecord(w.mapper.Map(rec), k, rec.Ref, p, to)
		return
	}
	e := &Event{Event: w.mapper.Map(rec).Clone(), At: k.at, Ref: rec.Ref, hash: k.hash, Note: k.note,
		Host: w.c.Hosts.All[k.owner]}
	e.Host.Enrich(e.Event, e.At, w.c.strict)
	p.events[to] = e
}
