package timeline

import (
	"cmp"
	"context"

	"hunt/limit"
	"hunt/timeline/ecs"
	"hunt/timeline/ledger"
	"hunt/timeline/shard"
)

// Batch is the shards of many scans. Its Portions give what one Scan of all their evidence would: the ledgers are
// joined, copies are found across them, hosts are resolved over all, and the records that rules may need are shown
// host by host.
type Batch []*shard.Shard

// Portions joins the shards. Clock, Strict, Carved and Filter must be those of the scans. It takes the memory of the
// joined facts without the histories, which are in temporary files; it reads no evidence.
func (b Batch) Portions(ctx context.Context, o ScanOptions) (*Case, *Portions, error) {
	o.defaults()
	j, err := b.join(ctx, o, nil)
	if err != nil {
		return nil, nil, err
	}
	cs := newCase(j, o, nil)
	tellBites(j, o)
	cs.tellClocks()
	return cs, newPortions(cs, j, o, nil), cmp.Or(cs.Err(), cs.reconcile())
}

// join joins the shards; copies are those across them, if they are known.
func (b Batch) join(ctx context.Context, o ScanOptions, copies *ledger.Copies) (*shard.Joined, error) {
	return shard.Join(ctx, b, shard.Options{Jobs: o.Jobs, Schema: o.Schema, MaxMemory: o.MaxMemory, TempDir: o.TempDir,
		Copies: copies})
}

// tellBites counts the bounds that applied in the scans, and no others: those that visitors reached were counted
// there.
func tellBites(j *shard.Joined, o ScanOptions) {
	o.Limits.Reset()
	o.Limits.Add(j.Bites())
	if o.Schema.Overflows() {
		o.Limits.Bite(ecs.BoundClasses, limit.In(""))
	}
}
