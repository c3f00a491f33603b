package reporttest

import (
	"os"
	"testing"

	"hunt/report"
	"hunt/report/format"
)

// Write writes r to the file name, in the format of its ending.
func Write(t testing.TB, name string, r *report.Report, o format.Options) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := format.Write(t.Context(), f, name, r, o); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
