package xlsx

import (
	"context"
	"fmt"
	"strings"

	"hunt/report"
	"hunt/report/outline"
)

// incidents writes one row per incident, the most serious first.
func (b *workbook) incidents(ctx context.Context) error {
	t, err := b.table(outline.SheetIncidents, []column{
		{"Incident", 16, textColumn}, {"Severity", 10, sevColumn}, {"Confidence", 12, wrapColumn},
		{"Status, labels, note", 20, wrapColumn}, {"What happened", 60, wrapColumn}, {"Hosts", 24, wrapColumn},
		{"Accounts", 20, wrapColumn}, {"First", 23, dateColumn}, {"Last", 23, dateColumn},
		{"How it began", 36, wrapColumn}, {"Path", 60, wrapColumn}, {"Reach and harm", 26, wrapColumn},
		{"Not known, and what to collect", 38, wrapColumn}, {"Findings", 17, linkColumn},
	})
	if err != nil {
		return err
	}
	at := b.rowOf()
	for n := range b.report.Incidents {
		i := &b.report.Incidents[n]
		ids := link{Text: strings.Join(i.Findings, "\n")}
		if len(i.Findings) > 0 {
			if lead, ok := at[i.Findings[0]]; ok {
				ids.Target = b.target(outline.SheetFindings, lead)
			}
		}
		status := append(append([]string{string(i.Status)}, i.Labels...), i.Note)
		if err := t.add(ctx, i.ID, i.Severity, string(i.Confidence)+"\n"+string(i.Chain),
			strings.Trim(strings.Join(status, "\n"), "\n"), i.Title+"\n"+i.Story, strings.Join(i.Hosts, "\n"),
			strings.Join(i.AccountNames(), "\n"), i.First, i.Last, i.Entry.Text, b.pathText(i), reachText(i),
			openText(i), ids); err != nil {
			return err
		}
	}
	return t.close()
}

// pathText is the path, a line a step.
func (b *workbook) pathText(i *report.Incident) string {
	var lines []string
	for n, s := range i.Path {
		lines = append(lines, fmt.Sprintf("%d. %s on %s: %s", n+1, b.moment(s.First),
			report.Few(s.Hosts, 5), s.Text))
	}
	if i.PathMore > 0 {
		lines = append(lines, report.Count(i.PathMore, "further step", "further steps")+" of lower severity")
	}
	return strings.Join(lines, "\n")
}

func reachText(i *report.Incident) string {
	var lines []string
	if i.Reach.Privilege != "" {
		lines = append(lines, "Rights up to "+i.Reach.Privilege)
	}
	if i.Reach.DomainController {
		lines = append(lines, "A domain controller is among its hosts")
	}
	for _, x := range i.Impact {
		lines = append(lines, x.Text)
	}
	return strings.Join(append(lines, i.Raised), "\n")
}

func openText(i *report.Incident) string {
	lines := append([]string{}, i.Assumed...)
	if i.Ongoing != "" {
		lines = append(lines, i.Ongoing)
	}
	lines = append(lines, i.Open...)
	for _, c := range i.Collect {
		lines = append(lines, "Collect "+c.Name+": "+c.Why)
	}
	return strings.Join(lines, "\n")
}
