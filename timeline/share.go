package timeline

import (
	"cmp"
	"context"
	"io"

	"hunt/timeline/ledger"
	"hunt/timeline/shard"
	"hunt/timeline/spill"
)

// copiesName is the member of a plan that holds the copies across its shards.
const copiesName = "copies"

// Resolve finds the hosts of a batch and the copies across its shards, and writes them as a plan. The manifest says
// what the shards have in common; Resolve adds what the plan was made from.
func (b Batch) Resolve(ctx context.Context, o ScanOptions, m *shard.BundleManifest, w io.Writer) error {
	o.defaults()
	j, err := b.join(ctx, o, nil)
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

// Share is a group of the hosts of a batch. Its case is that of the Batch, and its portions are those of its own hosts.
type Share struct {
	Batch
	Plan *shard.Bundle
	Own  func(id string) bool // chooses the hosts by id
}

// Portions joins the shards as Batch.Portions does.
func (s Share) Portions(ctx context.Context, o ScanOptions) (*Case, *Portions, error) {
	o.defaults()
	copies, err := copiesOf(s.Plan)
	if err != nil {
		return nil, nil, err
	}
	j, err := s.join(ctx, o, copies)
	if err != nil {
		return nil, nil, err
	}
	cs := newCase(j, o, s.Own)
	o.Limits.Reset() // what the scans counted is reported once, for the whole
	return cs, newPortions(cs, j, o, s.Own), cmp.Or(cs.Err(), cs.reconcile())
}

// Planned is a batch whose hosts have been matched: the case of the whole batch, without events.
type Planned struct {
	Batch
	Plan *shard.Bundle
}

// Portions returns the case, and no portions.
func (p Planned) Portions(ctx context.Context, o ScanOptions) (*Case, *Portions, error) {
	o.defaults()
	copies, err := copiesOf(p.Plan)
	if err != nil {
		return nil, nil, err
	}
	j, err := p.join(ctx, o, copies)
	if err != nil {
		return nil, nil, err
	}
	cs := newCase(j, o, nil)
	tellBites(j, o)
	cs.tellClocks()
	return cs, &Portions{}, cmp.Or(cs.Err(), cs.reconcile())
}

// copiesOf reads the copies across the shards from a plan.
func copiesOf(plan *shard.Bundle) (*ledger.Copies, error) {
	r, err := plan.Open(copiesName)
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
