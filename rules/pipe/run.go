package pipe

import (
	"encoding/binary"
	"errors"
	"iter"
	"slices"

	"hunt/rules/predicate"
	"hunt/timeline/spill"
)

// Rows yields rows in order; it ends with the first error.
type Rows = iter.Seq2[Row, error]

// Runner runs a program. Close it when the rows have been taken.
type Runner struct {
	p      *Program
	memory int64
	dir    string
	held   []interface{ Close() error }
}

// NewRunner returns a runner that holds about memory bytes, and the rest in dir ("" is the system's directory for
// temporary files).
func NewRunner(p *Program, memory int64, dir string) *Runner {
	return &Runner{p: p, memory: memory, dir: dir}
}

// Close frees the memory and the temporary files.
func (r *Runner) Close() error {
	var errs []error
	for _, h := range r.held {
		errs = append(errs, h.Close())
	}
	return errors.Join(errs...)
}

// Run returns the rows that result from rows.
func (r *Runner) Run(rows Rows) Rows {
	for i := range r.p.Steps {
		step := &r.p.Steps[i]
		switch step.Op {
		case Head:
			rows = head(rows, step.N)
		case Tail:
			rows = r.tail(rows, step.N)
		case Filter:
			rows = r.filter(rows, step)
		case Sort:
			rows = r.sort(rows, step)
		case Unique, UniqueCount:
			rows = r.unique(rows, step)
		case Count:
			rows = r.count(rows, step)
		}
	}
	return rows
}

// values are those of a field of a row.
func (r *Runner) values(row *Row, f Field) []predicate.Value {
	if f.ID > lastStats {
		return row.Stats.values(f.ID)
	}
	for i, known := range r.p.fields {
		if known.ID == f.ID && known.Event == f.Event {
			if i < len(row.Values) {
				return row.Values[i]
			}
			break
		}
	}
	return nil
}

func (s *Stats) values(f predicate.FieldID) (out []predicate.Value) {
	if s == nil {
		return nil
	}
	switch f {
	case FieldCount:
		return []predicate.Value{predicate.IntValue(s.Count)}
	case FieldPercent:
		return []predicate.Value{predicate.FloatValue(s.Percent)}
	case FieldTotalHosts:
		return []predicate.Value{predicate.IntValue(int64(len(s.Hosts)))}
	case FieldHosts:
		for _, h := range s.Hosts {
			out = append(out, predicate.StringValue(h))
		}
	case FieldKey:
		for _, vs := range s.Key {
			out = append(out, vs...)
		}
	}
	return out
}

// number encodes the ordinal of a row so that bytes sort like numbers.
func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// none is the value type of a Tally that only needs keys.
var none = spill.Sum[struct{}]{Put: func([]byte, *struct{}) {}, Get: func([]byte, *struct{}) {},
	Add: func(*struct{}, struct{}) {}}

// sorter returns a Tally that sorts keys by their bytes.
func (r *Runner) sorter() *spill.Tally[struct{}] {
	t := spill.NewTally(none, r.share(), r.dir)
	r.held = append(r.held, t)
	return t
}

// share returns the memory for one of the things that a runner holds: a step has at most two.
func (r *Runner) share() int64 { return r.memory / int64(2*max(len(r.p.Steps), 1)) }

func head(rows Rows, n int64) Rows {
	return func(yield func(Row, error) bool) {
		left := n
		if left <= 0 {
			return
		}
		for row, err := range rows {
			if !yield(row, err) || err != nil {
				return
			}
			if left--; left == 0 {
				return
			}
		}
	}
}

// spooled keeps rows in order, to be read again.
func (r *Runner) spooled(rows Rows, each func(n uint64, row *Row) error) (*spill.Tally[struct{}], uint64, error) {
	t := r.sorter()
	n := uint64(0)
	for row, err := range rows {
		if err == nil && each != nil {
			err = each(n, &row)
		}
		if err == nil {
			err = t.Add(string(appendRow(number(n), &row)), struct{}{})
		}
		if err != nil {
			return t, n, err
		}
		n++
	}
	return t, n, nil
}

// numbered reads rows that follow a key of a fixed number of bytes.
func numbered(t *spill.Tally[struct{}], each func(key string, row Row) bool) error {
	for e, err := range t.All() {
		if err != nil {
			return err
		}
		if !each(e.Key[:8], cutRow([]byte(e.Key[8:]))) {
			return nil
		}
	}
	return nil
}

func (r *Runner) tail(rows Rows, n int64) Rows {
	return func(yield func(Row, error) bool) {
		t, all, err := r.spooled(rows, nil)
		if err == nil {
			at := uint64(0)
			err = numbered(t, func(_ string, row Row) bool {
				at++
				return all-at >= uint64(max(n, 0)) || yield(row, nil)
			})
		}
		if err != nil {
			yield(Row{}, err)
		}
	}
}

func (r *Runner) sort(rows Rows, step *Step) Rows {
	return func(yield func(Row, error) bool) {
		t := r.sorter()
		n := uint64(0)
		for row, err := range rows {
			var key []byte
			for _, f := range step.Fields {
				key = appendSorted(key, r.values(&row, f))
			}
			key = append(key, number(n)...) // equal rows keep their order
			size := len(key)
			if err == nil {
				key = binary.BigEndian.AppendUint32(appendRow(key, &row), uint32(size))
				err = t.Add(string(key), struct{}{})
			}
			if err != nil {
				yield(Row{}, err)
				return
			}
			n++
		}
		for e, err := range t.All() {
			if err != nil {
				yield(Row{}, err)
				return
			}
			end := len(e.Key) - 4
			from := int(binary.BigEndian.Uint32([]byte(e.Key[end:])))
			if !yield(cutRow([]byte(e.Key[from:end])), nil) {
				return
			}
		}
	}
}

// seen is how often a key was seen, and the number of its first row.
type seen struct{ count, first uint64 }

var seenForm = spill.Sum[seen]{
	Size: 16,
	Put: func(b []byte, s *seen) {
		binary.LittleEndian.PutUint64(b, s.count)
		binary.LittleEndian.PutUint64(b[8:], s.first)
	},
	Get: func(b []byte, s *seen) {
		*s = seen{binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])}
	},
	Add: func(into *seen, s seen) { into.count, into.first = into.count+s.count, min(into.first, s.first) },
}

// keys counts keys by host.
type keys struct {
	tally *spill.Tally[seen]
	total uint64
}

func (r *Runner) newKeys() *keys {
	k := &keys{tally: spill.NewTally(seenForm, r.share(), r.dir)}
	r.held = append(r.held, k.tally)
	return k
}

// add adds a row. The key is followed by its spelling, which does not distinguish keys, then the host; a row that was
// counted before counts as often.
func (k *keys) add(r *Runner, step *Step, n uint64, row *Row, spelt bool) error {
	var key, spelling []byte
	var values [][]predicate.Value
	for _, f := range step.Fields {
		vs := r.values(row, f)
		key = appendSorted(key, vs)
		values = append(values, vs)
	}
	if spelt {
		spelling = appendValues(nil, values)
	}
	hosts, count := []string{row.Host}, uint64(1)
	if row.Stats != nil {
		count = uint64(row.Stats.Count)
		if hosts = row.Stats.Hosts; len(hosts) == 0 {
			hosts = []string{""}
		}
	}
	k.total += count
	for i, h := range hosts {
		if i > 0 {
			count = 0
		}
		size := len(key)
		whole := appendText(append(append([]byte{}, key...), spelling...), h)
		whole = binary.BigEndian.AppendUint32(whole, uint32(size))
		whole = binary.BigEndian.AppendUint32(whole, uint32(size+len(spelling)))
		if err := k.tally.Add(string(whole), seen{count, n}); err != nil {
			return err
		}
	}
	return nil
}

// counted is what is known of a key after the last row.
type counted struct {
	seen
	stats    Stats
	spelling string
}

// each goes through the keys, in their order.
func (k *keys) each(do func(c *counted) error) error {
	var c *counted
	last := ""
	hosts := map[string]bool{}
	finish := func() error {
		c.stats.Count = int64(c.count)
		if k.total > 0 {
			c.stats.Percent = float64(c.count) / float64(k.total)
		}
		for h := range hosts {
			c.stats.Hosts = append(c.stats.Hosts, h)
		}
		slices.Sort(c.stats.Hosts)
		clear(hosts)
		return do(c)
	}
	for e, err := range k.tally.All() {
		if err != nil {
			return err
		}
		end := len(e.Key) - 8
		size := int(binary.BigEndian.Uint32([]byte(e.Key[end:])))
		spelt := int(binary.BigEndian.Uint32([]byte(e.Key[end+4:])))
		host, _ := cutText([]byte(e.Key[spelt:end]))
		if c == nil || e.Key[:size] != last {
			if c != nil {
				if err := finish(); err != nil {
					return err
				}
			}
			c, last = &counted{seen: seen{first: 1<<64 - 1}}, e.Key[:size]
		}
		if e.Value.first < c.first {
			c.first, c.spelling = e.Value.first, e.Key[size:spelt]
		}
		c.count += e.Value.count
		if host != "" {
			hosts[host] = true
		}
	}
	if c == nil {
		return nil
	}
	return finish()
}

func (r *Runner) unique(rows Rows, step *Step) Rows {
	return func(yield func(Row, error) bool) {
		keys := r.newKeys()
		spool, _, err := r.spooled(rows, func(n uint64, row *Row) error { return keys.add(r, step, n, row, false) })
		firsts := r.sorter()
		if err == nil {
			err = keys.each(func(c *counted) error {
				return firsts.Add(string(appendStats(number(c.first), &c.stats)), struct{}{})
			})
		}
		if err != nil {
			yield(Row{}, err)
			return
		}
		next, stop := iter.Pull2(firsts.All())
		defer stop()
		first, err, ok := next()
		failed := numbered(spool, func(n string, row Row) bool {
			if !ok || err != nil {
				return false
			}
			if n != first.Key[:8] {
				return true
			}
			if step.Op == UniqueCount {
				row.Stats, _ = cutStats([]byte(first.Key[8:]))
			}
			first, err, ok = next()
			return yield(row, nil)
		})
		if err = errors.Join(failed, err); err != nil {
			yield(Row{}, err)
		}
	}
}

func (r *Runner) count(rows Rows, step *Step) Rows {
	return func(yield func(Row, error) bool) {
		keys := r.newKeys()
		n := uint64(0)
		for row, err := range rows {
			if err == nil {
				err = keys.add(r, step, n, &row, true)
			}
			if err != nil {
				yield(Row{}, err)
				return
			}
			n++
		}
		if len(step.Fields) == 0 && n == 0 {
			yield(Row{Stats: &Stats{}}, nil)
			return
		}
		sorted := r.sorter()
		at := uint64(0)
		err := keys.each(func(c *counted) error {
			if len(step.Fields) > 0 {
				c.stats.Key, _ = cutValues([]byte(c.spelling))
			}
			at++ // keys with the same count keep their order
			return sorted.Add(string(appendStats(append(number(uint64(c.stats.Count)), number(at)...), &c.stats)),
				struct{}{})
		})
		if err != nil {
			yield(Row{}, err)
			return
		}
		for e, err := range sorted.All() {
			if err != nil {
				yield(Row{}, err)
				return
			}
			var row Row
			row.Stats, _ = cutStats([]byte(e.Key[16:]))
			if !yield(row, nil) {
				return
			}
		}
	}
}

// shown is a row as a condition sees it.
type shown struct {
	r   *Runner
	row *Row
}

// Values implements predicate.Event.
func (s shown) Values(f predicate.FieldID, dst []predicate.Value) []predicate.Value {
	return append(dst, s.r.values(s.row, Field{ID: f})...)
}

func (r *Runner) filter(rows Rows, step *Step) Rows {
	return func(yield func(Row, error) bool) {
		set := predicate.NewSet([]predicate.Program{{{Condition: step.Condition}}})
		plan := set.Narrow(func(predicate.FieldID) ([]predicate.Value, bool) { return nil, false })
		evaluator := set.NewEvaluator()
		var hits []predicate.Hit
		for row, err := range rows {
			if err != nil {
				yield(row, err)
				return
			}
			hits = evaluator.Eval(plan, shown{r, &row}, hits[:0])
			if len(hits) > 0 && hits[0].Truth == predicate.True && !yield(row, nil) {
				return
			}
		}
	}
}
