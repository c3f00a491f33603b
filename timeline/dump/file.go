package dump

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"hunt/evtx"
	"hunt/timeline/evidence"
)

const (
	// slotsPerWorker bounds the decoded slots that wait for one before them: chunks take unlike times.
	slotsPerWorker = 4
	// maxSlotText bounds what a slot prints before it waits for its turn. A full chunk of honest records prints less than
	// 256 KiB; a crafted one can ask for a gigabyte.
	maxSlotText = 1 << 20
)

// slot is one chunk in the hands of a worker; text is what it printed.
type slot struct {
	buf    [evtx.ChunkSize]byte
	n      int
	at     evtx.Ref
	order  int32  // among the slots of the file
	path   []byte // of the file, as a JSON string
	raw    string // name of a file that is no event log; "" for one that is
	text   []byte
	damage []evtx.Damage
	tally  Counts
	spill  func(*slot) // takes a text that has become too long
}

// passage is a file on its way through a dump. Each worker takes the next slot, decodes it and hands it back; whoever hands
// back the one whose turn it is writes it, and those behind it that are ready. So the output has the order of the file, and
// with one worker everything happens on one goroutine.
type passage struct {
	path  []byte
	index int32
	slots int // that may be in flight: memory does not grow with the file
	out   io.Writer
	say   func([]evtx.Damage)

	reading sync.Mutex // of what follows; taken before mu
	file    *evtx.SlotReader
	taken   int32 // slots
	ended   bool
	failed  error // of the medium: what was read so far is printed, the next file is tried

	mu    sync.Mutex // of what follows
	moved *sync.Cond // the turn went on, or the dump failed
	turn  int32      // the slot that is to be written next
	ready map[int32]*slot
	free  []*slot
	total Counts
	err   error // of the output, or of a run that was cancelled
}

// take reads the next slot; nil at the end of the file, and where the dump has failed.
func (p *passage) take(ctx context.Context) *slot {
	p.reading.Lock()
	defer p.reading.Unlock()
	if p.ended {
		return nil
	}
	s := p.room(ctx)
	if s == nil {
		return nil
	}
	var err error
	if s.n, s.at, err = p.file.Next(&s.buf); err != nil {
		p.ended, p.failed = true, err
	}
	if s.n == 0 {
		p.ended = true
		return nil
	}
	s.at.File, s.order = p.index, p.taken
	p.taken++
	return s
}

// room waits until another slot may be in flight.
func (p *passage) room(ctx context.Context) *slot {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.err == nil && int(p.taken-p.turn) >= p.slots {
		p.moved.Wait()
	}
	if p.err == nil {
		p.err = ctx.Err()
	}
	if p.err != nil {
		return nil
	}
	last := len(p.free) - 1
	if last < 0 {
		return &slot{path: p.path, spill: p.spill}
	}
	s := p.free[last]
	p.free = p.free[:last]
	s.text, s.damage, s.tally = s.text[:0], s.damage[:0], Counts{}
	return s
}

// hand takes a decoded slot back and writes what is due.
func (p *passage) hand(s *slot) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ready[s.order] = s
	for s = p.ready[p.turn]; s != nil && p.err == nil; s = p.ready[p.turn] {
		p.say(s.damage)
		p.total.add(s.tally)
		_, p.err = p.out.Write(s.text)
		delete(p.ready, p.turn)
		p.free = append(p.free, s)
		p.turn++
	}
	p.moved.Broadcast()
}

// spill writes what a slot has printed so far, when its turn has come.
func (p *passage) spill(s *slot) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.err == nil && p.turn != s.order {
		p.moved.Wait()
	}
	if p.err == nil {
		_, p.err = p.out.Write(s.text)
	}
	s.text = s.text[:0]
}

// numbered is a file of the evidence and its number, which references have.
type numbered struct {
	*evidence.File
	index int32
}

// pass is one way of a file through a dump.
type pass struct {
	file     numbered
	decode   func(*Writer, *evtx.Decoder, *slot)
	jobs     int
	complain func(text string)
}

// file dumps one file: its slots are decoded on all workers and written in their order.
func (d *Writer) file(ctx context.Context, of pass) error {
	f := of.file
	file, err := f.Open()
	if err != nil {
		of.complain(fmt.Sprintf("%s: %v", f.Path, err))
		d.Counts.Failed++
		return nil
	}
	defer file.Close()
	var head [evtx.FileHeaderSize]byte
	n, err := io.ReadFull(file, head[:])
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		of.complain(fmt.Sprintf("%s: %v", f.Path, err))
		d.Counts.Failed++
		return nil
	}
	path, err := json.Marshal(f.Path)
	if err != nil {
		return err
	}
	p := &passage{path: path, index: f.index, slots: of.jobs * slotsPerWorker, out: d.out, ready: make(map[int32]*slot)}
	p.moved = sync.NewCond(&p.mu)
	p.file = evtx.NewSlotReader(io.MultiReader(bytes.NewReader(head[:n]), file), f.FirstSlot())
	p.say = func(ds []evtx.Damage) { p.damaged(f.Path, ds, of.complain) }
	header, damage := evtx.ParseFileHeader(head[:n], f.Size)
	p.say(damage)
	d.decode(ctx, p, of, header.NoCRC())
	if n := p.total.Damaged; n > maxSaid {
		of.complain(fmt.Sprintf("%s: %d more places with damage", f.Path, n-maxSaid))
	}
	if p.failed != nil {
		of.complain(fmt.Sprintf("%s: read error; the rest of the file was not read: %v", f.Path, p.failed))
		p.total.Failed++
	}
	d.Counts.add(p.total)
	return p.err
}

// maxSaid bounds the places with damage that are named for each file.
const maxSaid = 20

// damaged counts the damage that loses records and complains of it.
func (p *passage) damaged(path string, ds []evtx.Damage, complain func(string)) {
	for _, x := range ds {
		if x.Kind.LosesRecords() {
			if p.total.Damaged++; p.total.Damaged <= maxSaid {
				complain(fmt.Sprintf("%s: %s: %s", path, x.Kind, x.Detail))
			}
		}
	}
}

// decode decodes the slots of a file on all workers.
func (d *Writer) decode(ctx context.Context, p *passage, of pass, noCRC bool) {
	var workers sync.WaitGroup
	for range of.jobs {
		workers.Go(func() {
			dec := &evtx.Decoder{Cache: d.cache, NoCRC: noCRC, Unsummed: true, Limits: &d.Limits, Exact: d.Exact}
			for s := p.take(ctx); s != nil; s = p.take(ctx) {
				of.decode(d, dec, s)
				p.hand(s)
			}
			d.mu.Lock()
			defer d.mu.Unlock()
			d.Recovered.Add(dec.Stats)
		})
	}
	workers.Wait()
}
