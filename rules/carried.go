package rules

import (
	"fmt"
	"slices"

	"hunt/evtx"
	"hunt/limit"
	"hunt/rules/stage"
	"hunt/timeline/ecs"
)

// cuts counts the records whose carried content was left out in part because of a bound. It belongs to
// one worker.
type cuts struct {
	bite limit.Bite
}

func (c *cuts) add(ref evtx.Ref) {
	at := limit.At(ref.File, ref.Offset)
	if c.bite.Count++; c.bite.Count == 1 || at.Compare(c.bite.First) < 0 {
		c.bite.First = at
	}
}

func (c *cuts) tell(t *limit.Tally) {
	if c.bite.Count > 0 {
		c.bite.Bound = stage.BoundCarried
		t.Add([]limit.Bite{c.bite})
	}
}

// tellCarried labels a finding for which hunt matched more, or something else, than the text of one
// record.
func (f *Finding) tellCarried() {
	for _, e := range f.Evidence {
		if e.Event == nil {
			continue
		}
		if p := e.Event.Parts; p != nil {
			label := fmt.Sprintf("PowerShell logged this script in %d parts, which were matched as one text", p.Total)
			if p.Missing != "" {
				are := "are"
				if p.Logged == 1 {
					are = "is"
				}
				label = fmt.Sprintf("PowerShell logged this script in %d parts, of which %d %s in the logs: "+
					"not part %s", p.Total, p.Logged, are, p.Missing)
			}
			f.label(label)
		}
		if e.Decoded {
			what := "the command line"
			if e.Event.Class.Role == ecs.RoleScriptBlock {
				what = "the script"
			}
			f.label("matches what " + what + " holds in encoded form, not the text as it was logged")
		}
	}
}

// label adds a label unless the finding has it.
func (f *Finding) label(text string) {
	if !slices.Contains(f.Labels, text) {
		f.Labels = append(f.Labels, text)
	}
}
