package timeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"golang.org/x/sync/errgroup"

	"hunt/evtx"
	"hunt/limit"
	"hunt/timeline/ecs"
	"hunt/timeline/evidence"
	"hunt/timeline/ledger"
	"hunt/timeline/shard"
	"hunt/timeline/spill"
)

// Batch is the shards of many scans. Its Scan gives what one Scan of all their evidence would: the ledgers are
// joined, copies found across them, hosts resolved over all, and the records that rules may need shown to the visitors.
type Batch []*shard.Shard

// Scan joins the shards. Clock, Strict and Filter must be those of the scans. Memory is that of the joined facts, the
// histories put away; no evidence is read.
func (b Batch) Scan(ctx context.Context, o ScanOptions, visitor func() Visitor) (*Case, error) {
	o.defaults()
	j, err := shard.Join(ctx, b,
		shard.Options{Jobs: o.Jobs, Schema: o.Schema, MaxMemory: o.MaxMemory, TempDir: o.TempDir})
	if err != nil {
		return nil, err
	}
	if err := showHits(ctx, j.Files, j.Hits(), o, visitor); err != nil {
		return nil, err
	}
	// What the visitors met was counted by the scans, which showed them these records and all others.
	o.Limits.Reset()
	o.Limits.Add(j.Bites())
	if o.Schema.Overflows() {
		o.Limits.Bite(ecs.BoundClasses, limit.In(""))
	}
	cs := newCase(j, o, nil)
	return cs, cmp.Or(cs.Err(), cs.reconcile())
}

// showHits decodes the chunks that hold records which rules may need, and shows their events to the visitors.
func showHits(ctx context.Context, files []*ledger.File, hits iter.Seq2[int32, int32], o ScanOptions,
	visitor func() Visitor) error {
	group, ctx := errgroup.WithContext(ctx)
	jobs := make(chan slot, o.Jobs*buffersPerWorker)
	group.Go(func() error {
		defer close(jobs)
		for file, chunk := range hits {
			select {
			case jobs <- slot{file, chunk}:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	cache := evtx.NewCacheOf(o.MaxMemory.Of(spill.Templates))
	for range o.Jobs {
		s := &shower{o: o, files: files, visitor: visitor(), mapper: newMapper(o.Schema, o.Strict, o.Clock),
			dec: evtx.Decoder{Cache: cache},
			buf: make([]byte, evtx.ChunkSize)}
		group.Go(func() error {
			defer s.close()
			for at := range jobs {
				if err := s.chunk(at); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// shower is one worker of showHits.
type shower struct {
	o       ScanOptions
	files   []*ledger.File
	visitor Visitor
	mapper  *ecs.Mapper
	dec     evtx.Decoder
	buf     []byte
	file    *ledger.File
	open    evidence.RandomAccess
}

func (s *shower) close() {
	if s.open != nil {
		_ = s.open.Close() // read only
	}
}

func (s *shower) chunk(at slot) error {
	f := s.files[at.file]
	if f != s.file {
		s.close()
		s.open, s.file = nil, nil
		open, err := f.OpenRandom()
		if err != nil {
			return err
		}
		s.open, s.file = open, f
	}
	start := evtx.SlotOffset(at.chunk)
	n, err := s.open.ReadAt(s.buf, start)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: chunk %d at %#x: %w", f.Path, at.chunk, start, err)
	}
	s.dec.NoCRC = f.Header.NoCRC()
	slot := evtx.Ref{File: f.Index, Chunk: at.chunk, Offset: start}
	for r := range s.dec.Records(s.buf[:n], slot, func(evtx.Damage) {}) {
		ev := s.mapper.Map(r)
		if when := s.o.Clock.Of(ev); s.o.Filter.admits(r.Computer(), when) {
			s.visitor.Visit(ev, when)
		}
	}
	return nil
}
