package diff

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"hunt/report"
	"hunt/report/change"
)

// details gathers in what a thing differs.
type details []string

func (d *details) add(text string) { *d = append(*d, text) }

// differ reports a value that is not what it was.
func (d *details) differ(what, was, is string) {
	if was != is {
		d.add(what + ": was " + cmp.Or(was, "none") + ", now " + cmp.Or(is, "none"))
	}
}

func (d *details) times(what string, was, is report.Time) {
	if !report.SameTime(was, is) {
		d.differ(what, report.TimeText(was), report.TimeText(is))
	}
}

func (d *details) numbers(what string, was, is int) {
	d.differ(what, report.Thousands(was), report.Thousands(is))
}

// lists tells what a list of names gained and lost.
func (d *details) lists(one, many string, was, is []string) {
	gained, lost := without(is, was), without(was, is)
	if len(gained) > 0 {
		d.add("gained " + report.Count(len(gained), one, many) + ": " + report.Few(gained, 8))
	}
	if len(lost) > 0 {
		d.add("lost " + report.Count(len(lost), one, many) + ": " + report.Few(lost, 8))
	}
}

// without are the names of a that b lacks, in the order of a.
func without(a, b []string) []string {
	in := map[string]bool{}
	for _, s := range b {
		in[s] = true
	}
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return in[s] })
}

// findingEntries are the findings that differ.
func (c *comparison) findingEntries() []change.Change {
	out := []change.Change{}
	for i := range c.later.Findings {
		now := &c.later.Findings[i]
		old := c.was[now.ID]
		if old == nil {
			out = append(out, change.Change{State: change.New, ID: now.ID, Text: now.Title,
				Details: c.missingIn(c.earlier, now, c.later)})
			continue
		}
		if d := c.findingDetails(old, now); len(d) > 0 {
			out = append(out, change.Change{State: change.Changed, ID: now.ID, Was: moved(old.ID, now.ID),
				Text: now.Title, Details: d})
		}
	}
	for i := range c.earlier.Findings {
		old := &c.earlier.Findings[i]
		if c.is[old.ID] == nil {
			out = append(out, change.Change{State: change.Gone, ID: old.ID, Text: old.Title,
				Details: c.missingIn(c.later, old, c.earlier)})
		}
	}
	return out
}

// moved is the earlier id if it is not the later one.
func moved(was, is string) string {
	if was == is {
		return ""
	}
	return was
}

func (c *comparison) findingDetails(old, now *report.Finding) details {
	var d details
	d.differ("severity", string(old.Rule.Severity), string(now.Rule.Severity))
	d.differ("confidence", string(old.Confidence), string(now.Confidence))
	d.differ("status", string(old.Status), string(now.Status))
	d.differ("verdict", string(old.Verdict), string(now.Verdict))
	d.differ("suppressed by", old.Suppression.Text(), now.Suppression.Text())
	d.differ("host", old.Host, now.Host)
	d.differ("user", old.User, now.User)
	d.numbers("number of events", old.Count, now.Count)
	d.times("first event", old.First, now.First)
	d.times("last event", old.Last, now.Last)
	d.differ("note", old.Note, now.Note)
	was := old.Incident
	if i := c.after[was]; i != nil {
		was = i.ID // the same incident under its new id
	}
	d.differ("incident", was, now.Incident)
	return d
}

// missingIn says why one of the reports lacks a finding of the other, as far as the two tell.
func (c *comparison) missingIn(lacking side, f *report.Finding, having side) []string {
	then, there := "at the time of the earlier report", "the earlier report"
	if lacking.Report == c.later.Report {
		then, there = "for the later report", "the later report"
	}
	rule := lacking.rule[f.Rule.ID]
	switch {
	case rule == nil:
		return []string{"its rule, " + f.Rule.Name + ", was not among those run " + then}
	case rule.Status != report.RuleRan:
		return []string{strings.TrimSuffix("its rule could not run "+then+": "+rule.Reason, ": ")}
	}
	var files []string
	for i := range f.Evidence {
		if r := &f.Evidence[i].Ref; r.SHA256 != "" && !lacking.files[r.SHA256] && having.files[r.SHA256] {
			files = append(files, r.File)
		}
	}
	if files = slices.Compact(slices.Sorted(slices.Values(files))); len(files) > 0 {
		return []string{"its evidence was not in " + there + ": " + report.Few(files, 4)}
	}
	return []string{}
}

// incidentEntries are the incidents that differ.
func (c *comparison) incidentEntries() []change.Change {
	out := []change.Change{}
	for i := range c.later.Incidents {
		now := &c.later.Incidents[i]
		old := c.before[now.ID]
		if old == nil {
			out = append(out, change.Change{State: change.New, ID: now.ID, Text: now.Title,
				Details: append(c.partOf(now), c.rareNow(now)...)})
			continue
		}
		if d := c.incidentDetails(old, now); len(d) > 0 {
			out = append(out, change.Change{State: change.Changed, ID: now.ID, Was: moved(old.ID, now.ID),
				Text: now.Title, Details: d})
		}
	}
	for i := range c.earlier.Incidents {
		old := &c.earlier.Incidents[i]
		if c.after[old.ID] == nil {
			out = append(out, change.Change{State: change.Gone, ID: old.ID, Text: old.Title, Details: c.went(old)})
		}
	}
	return out
}

func (c *comparison) incidentDetails(old, now *report.Incident) details {
	var d details
	d.differ("severity", string(old.Severity), string(now.Severity))
	d.differ("confidence", string(old.Confidence), string(now.Confidence))
	d.differ("chain", string(old.Chain), string(now.Chain))
	d.times("begin", old.First, now.First)
	d.times("end", old.Last, now.Last)
	d.lists("host", "hosts", old.Hosts, now.Hosts)
	d.lists("account", "accounts", old.Accounts, now.Accounts)
	d.lists("kind of harm", "kinds of harm", harms(old), harms(now))
	was := make([]string, 0, len(old.Findings))
	for _, id := range old.Findings {
		if f := c.is[id]; f != nil {
			id = f.ID
		}
		was = append(was, id)
	}
	d.lists("finding", "findings", was, now.Findings)
	if old.Entry.Known != now.Entry.Known {
		d.differ("entry", entryText(&old.Entry), entryText(&now.Entry))
	}
	d = append(append(d, c.rareNoMore(old)...), c.rareNow(now)...)
	return append(d, c.partOf(now)...)
}

func harms(i *report.Incident) []string {
	out := make([]string, len(i.Impact))
	for k := range i.Impact {
		out[k] = string(i.Impact[k].Kind)
	}
	return out
}

func entryText(e *report.Entry) string {
	if e.Known {
		return "known (" + e.Text + ")"
	}
	return "unknown"
}

// partOf names the other incidents of the earlier report whose findings an incident took over.
func (c *comparison) partOf(now *report.Incident) []string {
	out := []string{}
	shared := c.shared(now)
	for _, id := range slices.Sorted(maps.Keys(shared)) {
		if old := c.before[now.ID]; old != nil && old.ID == id {
			continue
		}
		out = append(out, "has "+report.Count(shared[id], "finding", "findings")+" of the earlier incident "+id)
	}
	return out
}

// went says where the findings of an incident went that no longer exists.
func (c *comparison) went(old *report.Incident) []string {
	into := map[string]int{}
	gone := 0
	for _, id := range old.Findings {
		if f := c.is[id]; f != nil {
			into[f.Incident]++
		} else {
			gone++
		}
	}
	out := []string{}
	for _, id := range slices.Sorted(maps.Keys(into)) {
		n := report.Count(into[id], "finding", "findings")
		if id == "" {
			out = append(out, n+" of it "+report.OneOrMany(into[id], "is", "are")+" part of no incident now")
		} else {
			out = append(out, n+" of it "+report.OneOrMany(into[id], "is", "are")+" part of "+id+" now")
		}
	}
	if gone > 0 {
		out = append(out, report.Count(gone, "finding", "findings")+" of it "+
			report.OneOrMany(gone, "is", "are")+" gone")
	}
	return append(out, c.rareNoMore(old)...)
}

// evidence pairs the files by hash, then by path.
func (c *comparison) evidence() []change.Change {
	old := map[string][]*report.EvidenceFile{} // by path, of those whose bytes the later report lacks
	for i := range c.earlier.Evidence {
		if e := &c.earlier.Evidence[i]; !c.later.files[e.SHA256] {
			old[e.Path] = append(old[e.Path], e)
		}
	}
	out := []change.Change{}
	for i := range c.later.Evidence {
		e := &c.later.Evidence[i]
		if c.earlier.files[e.SHA256] {
			continue
		}
		entry := change.Change{State: change.New, ID: e.SHA256, Text: e.Path,
			Details: []string{report.Count(e.Records, "record", "records")}}
		if list := old[e.Path]; len(list) > 0 {
			was := list[0]
			old[e.Path] = list[1:]
			var d details
			d.add("its bytes are not those of the earlier report")
			d.numbers("number of records", was.Records, e.Records)
			d.times("last record", was.Last, e.Last)
			entry.State, entry.Was, entry.Details = change.Changed, was.SHA256, d
		}
		out = append(out, entry)
	}
	for i := range c.earlier.Evidence {
		e := &c.earlier.Evidence[i]
		if list := old[e.Path]; slices.Contains(list, e) {
			out = append(out, change.Change{State: change.Gone, ID: e.SHA256, Text: e.Path,
				Details: []string{report.Count(e.Records, "record", "records")}})
		}
	}
	return out
}

// hosts pairs the hosts by id, else by a name that both have.
func (c *comparison) hosts() []change.Change {
	byName := map[string]*report.Host{}
	for i := range c.earlier.Hosts {
		h := &c.earlier.Hosts[i]
		byName[strings.ToLower(h.ID)] = h
		for _, n := range h.Names {
			byName[strings.ToLower(n)] = h
		}
	}
	out, met := []change.Change{}, map[*report.Host]bool{}
	for i := range c.later.Hosts {
		now := &c.later.Hosts[i]
		old := byName[strings.ToLower(now.ID)]
		for _, n := range now.Names {
			old = cmp.Or(old, byName[strings.ToLower(n)])
		}
		if old == nil || met[old] {
			out = append(out, change.Change{State: change.New, ID: now.ID, Text: now.ID,
				Details: []string{report.Count(now.Records, "record", "records") + ", " +
					report.SpanText(now.First, now.Last)}})
			continue
		}
		met[old] = true
		var d details
		d.lists("name", "names", old.Names, now.Names)
		d.numbers("number of records", old.Records, now.Records)
		d.times("first record", old.First, now.First)
		d.times("last record", old.Last, now.Last)
		d.numbers("number of findings", old.Findings, now.Findings)
		d.differ("highest severity", string(old.Severity), string(now.Severity))
		if len(d) > 0 {
			out = append(out, change.Change{State: change.Changed, ID: now.ID, Was: moved(old.ID, now.ID), Text: now.ID,
				Details: d})
		}
	}
	for i := range c.earlier.Hosts {
		if h := &c.earlier.Hosts[i]; !met[h] {
			out = append(out, change.Change{State: change.Gone, ID: h.ID, Text: h.ID,
				Details: []string{report.Count(h.Records, "record", "records")}})
		}
	}
	return out
}

// rules are those that only one of the reports ran, and those whose text changed.
func (c *comparison) rules() []change.Change {
	out := []change.Change{}
	for i := range c.later.Rules {
		now := &c.later.Rules[i]
		old := c.earlier.rule[now.ID]
		if old == nil {
			out = append(out, change.Change{State: change.New, ID: now.ID, Text: now.Name, Details: []string{}})
			continue
		}
		var d details
		d.differ("version", old.Version, now.Version)
		d.differ("severity", string(old.Severity), string(now.Severity))
		d.differ("status", string(old.Status), string(now.Status))
		if old.Query != now.Query {
			d.add("its query is another")
		}
		if len(d) > 0 {
			out = append(out, change.Change{State: change.Changed, ID: now.ID, Text: now.Name, Details: d})
		}
	}
	for i := range c.earlier.Rules {
		if old := &c.earlier.Rules[i]; c.later.rule[old.ID] == nil {
			out = append(out, change.Change{State: change.Gone, ID: old.ID, Text: old.Name, Details: []string{}})
		}
	}
	return out
}
