package timeline

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"

	"hunt/evtx"
	"hunt/timeline/evidence"
	"hunt/timeline/ledger"
)

// Carved records come in two ways. A plain run only counts them: each slot is searched behind its live records as it
// passes, and a template that is gone is borrowed from the same chunk. A run that wants them as evidence reads the
// files a second time, when the templates of the whole case are known, so that what is borrowed does not depend on
// which worker came first.

// carve is the second reading.
func carve(ctx context.Context, files []*ledger.File, pool *sync.Pool, collectors []*collector) error {
	jobs := make(chan job, len(collectors)*buffersPerWorker)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(jobs)
		for _, f := range files {
			if f.Status != evidence.Read {
				continue
			}
			if err := feedAgain(ctx, f, pool, jobs); err != nil {
				return err
			}
		}
		return nil
	})
	for _, w := range collectors {
		group.Go(func() error {
			for j := range jobs {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				err := w.slack(j)
				pool.Put(j.buf)
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// feedAgain queues the slots of a file that was fed before. What cannot be read any more was reported then, or is not
// missed: carved records are an addition.
func feedAgain(ctx context.Context, f *ledger.File, pool *sync.Pool, jobs chan<- job) error {
	file, err := f.Open()
	if err != nil {
		return nil
	}
	defer file.Close()
	slots := evtx.NewSlotReader(file, f.FirstSlot())
	for {
		buf := pool.Get().(*[evtx.ChunkSize]byte)
		got, at, err := slots.Next(buf)
		at.File = f.Index
		if got > 0 {
			select {
			case jobs <- job{buf: buf, n: got, at: at, file: f}:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if err != nil || got == 0 {
			return nil
		}
	}
}

// slack decodes what lies behind the live records of one slot. The error is of putting history away.
func (w *collector) slack(j job) error {
	stats := w.stats(j.file)
	w.textLeft = maxSlotText
	spans := len(w.Spans)
	for r := range w.dec.Carved(j.buf[:j.n], j.at) {
		w.record(r, stats, spans, j.at)
	}
	stats.Carve.Add(w.dec.Stats)
	w.dec.Stats = evtx.CarveStats{}
	return w.putAway()
}
