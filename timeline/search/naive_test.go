package search_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"hunt/timeline/dump"
	"hunt/timeline/evidence"
	"hunt/timeline/search"
)

// text is a name or a value in the JSON of a record, as any reader of JSON sees it.
type text struct {
	path, content string
	name          bool
}

// dumped is a record of a dump.
type dumped struct {
	file   string
	offset int64
	texts  []text
}

// dumpOf dumps evidence and reads the dump again with encoding/json.
func dumpOf(t *testing.T, col *evidence.Collection, carved bool) (out []dumped) {
	t.Helper()
	var b bytes.Buffer
	w := dump.NewWriter(&b, dump.Options{WithRef: true, Carved: carved})
	if err := w.Collection(t.Context(), col, func(*evidence.File) {}); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(&b)
	dec.UseNumber()
	for dec.More() {
		out = append(out, record(t, dec))
	}
	return out
}

// record reads one line of a dump.
func record(t *testing.T, dec *json.Decoder) (d dumped) {
	t.Helper()
	next := func() json.Token {
		tok, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		return tok
	}
	var value func(path string, hidden bool)
	value = func(path string, hidden bool) {
		switch tok := next().(type) {
		case json.Delim:
			for n := 1; dec.More(); n++ {
				if tok == '[' {
					value(fmt.Sprintf("%s[%d]", path, n), hidden)
					continue
				}
				key := next().(string)
				below, inside := path+"."+key, hidden
				switch {
				case path == "" && key == "hunt":
					inside = true
				case strings.HasPrefix(key, "#"):
					below = path
				case !hidden:
					d.texts = append(d.texts, text{below, key, true})
				}
				value(below, inside)
			}
			next()
		case nil:
		default:
			content := fmt.Sprint(tok)
			switch {
			case !hidden:
				d.texts = append(d.texts, text{path, content, false})
			case path == ".hunt.file":
				d.file = content
			case path == ".hunt.offset":
				d.offset, _ = strconv.ParseInt(content, 10, 64)
			}
		}
	}
	value("", false)
	return d
}

// orbitOf returns what is equal to a character but for case.
func orbitOf(r rune) []rune {
	out := []rune{r}
	for x := unicode.SimpleFold(r); x != r; x = unicode.SimpleFold(x) {
		out = append(out, x)
	}
	return out
}

// containsFold searches character by character.
func containsFold(s, pattern string) bool {
	n := utf8.RuneCountInString(pattern)
	runes := []rune(s)
	for i := 0; i+n <= len(runes); i++ {
		if strings.EqualFold(string(runes[i:i+n]), pattern) {
			return true
		}
	}
	return false
}

func naiveMatch(o search.Options, p search.Pattern, s string) bool {
	switch {
	case p.Regex && o.CaseSensitive:
		return regexp.MustCompile(p.Text).MatchString(s)
	case p.Regex:
		return regexp.MustCompile("(?i:" + p.Text + ")").MatchString(s)
	case o.CaseSensitive:
		return strings.Contains(s, p.Text)
	}
	return containsFold(s, p.Text)
}

// naive returns the matches of a search through a dump, in words.
func naive(all []dumped, o search.Options) (out []string) {
	index := make([]int, len(o.Patterns))
	for i := range index {
		index[i] = i
	}
	return naiveAs(all, o, index)
}

// naiveAs is naive for patterns that are some of a list: index is where they stand in it.
func naiveAs(all []dumped, o search.Options, index []int) (out []string) {
	for _, d := range all {
		var lines []string
		seen := make([]bool, len(o.Patterns))
		for _, x := range d.texts {
			path := strings.TrimPrefix(x.path, ".")
			if rest, ok := strings.CutPrefix(path, "Event."); ok {
				path = rest
			}
			for i, p := range o.Patterns {
				if naiveMatch(o, p, x.content) {
					seen[i] = true
					value := x.content
					if x.name || len(value) > 240 {
						value = "" // that of the field, or cut
					}
					lines = append(lines,
						fmt.Sprintf("%s:%d %s name=%v pattern=%d %q", d.file, d.offset, path, x.name, index[i], value))
				}
			}
		}
		if !o.AllWords || !slices.Contains(seen, false) {
			out = append(out, lines...)
		}
	}
	slices.Sort(out)
	return out
}

func searched(t *testing.T, col *evidence.Collection, o search.Options, carved bool, jobs int) ([]string,
	*search.Result) {
	t.Helper()
	q, err := search.Compile(o)
	if err != nil {
		t.Fatalf("%+v: %v", o, err)
	}
	var out []string
	s := search.Search{Query: q, Carved: carved, Jobs: jobs, Complain: func(string) {},
		Rows: each(func(h *search.Hit) error {
			for _, m := range h.Matches {
				for i, at := range m.Patterns {
					value := string(m.AppendValue(nil, i))
					p := o.Patterns[at.Pattern]
					if !m.Name && !p.Regex && !strings.Contains(folded(value), folded(p.Text)) {
						t.Errorf("%s: %q is shown of the value, without %q", m.Path, value, p.Text)
					}
					if m.Name || len(value) > 240 {
						value = ""
					}
					out = append(out, fmt.Sprintf("%s:%d %s name=%v pattern=%d %q", h.File.Path, h.Ref.Offset, m.Path,
						m.Name, at.Pattern, value))
				}
			}
			return nil
		})}
	res, err := s.Run(t.Context(), col, func(*evidence.File) {})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return out, res
}

func collect(t testing.TB, paths ...string) *evidence.Collection {
	t.Helper()
	col, err := evidence.Collect(t.Context(), evidence.Inputs(paths...), evidence.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = col.Close() })
	return col
}

func collectBytes(t testing.TB, log []byte) *evidence.Collection {
	t.Helper()
	name := filepath.Join(t.TempDir(), "a.evtx")
	if err := os.WriteFile(name, log, 0o600); err != nil {
		t.Fatal(err)
	}
	return collect(t, name)
}

// compare searches in both ways.
func compare(t *testing.T, col *evidence.Collection, all []dumped, o search.Options, carved bool) (hits int) {
	t.Helper()
	return same(t, col, naive(all, o), o, carved)
}

// same compares a search with what it is to find.
func same(t *testing.T, col *evidence.Collection, want []string, o search.Options, carved bool) (hits int) {
	t.Helper()
	got, _ := searched(t, col, o, carved, 2)
	if slices.Equal(got, want) {
		return len(got)
	}
	said := fmt.Sprintf("%+v", o)
	for _, x := range want {
		if !slices.Contains(got, x) {
			t.Errorf("%.2000s: missed %s", said, x)
			break
		}
	}
	for _, x := range got {
		if !slices.Contains(want, x) {
			t.Errorf("%.2000s: invented %s", said, x)
			break
		}
	}
	if len(got) != len(want) {
		t.Errorf("%.2000s: %d matches, want %d", said, len(got), len(want))
	}
	return len(got)
}
