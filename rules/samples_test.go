package rules

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hunt/rules/pack"
	"hunt/samples"
	"hunt/timeline"
	"hunt/timeline/evidence"
)

// TestTheSamplesHoldWhatWasPlanted runs the library over each shipped sample. The expectations come from what the
// generator planted. Of the rules that they speak of, a sample has the findings listed and no other; partial chains
// may stand beside.
func TestTheSamplesHoldWhatWasPlanted(t *testing.T) {
	dir := filepath.Join("..", "samples")
	expect, err := samples.Load(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	pk, err := pack.Load(pack.Sources{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range expect.Cases {
		t.Run(c.Path, func(t *testing.T) {
			col, err := evidence.Collect(t.Context(), evidence.Inputs(filepath.Join(dir, filepath.FromSlash(c.Path))),
				evidence.Options{})
			if err != nil {
				t.Fatal(err)
			}
			res, err := Run(t.Context(), timeline.Of(col), pk, Options{Jobs: 1})
			if err != nil {
				t.Fatal(err)
			}
			var left []*Finding
			for _, f := range res.Findings {
				if slices.Contains(expect.Rules, f.Rule.ID) && f.Evidence[len(f.Evidence)-1].Event != nil &&
					(f.Status == pack.StatusFinding || f.Status == pack.StatusSuppressed) {
					left = append(left, f)
				}
			}
			for _, m := range c.Matches {
				i := slices.IndexFunc(left, func(f *Finding) bool { return meets(col, f, m) })
				if i < 0 {
					t.Errorf("missing: %s %s on %s: %s", m.Rule, m.Status, m.Host, m.Why)
					continue
				}
				left = slices.Delete(left, i, i+1)
			}
			for _, f := range left {
				if f.Status == pack.StatusSuppressed && onlyFirstStage(res, f) {
					continue // a suppressed partial chain
				}
				t.Errorf("not planted: %s %s on %s: %s", f.Rule.ID, f.Status, f.Host.ID, f.Evidence[0].Event.Message())
			}
		})
	}
}

// onlyFirstStage reports whether a finding is a chain of which only the first stage was seen.
func onlyFirstStage(res *Result, f *Finding) bool {
	return len(f.Evidence) < len(res.text[f.Rule].stages)
}

// meets reports whether a finding is what was planted: rule, host, status, and at each stage one of the records.
func meets(col *evidence.Collection, f *Finding, m samples.Match) bool {
	if f.Rule.ID != m.Rule || !strings.EqualFold(f.Host.ID, m.Host) || string(f.Status) != m.Status ||
		len(f.Evidence) < len(m.Stages) {
		return false
	}
	for i, s := range m.Stages {
		e := f.Evidence[i].Event
		refs := []string{recordName(col, e.Ref.File, e.Ref.EventRecordID)}
		for _, a := range e.Also {
			refs = append(refs, recordName(col, a.Ref.File, a.Ref.EventRecordID))
		}
		if !slices.ContainsFunc(s.Records, func(r samples.Record) bool {
			return slices.ContainsFunc(refs, func(ref string) bool {
				return strings.HasSuffix(fmt.Sprintf("%s#%d", r.File, r.EventRecordID), ref)
			})
		}) {
			return false
		}
	}
	return true
}

func recordName(col *evidence.Collection, file int32, record uint64) string {
	return fmt.Sprintf("%s#%d", filepath.ToSlash(col.Files[file].Path), record)
}
