package timeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"golang.org/x/sync/errgroup"

	"hunt/evtx"
	"hunt/timeline/ecs"
	"hunt/timeline/evidence"
	"hunt/timeline/host"
	"hunt/timeline/shard"
)

// Portions yields the hosts of a batch, or of a group, a few at a time. Each portion shows the records of its hosts
// that rules may need. The parts of shards that belong to other hosts are not read.
type Portions struct {
	cs     *Case
	joined *shard.Joined
	o      ScanOptions
	hosts  []*host.Host // in the order of the case
	shares map[*host.Host][]shard.Share
	cache  *evtx.Cache
}

// Taker receives the events of a portion, in no order. The event is valid during the call. mark is the value given
// to Shard.Mark for it during the scan.
type Taker interface {
	Take(ev *ecs.Event, at evtx.Filetime, mark string)
}

// newPortions returns portions of the hosts that own chooses; nil chooses all.
func newPortions(cs *Case, j *shard.Joined, o ScanOptions, own func(id string) bool) *Portions {
	p := &Portions{cs: cs, joined: j, o: o, shares: map[*host.Host][]shard.Share{},
		cache: o.Templates}
	chosen := map[*host.Host]bool{}
	for _, h := range cs.Hosts.All {
		if own == nil || own(h.ID) {
			p.hosts = append(p.hosts, h)
			chosen[h] = true
		}
	}
	names := map[string]bool{}
	for s := range j.Shares() {
		h := cs.Hosts.Of(s.Computer, s.File)
		if !chosen[h] {
			continue
		}
		names[s.Computer] = true
		if list := p.shares[h]; !slices.ContainsFunc(list, s.SameMarks) {
			p.shares[h] = append(list, s)
		}
	}
	if own != nil {
		j.Own(func(computer string) bool { return names[computer] })
	}
	return p
}

// portionRecords is roughly the number of records of the hosts in a portion: enough to be worth a worker.
const portionRecords = 1 << 14

// Each yields the portions in the order of the hosts.
func (p *Portions) Each() iter.Seq[Portion] {
	return func(yield func(Portion) bool) {
		portion, records := Portion{of: p}, 0
		for _, h := range p.hosts {
			if len(p.shares[h]) == 0 {
				continue
			}
			portion.hosts = append(portion.hosts, h)
			if records += h.Records; records < portionRecords {
				continue
			}
			if !yield(portion) {
				return
			}
			portion, records = Portion{of: p}, 0
		}
		if len(portion.hosts) > 0 {
			yield(portion)
		}
	}
}

// Portion is some hosts of a batch.
type Portion struct {
	of    *Portions
	hosts []*host.Host
}

// slots returns the slots with marked records of the portion's hosts, in the order of the evidence.
func (p Portion) slots() ([]shard.Slot, error) {
	var all []shard.Slot
	for _, h := range p.hosts {
		for _, s := range p.of.shares[h] {
			slots, err := p.of.joined.Slots(s)
			if err != nil {
				return nil, err
			}
			for _, x := range slots {
				if p.of.cs.Hosts.Of(s.Computer, x.File) == h {
					all = append(all, x)
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b shard.Slot) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Chunk, b.Chunk))
	})
	out := all[:0]
	for _, x := range all {
		if n := len(out); n > 0 && out[n-1].File == x.File && out[n-1].Chunk == x.Chunk {
			out[n-1].Records = append(slices.Clone(out[n-1].Records), x.Records...)
			continue
		}
		out = append(out, x)
	}
	for _, x := range out {
		slices.SortFunc(x.Records, func(a, b shard.Marked) int { return cmp.Compare(a.Offset, b.Offset) })
	}
	return out, nil
}

// slotsPerWorker is the number of slots of one portion that are worth a worker.
const slotsPerWorker = 128

// Show shows the marked records of the portion's hosts to takers, one for each worker. taker makes one, and is not
// called concurrently.
func (p Portion) Show(ctx context.Context, taker func() Taker) error {
	slots, err := p.slots()
	if err != nil {
		return err
	}
	n := max(1, min(p.of.o.Jobs, len(slots)/slotsPerWorker))
	group, ctx := errgroup.WithContext(ctx)
	for i := range n {
		s := &shower{o: p.of.o, portions: p.of, taker: taker(), buf: make([]byte, evtx.ChunkSize),
			mapper: newMapper(p.of.o.Schema, p.of.o.Strict, p.of.o.Clock),
			dec:    evtx.Decoder{Cache: p.of.cache, Unsummed: true}}
		portion := slots[i*len(slots)/n : (i+1)*len(slots)/n]
		group.Go(func() error {
			defer s.close()
			for _, x := range portion {
				if err := s.slot(x); err != nil {
					return err
				}
				if err := ctx.Err(); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return cmp.Or(group.Wait(), p.of.joined.Err())
}

// shower is one worker that shows a portion.
type shower struct {
	o        ScanOptions
	portions *Portions
	taker    Taker
	mapper   *ecs.Mapper
	dec      evtx.Decoder
	buf      []byte
	file     int32
	open     evidence.RandomAccess
}

func (s *shower) close() {
	if s.open != nil {
		_ = s.open.Close() // read only
	}
}

// slot shows the marked records of a slot.
func (s *shower) slot(x shard.Slot) error {
	f := s.portions.cs.Files[x.File]
	if s.open == nil || s.file != x.File {
		s.close()
		s.open = nil
		open, err := f.OpenRandom()
		if err != nil {
			return err
		}
		s.open, s.file = open, x.File
	}
	start := evtx.SlotOffset(x.Chunk)
	n, err := s.open.ReadAt(s.buf, start)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: chunk %d at %#x: %w", f.Path, x.Chunk, start, err)
	}
	s.dec.NoCRC, s.dec.Stock = f.Header.NoCRC(), f.Stock
	at := evtx.Ref{File: x.File, Chunk: x.Chunk, Offset: start}
	shown := s.marked(s.dec.Records(s.buf[:n], at, nil), x, start)
	if shown < len(x.Records) && slices.ContainsFunc(x.Records, func(m shard.Marked) bool { return m.Carved }) {
		shown += s.marked(s.dec.Carved(s.buf[:n], at), x, start)
	}
	if shown != len(x.Records) {
		return fmt.Errorf("%s: %s: chunk %d holds %d of %d records that rules need: %w",
			s.portions.joined.Place(x.File),
			f.Path, x.Chunk, shown, len(x.Records), shard.ErrChanged)
	}
	return nil
}

// marked shows the marked records of a slot, and returns how many there are.
func (s *shower) marked(records iter.Seq[*evtx.Record], x shard.Slot, start int64) (shown int) {
	for r := range records {
		at := uint16(r.Ref.Offset - start) // #nosec G115 -- within a slot
		i, found := slices.BinarySearchFunc(x.Records, at, func(m shard.Marked, o uint16) int {
			return cmp.Compare(m.Offset, o)
		})
		if !found || x.Records[i].Carved != r.Ref.Carved {
			continue
		}
		ev := s.mapper.Map(r)
		s.taker.Take(ev, s.o.Clock.Of(ev), x.Records[i].Mark)
		shown++
	}
	return shown
}
