package main

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hunt/samples/growth"
)

// Bounds that cut only what a report lists are told as those that lose evidence are, and the exit code stays.
func TestBoundsOfAReportAreTold(t *testing.T) {
	for _, c := range []struct {
		kind string
		n    int
		ids  []string
		code int
	}{
		{"network", 40, []string{"report-destinations"}, 0},
		{"parts", 400, []string{"report-urls"}, 0},
		{"downloads", 400, []string{"eql-waiting", "rules-candidates"}, exitIncomplete},
	} {
		dir, out := t.TempDir(), filepath.Join(t.TempDir(), "r.json")
		i := slices.IndexFunc(growth.Kinds(), func(k growth.Kind) bool { return k.Name == c.kind })
		if err := growth.Kinds()[i].Write(dir, c.n); err != nil {
			t.Fatal(err)
		}
		code, _, stderr := hunt(t, "--evtx", dir, "--report", out)
		var r struct {
			Accounting struct {
				Limits []string
				Bounds []struct{ ID string }
			}
		}
		if err := json.Unmarshal(mustRead(t, out), &r); err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, b := range r.Accounting.Bounds {
			ids = append(ids, b.ID)
		}
		missing := slices.ContainsFunc(c.ids, func(id string) bool { return !slices.Contains(ids, id) })
		if code != c.code || missing || len(r.Accounting.Limits) < len(ids) || strings.Count(stderr, "hunt: limit: ") != len(ids) {
			t.Errorf("%s: exit code %d, bounds %q, %d limits: %s", c.kind, code, ids, len(r.Accounting.Limits), stderr)
		}
	}
}
