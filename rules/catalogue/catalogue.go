// Package catalogue prints the rules of a pack: all in a table, and one in full.
package catalogue

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"hunt/mark"
	"hunt/rules/pack"
	"hunt/table"
)

// List prints a table of rules, at most width columns wide (0 for any width), and says which of them do not run on
// this machine. broken lists the mistakes in invalid queries.
func List(w io.Writer, pk *pack.Pack, width int) (broken pack.Errors, err error) {
	t := table.New("ID", "Level", "Language", "Status", "Source", "Name", "Author", "Runs")
	for _, r := range pk.Rules {
		runs := "yes"
		if r.BuildingBlock {
			runs = "yes, a building block"
		}
		if err := r.Check(); err != nil {
			runs = "no: " + mark.Printable(r.Skip)
			if wrong := (pack.Errors{}); errors.As(err, &wrong) {
				runs = "no: the query is wrong"
				if wrong[0].Unsupported {
					runs = "no: the query is not supported"
				}
				broken = append(broken, wrong...)
			}
		}
		t.Add(mark.Printable(r.ID), r.Severity.String(), r.Language.String(), r.Status.String(),
			mark.Printable(r.Source),
			mark.Printable(r.Name),
			mark.Printable(r.Author), runs)
	}
	if err := t.Write(w, width); err != nil {
		return nil, err
	}
	for _, l := range pk.Licences() {
		fmt.Fprintf(w, "%s\n", mark.Printable(l.String()))
	}
	for _, l := range pk.DoNotRun() {
		fmt.Fprintf(w, "%s\n", l)
	}
	return broken, nil
}

// Show prints a rule: its meaning, its query, its sources.
func Show(w io.Writer, r *pack.Rule) error {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-16s %s\n", name,
				strings.ReplaceAll(mark.PrintableLines(value), "\n", "\n                 "))
		}
	}
	line("id", r.ID)
	line("name", r.Name)
	line("version", r.Version)
	line("language", r.Language.String())
	line("author", r.Author)
	line("licence", r.Licence)
	line("status", r.Status.String())
	line("severity", r.Severity.String())
	line("source", r.Source)
	line("skipped", r.Skip)
	if r.BuildingBlock {
		line("building block", buildingBlock)
	}
	line("what", r.Description)
	line("why", r.Why)
	var ts []string
	for _, t := range r.Techniques {
		text := strings.TrimSpace(t.ID + " " + t.Name)
		if t.Tactic != "" {
			text += fmt.Sprintf(" (%s %s)", t.TacticID, t.Tactic)
		}
		ts = append(ts, text)
	}
	line("ATT&CK", strings.Join(ts, "\n"))
	line("seen with", strings.Join(r.SeenWith, ", "))
	line("needs", strings.Join(r.DataSources, ", "))
	line("default logs", r.DefaultLogs)
	line("to switch on", r.Setup)
	line("tags", strings.Join(r.Tags, ", "))
	line("false positives", strings.Join(r.FalsePositives, "\n"))
	line("references", strings.Join(r.References, "\n"))
	line("look at", strings.Join(r.LookAt, ", "))
	line("notices", strings.Join(r.Notices, "\n"))
	line("guidance", r.Guidance)
	line("counts", r.Counting)
	line("filters", strings.Join(r.Filters, "\n"))
	fmt.Fprintf(&b, "\n%s\n", mark.PrintableLines(strings.TrimSpace(r.Query)))
	_, err := io.WriteString(w, b.String())
	return err
}

// buildingBlock says what a building block rule is.
const buildingBlock = "yes: a signal that other rules build on, no alert by itself"
