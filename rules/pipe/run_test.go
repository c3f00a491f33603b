package pipe

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hunt/rules/predicate"
)

// simple is a row for the reference: one or no value of each of two fields.
type simple struct {
	a, b, host string
	n          int64
	data       string
	count      int64 // 0: not counted
	key        string
}

// reference runs steps over all rows in memory, as the documentation says it.
func reference(rows []simple, steps []Step) []simple {
	of := func(r simple, f Field) string {
		switch f.Name {
		case "a":
			return r.a
		case "b":
			return r.b
		case "n":
			return fmt.Sprintf("%020d", r.n+1<<40)
		case "count":
			return fmt.Sprintf("%020d", r.count)
		}
		return ""
	}
	fold := func(r simple, s Step) string {
		var parts []string
		for _, f := range s.Fields {
			parts = append(parts, strings.ToLower(of(r, f)))
		}
		return strings.Join(parts, "\x01")
	}
	for _, s := range steps {
		var out []simple
		switch s.Op {
		case Head:
			out = rows[:min(int(s.N), len(rows))]
		case Tail:
			out = rows[max(len(rows)-int(s.N), 0):]
		case Sort:
			out = slices.Clone(rows)
			slices.SortStableFunc(out, func(x, y simple) int { return strings.Compare(fold(x, s), fold(y, s)) })
		case Unique, UniqueCount, Count:
			at := map[string]int{}
			for _, r := range rows {
				k := fold(r, s)
				n := max(r.count, 1)
				i, ok := at[k]
				if !ok {
					i = len(out)
					at[k] = i
					first := r
					if s.Op != Unique {
						first.count = 0
					}
					out = append(out, first)
				}
				if s.Op != Unique {
					out[i].count += n
				}
			}
			if s.Op == Count {
				for i := range out {
					var parts []string
					for _, f := range s.Fields {
						parts = append(parts, of(out[i], f))
					}
					out[i] = simple{count: out[i].count, key: strings.Join(parts, "|")}
				}
				slices.SortFunc(out, func(x, y simple) int {
					return cmp.Or(cmp.Compare(x.count, y.count),
						strings.Compare(strings.ToLower(x.key), strings.ToLower(y.key)))
				})
			}
		}
		rows = out
	}
	return rows
}

func TestPipesAreThoseOfASimpleReferenceWhateverTheMemory(t *testing.T) {
	fieldA, fieldB := Field{Name: "a", ID: 1}, Field{Name: "b", ID: 2}
	fieldN, fieldCount := Field{Name: "n", ID: 3}, Field{Name: "count", ID: FieldCount}
	rapid.Check(t, func(t *rapid.T) {
		var rows []simple
		for i := range rapid.IntRange(0, 60).Draw(t, "rows") {
			rows = append(rows, simple{a: rapid.SampledFrom([]string{"x", "X", "y", "z", "Z"}).Draw(t, "a"),
				b:    rapid.SampledFrom([]string{"", "p", "q"}).Draw(t, "b"),
				host: rapid.SampledFrom([]string{"h1", "h2"}).Draw(t, "host"), n: rapid.Int64Range(-5, 5).Draw(t, "n"),
				data: fmt.Sprint(i)})
		}
		var steps []Step
		counted := false
		for range rapid.IntRange(1, 4).Draw(t, "steps") {
			s := Step{Op: rapid.SampledFrom([]Op{Head, Tail, Sort, Unique, UniqueCount}).Draw(t, "op"),
				N: rapid.Int64Range(0, 20).Draw(t, "N")}
			switch s.Op {
			case Sort, Unique, UniqueCount:
				fields := []Field{fieldA, fieldB}
				if s.Op == Sort {
					fields = append(fields, fieldN)
				}
				if counted && s.Op == Sort {
					fields = append(fields, fieldCount)
				}
				s.Fields = rapid.SliceOfNDistinct(rapid.SampledFrom(fields), 1, len(fields), func(f Field) string {
					return f.Name
				}).Draw(t, "fields")
			}
			counted = counted || s.Op == UniqueCount
			steps = append(steps, s)
		}
		if rapid.Bool().Draw(t, "count") {
			steps = append(steps, Step{Op: Count, Fields: []Field{fieldA, fieldB}})
		}
		want := reference(rows, steps)
		p := NewProgram(steps)
		in := func(yield func(Row, error) bool) {
			for _, r := range rows {
				row := Row{Host: r.host, Data: []byte(r.data)}
				for _, f := range p.Fields() {
					var vs []predicate.Value
					switch {
					case f.Name == "a":
						vs = append(vs, predicate.StringValue(r.a))
					case f.Name == "b" && r.b != "":
						vs = append(vs, predicate.StringValue(r.b))
					case f.Name == "n":
						vs = append(vs, predicate.IntValue(r.n))
					}
					row.Values = append(row.Values, vs)
				}
				if !yield(row, nil) {
					return
				}
			}
		}
		for _, memory := range []int64{1 << 30, 1} {
			r := NewRunner(p, memory, "")
			var got []string
			for row, err := range r.Run(in) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, textOf(row))
			}
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			var texts []string
			for _, w := range want {
				texts = append(texts, fmt.Sprintf("%s %d %s", w.data, w.count, w.key))
			}
			if !slices.Equal(got, texts) {
				t.Fatalf("memory %d: %q, want %q", memory, got, texts)
			}
		}
	})
}

func textOf(r Row) string {
	var count int64
	var parts []string
	if r.Stats != nil {
		count = r.Stats.Count
		for _, vs := range r.Stats.Key {
			text := ""
			for _, v := range vs {
				text = v.Text()
			}
			parts = append(parts, text)
		}
	}
	return fmt.Sprintf("%s %d %s", r.Data, count, strings.Join(parts, "|"))
}
