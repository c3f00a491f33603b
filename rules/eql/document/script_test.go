package document

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"hunt/rules/predicate"
	"hunt/rules/sequence"
)

// Each testdata/*.txtar is an index of documents with queries and the ids that they must give:
//
//	-- mapping.json --   an Elasticsearch mapping (may be absent)
//	-- options --        timestamp=…, category=…, tiebreaker=…, one a line (may be absent)
//	-- docs.ndjson --    the documents
//	-- queries --        blocks of: # a sentence, the query, and one of
//	                     => 1 2 3             the events' ids
//	                     => [1 2] [3 _]       sequences or samples; _ is a missing event
//	                     => k:[1 2]           with join keys
//	                     => error: text       a part of the error
//	                     => warning: text     a part of a warning, before the line with the ids
func TestQueriesGiveTheDocumentsOfTheirScript(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) < 8 {
		t.Fatalf("%d scripts, %v", len(names), err)
	}
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		parts := map[string][]byte{}
		for _, f := range archive.Files {
			parts[f.Name] = f.Data
		}
		o := Options{Jobs: 2}
		for l := range strings.Lines(string(parts["options"])) {
			k, v, _ := strings.Cut(strings.TrimSpace(l), "=")
			switch k {
			case "timestamp":
				o.TimestampField = v
			case "category":
				o.CategoryField = v
			case "tiebreaker":
				o.TiebreakerField = v
			default:
				t.Fatalf("%s: unknown option %q", name, l)
			}
		}
		if m, ok := parts["mapping.json"]; ok {
			if o.Mapping, err = ReadMapping(bytes.NewReader(m)); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		docs := File{Name: "docs.ndjson", R: bytes.NewReader(parts["docs.ndjson"]),
			Size: int64(len(parts["docs.ndjson"]))}
		n := 0
		for block := range strings.SplitSeq(string(parts["queries"]), "\n\n") {
			if strings.TrimSpace(block) != "" {
				n++
				runBlock(t, strings.TrimSuffix(filepath.Base(name), ".txtar"), block, docs, o)
			}
		}
		if n == 0 {
			t.Errorf("%s has no queries", name)
		}
	}
}

func runBlock(t *testing.T, script, block string, docs File, o Options) {
	var title, want, warning string
	var query []string
	for l := range strings.SplitSeq(strings.TrimSpace(block), "\n") {
		switch {
		case strings.HasPrefix(l, "# "):
			title = l[2:]
		case strings.HasPrefix(l, "=> warning: "):
			warning = strings.TrimPrefix(l, "=> warning: ")
		case strings.HasPrefix(l, "=>"):
			want = strings.TrimSpace(l[2:])
		default:
			query = append(query, l)
		}
	}
	t.Run(script+"/"+title, func(t *testing.T) {
		res, err := Run(context.Background(), strings.Join(query, "\n"), []File{docs}, o)
		if text, ok := strings.CutPrefix(want, "error: "); ok {
			if err == nil || !strings.Contains(err.Error(), text) {
				t.Fatalf("%s\ngot error %v, want %q", strings.Join(query, "\n"), err, text)
			}
			return
		}
		if err != nil {
			t.Fatalf("%s\n%v", strings.Join(query, "\n"), err)
		}
		if got := idsOf(t, res, strings.Contains(want, ":")); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", strings.Join(query, "\n"), got, want)
		}
		if warning != "" && !strings.Contains(strings.Join(res.Warnings, "\n"), warning) {
			t.Errorf("warnings %q, want %q", res.Warnings, warning)
		}
		if res.Bad > 0 {
			t.Errorf("bad documents: %v", res.Problems)
		}
	})
}

// idsOf writes a result as the scripts do, and checks that every event's source is the document of its line.
func idsOf(t *testing.T, res *Result, withKeys bool) string {
	t.Helper()
	var all []string
	for _, m := range res.Matches {
		var ids []string
		for _, e := range m.Events {
			if e == nil {
				ids = append(ids, "_")
				continue
			}
			ids = append(ids, e.ID)
			if text, err := e.Source(); err != nil || !json.Valid(text) {
				t.Errorf("source of %s: %s, %v", e.ID, text, err)
			}
		}
		s := strings.Join(ids, " ")
		if res.Form != sequence.EventQuery {
			s = "[" + s + "]"
			if withKeys {
				var keys []string
				for _, k := range m.Keys {
					if k.Kind == predicate.Null {
						keys = append(keys, "null")
					} else {
						keys = append(keys, k.Text())
					}
				}
				s = strings.Join(keys, ",") + ":" + s
			}
		}
		all = append(all, s)
	}
	return strings.Join(all, " ")
}

func run(t *testing.T, docs, query string, o Options) *Result {
	t.Helper()
	res, err := Run(context.Background(), query,
		[]File{{Name: "docs", R: strings.NewReader(docs), Size: int64(len(docs))}}, o)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func sources(t *testing.T, res *Result) string {
	t.Helper()
	var b strings.Builder
	for _, m := range res.Matches {
		for _, e := range m.Events {
			text, err := e.Source()
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "%s %s\n", e.ID, text)
		}
	}
	return b.String()
}
