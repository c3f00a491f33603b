package html

import (
	"hunt/report/change"
)

// maxChanges bounds the differences of one kind in the page.
const maxChanges = 500

// changesView is what differs of one kind of thing.
type changesView struct {
	change.Kind
	Shown []changeView
	More  int // that the page leaves out
}

// changeView is a thing that differs.
type changeView struct {
	*change.Change
	Link bool // the page reports it elsewhere
}

// differences are the differences from the previous report that the page shows.
func (v *view) differences() []changesView {
	if v.Changes == nil {
		return nil
	}
	told := map[string]bool{}
	for i := range v.Tales {
		told[v.Tales[i].ID] = true
	}
	for i := range v.Findings {
		told[v.Findings[i].ID] = true
	}
	var out []changesView
	for _, k := range v.Changes.Kinds() {
		c := changesView{Kind: k}
		for i := range firstOf(k.Entries, maxChanges) {
			e := &k.Entries[i]
			c.Shown = append(c.Shown, changeView{e, e.State != change.Gone && told[e.ID]})
		}
		c.More = len(k.Entries) - len(c.Shown)
		out = append(out, c)
	}
	return out
}
