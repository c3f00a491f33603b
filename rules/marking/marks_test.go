package marking

import (
	"cmp"
	"fmt"
	"path/filepath"
	"testing"

	"hunt/evtx"
	"hunt/rules"
	"hunt/rules/pack"
	"hunt/timeline"
	"hunt/timeline/evidence"
)

// rulesUnderTest find single events, often, and sequences.
var rulesUnderTest = []string{filepath.Join("testdata", "starts.eql"), filepath.Join("testdata", "chain.eql")}

func over(t *testing.T) rules.Scanner {
	t.Helper()
	col, err := evidence.Collect(t.Context(), evidence.Inputs(filepath.Join("..", "..", "samples", "multi-host")),
		evidence.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return timeline.Of(col)
}

// What is marked are the hits of the findings, within memory and beyond.
func TestMarksAreTheHitsOfTheFindings(t *testing.T) {
	pk, err := pack.Load(pack.Sources{Rules: rulesUnderTest})
	if err != nil {
		t.Fatal(err)
	}
	res, err := rules.Run(t.Context(), over(t), pk, rules.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Close() }() // temporary files
	type place struct {
		file   int32
		offset int64
	}
	want, runs, chains := map[place]map[string]bool{}, 0, 0
	for h, err := range res.Hits() {
		if err != nil {
			t.Fatal(err)
		}
		if h.Also {
			continue
		}
		if h.Finding.Run() {
			runs++
		} else {
			chains++
		}
		at := place{h.File, h.Offset}
		if want[at] == nil {
			want[at] = map[string]bool{}
		}
		want[at][fmt.Sprint(h.Finding.ID, " ", h.Rule.ID, " ", h.Status)] = true
	}
	if runs < 10 || chains < 10 {
		t.Fatalf("%d hits of runs, %d of sequences: no test", runs, chains)
	}
	for _, o := range []rules.Options{{}, {MaxMemory: 1 << 20}, {Jobs: 1, MaxMemory: 1}} {
		marks, err := Find(t.Context(), over(t), pk, o)
		if err != nil {
			t.Fatal(err)
		}
		for at, findings := range want {
			list := marks.Of(&timeline.Event{Ref: evtx.Ref{File: at.file, Offset: at.offset}})
			for _, m := range list {
				if text := fmt.Sprint(m.Finding.ID, " ", m.Rule.ID, " ", m.Status); !findings[text] {
					t.Errorf("the event at %d of file %d is marked %s, want %v", at.offset, at.file, text, findings)
				}
			}
			if len(list) != len(findings) {
				t.Errorf("the event at %d of file %d has %d marks, want %d", at.offset, at.file, len(list),
					len(findings))
			}
			if list := marks.Of(&timeline.Event{Ref: evtx.Ref{File: at.file, Offset: at.offset + 1}}); len(list) != 0 {
				t.Errorf("%v where no record begins", list)
			}
		}
		if err := cmp.Or(marks.Err(), marks.Close()); err != nil {
			t.Error(err)
		}
	}
}
