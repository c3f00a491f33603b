package xlsx_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/xuri/excelize/v2"

	"hunt/report/reporttest"
	"hunt/report/xlsx"
)

func TestASheetRollsOverAndLosesNoRow(t *testing.T) {
	columns := []xlsx.SheetColumn{{Title: "n", Width: 10}, {Title: "text", Width: 50, Wrap: true}}
	attacks := reporttest.AttackList()
	write := func() []byte {
		var b bytes.Buffer
		s, err := xlsx.NewSheet(&b, "Timeline", "test", columns, xlsx.Options{Rows: 101, TempDir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for i, a := range attacks {
			if err := s.Add(t.Context(), []string{fmt.Sprint(i), a}); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Finish(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	book := write()
	if !bytes.Equal(book, write()) {
		t.Error("the same rows give other bytes")
	}
	f, err := excelize.OpenReader(bytes.NewReader(book))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sheets := f.GetSheetList()
	if want := (len(attacks) + 99) / 100; len(sheets) != want || sheets[0] != "Timeline" ||
		sheets[1] != "Timeline (2)" {
		t.Fatalf("sheets %q, want %d", sheets, want)
	}
	n := 0
	for _, sheet := range sheets {
		rows, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(rows[0], []string{"n", "text"}) {
			t.Errorf("%s begins with %q", sheet, rows[0])
		}
		for i, row := range rows[1:] {
			if row[0] != fmt.Sprint(n) {
				t.Errorf("%s: row %q, want number %d", sheet, row, n)
			}
			for _, cell := range []string{"A", "B"} {
				name := fmt.Sprintf("%s%d", cell, i+2)
				if formula, err := f.GetCellFormula(sheet, name); err != nil || formula != "" {
					t.Errorf("%s!%s is a formula: %q, %v", sheet, name, formula, err)
				}
				if kind, err := f.GetCellType(sheet, name); err != nil || kind != excelize.CellTypeInlineString &&
					kind != excelize.CellTypeSharedString {
					t.Errorf("%s!%s is no text: %v, %v", sheet, name, kind, err)
				}
			}
			n++
		}
	}
	if n != len(attacks) {
		t.Errorf("%d rows of %d", n, len(attacks))
	}
}

func TestASheetThatCannotBePutTogetherSaysWhere(t *testing.T) {
	dir := t.TempDir() + "/none"
	_, err := xlsx.NewSheet(&bytes.Buffer{}, "Timeline", "test", nil, xlsx.Options{TempDir: dir})
	if err == nil || !bytes.Contains([]byte(err.Error()), []byte(dir)) {
		t.Errorf("%v", err)
	}
}

// TestAnyNameOfASheetMakesAWorkbook: a sheet may have blanks and commas in its name, its Excel table may not.
func TestAnyNameOfASheetMakesAWorkbook(t *testing.T) {
	for _, name := range []string{"Timeline of logons", "Failures, then success", "Größe-1"} {
		var b bytes.Buffer
		s, err := xlsx.NewSheet(&b, name, "test", []xlsx.SheetColumn{{Title: "n"}}, xlsx.Options{TempDir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(s.Add(t.Context(), []string{"x"}), s.Finish(), s.Close()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		f, err := excelize.OpenReader(&b)
		if err != nil {
			t.Fatal(err)
		}
		if list := f.GetSheetList(); !slices.Equal(list, []string{name}) {
			t.Errorf("sheets %q, want %q", list, name)
		}
		_ = f.Close()
	}
}
