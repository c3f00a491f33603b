package kql

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
)

// parseFilters reads filters as a rule's file has them.
func parseFilters(t *testing.T, text string) []any {
	t.Helper()
	var f struct{ Filters []any }
	if err := toml.Unmarshal([]byte("filters = ["+text+"]"), &f); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return f.Filters
}

// What each filter means was worked out by hand from Elasticsearch's documentation of its queries.
func TestFiltersNarrowARule(t *testing.T) {
	doc := document{}
	doc.add("", map[string]any{
		"a": "C:\\Program Files\\x.exe", "n": 5.0, "l": []any{"p", "q"}, "k": "\u212a", "e": "É",
		"process": map[string]any{"pid": 5.0},
		"source":  map[string]any{"ip": "10.1.2.3"}, "code": map[string]any{"trusted": true},
		"@timestamp": "2026-01-02T03:04:05.000Z", "message": "Access is denied",
	})
	for _, tc := range []struct {
		filter string
		want   bool
	}{
		{`{meta = {negate = true}, query = {wildcard = {a = {value = "c:\\\\program files\\\\*", case_insensitive = true}}}}`, false},
		{`{meta = {negate = true, disabled = true}, query = {match_all = {}}}`, true},
		{`{meta = {negate = true}, query = {match_none = {}}}`, true},
		{`{query = {wildcard = {a = "C:\\\\Program?Files*"}}}`, true},
		{`{query = {wildcard = {a = "C:\\\\Program?Files"}}}`, false},
		{`{query = {wildcard = {a = {wildcard = "*.exe", boost = 1.0, rewrite = "constant_score"}}}}`, true},
		{`{query = {wildcard = {a = "c:*"}}}`, false},
		{`{query = {wildcard = {a = "C:\\Program*"}}}`, false}, // a backslash takes the P as it stands
		{`{query = {wildcard = {k = {value = "k", case_insensitive = true}}}}`, false},
		{`{query = {wildcard = {e = {value = "é", case_insensitive = true}}}}`, false},
		{`{query = {wildcard = {e = {value = "?", case_insensitive = true}}}}`, true},
		{`{query = {term = {e = {value = "é", case_insensitive = true}}}}`, false},
		{`{query = {term = {a = {value = "c:\\PROGRAM files\\x.exe", case_insensitive = true}}}}`, true},
		{`{query = {prefix = {a = {value = "c:\\program", case_insensitive = true}}}}`, true},
		{`{query = {prefix = {a = "C:"}}}`, true},
		{`{query = {term = {l = "q"}}}`, true},
		{`{query = {terms = {l = ["x", "p"], boost = 2.0}}}`, true},
		{`{query = {terms = {"process.pid" = [4, 5]}}}`, true},
		{`{query = {term = {"code.trusted" = true}}}`, true},
		{`{query = {term = {"source.ip" = "10.0.0.0/8"}}}`, true},
		{`{query = {match = {l = "x"}}}`, false},
		{`{query = {match = {l = {query = "p", lenient = true}}}}`, true},
		{`{query = {match = {message = "granted denied"}}}`, true},
		{`{query = {match = {message = {query = "granted denied", operator = "AND"}}}}`, false},
		{`{query = {match = {message = {query = "denied access", operator = "and"}}}}`, true},
		{`{query = {match_phrase = {message = "is DENIED"}}}`, true},
		{`{query = {match_phrase = {message = "denied is"}}}`, false},
		{`{query = {term = {message = "denied"}}}`, true},
		{`{query = {term = {message = "Denied"}}}`, false}, // not analysed
		{`{query = {match_phrase = {l = {query = "x"}}}}`, false},
		{`{query = {term = {"a.caseless" = "c:\\PROGRAM files\\x.exe"}}}`, true},
		{`{query = {terms = {"l.caseless" = ["x", "P"]}}}`, true},
		{`{query = {wildcard = {"a.caseless" = {value = "*X.EXE"}}}}`, true},
		{`{query = {prefix = {"a.caseless" = "c:"}}}`, true},
		{`{query = {range = {"l.caseless" = {gte = "Q"}}}}`, true},
		{`{query = {exists = {field = "gone"}}}`, false},
		{`{exists = {field = "a"}}`, true}, // as old rules write it
		{`{meta = {negate = true}, query = {term = {gone = "x"}}}`, true},
		{`{query = {range = {"process.pid" = {gte = 5, lt = 6}}}}`, true},
		{`{query = {range = {"process.pid" = {gt = 5}}}}`, false},
		{`{query = {range = {"@timestamp" = {gte = "2026-01-02", lte = "2026-01-02"}}}}`, true},
		{`{query = {bool = {should = [{term = {l = "x"}}, {term = {l = "p"}}], must_not = [{term = {l = "y"}}]}}}`,
			true},
		{`{query = {bool = {must = {term = {l = "p"}}, should = [{term = {l = "x"}}]}}}`, true},
		{`{query = {bool = {must = [{term = {l = "p"}}], should = [{term = {l = "x"}}], minimum_should_match = "1"}}}`,
			false},
		{`{query = {bool = {must_not = [{exists = {field = "gone"}}]}}}`, true},
		{`{query = {constant_score = {filter = {term = {l = "p"}}, boost = 1.0}}}`, true},
		{`{meta = {type = "combined", relation = "OR", params = [{query = {term = {l = "x"}}}, {meta = {negate = true}, query = {term = {l = "x"}}}]}}`, true},
		{`{meta = {type = "combined", relation = "AND", params = [{query = {term = {l = "x"}}}, {query = {term = {l = "p"}}}]}}`, false},
		{`{query = {term = {l = "p"}}}, {query = {term = {l = "x"}}}`, false}, // all of them must hold
	} {
		n := newNames("gone", "a.caseless", "l.caseless")
		f, err := CompileFilters(parseFilters(t, tc.filter), n)
		if err != nil {
			t.Errorf("%s: %v", tc.filter, err)
			continue
		}
		if got := n.holds(f.Condition, doc); got != tc.want {
			t.Errorf("%s: %v, want %v", tc.filter, got, tc.want)
		}
	}
}

func TestAFilterThatCannotBeAppliedIsNamed(t *testing.T) {
	for _, tc := range []struct {
		filter, path, want string
		unsupported        bool
	}{
		{`"x"`, "[0]", "a filter must be a table", false},
		{`{}`, "[0]", "a filter has no query", false},
		{`{query = {script = {source = "1"}}}`, "[0].query.script",
			"queries of the kind script are not supported", true},
		{`{query = {match_all = {}}}, {query = {query_string = {query = "x"}}}`, "[1].query.query_string",
			"queries of the kind query_string are not supported", true},
		{`{query = {wildcard = {"process.pid" = "4*"}}}`, "[0].query.wildcard.process.pid",
			"a field of type long takes no wildcard", false},
		{`{query = {wildcard = {message = "x*"}}}`, "[0].query.wildcard.message",
			"wildcard over analysed text is not supported", true},
		{`{query = {range = {"@timestamp" = {gte = "now-1d"}}}}`, "[0].query.range.@timestamp.gte",
			"a time that is counted from now has no meaning in logs of the past", true},
		{`{query = {range = {n = {format = "x"}}}}`, "[0].query.range.n.format",
			"range with format is not supported", true},
		{`{query = {bool = {must = [{match_all = {}}, {fuzzy = {a = "x"}}]}}}`, "[0].query.bool.must[1].fuzzy",
			"queries of the kind fuzzy are not supported", true},
		{`{query = {bool = {should = [], minimum_should_match = 2}}}`, "[0].query.bool.minimum_should_match",
			"minimum_should_match must be 0 or 1", true},
		{`{query = {term = {a = "x", b = "y"}}}`, "[0].query.term", "term names 2 fields, and takes one", false},
		{`{query = {term = {a = ["x"]}}}`, "[0].query.term.a", "a value must be text, a number, true or false", false},
	} {
		_, err := CompileFilters(parseFilters(t, tc.filter), newNames())
		var n *FilterNote
		if !errors.As(err, &n) || n.Path != tc.path || n.Msg != "filters: "+tc.want || n.Unsupported != tc.unsupported {
			t.Errorf("%s: %#v, want %s at %s", tc.filter, err, tc.want, tc.path)
		}
	}
	f, err := CompileFilters(
		parseFilters(t, `{meta = {negate = true}, query = {term = {gone = "<x>"}}}, {meta = {disabled = true}, query = {match_all = {}}}`), newNames("gone"))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{`not {"term":{"gone":"<x>"}}`, `{"match_all":{}} (disabled)`}; !slices.Equal(f.Texts, want) {
		t.Errorf("texts %q, want %q", f.Texts, want)
	}
	if len(f.Warnings) != 1 || f.Warnings[0].Path != "[0].query.term.gone" ||
		!strings.Contains(f.Warnings[0].Msg, "no event has the field gone") {
		t.Errorf("warnings %+v", f.Warnings)
	}
}
