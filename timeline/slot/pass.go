package slot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"hunt/evtx"
	"hunt/timeline/evidence"
)

// perWorker bounds the decoded slots per worker that wait for an earlier one: chunks take different
// times.
const perWorker = 4

// Slot is one slot being processed by a worker. It is reused for a later one, with Out as it was left.
type Slot[T any] struct {
	Data   []byte // up to evtx.ChunkSize bytes
	At     evtx.Ref
	Damage []evtx.Damage // that the worker found, in order; initially empty
	Out    T             // what the worker made of it
	Part   bool          // Take is called before the worker is done with the slot

	buf   evtx.SlotBuffer
	order int32 // among the slots of the file
	early func(*Slot[T])
}

// Flush makes Take run before the worker is done with the slot, when its turn has come, so that the
// results of a slot need not all be held in memory.
func (s *Slot[T]) Flush() { s.early(s) }

// Pass is one pass of a file through the workers.
type Pass[T any] struct {
	File  *evidence.File
	Index int32 // the file's index, which references contain
	Jobs  int   // workers, 1 or more
	// Head is called first, with the damage of the file header.
	Head func([]evtx.Damage)
	// Worker makes a worker: decode runs on a goroutine of its own, and ended is called there when there
	// are no more slots.
	Worker func(evtx.FileHeader) (decode func(*Slot[T]), ended func())
	// Take receives each slot in the order of the file, called by one goroutine at a time, and empties
	// Out. An error ends the pass.
	Take func(*Slot[T]) error
}

// Run reads the file. lost says why it could not be read, or not to its end; Take has received what was
// read until then. err is an error of Take or of the context.
func (p Pass[T]) Run(ctx context.Context) (lost, err error) {
	file, err := p.File.Open()
	if err != nil {
		return fmt.Errorf("%s: %w", p.File.Path, err), nil
	}
	defer file.Close()
	var head [evtx.FileHeaderSize]byte
	n, err := io.ReadFull(file, head[:])
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%s: %w", p.File.Path, err), nil
	}
	header, damage := evtx.ParseFileHeader(head[:n], p.File.Size)
	p.Head(damage)
	r := &passage[T]{Pass: p, slots: p.Jobs * perWorker, ready: make(map[int32]*Slot[T])}
	r.moved = sync.NewCond(&r.mu)
	r.file = evtx.NewSlotReader(io.MultiReader(bytes.NewReader(head[:n]), file), p.File.FirstSlot())
	var workers sync.WaitGroup
	for range p.Jobs {
		workers.Go(func() {
			decode, ended := p.Worker(header)
			for s := r.take(ctx); s != nil; s = r.take(ctx) {
				decode(s)
				r.hand(s)
			}
			ended()
		})
	}
	workers.Wait()
	if r.failed != nil {
		lost = fmt.Errorf("%s: read error; the rest of the file was not read: %w", p.File.Path, r.failed)
	}
	return lost, r.err
}

// passage is a pass in progress. Each worker takes the next slot, decodes it and hands it back. Whoever
// hands back the slot whose turn it is passes it on, together with those after it that are ready. So the
// output has the order of the file, and with one worker everything happens on one goroutine.
type passage[T any] struct {
	Pass[T]
	slots int // that may be in flight: memory does not grow with the file

	reading sync.Mutex // of what follows; taken before mu
	file    *evtx.SlotReader
	taken   int32 // slots
	ended   bool
	failed  error // a read error: what was read so far counts, and the next file is tried

	mu    sync.Mutex // of what follows
	moved *sync.Cond // the turn has advanced, or the pass has failed
	turn  int32      // the slot that is to be handed over next
	ready map[int32]*Slot[T]
	free  []*Slot[T]
	err   error // of Take, or of a run that was cancelled
}

// take reads the next slot; it returns nil at the end of the file, or if the pass has failed.
func (r *passage[T]) take(ctx context.Context) *Slot[T] {
	r.reading.Lock()
	defer r.reading.Unlock()
	if r.ended {
		return nil
	}
	s := r.room(ctx)
	if s == nil {
		return nil
	}
	n, at, err := r.file.Next(&s.buf)
	if err != nil {
		r.ended, r.failed = true, err
	}
	if n == 0 {
		r.ended = true
		return nil
	}
	s.Data, s.At, s.order = s.buf[:n], at, r.taken
	s.At.File = r.Index
	r.taken++
	return s
}

// room waits until another slot may be in flight.
func (r *passage[T]) room(ctx context.Context) *Slot[T] {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.err == nil && int(r.taken-r.turn) >= r.slots {
		r.moved.Wait()
	}
	if r.err == nil {
		r.err = ctx.Err()
	}
	if r.err != nil {
		return nil
	}
	last := len(r.free) - 1
	if last < 0 {
		return &Slot[T]{early: r.early}
	}
	s := r.free[last]
	r.free = r.free[:last]
	s.Damage = s.Damage[:0]
	return s
}

// hand takes a decoded slot back and passes on what is due.
func (r *passage[T]) hand(s *Slot[T]) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ready[s.order] = s
	for s = r.ready[r.turn]; s != nil && r.err == nil; s = r.ready[r.turn] {
		r.err = r.Take(s)
		delete(r.ready, r.turn)
		r.free = append(r.free, s)
		r.turn++
	}
	r.moved.Broadcast()
}

// early passes on what a slot has given so far, when its turn has come.
func (r *passage[T]) early(s *Slot[T]) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.err == nil && r.turn != s.order {
		r.moved.Wait()
	}
	if r.err == nil {
		s.Part = true
		r.err = r.Take(s)
		s.Part = false
	}
	s.Damage = s.Damage[:0]
}

// Taken returns how many bytes of the file this Take of the slot completes.
func (s *Slot[T]) Taken() int64 {
	if s.Part {
		return 0
	}
	return int64(len(s.Data))
}
