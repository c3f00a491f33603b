package document

import (
	"context"
	"encoding/binary"
	"errors"

	"hunt/rules/pipe"
	"hunt/rules/predicate"
)

// piped sends the matches of a query through its pipes.
func (q *compiled) piped(ctx context.Context, res *Result, o Options) (err error) {
	matches := res.Matches
	rows := func(yield func(pipe.Row, error) bool) {
		for i := range matches {
			row := q.row(&matches[i])
			row.Data = binary.BigEndian.AppendUint32(nil, uint32(i))
			if !yield(row, nil) {
				return
			}
		}
	}
	r := pipe.NewRunner(q.pipes, o.Memory, o.TempDir)
	defer func() { err = errors.Join(err, r.Close()) }()
	res.Pipes, res.Matches = q.pipes, nil
	for row, err := range r.Run(rows) {
		if err == nil && len(res.Matches)%1024 == 0 {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		var m Match
		if len(row.Data) > 0 {
			m = matches[binary.BigEndian.Uint32(row.Data)]
		}
		m.Stats = row.Stats
		res.Matches = append(res.Matches, m)
	}
	return nil
}

// row returns a match as pipes see it.
func (q *compiled) row(m *Match) pipe.Row {
	row := pipe.Row{Values: make([][]predicate.Value, len(q.pipes.Fields()))}
	for i, f := range q.pipes.Fields() {
		if k := m.keptOf(f.Event); k != nil {
			row.Values[i] = k.Values(f.ID, nil)
		}
	}
	if k := m.keptOf(0); k != nil {
		for _, f := range q.hosts {
			if vs := k.Values(f, nil); len(vs) > 0 {
				row.Host = vs[0].Text()
				break
			}
		}
	}
	return row
}

// keptOf returns what is kept of the event with a number; for the first, the first one that is
// not missing.
func (m *Match) keptOf(n int) *keptValues {
	if n > 0 {
		return m.kept[n]
	}
	for _, k := range m.kept {
		if k != nil {
			return k
		}
	}
	return nil
}
