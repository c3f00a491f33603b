package terminal

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"

	"hunt/mark"
	"hunt/report"
	"hunt/table"
)

// Options are the manners of the terminal output.
type Options struct {
	Color bool           // escape sequences for colour; only where the reader is a terminal
	Width int            // columns of the terminal; 0 means 160
	All   bool           // rows for all incidents and findings, however many there are
	Zone  *time.Location // of Changes, which shows times in it beside UTC; nil: UTC alone
}

// Width limits: under 40 columns sentences are no longer read with ease, so they are laid out for 40
// and the terminal wraps them; over 240 the eye loses the row.
const (
	defaultWidth = 160
	minWidth     = 40
	maxWidth     = 240
)

// width is the width to lay out for.
func (o Options) width() int {
	if o.Width == 0 {
		return defaultWidth
	}
	return min(max(o.Width, minWidth), maxWidth)
}

// Write writes the table of incidents and findings, and below it the summary that an analyst reads in ten
// seconds, the verdict last. Control and invisible characters from the logs are shown as marks,
// so nothing that an attacker logged reaches the terminal as a command.
func Write(w io.Writer, r *report.Report, o Options) error {
	r.Normalize()
	t := newTerminal(w, o)
	t.r, t.zone = r, r.Case.Zone()
	if err := t.table(); err != nil {
		return err
	}
	t.notes()
	t.verdict()
	return t.w.Flush()
}

func newTerminal(w io.Writer, o Options) *terminal {
	wrap := table.Fold
	if o.Width == 0 {
		wrap = table.Wrap
	}
	o.Width = o.width()
	return &terminal{w: bufio.NewWriter(w), o: o, wrap: wrap}
}

type terminal struct {
	w *bufio.Writer
	r *report.Report
	o Options

	zone *time.Location // beside UTC, nil for none
	// wrap breaks text into lines. Words that are longer than a line are broken only for a screen: one searches a
	// file for them.
	wrap func(text string, width int) []string
}

// ANSI colours, SGR parameters; the only escapes that hunt ever writes.
const (
	sgrBold    = "1"
	sgrRed     = "31"
	sgrRedBold = "1;31"
	sgrYellow  = "33"
	sgrBlue    = "34"
)

func (t *terminal) color(sgr, s string) string {
	if !t.o.Color || sgr == "" {
		return s
	}
	return "\x1b[" + sgr + "m" + s + "\x1b[0m"
}

func severityColor(s report.Severity) string {
	switch s {
	case report.SeverityCritical:
		return sgrRedBold
	case report.SeverityHigh:
		return sgrRed
	case report.SeverityMedium:
		return sgrYellow
	case report.SeverityLow:
		return sgrBlue
	}
	return ""
}

// line writes s wrapped to the width, with its further lines indented.
func (t *terminal) line(indent, s string) {
	for i, l := range t.wrap(mark.Printable(s), t.o.Width-len(indent)) {
		if i > 0 {
			l = strings.Repeat(" ", len(indent)) + l
		} else {
			l = indent + l
		}
		fmt.Fprintln(t.w, l)
	}
}

// verdict is the last that is written, where the eye is.
func (t *terminal) verdict() {
	s := &t.r.Summary
	fmt.Fprintln(t.w)
	for _, l := range s.Lines {
		t.line("", l)
	}
	if len(s.NotSeen) > 0 {
		const most = 5
		fmt.Fprintln(t.w, t.color(sgrBold, "Not visible in these logs:"))
		for i, l := range s.NotSeen {
			if i == most {
				fmt.Fprintf(t.w, "  … and %s more; `hunt coverage` lists them\n",
					report.Thousands(len(s.NotSeen)-most))
				break
			}
			t.line("  - ", l)
		}
	}
	fmt.Fprintln(t.w)
	for _, l := range t.wrap("Verdict: "+mark.Printable(s.Headline), t.o.Width) {
		fmt.Fprintln(t.w, t.color(sgrBold, l))
	}
}

// maxTerminalRows keeps the table to a screen; the files have all.
const maxTerminalRows = 40

// row is an incident, or a finding that is part of none.
type row struct {
	severity     report.Severity
	confidence   report.Confidence
	first        report.Time
	hosts, users []string
	what         string
	id           string
	techniques   []string
	rules        []string // their names, each once, in the order of their findings
	presumed     bool     // of an incident: a remark follows one of its users
}

// shown are the rows of the table: the incidents, then the findings that are part of none, the most serious
// first; suppressed ones are not listed.
func (t *terminal) shown() []row {
	var out []row
	techniques, rules := map[string][]string{}, map[string][]string{} // of the findings of an incident
	var others []row
	for i := range t.r.Findings {
		f := &t.r.Findings[i]
		var ids []string
		for _, x := range f.Techniques {
			ids = append(ids, x.ID)
		}
		switch {
		case f.Incident != "":
			techniques[f.Incident] = append(techniques[f.Incident], ids...)
			if names := rules[f.Incident]; !slices.Contains(names, f.Rule.Name) {
				rules[f.Incident] = append(names, f.Rule.Name)
			}
		case f.Status != report.StatusSuppressed:
			what := f.Title
			if f.Status == report.StatusPartial {
				what = "(partial) " + what
			}
			var users []string
			if f.User != "" {
				users = []string{f.User}
			}
			others = append(others, row{severity: f.Rule.Severity, confidence: f.Confidence, first: f.Start,
				hosts: []string{f.Host}, users: users, what: what, id: f.ID, techniques: ids,
				rules: []string{f.Rule.Name}})
		}
	}
	for n := range t.r.Incidents {
		i := &t.r.Incidents[n]
		if i.Dismissed() {
			continue
		}
		id := i.ID
		if more := len(i.Findings); more > 1 {
			id += fmt.Sprintf(" (%d)", more)
		}
		out = append(out, row{severity: i.Severity, confidence: i.Confidence, first: i.First, hosts: i.Hosts,
			users: i.AccountNames(), what: i.Title, id: id, techniques: techniques[i.ID], rules: rules[i.ID],
			presumed: slices.ContainsFunc(i.Reach.Accounts, func(a report.Touched) bool { return a.Presumed })})
	}
	slices.SortStableFunc(others, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.severity.Rank(), b.severity.Rank()),
			cmp.Compare(a.confidence.Rank(), b.confidence.Rank()))
	})
	return append(out, others...)
}

func (t *terminal) table() error {
	shown := t.shown()
	if len(shown) == 0 {
		if t.r.Summary.Verdict == report.VerdictBlind {
			t.line("", "Findings: none found in the logs examined, and none could have been found there.")
		} else {
			t.line("", "Findings: none found in the logs examined.")
		}
		return nil
	}
	left := 0
	if len(shown) > maxTerminalRows && !t.o.All {
		left = len(shown) - maxTerminalRows
		shown = shown[:maxTerminalRows]
	}
	if widths := t.columns(shown); widths != nil {
		if err := t.rows(shown, widths); err != nil {
			return fmt.Errorf("findings table: %w", err)
		}
	} else {
		t.blocks(shown)
	}
	if left > 0 {
		t.line("", fmt.Sprintf("… and %s more; --all lists them here, and the report files have them all.",
			report.Thousands(left)))
	}
	return nil
}

// rows writes the rows as a table.
func (t *terminal) rows(shown []row, widths []int) error {
	symbols := tw.NewSymbols(tw.StyleLight)
	list := tablewriter.NewTable(t.w,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders: tw.Border{Left: tw.Off, Right: tw.Off, Top: tw.Off, Bottom: tw.Off},
			Symbols: symbols,
			Settings: tw.Settings{
				Separators: tw.Separators{BetweenRows: tw.Off, BetweenColumns: tw.Off},
				Lines:      tw.Lines{ShowHeaderLine: tw.On},
			},
		})),
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithHeaderAlignment(tw.AlignLeft),
		tablewriter.WithRowAlignment(tw.AlignLeft),
		tablewriter.WithRowAutoWrap(tw.WrapNone),
		tablewriter.WithTrimSpace(tw.Off),
	)
	list.Header(t.header(widths))
	for i := range shown {
		if err := list.Append(t.row(&shown[i], widths)); err != nil {
			return err
		}
	}
	return list.Render()
}

// blocks writes two or more lines for each row, for terminals that are too narrow for a table.
func (t *terminal) blocks(shown []row) {
	for i := range shown {
		cells := t.cells(&shown[i])
		first, local, zoned := strings.Cut(cells[timeColumn], " (")
		fmt.Fprintf(t.w, "%s  %s  %s\n", t.color(severityColor(shown[i].severity), cells[0]), first,
			cells[len(cells)-1])
		if zoned {
			t.line("  ", strings.TrimSuffix(local, ")")+" "+t.zone.String())
		}
		t.line("  ", strings.Join(slices.DeleteFunc([]string{cells[3], cells[4]},
			func(c string) bool { return c == "" }), ", ")+": "+cells[5])
	}
}

// The columns of the table. Id, host and time lead back into the report; an id with a number in brackets is
// that of an incident of so many findings.
var terminalColumns = []string{"Severity", "Conf.", "First", "Host", "User", "What happened", "Rules", "ATT&CK",
	"Id"}

func (t *terminal) cells(r *row) []string {
	first := "time not known"
	if r.first != nil {
		first = r.first.Time().Format(time.DateTime) + report.Beside(r.first, t.zone)
	}
	cells := []string{string(r.severity), string(r.confidence), first, report.Few(r.hosts, 2), report.Few(r.users, 2),
		r.what, r.ruleText(), r.attack(2), r.id}
	for i := range cells {
		cells[i] = mark.Printable(cells[i])
	}
	return cells
}

// attack names the first n techniques.
func (r *row) attack(n int) string {
	techniques := slices.Compact(slices.Sorted(slices.Values(r.techniques)))
	text := strings.Join(techniques[:min(len(techniques), n)], " ")
	if more := len(techniques) - n; more > 0 {
		text += fmt.Sprintf(" +%d", more)
	}
	return text
}

// ruleText is the name of the first rule, cut so that it stays readable how many more there are.
func (r *row) ruleText() string {
	if len(r.rules) == 0 { // the report says of each finding that it is part of another incident, or of none
		return ""
	}
	more := ""
	if n := len(r.rules) - 1; n > 0 {
		more = fmt.Sprintf(" +%d", n)
	}
	return report.Ellipsis(r.rules[0], rulesWidth-len(more)) + more
}

// short are the cells of a table.
func (t *terminal) short(r *row) []string {
	cells := t.cells(r)
	if n := len(r.hosts) - 1; n > 0 && table.Width(cells[hostColumn]) > hostWidth {
		cells[hostColumn] = mark.Printable(r.hosts[0]) + fmt.Sprintf(" +%d", n)
	}
	if n := len(r.users) - 1; n > 0 && !r.presumed && table.Width(cells[userColumn]) > userWidth {
		cells[userColumn] = mark.Printable(r.users[0]) + fmt.Sprintf(" +%d", n)
	}
	return cells
}

// timeColumn has the time in UTC and, in brackets, in the time zone of the case.
const timeColumn = 2

// whatColumn says what happened; it gets the width that the others leave.
const whatColumn = 5

// hostColumn has one name where two are too long for it; a name is never cut.
const (
	hostColumn = 3
	hostWidth  = 26
)

// userColumn has one name where two are too long for it, and is wider where an account is presumed: the remark is
// behind its name and must not be cut off.
const (
	userColumn    = 4
	userWidth     = 20
	presumedWidth = 36
)

// rulesColumn names a rule where there is room for it, and otherwise says how many rules there are.
const (
	rulesColumn = 6
	rulesWidth  = 24
	countWidth  = 5
)

// attackColumn has one technique where two are too long for it.
const (
	attackColumn = 7
	attackWidth  = 13
)

// columns shares the width out: every column what it needs up to a cap, "what happened" the rest. Where that is
// too little to be read, the names of rules go first, then the confidence, the user, the number of rules and ATT&CK. A
// width of 0 leaves a column out; nil says that no table fits. The id is never cut: one looks it up by it.
func (t *terminal) columns(shown []row) []int {
	need := make([]int, len(terminalColumns))
	for i, name := range terminalColumns {
		need[i] = table.Width(t.title(i, name))
	}
	for n := range shown {
		for i, c := range t.short(&shown[n]) {
			need[i] = max(need[i], table.Width(c))
		}
	}
	const readable = 26
	all, first := need[hostColumn], need[timeColumn]
	for _, caps := range [][]int{{8, 6, first, all, userWidth, 0, rulesWidth, 22, 22},
		{8, 6, first, all, userWidth, 0, countWidth, attackWidth, 22},
		{8, 0, first, all, userWidth, 0, countWidth, attackWidth, 22},
		{8, 0, first, all, 0, 0, countWidth, attackWidth, 22}, {8, 0, first, all, 0, 0, 0, 0, 22}} {
		if caps[userColumn] > 0 && slices.ContainsFunc(shown, func(r row) bool { return r.presumed }) {
			caps[userColumn] = presumedWidth
		}
		widths := make([]int, len(caps))
		rest := t.o.Width - 2 // of its own margins
		for i, most := range caps {
			if most == 0 {
				continue
			}
			widths[i] = min(need[i], most)
			rest -= widths[i] + 2
		}
		if rest >= min(readable, need[whatColumn]) {
			widths[whatColumn] = min(need[whatColumn], rest)
			return widths
		}
	}
	return nil
}

// title is what stands above a column.
func (t *terminal) title(i int, name string) string {
	if i == timeColumn {
		return "First (" + report.UTCIn(t.zone) + ")"
	}
	return name
}

func (t *terminal) header(widths []int) []string {
	var out []string
	for i, c := range terminalColumns {
		if widths[i] > 0 {
			out = append(out, t.color(sgrBold, t.title(i, c)))
		}
	}
	return out
}

func (t *terminal) row(r *row, widths []int) []string {
	var out []string
	for i, c := range t.short(r) {
		if widths[i] == 0 {
			continue
		}
		switch {
		case i == rulesColumn && widths[i] <= countWidth:
			c = report.Thousands(len(r.rules))
		case i == attackColumn && widths[i] <= attackWidth:
			c = r.attack(1)
		}
		c = table.Cut(c, widths[i])
		if i == 0 {
			c = t.color(severityColor(r.severity), c)
		}
		out = append(out, c)
	}
	return out
}

// dismissed counts the incidents that the case file dismisses.
func (t *terminal) dismissed() int {
	n := 0
	for i := range t.r.Incidents {
		if t.r.Incidents[i].Dismissed() {
			n++
		}
	}
	return n
}

func (t *terminal) notes() {
	r := t.r
	fmt.Fprintln(t.w)
	skipped, blind := 0, 0
	for i := range r.Rules {
		if r.Rules[i].Status == report.RuleSkipped {
			skipped++
		}
		if len(r.Rules[i].Blind) > 0 {
			blind++
		}
	}
	parts := []string{report.Count(r.Summary.Findings, "finding", "findings"),
		report.Count(r.Summary.Partial, "partial chain", "partial chains"),
		report.Count(r.Summary.Suppressed, "suppressed", "suppressed") + " (listed with reasons in the report)"}
	t.line("", strings.Join(parts, ", ")+".")
	t.credits()
	if n := t.dismissed(); n > 0 {
		t.line("", report.Count(n, "incident is", "incidents are")+" dismissed by the case file and not listed here.")
	}
	if len(t.r.Incidents) > 0 {
		t.line("", "I-… (N) is a suspected incident of N findings; the report shows each.")
	}
	if skipped > 0 {
		t.line("", report.Count(skipped, "rule", "rules")+" could not run; the report says why.")
	}
	for _, l := range r.RulesLeftOut {
		t.line("", l.Reason+".")
	}
	if blind > 0 {
		t.line("", report.Count(blind, "rule was", "rules were")+" blind on at least one host because logs are "+
			"missing.")
	}
	for _, l := range r.Accounting.Limits {
		t.line("", "Limit: "+l)
	}
}

const (
	maxCredited = 60 // authors that the terminal names for each licence
	maxLicences = 10
	maxName     = 80 // characters of an author or a licence
)

// credits names the authors of the rules that the table lists findings of.
func (t *terminal) credits() {
	credits := creditsOf(t.r, func(f *report.Finding) bool { return f.Status != report.StatusSuppressed })
	for i, c := range credits {
		if i == maxLicences {
			t.line("", "Rules: those under "+report.Count(len(credits)-i, "further licence", "further licences")+
				" have their authors in the report")
			break
		}
		names := make([]string, len(c.Authors))
		for j, a := range c.Authors {
			names[j] = report.Ellipsis(a.Name, maxName)
			if c.Rules > 1 {
				names[j] += fmt.Sprintf(" (%s)", report.Thousands(a.Rules))
			}
		}
		licence := "without a named licence"
		if c.Licence != "" {
			licence = "under " + report.Ellipsis(c.Licence, maxName)
		}
		t.line("", fmt.Sprintf("Rules: %s %s, by %s", report.Thousands(c.Rules), licence,
			report.Few(names, maxCredited)))
	}
}
