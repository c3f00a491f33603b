package terminal

import (
	"fmt"
	"io"
	"strings"

	"hunt/localtime"
	"hunt/report"
	"hunt/report/change"
)

// Changes writes how a report differs from an earlier one: incidents first, then findings, hosts, files and
// rules; of each what is new, changed and gone.
func Changes(w io.Writer, c *change.Changes, o Options) error {
	t := newTerminal(w, o)
	t.zone = o.Zone
	t.side("Earlier", &c.Earlier)
	t.side("Later", &c.Later)
	for _, g := range c.Grounds {
		t.line("  ", localtime.InText(g, t.zone))
	}
	fmt.Fprintln(t.w)
	if c.Same() {
		t.line("", "No incident, finding, host, file or rule differs.")
		return t.w.Flush()
	}
	for _, k := range c.Kinds() {
		t.entries(k)
	}
	return t.w.Flush()
}

func (t *terminal) side(name string, s *change.Compared) {
	text := name + ": " + s.ID + ", hunt " + s.Version + ", " + report.Count(s.Files, "file", "files") + ", " +
		report.Count(s.Records, "record", "records") + ", " +
		report.Count(s.Incidents, "incident", "incidents") + ", " +
		report.Count(s.Findings, "finding", "findings")
	if strings.HasPrefix(s.Generated, "2") {
		text += ", generated " + localtime.InText(s.Generated, t.zone)
	}
	t.line("", text)
}

// entries writes what differs of one kind.
func (t *terminal) entries(k change.Kind) {
	list := k.Entries
	if len(list) == 0 {
		return
	}
	fmt.Fprintln(t.w, t.color(sgrBold, strings.ToUpper(k.Many[:1])+k.Many[1:]+": "+k.Counts()))
	shown, left := list, 0
	if len(list) > maxTerminalRows && !t.o.All {
		shown, left = list[:maxTerminalRows], len(list)-maxTerminalRows
	}
	for i := range shown {
		e := &shown[i]
		text := e.Text
		if strings.HasPrefix(e.ID, "I-") || strings.HasPrefix(e.ID, "F-") {
			text = e.ID + "  " + text
			if e.Was != "" {
				text += " (was " + e.Was + ")"
			}
		}
		t.line(fmt.Sprintf("  %-7s  ", e.State), localtime.InText(text, t.zone))
		for _, d := range e.Details {
			t.line("             ", localtime.InText(d, t.zone))
		}
	}
	if left > 0 {
		fmt.Fprintf(t.w, "  … and %s more; --all lists them\n", report.Thousands(left))
	}
}
