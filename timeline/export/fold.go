package export

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"sort"
	"sync"

	"hunt/evtx"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/spill"
)

// Folding leaves out the noise of a timeline: events that Windows writes in large numbers and that say
// little of what a user did (ecs.Meaning.Loud). Consecutive ones of one host and kind, no more than
// foldGap apart, become one: the first, which says how many it stands for and until when. Events in
// which rules found something are never folded, nor are those on which a condition has yet to decide.
const foldGap = 10 * 60 * evtx.TicksPerSecond

// fold is an event that stands for others.
type fold struct {
	file   int32
	offset int64
	more   int64 // how many others
	until  evtx.Filetime
}

// foldColumns show what an event stands for.
var foldColumns = []column{
	{name: "folded", kind: signed, rare: true, number: func(f *facts) int64 { return f.fold.more }},
	{name: "folded_until", rare: true, width: 29, text: func(dst []byte, f *facts) []byte {
		if f.fold.until == 0 {
			return dst
		}
		return f.fold.until.AppendText(dst)
	}},
}

var foldForm = spill.Form[fold]{
	Size: 28,
	Put: func(b []byte, f *fold) {
		_ = b[27]
		binary.LittleEndian.PutUint32(b, uint32(f.file))       // #nosec G115 -- the same bits
		binary.LittleEndian.PutUint64(b[4:], uint64(f.offset)) // #nosec G115 -- the same bits
		binary.LittleEndian.PutUint64(b[12:], uint64(f.more))  // #nosec G115 -- the same bits
		binary.LittleEndian.PutUint64(b[20:], uint64(f.until))
	},
	Get: func(b []byte, f *fold) {
		_ = b[27]
		f.file = int32(binary.LittleEndian.Uint32(b))       // #nosec G115 -- the same bits
		f.offset = int64(binary.LittleEndian.Uint64(b[4:])) // #nosec G115 -- the same bits
		f.more = int64(binary.LittleEndian.Uint64(b[12:]))  // #nosec G115 -- the same bits
		f.until = evtx.Filetime(binary.LittleEndian.Uint64(b[20:]))
	},
	Compare: func(a, b fold) int { return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.offset, b.offset)) },
}

// folds holds the events that stand for others, sorted by place. A nil folds folds nothing.
type folds struct {
	marks  func(*timeline.Event) []Mark
	sorter *spill.Sorter[fold]
	table  *spill.Log[fold]
	fault  struct {
		sync.Mutex
		err error
	}
}

// newFolds returns nil unless folding is asked for.
func (t *Timeline) newFolds(asked bool) *folds {
	if !asked {
		return nil
	}
	memory := t.Scan.MaxMemory.Of(spill.Hits)
	return &folds{marks: t.Marks, sorter: spill.NewSorter(foldForm, memory/2, t.Scan.TempDir),
		table: spill.NewLog(foldForm, memory/2, t.Scan.TempDir)}
}

func (f *folds) close() error {
	if f == nil {
		return nil
	}
	return errors.Join(f.fault.err, f.sorter.Close(), f.table.Close())
}

// find searches the order for the events that stand for others.
func (f *folds) find(ctx context.Context, cs *timeline.Case, x *timeline.Index) error {
	if f == nil {
		return nil
	}
	type kind struct {
		host  int
		class *ecs.Class
	}
	open := map[kind]*fold{}
	last := map[kind]evtx.Filetime{}
	w := f.sorter.Split(1)[0]
	err := cs.Each(ctx, x, func(e timeline.Indexed) error {
		if !f.folds(&e) {
			return nil
		}
		k := kind{e.Host, e.Class}
		if run := open[k]; run != nil && e.At-last[k] <= foldGap {
			run.more++
			run.until = e.At
		} else {
			if run != nil {
				w.Add(*run)
			}
			open[k] = &fold{file: e.Ref.File, offset: e.Ref.Offset}
		}
		last[k] = e.At
		return f.sorter.Err()
	})
	if err != nil {
		return err
	}
	for _, run := range open { // any order will do: they are sorted
		w.Add(*run)
	}
	for run, err := range f.sorter.Sorted() {
		if err != nil {
			return err
		}
		f.table.Add(run)
	}
	return f.table.Err()
}

// folds reports whether an event may be folded.
func (f *folds) folds(e *timeline.Indexed) bool {
	return e.Class.Loud && !e.Undecided && (f.marks == nil || len(f.marks(&timeline.Event{Ref: e.Ref})) == 0)
}

// covers reports whether another event stands for e.
func (f *folds) covers(e timeline.Indexed) bool {
	if !f.folds(&e) {
		return false
	}
	_, ok := f.at(e.Ref)
	return !ok
}

// at returns what an event stands for; ok is false if it is not the first of a folded run.
func (f *folds) at(ref evtx.Ref) (run fold, ok bool) {
	want := fold{file: ref.File, offset: ref.Offset}
	n := int(f.table.Len())
	get := func(i int) fold {
		run, err := f.table.At(int64(i))
		if err != nil {
			f.fault.Lock()
			f.fault.err = cmp.Or(f.fault.err, err)
			f.fault.Unlock()
		}
		return run
	}
	i := sort.Search(n, func(i int) bool { return foldForm.Compare(get(i), want) >= 0 })
	if i < n {
		run = get(i)
	}
	if i == n || foldForm.Compare(run, want) != 0 {
		return fold{}, false
	}
	return run, true
}
