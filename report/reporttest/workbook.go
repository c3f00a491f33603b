package reporttest

import (
	"path/filepath"
	"testing"

	"github.com/xuri/excelize/v2"

	"hunt/report"
	"hunt/report/format"
	"hunt/report/xlsx"
)

// OpenXLSX writes r and opens the workbook.
func OpenXLSX(t testing.TB, r *report.Report, o xlsx.Options) (*excelize.File, string) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "report.xlsx")
	Write(t, name, r, format.Options{XLSX: o})
	f, err := excelize.OpenFile(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f, name
}

// Table reads a sheet as rows by column title.
func Table(t testing.TB, f *excelize.File, sheet string) []map[string]string {
	t.Helper()
	rows, err := f.GetRows(sheet, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, row := range rows[1:] {
		m := map[string]string{}
		for i, v := range row {
			m[rows[0][i]] = v
		}
		out = append(out, m)
	}
	return out
}
