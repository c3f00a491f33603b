package xlsx_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"hunt/report"
	"hunt/report/format"
	"hunt/report/outline"
	"hunt/report/reporttest"
	"hunt/report/xlsx"
)

func TestTheWorkbookHasItsSheetsInOrder(t *testing.T) {
	for name, r := range map[string]*report.Report{"rich": reporttest.Rich(), "empty": reporttest.Empty()} {
		f, _ := reporttest.OpenXLSX(t, r, xlsx.Options{})
		var want []string
		for _, id := range outline.Sheets(r) {
			want = append(want, string(id))
		}
		if have := f.GetSheetList(); !slices.Equal(have, want) {
			t.Errorf("%s: sheets %q, want %q", name, have, want)
		}
	}
}

func TestEverySheetHasFrozenFilteredPrintableHeaders(t *testing.T) {
	f, _ := reporttest.OpenXLSX(t, reporttest.Rich(), xlsx.Options{})
	titles := map[string]bool{}
	for _, d := range f.GetDefinedName() {
		if d.Name == "_xlnm.Print_Titles" {
			titles[d.Scope] = true
			if layout, err := f.GetPageLayout(d.Scope); err != nil ||
				(*layout.FitToWidth == 2) != strings.Contains(d.RefersTo, "$A:$A") {
				t.Errorf("%s: %s repeats on %+v, %v: the second page must name its rows", d.Scope,
					d.RefersTo, layout, err)
			}
		}
	}
	for _, sheet := range f.GetSheetList() {
		panes, err := f.GetPanes(sheet)
		if err != nil || !panes.Freeze || panes.YSplit != 1 {
			t.Errorf("%s: panes %+v, %v: the header is not frozen", sheet, panes, err)
		}
		layout, err := f.GetPageLayout(sheet)
		if err != nil || *layout.Orientation != "landscape" || *layout.FitToWidth < 1 ||
			*layout.FitToWidth > 2 || *layout.FitToHeight != 0 {
			t.Errorf("%s: page layout %+v, %v", sheet, layout, err)
		}
		props, err := f.GetSheetProps(sheet)
		if err != nil || props.FitToPage == nil || !*props.FitToPage {
			t.Errorf("%s: does not fit to the page", sheet)
		}
		if sheet == "Summary" || sheet == "About" {
			continue
		}
		tables, err := f.GetTables(sheet)
		if err != nil || len(tables) != 1 {
			t.Errorf("%s: %d tables, %v", sheet, len(tables), err)
		}
		if !titles[sheet] {
			t.Errorf("%s: its header does not repeat in print", sheet)
		}
		cols, err := f.GetCols(sheet)
		if err != nil {
			t.Fatal(err)
		}
		if len(cols) > 14 {
			t.Errorf("%s: %d columns", sheet, len(cols))
		}
		for i := range cols {
			name, _ := excelize.ColumnNumberToName(i + 1)
			if w, err := f.GetColWidth(sheet, name); err != nil || w > 50 {
				t.Errorf("%s: column %s is %g wide, %v", sheet, name, w, err)
			}
		}
	}
}

func TestTimesAreDates(t *testing.T) {
	r := reporttest.Rich()
	f, _ := reporttest.OpenXLSX(t, r, xlsx.Options{})
	rows := reporttest.Table(t, f, "Timeline")
	if len(rows) != len(r.Timeline) {
		t.Fatalf("%d rows, want %d", len(rows), len(r.Timeline))
	}
	for i, row := range rows {
		want := r.Timeline[i].Time
		serial, err := strconv.ParseFloat(row["Time"], 64)
		if err != nil {
			t.Fatalf("row %d: the time is not a number: %q", i, row["Time"])
		}
		// Day 0 is 1899-12-30; a day has 86,400,000 ms.
		have := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0,
			int(serial)).Add(time.Duration((serial - math.Floor(serial)) * 86_400e9))
		if d := have.Sub(want.Time()).Abs(); d > time.Millisecond {
			t.Errorf("row %d: %s, want %s", i, have, want)
		}
	}
}

// The offset of Kathmandu has been the same since 1986.
func TestTheZoneOfTheCaseHasAColumnBesideEachTime(t *testing.T) {
	r := reporttest.Rich()
	plain, _ := reporttest.OpenXLSX(t, r, xlsx.Options{})
	r.Case.TimeZone = "Asia/Kathmandu"
	zoned, _ := reporttest.OpenXLSX(t, r, xlsx.Options{})
	const day, local = 86_400, (5*60 + 45) * 60
	for _, sheet := range plain.GetSheetList() {
		if sheet == "Summary" || sheet == "About" {
			continue // no tables
		}
		was, is := reporttest.Table(t, plain, sheet), reporttest.Table(t, zoned, sheet)
		if len(was) != len(is) {
			t.Fatalf("%s: %d rows, and %d with a zone", sheet, len(was), len(is))
		}
		for i, row := range was {
			for title, cell := range row {
				if is[i][title] != cell && sheet != "Incidents" && sheet != "Coverage" && sheet != "Steps" &&
					sheet != "Details" { // whose sentences have times
					t.Errorf("%s, row %d, %s: %q, and %q with a zone", sheet, i, title, cell, is[i][title])
				}
				beside, ok := is[i][title+" (Asia/Kathmandu)"]
				if !ok {
					continue
				}
				serial, err := strconv.ParseFloat(cell, 64)
				if err != nil && cell != "" {
					continue // an empty table says so in its first column
				}
				want := ""
				if cell != "" {
					want = time.UnixMilli(int64(math.Round((serial-25569)*day*1000))+local*1000).UTC().
						Format("2006-01-02 15:04:05.000") + " +05:45"
				}
				if beside != want {
					t.Errorf("%s, row %d, %s: %q, want %q", sheet, i, title, beside, want)
				}
			}
		}
	}
	if rows := reporttest.Table(t, zoned, "Timeline"); rows[0]["Time (Asia/Kathmandu)"] == "" {
		t.Error("no time in Kathmandu")
	}
}

func TestIdsAndHashesAreText(t *testing.T) {
	f, _ := reporttest.OpenXLSX(t, reporttest.Rich(), xlsx.Options{})
	for _, cell := range []struct{ sheet, title string }{
		{"Timeline", "Record id"}, {"Timeline", "Payload SHA-256"}, {"Timeline", "Offset"}, {"Evidence", "SHA-256"},
		{"Evidence", "First record id"}, {"Findings", "Finding"},
	} {
		rows, err := f.GetRows(cell.sheet)
		if err != nil {
			t.Fatal(err)
		}
		col := slices.Index(rows[0], cell.title)
		name, _ := excelize.CoordinatesToCellName(col+1, 2)
		kind, err := f.GetCellType(cell.sheet, name)
		if err != nil || kind != excelize.CellTypeInlineString {
			t.Errorf("%s, %s: type %v, %v: not text", cell.sheet, cell.title, kind, err)
		}
	}
}

func TestFindingsLinkToTheirTimelineRowAndBack(t *testing.T) {
	r := reporttest.Rich()
	for _, rows := range []int{0, 40} {
		f, _ := reporttest.OpenXLSX(t, r, xlsx.Options{Rows: rows})
		for i, row := range reporttest.Table(t, f, "Findings") {
			id := row["Finding"]
			ok, target, err := f.GetCellHyperLink("Findings", fmt.Sprintf("N%d", i+2))
			if err != nil || !ok {
				t.Fatalf("%s: no link, %v", id, err)
			}
			sheet, cell, _ := strings.Cut(target, "!")
			sheet = strings.Trim(sheet, "'")
			if have, err := f.GetCellValue(sheet, "I"+cell[1:]); err != nil || have != id {
				t.Errorf("rows %d: %s links to %s, whose finding is %q (%v)", rows, id, target, have, err)
			}
			ok, back, err := f.GetCellHyperLink(sheet, "I"+cell[1:])
			if want := fmt.Sprintf("'Findings'!A%d", i+2); err != nil || !ok || back != want {
				t.Errorf("rows %d: the row of %s links back to %q (%v), want %s", rows, id, back, err, want)
			}
		}
	}
}

func TestALongTextIsCutWithANoticeThatCountsTheRest(t *testing.T) {
	f, _ := reporttest.OpenXLSX(t, reporttest.Rich(), xlsx.Options{})
	found := false
	for _, row := range reporttest.Table(t, f, "Steps") {
		v := row["Fields"]
		if n := len(v); n > 32_767 {
			t.Errorf("a cell of %d characters", n)
		}
		if row["Finding"] == "F-c2d9e4470f11" && row["Kind"] == "evidence" {
			found = true
			// "powershell.file.script_block_text: $a = 'A'\n" and 40,000 A's are 40,044 characters.
			keep := strings.Index(v, "...[cut, ")
			want := fmt.Sprintf("...[cut, %d,%03d chars, see ref]", (40_044-keep)/1000, (40_044-keep)%1000)
			if keep < 32_000 || v[keep:] != want {
				t.Errorf("cut after %d with %q, want %q", keep, v[max(keep, 0):], want)
			}
		}
	}
	if !found {
		t.Error("the row of the long script block is missing")
	}
}

func TestATableThatIsFullRollsOverAndLosesNoRow(t *testing.T) {
	r := reporttest.Large(3, 1000)
	f, _ := reporttest.OpenXLSX(t, r, xlsx.Options{Rows: 301})
	var sheets []string
	var ids []string
	for _, s := range f.GetSheetList() {
		if s != "Timeline" && !strings.HasPrefix(s, "Timeline (") {
			continue
		}
		sheets = append(sheets, s)
		rows := reporttest.Table(t, f, s)
		if len(rows) > 300 {
			t.Errorf("%s: %d rows", s, len(rows))
		}
		for _, row := range rows {
			ids = append(ids, row["Payload SHA-256"])
		}
	}
	if want := []string{"Timeline", "Timeline (2)", "Timeline (3)", "Timeline (4)"}; !slices.Equal(sheets, want) {
		t.Errorf("sheets %q, want %q", sheets, want)
	}
	var want []string
	for i := range r.Timeline {
		want = append(want, r.Timeline[i].Ref.PayloadSHA256)
	}
	if !slices.Equal(ids, want) {
		t.Errorf("%d rows out, %d in, or out of order", len(ids), len(want))
	}
	if text := reporttest.SheetText(t, f, "Summary"); !strings.Contains(text, "Timeline: 1,000 rows on 4 sheets") {
		t.Errorf("the Summary does not tell of the roll-over:\n%s", text)
	}
}

func TestALimitOnRowsIsToldOnTheSummary(t *testing.T) {
	r := reporttest.Large(3, 1000)
	f, _ := reporttest.OpenXLSX(t, r, xlsx.Options{MaxRows: 600, Rows: 301})
	if n := len(reporttest.Table(t, f, "Timeline")) + len(reporttest.Table(t, f, "Timeline (2)")); n != 600 {
		t.Errorf("%d rows, want 600", n)
	}
	if text := reporttest.SheetText(t, f, "Summary"); !strings.Contains(text, "Timeline: 400 of 1,000 rows left out") {
		t.Errorf("the Summary does not tell of the cut:\n%s", text)
	}
}

func TestTheSummaryHasANativeChart(t *testing.T) {
	_, name := reporttest.OpenXLSX(t, reporttest.Rich(), xlsx.Options{})
	b := reporttest.ReadFile(t, name)
	reporttest.InertWorkbook(t, b)
	if !bytes.Contains(b, []byte("xl/charts/chart1.xml")) || !bytes.Contains(b, []byte("xl/drawings/drawing1.xml")) {
		t.Error("no chart in the workbook")
	}
}

// required fails where HUNT_REQUIRE is set, and skips aloud otherwise.
func required(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("HUNT_REQUIRE") != "" {
		t.Fatalf("HUNT_REQUIRE is set: "+format, args...)
	}
	t.Skipf("SKIPPED: "+format, args...)
}

// LibreOffice is the independent reader: it must open the workbook, and what it shows of
// the findings must be what the report says, formulas included as text.
func TestLibreOfficeOpensTheWorkbookAndShowsTheSameFindings(t *testing.T) {
	soffice, err := exec.LookPath("soffice")
	if err != nil {
		required(t, "LibreOffice (soffice) is not installed")
	}
	for name, r := range map[string]*report.Report{"rich": reporttest.Rich(), "attacked": reporttest.Attacked(),
		"empty": reporttest.Empty()} {
		_, file := reporttest.OpenXLSX(t, r, xlsx.Options{})
		dir := sheetsAsCSV(t, soffice, file)
		sheets, err := filepath.Glob(filepath.Join(dir, "report-*.csv"))
		if want := len(outline.Sheets(r)); err != nil || len(sheets) != want {
			t.Fatalf("%s: LibreOffice sees %d sheets, want %d: %q", name, len(sheets), want, sheets)
		}
		rows, err := csv.NewReader(bytes.NewReader(reporttest.ReadFile(t, filepath.Join(dir, "report-Findings.csv")))).
			ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Findings) == 0 {
			if rows[1][0] != "none found in the logs examined" {
				t.Errorf("%s: first cell %q", name, rows[1][0])
			}
			continue
		}
		if len(rows)-1 != len(r.Findings) {
			t.Fatalf("%s: %d rows for %d findings", name, len(rows)-1, len(r.Findings))
		}
		at := map[string][]string{}
		for _, row := range rows[1:] {
			at[row[0]] = row
		}
		for i, f := range r.Findings {
			row := at[f.ID]
			if row == nil {
				t.Fatalf("%s: no row for %s", name, f.ID)
			}
			if want := f.Start.Time().Format("2006-01-02 15:04:05.000"); row[4] != want {
				t.Errorf("%s: row %d shows the start as %q, want %q", name, i, row[4], want)
			}
			if have, want := oneBreak(row[8]), oneBreak(reporttest.CellShown(f.Title)); have != want {
				t.Errorf("%s: row %d shows %q, want %q", name, i, have, want)
			}
		}
	}
}

// sheetsAsCSV has LibreOffice write each sheet of a workbook into a directory.
func sheetsAsCSV(t *testing.T, soffice, file string) string {
	t.Helper()
	dir := t.TempDir()
	// Filter options: comma, quote, UTF-8, from line 1, no column formats, save as shown, no formulas, … every sheet.
	cmd := exec.Command(soffice, "-env:UserInstallation=file://"+t.TempDir(), "--headless", "--convert-to",
		`csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1`, "--outdir", dir, file)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("soffice: %v\n%s", err, out)
	}
	return dir
}

// oneBreak makes all line ends alike; the CSV reader and LibreOffice differ in them.
func oneBreak(s string) string {
	return strings.TrimRight(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s), "\n")
}

// The figure of 1.2 million rows takes minutes and a gigabyte of temporary disk.
func TestAMillionRowsRollOverInConstantMemory(t *testing.T) {
	if os.Getenv("HUNT_LONG") == "" {
		t.Skip("SKIPPED: set HUNT_LONG to write 1.2 million rows")
	}
	const rows = 1_200_000
	r := reporttest.Large(100, 10_000)
	base := r.Timeline
	r.Timeline = make([]report.TimelineRow, rows)
	for i := range r.Timeline {
		r.Timeline[i] = base[i%len(base)]
	}
	r.Normalize()
	name := filepath.Join(t.TempDir(), "report.xlsx")
	// The live heap, as the last collection found it: garbage not yet collected is not held.
	live := func() uint64 {
		sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(sample)
		return sample[0].Value.Uint64()
	}
	runtime.GC()
	before := live()
	stop, peak := make(chan struct{}), make(chan uint64)
	go func() {
		var most uint64
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				peak <- most
				return
			case <-tick.C:
				most = max(most, live())
			}
		}
	}()
	began := time.Now()
	reporttest.Write(t, name, r, format.Options{})
	took := time.Since(began)
	close(stop)
	grown := int64(<-peak) - int64(before)
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d rows in %s, %d MiB, live heap grew by at most %d MiB", rows, took.Round(time.Second), info.Size()>>20,
		grown>>20)
	if grown > 128<<20 { // two chunks of excelize's 16 MiB, doubled as they grow
		t.Errorf("the live heap grew by %d MiB", grown>>20)
	}
	soffice, err := exec.LookPath("soffice")
	if err != nil {
		required(t, "LibreOffice (soffice) is not installed")
	}
	dir := sheetsAsCSV(t, soffice, name)
	total := 0
	for _, sheet := range []string{"Timeline", "Timeline (2)"} {
		// No message of the fixture holds a line break, so lines are rows.
		total += bytes.Count(reporttest.ReadFile(t, filepath.Join(dir, "report-"+sheet+".csv")), []byte("\n")) - 1
	}
	if total != rows {
		t.Errorf("LibreOffice sees %d rows, want %d", total, rows)
	}
}

func TestRulesThatNoEventSatisfiedHaveShortRows(t *testing.T) {
	r := reporttest.Rich()
	r.Rules = []report.Rule{
		{ID: "told", Status: report.RuleRan, StageHits: []int{1}, Query: "its query", BlindID: 1,
			Blind: []string{"host: why"}},
		{ID: "silent", Status: report.RuleRan, StageHits: []int{0}, Query: "another query", Guidance: "a page of it",
			BlindID: 1, Blind: []string{"host: why"}},
	}
	f, _ := reporttest.OpenXLSX(t, r, xlsx.Options{})
	rows, err := f.GetRows("Rules")
	if err != nil || len(rows) < 3 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	texts, err := f.GetRows("RuleTexts")
	if err != nil || len(texts) != 2 {
		t.Fatalf("%d rows of texts, %v", len(texts), err)
	}
	told, silent := strings.Join(append(rows[1], texts[1]...), "|"), strings.Join(rows[2], "|")
	if !strings.Contains(told, "its query") || !strings.Contains(told, "host: why") {
		t.Errorf("the rule that an event satisfied: %s", told)
	}
	if strings.Contains(silent, "query") || strings.Contains(silent, "a page") || !strings.Contains(silent, "as told") {
		t.Errorf("the rule that no event satisfied: %s", silent)
	}
}

// The open findings come first, by severity; a row is as high as its longest text.
func TestFindingsComeBySeverityInRowsOfTheirHeight(t *testing.T) {
	f, _ := reporttest.OpenXLSX(t, reporttest.Rich(), xlsx.Options{})
	var have []string
	for _, row := range reporttest.Table(t, f, "Findings") {
		have = append(have, row["Status"]+" "+row["Severity"])
	}
	if want := []string{"finding critical", "finding high", "finding high", "partial medium",
		"suppressed low"}; !slices.Equal(
		have, want) {
		t.Errorf("%q, want %q", have, want)
	}
	for i, row := range reporttest.Table(t, f, "Details") {
		h, err := f.GetRowHeight("Details", i+2)
		if lines := 1 + len(row["What the rule looks for"])/51; err != nil || h < float64(15*lines) && lines > 1 {
			t.Errorf("row %d: height %g for %d lines, %v", i, h, lines, err)
		}
	}
}

func TestThePresumedAccountIsMarkedInTheIncidents(t *testing.T) {
	r := reporttest.Rich()
	r.Incidents[0].Reach.Accounts[0].Presumed = true
	f, _ := reporttest.OpenXLSX(t, r, xlsx.Options{})
	lines := strings.Split(reporttest.Table(t, f, "Incidents")[0]["Accounts"], "\n")
	if len(lines) != 2 || lines[0] != `CORP\alice (presumed)` || strings.Contains(lines[1], "presumed") {
		t.Errorf("the accounts are %q", lines)
	}
}

// A report that would repeat it too often has the explanation with the rule alone.
func TestEveryFindingIsExplained(t *testing.T) {
	r := reporttest.Rich()
	want := map[string]string{}
	for i := range r.Findings {
		f := &r.Findings[i]
		r.Rules = append(r.Rules, report.Rule{ID: f.Rule.ID, Status: report.RuleRan, What: "explains " + f.Rule.ID})
		want[f.ID], f.What = "explains "+f.Rule.ID, ""
	}
	f, _ := reporttest.OpenXLSX(t, r, xlsx.Options{})
	rows := reporttest.Table(t, f, "Details")
	for _, row := range rows {
		if got := row["What the rule looks for"]; got != want[row["Finding"]] {
			t.Errorf("%s: %q, want %q", row["Finding"], got, want[row["Finding"]])
		}
	}
	if len(rows) != len(want) {
		t.Errorf("%d rows, want %d", len(rows), len(want))
	}
}
