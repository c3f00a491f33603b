package eql

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hunt/rules/predicate"
	"hunt/rules/sequence"
)

// A .series file holds marble specs, after the form of Elasticsearch's tests:
//
//	== name, a sentence
//	query
//	--
//	a | 1/x .   |      events of category a: id 1 in the first second with k=x
//	b | .   2/x |
//	--
//	1 2                one result a line; `!` a missing event; `none` no result
//
// A cell is id/k,l where k and l are values of the fields k and l: `-` is none, `x+y` two.
// Events of one second are ordered by line. Lines that begin with # are comments.

type series struct {
	file, name, query string
	events            []sequence.Item
	want              string
}

func readSeries(t testing.TB, s *testSchema, path string) []series {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, l := range strings.Split(string(text), "\n") {
		if !strings.HasPrefix(l, "#") {
			lines = append(lines, l)
		}
	}
	var all []series
	for _, block := range strings.Split("\n"+strings.Join(lines, "\n"), "\n== ")[1:] {
		all = append(all, parseSeries(t, s, path, block))
	}
	return all
}

func parseSeries(t testing.TB, s *testSchema, path, block string) series {
	t.Helper()
	parts := strings.Split(block, "\n--\n")
	name, query, _ := strings.Cut(parts[0], "\n")
	if len(parts) != 3 {
		t.Fatalf("%s: %s has %d parts, not 3", path, name, len(parts))
	}
	return series{path, name, query, marbles(t, s, parts[1]), strings.TrimSpace(parts[2])}
}

// run returns the results as a series writes them.
func (c series) run(p *Query) string {
	var got []string
	for m := range p.Run(slices.Values(c.events)) {
		got = append(got, matchText(m))
	}
	if len(got) == 0 {
		return "none"
	}
	return strings.Join(got, "\n")
}

func marbles(t testing.TB, s *testSchema, text string) []sequence.Item {
	t.Helper()
	columns := 0
	var rows [][]string
	for _, l := range strings.Split(text, "\n") {
		parts := strings.Split(l, "|")
		if len(parts) != 3 {
			t.Fatalf("bad line %q", l)
		}
		row := append([]string{strings.TrimSpace(parts[0])}, strings.Fields(parts[1])...)
		columns = max(columns, len(row))
		rows = append(rows, row)
	}
	var items []sequence.Item
	for c := 1; c < columns; c++ {
		for _, row := range rows {
			if len(row) != columns {
				t.Fatalf("lines of different lengths in\n%s", text)
			}
			if row[c] == "." {
				continue
			}
			id, keys, _ := strings.Cut(row[c], "/")
			e := &mapEvent{schema: s, id: id,
				values: map[string][]predicate.Value{"event.category": {predicate.StringValue(row[0])}}}
			for i, k := range strings.Split(keys, ",") {
				for _, v := range strings.Split(k, "+") {
					if v != "" && v != "-" {
						name := []string{"k", "l"}[i]
						e.values[name] = append(e.values[name], predicate.StringValue(v))
					}
				}
			}
			items = append(items, sequence.Item{Event: e, Time: int64(c) * 1e9})
		}
	}
	return items
}

func TestSeries(t *testing.T) {
	files, err := filepath.Glob("testdata/*.series")
	if err != nil || len(files) == 0 {
		t.Fatalf("no series: %v", err)
	}
	for _, file := range files {
		s := newSchema("event.category", "k", "l")
		for _, c := range readSeries(t, s, file) {
			t.Run(filepath.Base(file)+"/"+c.name, func(t *testing.T) {
				p, err := Compile(c.query, s, Options{File: file})
				if err != nil {
					t.Fatal(err)
				}
				if got := c.run(p); got != c.want {
					t.Errorf("got\n%s\nwant\n%s", got, c.want)
				}
			})
		}
	}
}

func TestKeysOfAResult(t *testing.T) {
	s := newSchema("event.category", "k", "n:long")
	p, err := Compile(`sequence by k, n [a where true] [b where true]`, s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := p.NewMatcher()
	var got []string
	push := func(stage int, event string) {
		m.Push(sequence.Item{Event: s.event(t, event), Stages: []int{stage}}, func(m sequence.Match) {
			got = append(got, fmt.Sprint(m.Keys))
		})
	}
	push(0, "k=x n=5")
	push(1, "k=x n=6")
	push(1, "k=x n=5")
	if want := fmt.Sprint([]predicate.Value{predicate.StringValue("x"), predicate.IntValue(5)}); len(got) != 1 ||
		got[0] != want {
		t.Errorf("keys %v, want [%s]", got, want)
	}
}

func TestPartialsAreTheSequencesThatWait(t *testing.T) {
	s := newSchema("event.category", "k")
	p, err := Compile(`sequence by k [a where true] [b where true] [c where true]`, s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := p.NewMatcher()
	for i, e := range []struct {
		stage int
		key   string
	}{{0, "x"}, {0, "y"}, {1, "x"}} {
		ev := s.event(t, "k="+e.key)
		ev.id = fmt.Sprint(i)
		m.Push(sequence.Item{Event: ev, Stages: []int{e.stage}}, func(sequence.Match) { t.Error("a result") })
	}
	var got []string
	m.Partials(func(match sequence.Match, next int) {
		got = append(got, fmt.Sprintf("%s next %d key %s", matchText(match), next, match.Keys[0].Str))
	})
	if want := "0 2 ! next 2 key x|1 ! ! next 1 key y"; strings.Join(got, "|") != want {
		t.Errorf("got %q, want %q", strings.Join(got, "|"), want)
	}
}
