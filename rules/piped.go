package rules

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"

	"hunt/rules/pack"
	"hunt/rules/pipe"
	"hunt/rules/predicate"
	"hunt/rules/sequence"
	"hunt/rules/stage"
	"hunt/timeline"
	"hunt/timeline/ledger"
	"hunt/timeline/spill"
)

// FoundRow is a row that came out of the pipes of a query: a result or, for a count, only its Stats.
type FoundRow struct {
	FoundMatch        // for a sequence or a sample
	Stored     []byte // for an event query: what Options.Store returned for the event
	Stats      *pipe.Stats
}

// pipesOf returns the pipes of the first EQL query, nil if it has none.
func pipesOf(q pack.Compiled) *pipe.Program {
	if p, ok := q.(interface{ Pipes() *pipe.Program }); ok {
		return p.Pipes()
	}
	return nil
}

// rowOf makes a row from the events of a result, of which missing ones are nil.
func rowOf(p *pipe.Program, view *stage.View, events []*timeline.Event) pipe.Row {
	row := pipe.Row{Values: make([][]predicate.Value, len(p.Fields()))}
	for i, f := range p.Fields() {
		if e := eventAt(events, f.Event); e != nil {
			view.Show(e.Event)
			row.Values[i] = view.Values(f.ID, nil)
		}
	}
	if e := eventAt(events, 0); e != nil {
		row.Host = e.Host.ID
	}
	return row
}

// eventAt returns the event with a number; for the first, the first one that is not missing.
func eventAt(events []*timeline.Event, n int) *timeline.Event {
	if n == 0 {
		if i := slices.IndexFunc(events, func(e *timeline.Event) bool { return e != nil }); i >= 0 {
			return events[i]
		}
		return nil
	}
	return events[n]
}

// queryPiped runs an event query whose results go through pipes, without keeping events.
func queryPiped(ctx context.Context, evidence Scanner, q pack.Compiled, schema *pack.Schema, o Options) (_ *Found,
	err error) {
	program, pipes := q.Program(), pipesOf(q)
	out := &Found{Form: program.Form(), Warnings: q.Warnings(), Pipes: pipes}
	memory := o.MaxMemory.Of(spill.Rows)
	sorted := spill.NewTally(spill.Sum[struct{}]{Put: func([]byte, *struct{}) {}, Get: func([]byte, *struct{}) {},
		Add: func(*struct{}, struct{}) {}}, memory/2, o.TempDir)
	defer func() { err = errors.Join(err, sorted.Close()) }()
	var view stage.View
	var failed error
	found, err := search(ctx, evidence, o,
		request{schema: schema, asked: ledger.AskedLater, programs: []*sequence.Program{program},
			begin: sink{hand: func(e *timeline.Event, _ []predicate.Hit) {
				row := rowOf(pipes, &view, []*timeline.Event{e})
				if !pipes.Counts() && o.Store != nil {
					row.Data = o.Store(e)
				}
				if failed == nil {
					failed = sorted.Add(string(row.Append(orderKey(e))), struct{}{})
				}
			}}.to()})
	if err != nil {
		return nil, err
	}
	defer found.close()
	if out.Case = found.cs; failed != nil {
		return nil, failed
	}
	rows := func(yield func(pipe.Row, error) bool) {
		for e, err := range sorted.All() {
			if err != nil {
				yield(pipe.Row{}, err)
				return
			}
			if !yield(pipe.ReadRow(e.Key[orderSize(e.Key):]), nil) {
				return
			}
		}
	}
	err = out.pipe(ctx, rows, o, func(row pipe.Row) FoundRow { return FoundRow{Stored: row.Data, Stats: row.Stats} })
	return out, err
}

// orderKey returns an event's place in the total order, as bytes that sort like it.
func orderKey(e *timeline.Event) []byte {
	k := e.LineKey()
	b := binary.BigEndian.AppendUint64(nil, uint64(k.At))
	b = append(append(b, k.Channel...), 0)
	b = binary.BigEndian.AppendUint64(b, k.ID)
	b = binary.BigEndian.AppendUint64(b, k.Hash)
	b = binary.BigEndian.AppendUint32(b, uint32(e.Ref.File))
	return binary.BigEndian.AppendUint64(b, uint64(e.Ref.Offset))
}

// orderSize returns the length of the order at the beginning of a key. Channels contain no zero byte: texts of
// records end there.
func orderSize(key string) int {
	const before, behind = 8, 1 + 8 + 8 + 4 + 8
	n := before
	for key[n] != 0 {
		n++
	}
	return n + behind
}

// piped sends the matches of a query through its pipes.
func (f *Found) piped(ctx context.Context, o Options) error {
	var view stage.View
	rows := func(yield func(pipe.Row, error) bool) {
		for i, m := range f.Matches {
			row := rowOf(f.Pipes, &view, m.Events)
			row.Data = binary.BigEndian.AppendUint32(nil, uint32(i))
			if !yield(row, nil) {
				return
			}
		}
	}
	matches := f.Matches
	err := f.pipe(ctx, rows, o, func(row pipe.Row) FoundRow {
		if len(row.Data) == 0 {
			return FoundRow{Stats: row.Stats}
		}
		return FoundRow{FoundMatch: matches[binary.BigEndian.Uint32(row.Data)], Stats: row.Stats}
	})
	f.Matches = nil
	return err
}

// pipe receives what comes out of the pipes.
func (f *Found) pipe(ctx context.Context, rows pipe.Rows, o Options, made func(pipe.Row) FoundRow) (err error) {
	r := pipe.NewRunner(f.Pipes, o.MaxMemory.Of(spill.Rows)/2, o.TempDir)
	defer func() { err = errors.Join(err, r.Close()) }()
	for row, err := range r.Run(rows) {
		if err == nil && len(f.Rows)%1024 == 0 {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		f.Rows = append(f.Rows, made(row))
	}
	return nil
}
