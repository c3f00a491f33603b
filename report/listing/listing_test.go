package listing_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"hunt/evtx"
	"hunt/report/listing"
)

var columns = []listing.Column{
	{Name: "account", Title: "Account"}, {Name: "count", Title: "Count", Kind: listing.Number},
	{Name: "first", Title: "First", Kind: listing.Time}, {Name: "hosts", Title: "Hosts"},
}

// write is a listing of two rows, the first of them hostile.
func write(t *testing.T, o listing.Options) string {
	t.Helper()
	var b bytes.Buffer
	o.Name, o.Version, o.TempDir = "Rows", "test", t.TempDir()
	l, err := listing.New(&b, columns, o)
	if err != nil {
		t.Fatal(err)
	}
	at := evtx.FiletimeOf(time.Date(2026, 3, 29, 0, 59, 59, 123_456_700, time.UTC))
	for _, row := range [][]any{{"=cmd|' /C calc'!A0\x1b[2J\u202e", 3, at, []string{"ws-01", "ws-02"}},
		{"anna", int64(0), evtx.Filetime(0), nil}} {
		if err := l.Row(context.Background(), row...); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if l.Rows() != 2 {
		t.Errorf("%d rows", l.Rows())
	}
	return b.String()
}

func berlin(t *testing.T) *time.Location {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zones on this machine")
	}
	return zone
}

func TestATableShowsUTCAndTheOtherZone(t *testing.T) {
	got := write(t, listing.Options{Format: listing.Table, Zone: berlin(t)})
	for _, want := range []string{"First (UTC)", "First (Europe/Berlin)", "2026-03-29 00:59:59",
		"2026-03-29 01:59:59 +0100", "ws-01; ws-02"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.ContainsAny(got, "\x1b\u202e") {
		t.Errorf("%q acts on a terminal", got)
	}
}

func TestCSVIsReadBackWithItsTimesWhole(t *testing.T) {
	got := write(t, listing.Options{Format: listing.CSV, BOM: true})
	text, marked := strings.CutPrefix(got, "\ufeff")
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || !marked {
		t.Fatal(err, marked)
	}
	if rows[0][2] != "first" || rows[1][2] != "2026-03-29T00:59:59.1234567Z" || !strings.HasPrefix(rows[1][0], "'=") ||
		rows[2][2] != "" {
		t.Errorf("%q", rows)
	}
}

func TestJSONLinesHaveTheExactTextInTheOrderOfTheColumns(t *testing.T) {
	got := write(t, listing.Options{Format: listing.JSONLines, Zone: berlin(t)})
	lines := strings.Split(strings.TrimSpace(got), "\n")
	var first map[string]any
	if err := json.Unmarshal([]byte(lines[0]), &first); err != nil {
		t.Fatal(err)
	}
	if first["account"] != "=cmd|' /C calc'!A0\x1b[2J\u202e" ||
		first["first_local"] != "2026-03-29T01:59:59.1234567+01:00" || len(first["hosts"].([]any)) != 2 {
		t.Errorf("%v", first)
	}
	if lines[1] != `{"account":"anna","count":0}` {
		t.Errorf("%s", lines[1])
	}
}

func TestAWorkbookHoldsNumbersAndTextsButNoFormula(t *testing.T) {
	f, err := excelize.OpenReader(strings.NewReader(write(t, listing.Options{Format: listing.XLSX})))
	if err != nil {
		t.Fatal(err)
	}
	name := f.GetSheetList()[0]
	rows, err := f.GetRows(name)
	if err != nil || len(rows) != 3 || rows[0][0] != "Account" || rows[1][1] != "3" {
		t.Fatalf("%q, %v", rows, err)
	}
	if formula, _ := f.GetCellFormula(name, "A2"); formula != "" {
		t.Errorf("formula %q", formula)
	}
}

func TestALongTableBeginsAnew(t *testing.T) {
	var b bytes.Buffer
	l, err := listing.New(&b, columns[:1], listing.Options{Format: listing.Table})
	if err != nil {
		t.Fatal(err)
	}
	const n = 45_000
	for range n {
		if err := l.Row(context.Background(), "x"); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if rows, heads := strings.Count(b.String(), "x\n"), strings.Count(b.String(), "Account"); rows != n || heads != 3 {
		t.Errorf("%d rows under %d headings", rows, heads)
	}
}

func TestARowOfAnotherLengthIsAnError(t *testing.T) {
	l, err := listing.New(&bytes.Buffer{}, columns, listing.Options{Format: listing.JSONLines})
	if err != nil {
		t.Fatal(err)
	}
	if l.Row(context.Background(), "a") == nil {
		t.Error("accepted")
	}
}
