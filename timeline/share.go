package timeline

import (
	"cmp"
	"context"
	"io"

	"hunt/evtx"
	"hunt/limit"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
	"hunt/timeline/ledger"
	"hunt/timeline/shard"
	"hunt/timeline/spill"
)

// copiesName is the member of a plan that holds the copies across its shards.
const copiesName = "copies"

// Resolve finds the hosts of a batch and the copies across its shards, and writes them as a plan. The
// manifest says what the shards have in common; what the plan is of, Resolve adds.
func (b Batch) Resolve(ctx context.Context, o ScanOptions, m *shard.BundleManifest, w io.Writer) error {
	o.defaults()
	j, err := shard.Join(ctx, b,
		shard.Options{Jobs: o.Jobs, Schema: o.Schema, MaxMemory: o.MaxMemory, TempDir: o.TempDir})
	if err != nil {
		return err
	}
	out := shard.NewBundle(w)
	to, err := out.Member(copiesName)
	if err != nil {
		return err
	}
	c := spill.NewEncoder(nil)
	codeCopies(c, &j.Copies)
	if _, err := to.Write(c.Bytes()); err != nil {
		return err
	}
	m.Schema, m.Shards = shard.PlanSchema, shard.PlanOf(b)
	cs := newCase(j, o, func(string) bool { return false })
	for _, h := range cs.Hosts.All {
		m.Hosts = append(m.Hosts, shard.Weighed{ID: h.ID, Records: h.Records})
	}
	return cmp.Or(cs.Err(), out.Finish(m))
}

func codeCopies(c *spill.Coder, x *ledger.Copies) {
	for _, counts := range []*[]int{&x.Live, &x.Kept, &x.Carved, &x.Days} {
		spill.Values(c, counts, spill.Number[int])
	}
}

// Share is a group of the hosts of a batch, or none of them. Its Scan gives the same case as that of the
// Batch, and shows the events of its own hosts alone.
type Share struct {
	Batch
	Plan *shard.Bundle
	// Own chooses the hosts by id; nil: none is shown, and the histories of all are looked at.
	Own func(id string) bool
}

// Scan implements rules.Scanner.
func (s Share) Scan(ctx context.Context, o ScanOptions, visitor func() Visitor) (*Case, error) {
	o.defaults()
	copies, err := s.copies()
	if err != nil {
		return nil, err
	}
	j, err := shard.Join(ctx, s.Batch,
		shard.Options{Jobs: o.Jobs, Schema: o.Schema, MaxMemory: o.MaxMemory, TempDir: o.TempDir, Copies: copies})
	if err != nil {
		return nil, err
	}
	cs := newCase(j, o, s.Own)
	if s.Own != nil {
		if err := s.show(ctx, cs, j, o, visitor); err != nil {
			return nil, err
		}
	}
	// What the visitors met was counted by the scans; what the scans met is told once, for the whole.
	o.Limits.Reset()
	if s.Own == nil {
		o.Limits.Add(j.Bites())
		if o.Schema.Overflows() {
			o.Limits.Bite(ecs.BoundClasses, limit.In(""))
		}
	}
	return cs, cmp.Or(cs.Err(), cs.reconcile())
}

// copies reads the copies across the shards from the plan.
func (s Share) copies() (*ledger.Copies, error) {
	r, err := s.Plan.Open(copiesName)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	c, out := spill.NewDecoder(b, nil), &ledger.Copies{}
	codeCopies(c, out)
	return out, c.Err()
}

// show shows the events of the share's hosts.
func (s Share) show(ctx context.Context, cs *Case, j *shard.Joined, o ScanOptions, visitor func() Visitor) error {
	own := map[*host.Host]bool{}
	for _, h := range cs.Hosts.All {
		own[h] = s.Own(h.ID)
	}
	chunks := map[slot]bool{} // that hold events of these
	for i := range cs.spans {
		if x := &cs.spans[i]; own[cs.Hosts.Of(x.Computer, x.Ref.File)] {
			chunks[slot{x.Ref.File, x.Ref.Chunk}] = true
		}
	}
	hits := func(yield func(file, chunk int32) bool) {
		for file, chunk := range j.Hits() {
			if chunks[slot{file, chunk}] && !yield(file, chunk) {
				return
			}
		}
	}
	return showHits(ctx, j.Files, hits, o, func() Visitor { return &sharing{visitor(), cs, own} })
}

// sharing passes on the events of a share's hosts.
type sharing struct {
	Visitor
	cs  *Case
	own map[*host.Host]bool
}

// Visit implements Visitor.
func (s *sharing) Visit(ev *ecs.Event, at evtx.Filetime) {
	if s.own[s.cs.Hosts.Of(ev.Record.Computer(), ev.Record.Ref.File)] {
		s.Visitor.Visit(ev, at)
	}
}
