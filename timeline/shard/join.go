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

// Options are the options of Join.
type Options struct {
	Jobs      int // shards that are verified at once
	Schema    *ecs.Schema
	MaxMemory spill.Budget
	TempDir   string

	Copies *ledger.Copies // across the shards, if they are known; nil: they are found
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
	store *store
	of    []*part // by file
}

// Join joins shards. Their classes are taken from the schema. Everything that is read from a shard, now or later, is
// compared with the hashes in its manifest; the error names all shards whose facts are not what their scans wrote.
func Join(ctx context.Context, shards []*Shard, o Options) (*Joined, error) {
	j := &Joined{o: o, put: ledger.NewPasts(o.TempDir, o.MaxMemory), parts: make([]*part, len(shards)),
		store: newStore(max(o.Jobs, 1))}
	errs := make([]error, len(shards))
	group := errgroup.Group{}
	group.SetLimit(max(o.Jobs, 1))
	for i, s := range shards {
		group.Go(func() error {
			if ctx.Err() != nil {
				return nil
			}
			st, at, err := s.state(o.Schema)
			if errs[i] = err; err == nil {
				j.parts[i] = &part{shard: s, state: st, pasts: at.pasts}
			}
			return nil
		})
	}
	_ = group.Wait() // the errors are in errs
	if err := cmp.Or(ctx.Err(), errors.Join(errs...)); err != nil {
		return nil, err
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
	j.Copies, err = j.copies(ctx)
	return j, err
}

// Err returns the first error of reading from a shard since the join.
func (j *Joined) Err() error { return j.store.Err() }

// Own restricts what is read from the shards to the records of some computers. It must be called before the first
// read.
func (j *Joined) Own(own func(computer string) bool) {
	for _, p := range j.parts {
		p.stored.own = own
	}
}

// Share is what one shard holds of a computer's records.
type Share struct {
	Computer string
	File     int32 // -1 if the name alone identifies the machine
	part     *part
}

// SameMarks reports whether the marks of two shares are the same.
func (s Share) SameMarks(o Share) bool { return s.Computer == o.Computer && s.part == o.part }

// Shares yields what each shard holds of each computer.
func (j *Joined) Shares() iter.Seq[Share] {
	return func(yield func(Share) bool) {
		for _, p := range j.parts {
			last := Share{File: -2}
			for _, f := range p.state.ledger.Facts {
				s := Share{f.Computer, f.File - 1, p} // take has numbered the files
				if s != last && !yield(s) {
					return
				}
				last = s
			}
		}
	}
}

// Slots returns the slots of the evidence in which the shard has marks for records of the computer, in whatever file.
// Files have their numbers in the join.
func (j *Joined) Slots(s Share) ([]Slot, error) {
	slots, err := s.part.stored.slots(s.Computer)
	if err != nil {
		return nil, err
	}
	out := make([]Slot, len(slots))
	marks := s.part.stored.at.marks
	for i, x := range slots {
		if x.file < 0 || int(x.file) >= len(s.part.files) {
			return nil, j.store.fail(s.part.shard.changed(chunksName))
		}
		out[i] = Slot{File: s.part.files[x.file], Chunk: x.chunk, Records: make([]Marked, len(x.records))}
		for k, r := range x.records {
			if r.mark < 0 || r.mark >= len(marks) {
				return nil, j.store.fail(s.part.shard.changed(chunksName))
			}
			out[i].Records[k] = Marked{r.offset, r.carved, marks[r.mark]}
		}
	}
	return out, nil
}

// Place names the shard that holds a file.
func (j *Joined) Place(file int32) string { return j.of[file].shard.Path }

// Bites returns the bounds that applied in the scans. If there were too many classes, it tells the schema.
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
	pasts  []packedPast
	stored *stored
	files  []int32 // number of a file in the join by its number in the shard
	days   []int32 // the same for days
}

// scoped translates the number of a file counted from 1; 0 stays 0.
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
		j.sources(p)
	}
	j.of = make([]*part, len(j.Files))
	for i, f := range j.Files {
		j.of[i] = from[j.Collection.Files[i]]
		j.Collection.Files[i] = f.File
	}
	return nil
}

// limits returns the bounds that applied in the scan of the shard. An excess of classes is reported for the whole.
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

// sources makes the files of a shard be read from it.
func (j *Joined) sources(p *part) {
	p.stored = &stored{shard: p.shard, store: j.store}
	for i, f := range p.state.files {
		f.File = f.From(&storedSource{of: p.stored, file: int32(i), size: f.Size}) // #nosec G115 -- a number of a file
	}
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
	for _, past := range p.pasts {
		k := past.key
		if k.File >= 0 {
			k.File = p.files[k.File]
		}
		j.put.Blocks[k] = append(j.put.Blocks[k],
			ledger.Packed{Packed: func() ([]byte, error) { return p.shard.past(past) }, Files: p.files,
				Place: p.shard.Path})
	}
	from.Spans, from.Damage, p.pasts = nil, nil, nil
}

// copies finds the records that repeat another one. Copies have the same Computer name, so for shards that share no
// name with another one they are known already.
func (j *Joined) copies(ctx context.Context) (ledger.Copies, error) {
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
		err := p.shard.keys(ctx, func(k ledger.RecordKey) error {
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
