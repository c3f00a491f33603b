package xlsx

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"hunt/report"
	"hunt/report/outline"
)

// Options are the limits of a workbook; the zero value is what hunt uses.
type Options struct {
	// Rows is the most rows of a sheet, header included; 0 means Excel's 1,048,576. Longer tables roll over
	// to a further sheet.
	Rows int
	// MaxRows cuts each table to that many rows, with a notice on the Summary sheet; 0 means no cut.
	MaxRows int
	// TempDir is where workbooks are put together; "" is the system's directory for temporary files.
	TempDir string
}

// workbook is a workbook being written.
type workbook struct {
	file            *excelize.File
	report          *report.Report
	options         Options
	rows            int // of a sheet, header included
	styles          xlsxStyles
	severityFormats []excelize.ConditionalFormatOptions
	notices         []string
	zip             *sortedZip
	zone            *time.Location // beside UTC, nil for none
}

// moment is a time within a text.
func (b *workbook) moment(t report.Time) string { return report.TimeText(t) + report.Beside(t, b.zone) }

func newWorkbook(w io.Writer, r *report.Report, o Options) (*workbook, error) {
	zip, err := newSortedZip(w, o.TempDir)
	if err != nil {
		return nil, err
	}
	b := &workbook{file: excelize.NewFile(excelize.Options{TmpDir: o.TempDir}), report: r, options: o,
		rows: sheetRows, zip: zip, zone: r.Case.Zone()}
	if o.Rows > 1 {
		b.rows = min(o.Rows, sheetRows)
	}
	return b, nil
}

// close deletes the temporary files.
func (b *workbook) close() error { return errors.Join(b.file.Close(), b.zip.close()) }

// finish writes the workbook when all sheets are complete.
func (b *workbook) finish() error {
	b.file.SetZipWriter(func(io.Writer) excelize.ZipWriter { return b.zip })
	if err := b.file.Write(io.Discard); err != nil {
		return fmt.Errorf("xlsx: %w", err)
	}
	return b.zip.finish()
}

// Write writes r as a workbook. Rows are written as they come: memory does not grow
// with the timeline. Every log string is an inline string cell, never a formula and never an
// external link; equal reports give equal bytes. It calls Normalize.
func Write(ctx context.Context, w io.Writer, r *report.Report, o Options) (err error) {
	r.Normalize()
	b, err := newWorkbook(w, r, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	if err := b.setup(string(outline.SheetSummary), "hunt report "+xlsxText(r.ID)); err != nil {
		return err
	}
	sheets := outline.Sheets(r)
	// the summary is the first sheet and written last: it carries the notices of the others
	for _, id := range append(sheets[1:], sheets[0]) {
		if err := ctx.Err(); err != nil {
			return err
		}
		write := sheetWriters[id]
		if write == nil {
			return fmt.Errorf("xlsx: nothing writes the sheet %s", id)
		}
		if err := write(b, ctx); err != nil {
			return fmt.Errorf("xlsx: %w", err)
		}
	}
	return b.finish()
}

// setup names the first sheet and the document.
func (b *workbook) setup(first, title string) (err error) {
	f := b.file
	if err := f.SetSheetName("Sheet1", first); err != nil {
		return err
	}
	if err := b.fitToPage(first); err != nil {
		return err
	}
	if b.styles, err = newXLSXStyles(f); err != nil {
		return err
	}
	for _, c := range []struct {
		severity   report.Severity
		font, fill string
	}{
		{report.SeverityCritical, "FFFFFF", "8E1B1B"}, {report.SeverityHigh, "7A1A12", "F8D3CE"},
		{report.SeverityMedium, "6B4700", "FCE7B8"},
		{report.SeverityLow, "1F4470", "D9E8F8"}, {report.SeverityInfo, "3C4650", "E9ECEF"},
	} {
		id, err := f.NewConditionalStyle(&excelize.Style{
			Font: &excelize.Font{Color: c.font, Bold: c.severity == report.SeverityCritical},
			Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{c.fill}},
		})
		if err != nil {
			return err
		}
		b.severityFormats = append(b.severityFormats, excelize.ConditionalFormatOptions{
			Type: "cell", Criteria: "==", Format: &id, Value: `"` + string(c.severity) + `"`,
		})
	}
	stamp := zipEpoch.Format("2006-01-02T15:04:05Z")
	if err := f.SetDocProps(&excelize.DocProperties{
		Creator: "hunt " + xlsxText(b.report.Tool.Version), LastModifiedBy: "hunt", Created: stamp, Modified: stamp,
		Title: title, Language: "en",
	}); err != nil {
		return err
	}
	return f.SetAppProps(&excelize.AppProperties{Application: "hunt"})
}

func (b *workbook) newSheet(name string) error {
	if _, err := b.file.NewSheet(name); err != nil {
		return err
	}
	return b.fitToPage(name)
}

// fitToPage must come before the sheet is streamed: excelize writes these properties first.
func (b *workbook) fitToPage(sheet string) error {
	yes := true
	return b.file.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: &yes})
}

// onePage is how many characters, in the widths of columns, are printed on one landscape page of A4.
const onePage = 320

// printSetup makes the sheet print landscape on A4, one page wide, or two where one would be too small to read, with
// its header row and the report's id on each page. titles says whether it is a table, width what its columns take.
func (b *workbook) printSetup(sheet string, titles bool, width float64) error {
	const a4 = 9
	f, size, orientation, wide, tall := b.file, a4, "landscape", 1, 0
	if width > onePage {
		wide = 2
	}
	if err := f.SetPageLayout(sheet, &excelize.PageLayoutOptions{
		Size: &size, Orientation: &orientation, FitToWidth: &wide, FitToHeight: &tall,
	}); err != nil {
		return err
	}
	id := strings.ReplaceAll(strings.TrimSpace("hunt report "+report.Cut(xlsxText(b.report.ID), 80)), "&", "&&")
	if err := f.SetHeaderFooter(sheet, &excelize.HeaderFooterOptions{
		OddHeader: "&L&A&R" + id, OddFooter: "&LTimes are UTC&RPage &P of &N",
	}); err != nil {
		return err
	}
	if !titles {
		return nil
	}
	repeated := "'" + sheet + "'!$1:$1"
	if wide > 1 { // the second page names its rows, too
		repeated = "'" + sheet + "'!$A:$A," + repeated
	}
	return f.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: repeated, Scope: sheet})
}

// target is the cell of row i (from 0) of a table that may have rolled over.
func (b *workbook) target(table outline.SheetID, i int) string {
	if limit := b.options.MaxRows; limit > 0 && i >= limit {
		return ""
	}
	per := b.rows - 1
	return fmt.Sprintf("'%s'!A%d", partName(string(table), i/per+1), i%per+2)
}
