package timeline

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"

	"hunt/evtx"
	"hunt/limit"
	"hunt/timeline/evidence"
	"hunt/timeline/ledger"
)

// Carved records are read in one of two ways. A plain run only counts them: each slot is searched after its live
// records as it passes, and a missing template is borrowed from the same chunk. A run that wants them as evidence
// reads each input twice more, once for its templates and once for the records, so that what is borrowed depends
// neither on which worker came first nor on what other inputs hold.

// carve is that further reading.
func carve(ctx context.Context, files []*ledger.File, pool *sync.Pool, collectors []*collector) error {
	var inputs []string
	of := map[string][]*ledger.File{}
	for _, f := range files {
		if f.Status != evidence.Read {
			continue
		}
		if of[f.Input] == nil {
			inputs = append(inputs, f.Input)
		}
		of[f.Input] = append(of[f.Input], f)
	}
	for _, in := range inputs {
		stock := &evtx.Stock{}
		for _, f := range of[in] {
			f.Stock = stock
		}
		for _, step := range []func(*collector, job) error{(*collector).learn, (*collector).slack} {
			if err := again(ctx, of[in], pool, collectors, step); err != nil {
				return err
			}
		}
		if stock.Full() {
			collectors[0].o.Limits.Bite(evtx.BoundStock, limit.In(of[in][0].Path))
		}
		lent := &evtx.Stock{} // reading the records again needs no other definitions
		if err := lent.Add(stock.Lent()); err != nil {
			return err
		}
		for _, f := range of[in] {
			f.Stock = lent
		}
	}
	return nil
}

// again passes the slots of some files to step on all workers.
func again(ctx context.Context, files []*ledger.File, pool *sync.Pool, collectors []*collector,
	step func(*collector, job) error) error {
	jobs := make(chan job, len(collectors)*buffersPerWorker)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(jobs)
		for _, f := range files {
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
				err := step(w, j)
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

// feedAgain queues the slots of a file that was fed before. A read error is not reported: either the scan reported
// it, or only carved records, which are an addition, are lost.
func feedAgain(ctx context.Context, f *ledger.File, pool *sync.Pool, jobs chan<- job) error {
	file, err := f.Open()
	if err != nil {
		return nil
	}
	defer file.Close()
	slots := evtx.NewSlotReader(file, f.FirstSlot())
	for {
		buf := pool.Get().(*evtx.SlotBuffer)
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

// learn takes the template definitions that one slot can lend.
func (w *collector) learn(j job) error {
	w.dec.Stock = j.file.Stock
	w.dec.Learn(j.buf[:j.n])
	return nil
}

// slack decodes what follows the live records of one slot. An error comes from spilling the histories.
func (w *collector) slack(j job) error {
	stats := w.stats(j.file)
	w.dec.NoCRC, w.dec.Stock = j.file.Header.NoCRC(), j.file.Stock
	w.textLeft = maxSlotText
	spans := len(w.Spans)
	for r := range w.dec.Carved(j.buf[:j.n], j.at) {
		w.record(r, stats, spans, j.at)
	}
	stats.Carve.Add(w.dec.Stats)
	w.dec.Stats = evtx.CarveStats{}
	return w.putAway()
}
