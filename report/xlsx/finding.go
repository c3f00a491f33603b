package xlsx

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"hunt/report"
	"hunt/report/outline"
)

// keyValues joins pairs as "key: value" lines.
func keyValues(kv []report.KeyValue) string {
	lines := make([]string, len(kv))
	for i, p := range kv {
		lines[i] = p.Key + ": " + p.Value
	}
	return strings.Join(lines, "\n")
}

// differText is what the events of a finding differ in, a field a line.
func differText(ds []report.Difference) string {
	lines := make([]string, len(ds))
	for i := range ds {
		lines[i] = ds[i].Field + ": " + ds[i].Text()
	}
	return strings.Join(lines, "\n")
}

func techniqueText(ts []report.Technique) string {
	lines := make([]string, len(ts))
	for i, t := range ts {
		lines[i] = strings.TrimSpace(t.ID + " " + t.Name)
		if t.Tactic != "" || t.TacticID != "" {
			lines[i] += " (" + strings.TrimSpace(t.TacticID+" "+t.Tactic) + ")"
		}
	}
	return strings.Join(lines, "\n")
}

func (b *workbook) logonText(l *report.Logon) string {
	if l == nil {
		return ""
	}
	if l.Type == "" {
		return fmt.Sprintf("%s, SID %s, logon id %s; %s", l.User, cmp.Or(l.SID, "not known"), l.LogonID, l.Source)
	}
	text := fmt.Sprintf("%s, SID %s, logon id %s, type %s", l.User, l.SID, l.LogonID, l.Type)
	if l.SourceIP != "" {
		text += ", from " + l.SourceIP
	}
	return text + ", " + b.moment(l.Time)
}

// order is the findings as the workbook lists them: the open ones first, by severity, then by time.
func (b *workbook) order() []*report.Finding {
	out := make([]*report.Finding, len(b.report.Findings))
	for i := range out {
		out[i] = &b.report.Findings[i]
	}
	slices.SortStableFunc(out, func(x, y *report.Finding) int {
		return cmp.Or(cmp.Compare(x.Status.Rank(), y.Status.Rank()),
			cmp.Compare(x.Rule.Severity.Rank(), y.Rule.Severity.Rank()),
			cmp.Compare(x.Confidence.Rank(), y.Confidence.Rank()))
	})
	return out
}

// rowOf tells in which row of the findings each finding is.
func (b *workbook) rowOf() map[string]int {
	out := map[string]int{}
	for i, f := range b.order() {
		out[f.ID] = i
	}
	return out
}

func (b *workbook) findings(ctx context.Context) error {
	t, err := b.table(outline.SheetFindings, []column{
		{"Finding", 18, textColumn}, {"Severity", 10, sevColumn}, {"Confidence", 11, textColumn},
		{"Status", 12, textColumn}, {"First", 23, dateColumn}, {"Last", 23, dateColumn}, {"Host", 24, textColumn},
		{"User", 22, textColumn}, {"What happened", 50, wrapColumn}, {"Rule", 32, wrapColumn},
		{"ATT&CK", 36, wrapColumn}, {"Events", 9, barColumn}, {"Incident", 18, textColumn},
		{"In the timeline", 16, linkColumn},
	})
	if err != nil {
		return err
	}
	first := map[string]int{} // finding -> its first timeline row
	for i := range b.report.Timeline {
		for _, id := range b.report.Timeline[i].Findings {
			if _, ok := first[id]; !ok {
				first[id] = i
			}
		}
	}
	for _, f := range b.order() {
		var where any
		if row, ok := first[f.ID]; ok {
			where = link{"row " + report.Thousands(row+1), b.target(outline.SheetTimeline, row)}
		}
		if err := t.add(ctx, f.ID, f.Rule.Severity, f.Confidence, f.Status, f.Start, f.End, f.Host, f.User, f.Title,
			cmp.Or(f.Rule.Name, f.Rule.ID), techniqueText(f.Techniques), max(f.Count, len(f.Evidence)), f.Incident,
			where); err != nil {
			return err
		}
	}
	return t.close()
}

// details writes what else is known about each finding.
func (b *workbook) details(ctx context.Context) error {
	t, err := b.table(outline.SheetDetails, []column{
		{"Finding", 18, linkColumn}, {"Verdict", 16, textColumn}, {"Why this confidence", 50, wrapColumn},
		{"What the rule looks for", 50, wrapColumn}, {"Rule", 30, wrapColumn}, {"Author and licence", 32, wrapColumn},
		{"Benign explanations to check", 50, wrapColumn}, {"Suppressed because", 40, wrapColumn},
		{"Labels", 24, wrapColumn}, {"Analyst's note", 40, wrapColumn}, {"Joined on", 30, wrapColumn},
		{"Events differ in", 50, wrapColumn}, {"User's session", 40, wrapColumn}, {"References", 40, wrapColumn},
	})
	if err != nil {
		return err
	}
	loaded := b.report.RuleByID()
	for i, f := range b.order() {
		what := f.What
		if x := loaded[f.Rule.ID]; what == "" && x != nil {
			what = x.What
		}
		rule := f.Rule.ID
		for _, x := range []string{f.Version, f.Rule.Language} {
			if x != "" {
				rule += "\n" + x
			}
		}
		if err := t.add(ctx, link{f.ID, b.target(outline.SheetFindings, i)}, f.Verdict, strings.Join(f.Reasons, "\n"),
			what, rule, strings.Trim(f.Rule.Author+"\n"+f.Rule.Licence, "\n"), strings.Join(f.FalsePositives, "\n"),
			f.Suppression.Text(), strings.Join(f.Labels, "\n"), f.Note, keyValues(f.JoinKeys), differText(f.Differs),
			b.logonText(f.Logon), strings.Join(f.References, "\n")); err != nil {
			return err
		}
	}
	return t.close()
}

// steps writes one row per step of each finding: its events, the other candidates, the
// provenance, the process tree and what was decoded.
func (b *workbook) steps(ctx context.Context) error {
	t, err := b.table(outline.SheetSteps, []column{
		// together not wider than a person can read on one page
		{"Finding", 17, linkColumn}, {"Kind", 11, textColumn}, {"Stage", 6, intColumn}, {"Label", 10, wrapColumn},
		{"Time", 21, dateColumn}, {"Host", 16, wrapColumn},
		{"User", 14, wrapColumn},
		{"Channel", 16, wrapColumn}, {"Event", 7, textColumn}, {"What", 36, wrapColumn}, {"Fields", 44, wrapColumn},
		{"Condition", 12, textColumn}, {"Evidence reference", 32, wrapColumn}, {"Also recorded as", 24, wrapColumn},
	})
	if err != nil {
		return err
	}
	for i, f := range b.order() {
		id := link{f.ID, b.target(outline.SheetFindings, i)}
		if err := evidenceRows(ctx, t, id, f); err != nil {
			return err
		}
		if f.Next != nil {
			if err := t.add(ctx, id, "not seen", nil, "next step", f.Next.From,
				f.Next.Host, nil, nil, nil, f.Next.Sentence()); err != nil {
				return err
			}
		}
		for j := range f.Provenance {
			p := &f.Provenance[j]
			ref := ""
			if p.Ref != nil {
				ref = p.Ref.Cite(f.Host, p.Source, "", p.Time)
			}
			if err := t.add(ctx, id, "provenance", nil, p.Kind, p.Time, f.Host, nil,
				p.Source, nil, p.Text, nil, nil, ref); err != nil {
				return err
			}
		}
		if err := (tree{t, id, f.Host}).rows(ctx, f.Lineage, 0); err != nil {
			return err
		}
		for j := range f.Decoded {
			d := &f.Decoded[j]
			if err := t.add(ctx, id, "decoded", nil, d.Kind, nil, f.Host, nil, nil, nil, d.Text, "from: "+
				d.From); err != nil {
				return err
			}
		}
	}
	return t.close()
}

// evidenceRows writes the events of a finding and the other candidates for its steps.
func evidenceRows(ctx context.Context, t *tableWriter, id link, f *report.Finding) error {
	candidates := make([]report.Evidence, len(f.Candidates))
	for i := range candidates {
		candidates[i] = f.Candidates[i].Evidence
	}
	for _, group := range []struct {
		kind   string
		events []report.Evidence
	}{{"evidence", f.Evidence}, {"candidate", candidates}} {
		for j := range group.events {
			e := &group.events[j]
			kind := group.kind
			ref := e.Cite()
			if e.Missing {
				kind, ref = "absent", "no such event in the logs examined"
				if e.Absence != nil {
					ref += ". " + e.Absence.Sentence()
				}
			}
			var also []string
			shown := e.Shown()
			for _, a := range shown.Refs {
				also = append(also, a.Cite(e.Host, e.Channel, e.EventCode, e.Time))
			}
			if shown.Rest != "" {
				also = append(also, shown.Rest)
			}
			if err := t.add(ctx, id, kind, e.Stage, e.Label, e.Time, e.Host, e.User,
				e.Channel, e.EventCode,
				e.Message, keyValues(e.Facts), e.Condition, ref, strings.Join(also, "\n")); err != nil {
				return err
			}
		}
	}
	return nil
}

// tree is the process tree of a finding on its way into a table.
type tree struct {
	t    *tableWriter
	id   link
	host string
}

func (b tree) rows(ctx context.Context, p *report.Process, depth int) error {
	if p == nil || depth > report.MaxTreeDepth {
		return nil
	}
	label := "logged"
	switch {
	case p.Named:
		label = "named by its child"
	case p.Inferred:
		label = "parent inferred"
	}
	facts := []report.KeyValue{{Key: "pid", Value: fmt.Sprint(p.PID)}, {Key: "entity id", Value: p.EntityID},
		{Key: "command line", Value: p.CommandLine}}
	if p.Evidence {
		facts = append(facts, report.KeyValue{Key: "part of", Value: "the chain"})
	}
	if p.Link != "" {
		facts = append(facts, report.KeyValue{Key: "parent known by", Value: p.Link})
	}
	if p.Basis != "" {
		facts = append(facts, report.KeyValue{Key: "basis", Value: p.Basis})
	}
	if p.End != nil {
		facts = append(facts, report.KeyValue{Key: "ended", Value: b.t.book.moment(p.End)})
	}
	if p.Omitted > 0 {
		facts = append(facts, report.KeyValue{Key: "further children not shown", Value: fmt.Sprint(p.Omitted)})
	}
	if err := b.t.add(ctx, b.id, "process", depth, label, p.Start, b.host, p.User,
		p.Source, nil,
		strings.Repeat("  ", depth)+p.Executable, keyValues(facts)); err != nil {
		return err
	}
	for _, c := range p.Children {
		if err := b.rows(ctx, c, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (b *workbook) timeline(ctx context.Context) error {
	t, err := b.table(outline.SheetTimeline, []column{
		{"Time", 23, dateColumn}, {"Host", 24, textColumn}, {"User", 22, textColumn}, {"Severity", 10, sevColumn},
		{"Category", 14, textColumn}, {"Channel", 30, textColumn}, {"Event", 8, textColumn}, {"What", 50, wrapColumn},
		{"Findings", 20, linkColumn}, {"File", 40, textColumn}, {"Offset", 13, textColumn},
		{"Record id", 12, textColumn}, {"Payload SHA-256", 24, textColumn}, {"Remarks", 30, wrapColumn},
	})
	if err != nil {
		return err
	}
	index := b.rowOf()
	for i := range b.report.Timeline {
		e := &b.report.Timeline[i]
		var ids any
		if len(e.Findings) > 0 {
			l := link{Text: strings.Join(e.Findings, ", ")}
			if f, ok := index[e.Findings[0]]; ok {
				l.Target = b.target(outline.SheetFindings, f)
			}
			ids = l
		}
		remarks := e.TimeMark
		if e.Ref.Carved {
			remarks = strings.Trim("carved\n"+remarks, "\n")
		}
		if err := t.add(ctx, e.Time, e.Host, e.User, e.Severity, e.Category, e.Channel, e.EventCode, e.Message, ids,
			e.Ref.File, fmt.Sprintf("0x%08X", e.Ref.Offset), fmt.Sprint(e.Ref.EventRecordID), e.Ref.PayloadSHA256,
			remarks); err != nil {
			return err
		}
	}
	return t.close()
}
