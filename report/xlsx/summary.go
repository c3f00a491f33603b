package xlsx

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"hunt/report"
	"hunt/report/histogram"
	"hunt/report/outline"
)

// histogram writes the bins that the Summary's chart shows.
func (b *workbook) histogram(ctx context.Context) error {
	const mostBins = 400 // a chart of more bars shows nothing
	h := histogram.New(b.report.Timeline, mostBins, time.Hour)
	cols := []column{{"From", 23, dateColumn}, {"From (UTC)", 20, textColumn}}
	for _, s := range report.Severities {
		cols = append(cols, column{string(s), 10, intColumn})
	}
	cols = append(cols, column{"context", 10, intColumn})
	t, err := b.table(outline.SheetHistogram, cols)
	if err != nil {
		return err
	}
	for i, n := range h.Bins {
		start := h.Start(i)
		row := []any{start, start.Time().Format("2006-01-02 15:04")}
		for _, v := range n {
			row = append(row, v)
		}
		if err := t.add(ctx, row...); err != nil {
			return err
		}
	}
	if err := t.close(); err != nil {
		return err
	}
	if len(h.Bins) == 0 {
		return nil
	}
	last := min(len(h.Bins), b.rows-1) + 1
	bins := 'B' // the column that names them
	if b.zone != nil {
		bins++
	}
	colours := []string{"8E1B1B", "D1483B", "E0A030", "4E86C6", "8A97A6", "D5DAE0"}
	var series []excelize.ChartSeries
	for i := range colours {
		col := string(bins + 1 + rune(i)) // #nosec G115 -- a few
		series = append(series, excelize.ChartSeries{
			Name:       "Histogram!$" + col + "$1",
			Categories: fmt.Sprintf("Histogram!$%c$2:$%c$%d", bins, bins, last),
			Values:     fmt.Sprintf("Histogram!$%s$2:$%s$%d", col, col, last),
			Fill:       excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{colours[i]}},
		})
	}
	gap := uint(20)
	return b.file.AddChart(string(outline.SheetSummary), "D2", &excelize.Chart{
		Type: excelize.ColStacked, Series: series, GapWidth: &gap,
		Title: excelize.ChartTitle{Paragraph: []excelize.RichTextRun{{Text: "Events of the timeline per " +
			h.StepText() + ", by severity (UTC)"}}},
		Legend:    excelize.ChartLegend{Position: "bottom"},
		Dimension: excelize.ChartDimension{Width: 760, Height: 340},
	})
}

// sectionRows are a title and pairs of name and text, as Summary and About show them.
type sectionRows struct {
	title string
	rows  []report.KeyValue
}

func (b *workbook) sections(sheet, title string, sections []sectionRows) error {
	const names, texts = 30, 90 // widths of the columns in characters
	sw, err := b.sheet(sheet, names, texts)
	if err != nil {
		return err
	}
	add := func(style int, cells ...string) error {
		lines := 1
		if style == 0 {
			for i, c := range cells {
				lines = max(lines, linesOf(c, []int{names, texts}[i]))
			}
			style = b.styles.wrap
		}
		height := 0.0
		if lines > 1 { // not every program fits the height to wrapped text by itself
			height = min(float64(lines)*15, 409) // points; Excel's most is 409
		}
		sw.begin(height)
		for i, c := range cells {
			sw.text(i, style, c)
		}
		return sw.end()
	}
	if err := add(b.styles.title, title); err != nil {
		return err
	}
	for _, s := range sections {
		if err := add(b.styles.section, s.title, ""); err != nil {
			return err
		}
		if len(s.rows) == 0 {
			s.rows = []report.KeyValue{{Key: "", Value: "none found in the logs examined"}}
		}
		for _, kv := range s.rows {
			if err := add(0, kv.Key, kv.Value); err != nil {
				return err
			}
		}
	}
	if err := b.printSetup(sheet, false, 0); err != nil {
		return err
	}
	return sw.close()
}

// linesOf is about how many lines s takes at a width in characters.
func linesOf(s string, width int) int {
	n := 0
	for _, line := range strings.Split(s, "\n") {
		n += 1 + utf8.RuneCountInString(line)/(width+1)
	}
	return n
}

// summary writes the first sheet: the verdict and what it rests on.
func (b *workbook) summary(context.Context) error {
	r := b.report
	s := &r.Summary
	verdict := []report.KeyValue{{Key: "Verdict", Value: s.Headline}}
	for _, l := range s.Lines {
		verdict = append(verdict, report.KeyValue{Key: "", Value: l})
	}
	verdict = append(verdict, report.KeyValue{Key: "First and last", Value: report.SpanText(s.First, s.Last)})
	numbers := []report.KeyValue{
		{Key: "Hosts read", Value: report.Thousands(s.Hosts)},
		{Key: "Hosts with findings", Value: report.Thousands(s.HostsWith)},
		{Key: "Linked chains", Value: report.Thousands(s.Linked)},
		{Key: "Findings", Value: report.Thousands(s.Findings)}, {Key: "Partial", Value: report.Thousands(s.Partial)},
		{Key: "Suppressed", Value: report.Thousands(s.Suppressed)},
	}
	for _, sev := range report.Severities {
		numbers = append(numbers, report.KeyValue{Key: "Findings, " + string(sev),
			Value: report.Thousands(s.BySeverity[sev])})
	}
	return b.sections(string(outline.SheetSummary), "hunt: incident report", []sectionRows{
		{"Verdict", verdict},
		{"What could not be seen", lines(s.NotSeen)},
		{"Numbers", numbers},
		{"Case", r.CaseRows()},
		{"Recommendations, for analyst review", recommendationRows(r.Recommendations)},
		{"Scope", r.ScopeRows()},
		{"Records", r.Accounting.Rows()},
		{"Limits that were reached", lines(append(append([]string{}, r.Accounting.Limits...), b.notices...))},
	})
}

// about writes how the report was made and how to check it.
func (b *workbook) about(context.Context) error {
	if err := b.newSheet(string(outline.SheetAbout)); err != nil {
		return err
	}
	r := b.report
	local := ""
	if b.zone != nil {
		local = " The column beside a date has the same moment in the time zone " + b.zone.String() + "."
	}
	return b.sections(string(outline.SheetAbout), "About this workbook", []sectionRows{
		{"Tool", r.ToolRows()},
		{"How to verify", r.VerifyRows()},
		{"Method", r.Method.Paragraphs},
		{"Glossary", r.Method.Glossary},
		{"Reading this workbook", []report.KeyValue{
			{Key: "Times", Value: "All times are UTC. Date cells hold milliseconds, which is what Excel keeps; the " +
				"evidence references of the sheet Steps have the full precision of the log." + local},
			{Key: "Marks", Value: "Text from logs is shown as text, never as a formula or a link. Characters that " +
				"XML cannot hold are written _xHHHH_ with their code; invisible ones and those that change the " +
				"reading direction are written ⟦U+HHHH⟧. Windows line ends are shown as line breaks."},
			{Key: "Twins", Value: "The JSON report is the source; this workbook and the HTML report show the same " +
				"facts under the same ids."},
		}},
	})
}

// lines makes rows without names.
func lines(texts []string) []report.KeyValue {
	out := make([]report.KeyValue, len(texts))
	for i, t := range texts {
		out[i] = report.KeyValue{Key: "", Value: t}
	}
	return out
}

func recommendationRows(rs []report.Recommendation) []report.KeyValue {
	out := make([]report.KeyValue, len(rs))
	for i, r := range rs {
		out[i] = report.KeyValue{Key: string(r.Kind), Value: r.Text}
		if len(r.Basis) > 0 {
			out[i].Value += " [" + report.Few(r.Basis, 10) + "]"
		}
	}
	return out
}
