package shard

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"golang.org/x/sync/errgroup"

	"hunt/limit"
	"hunt/timeline/ecs"
	"hunt/timeline/evidence"
	"hunt/timeline/ledger"
	"hunt/timeline/spill"
)

// verifyAll makes sure that each shard is what its scan wrote; the error names all that are not.
func verifyAll(ctx context.Context, shards []*Shard, jobs int) error {
	errs := make([]error, len(shards))
	group := errgroup.Group{}
	group.SetLimit(max(jobs, 1))
	for i, s := range shards {
		group.Go(func() error {
			errs[i] = s.Verify(ctx)
			return nil
		})
	}
	_ = group.Wait() // the errors are in errs
	return cmp.Or(ctx.Err(), errors.Join(errs...))
}

// Options of Join.
type Options struct {
	Jobs      int // shards that are verified at once
	Schema    *ecs.Schema
	MaxMemory spill.Budget
	TempDir   string

	Copies *ledger.Copies // across the shards, where they are known; nil: they are found
}

// Joined is what many shards hold together, as one scan of all their evidence would have gathered it.
type Joined struct {
	Collection *evidence.Collection
	Files      []*ledger.File
	Ledger     *ledger.Ledger
	Copies     ledger.Copies // found across the shards

	o     Options
	put   *ledger.Pasts
	parts []*part
}

// Join verifies the shards and joins them. Their classes are taken from the schema. The error names all shards that
// are not what their scans wrote.
func Join(ctx context.Context, shards []*Shard, o Options) (*Joined, error) {
	if err := verifyAll(ctx, shards, o.Jobs); err != nil {
		return nil, err
	}
	j := &Joined{o: o, put: ledger.NewPasts(o.TempDir)}
	for _, s := range shards {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		st, at, err := s.state(o.Schema)
		if err != nil {
			return nil, err
		}
		j.parts = append(j.parts, &part{shard: s, state: st, places: at})
	}
	if err := j.number(); err != nil {
		return nil, err
	}
	keys := spill.NewSorter(ledger.RecordKeys, o.MaxMemory.Of(spill.Keys), o.TempDir)
	defer func() { _ = keys.Close() }() // read only by now
	j.Ledger = ledger.New(len(j.Files), j.put, keys)
	for _, p := range j.parts {
		j.take(p)
	}
	if o.Copies != nil {
		j.Copies = *o.Copies
		if len(j.Copies.Live) != len(j.Files) || len(j.Copies.Kept) != len(j.Files) ||
			len(j.Copies.Carved) != len(j.Files) || len(j.Copies.Days) != len(j.Ledger.Days) {
			return nil, spill.ErrFacts
		}
		return j, nil
	}
	var err error
	j.Copies, err = j.copies()
	return j, err
}

// Hits yields the chunks with records that rules may need, by the numbers of files in the join.
func (j *Joined) Hits() iter.Seq2[int32, int32] {
	return func(yield func(file, chunk int32) bool) {
		for _, p := range j.parts {
			for _, h := range p.places.hits {
				if !yield(p.files[h.file], h.chunk) {
					return
				}
			}
		}
	}
}

// Bites are the bounds that bit in the scans. That there were too many classes is told to the schema.
func (j *Joined) Bites() []limit.Bite {
	out := j.Collection.Limits.Bites()
	for _, p := range j.parts {
		out = append(out, p.limits(j.o.Schema)...)
	}
	return out
}

// part is one shard in a join.
type part struct {
	shard  *Shard
	state  *state
	places *places
	files  []int32 // number of a file in the join by its number in the shard
	days   []int32 // the same for days
}

// scoped translates a file that is counted from 1, where 0 is none.
func (p *part) scoped(file int32) int32 {
	if file == 0 {
		return 0
	}
	return p.files[file-1] + 1
}

// number puts the files of all shards into the order of a collection.
func (j *Joined) number() error {
	from := map[*evidence.File]*part{}
	number := map[*evidence.File]int32{} // of those that are listed; nothing was counted in the others
	var all []*evidence.Collection
	for _, p := range j.parts {
		for _, f := range p.state.col.Files {
			from[f] = p
		}
		all = append(all, p.state.col)
	}
	j.Collection = evidence.Join(all...)
	for i, f := range j.Collection.Files {
		if i > 0 && j.Collection.Files[i-1].Place == f.Place && j.Collection.Files[i-1].Path == f.Path {
			return fmt.Errorf("%s is in two shards, %s and %s: leave one of them out", f.Path,
				from[j.Collection.Files[i-1]].shard.Path, from[f].shard.Path)
		}
		number[f] = int32(i)
	}
	j.Files = make([]*ledger.File, len(j.Collection.Files))
	for _, p := range j.parts {
		p.files = make([]int32, len(p.state.files))
		for i, f := range p.state.files {
			n, listed := number[f.File]
			if p.files[i], f.Index = n, n; listed {
				j.Files[n] = f
			}
		}
	}
	for _, p := range j.parts {
		p.sources()
	}
	for i, f := range j.Files {
		j.Collection.Files[i] = f.File
	}
	return nil
}

// limits are the bounds that bit in the scan of the shard. That there are too many classes is said of the whole.
func (p *part) limits(schema *ecs.Schema) []limit.Bite {
	out := slices.DeleteFunc(slices.Clone(p.state.limits), func(b limit.Bite) bool {
		if b.ID != ecs.BoundClasses.ID {
			return false
		}
		schema.SetOverflow()
		return true
	})
	for i := range out {
		if at := &out[i].First; at.File != limit.NoFile {
			at.File = p.files[at.File]
		}
	}
	return out
}

// sources lets the files of a shard be read from it.
func (p *part) sources() {
	stored := make([]map[int32]storedChunk, len(p.files))
	all := p.shard.at[chunksName]
	for _, c := range p.places.chunks {
		if stored[c.file] == nil {
			stored[c.file] = map[int32]storedChunk{}
		}
		stored[c.file][c.chunk] = storedChunk{all.within(c.at, c.len), c.in, c.size}
	}
	for i, f := range p.state.files {
		f.File = f.From(&storedSource{shard: p.shard, chunks: stored[i], size: f.Size})
	}
	p.places.chunks = nil
}

// take adds a shard to the ledger.
func (j *Joined) take(p *part) {
	l, from := j.Ledger, p.state.ledger
	for i, s := range from.Files {
		l.Files[p.files[i]].Add(s)
	}
	facts := make([]int32, len(from.Facts))
	for i, f := range from.Facts {
		f.File = p.scoped(f.File)
		f.Class = f.Class.Counted()
		facts[i] = l.Count(f)
	}
	p.days = l.CountDays(from.Days, facts)
	for _, s := range from.Spans {
		s.Ref.File = p.files[s.Ref.File]
		l.Spans = append(l.Spans, s)
	}
	for _, d := range from.Damage {
		d.Ref.File = p.files[d.Ref.File]
		l.Damage = append(l.Damage, d)
	}
	for v, n := range from.SIDs {
		v.File = p.scoped(v.File)
		l.SIDs[v] += n
	}
	all := p.shard.at[pastsName]
	for _, past := range p.places.pasts {
		k := past.key
		if k.File >= 0 {
			k.File = p.files[k.File]
		}
		j.put.Blocks[k] = append(j.put.Blocks[k],
			ledger.Packed{Packed: all.within(past.at, past.len).bytes, Files: p.files, Place: p.shard.Path})
	}
	from.Spans, from.Damage, p.places.pasts = nil, nil, nil
}

// copies finds the records that say what another one says. Copies have the same Computer name: of shards that share
// none with another one, it is known already.
func (j *Joined) copies() (ledger.Copies, error) {
	l := j.Ledger
	owner, shared := map[string]*part{}, map[*part]bool{}
	for _, p := range j.parts {
		for _, f := range p.state.ledger.Facts {
			if o := owner[f.Computer]; o != nil && o != p {
				shared[o], shared[p] = true, true
			}
			owner[f.Computer] = p
		}
	}
	l.Numbers = [][]int32{make([]int32, len(l.Days))}
	for i := range l.Numbers[0] {
		l.Numbers[0][i] = int32(i)
	}
	w := l.Keys.Split(1)[0]
	for _, p := range j.parts {
		if !shared[p] {
			continue
		}
		err := p.shard.keys(func(k ledger.RecordKey) error {
			day := max(k.Count, ^k.Count)
			if k.File < 0 || int(k.File) >= len(p.files) || !k.Carved && int(day) >= len(p.days) {
				return fmt.Errorf("%s: %w: a key refers to what is not there", p.shard.Path, ErrNoShard)
			}
			k.File = p.files[k.File]
			switch {
			case k.Carved:
			case k.Count < 0:
				k.Count = ^p.days[day]
			default:
				k.Count = p.days[day]
			}
			w.Add(k)
			return nil
		})
		if err != nil {
			return ledger.Copies{}, err
		}
	}
	out, err := l.FindCopies()
	for _, p := range j.parts {
		if shared[p] {
			continue
		}
		for i, to := range p.files {
			out.Live[to] += p.state.dropped.Live[i]
			out.Kept[to] += p.state.dropped.Kept[i]
			out.Carved[to] += p.state.dropped.Carved[i]
		}
		for i, to := range p.days {
			out.Days[to] += p.state.dropped.Days[i]
		}
	}
	return out, err
}
