package report_test

import (
	"io"
	"testing"

	"hunt/report"
	"hunt/report/reporttest"
)

// BenchmarkWrite asks what each format costs for 500 findings and 50,000 rows.
func BenchmarkWrite(b *testing.B) {
	r := reporttest.Large(500, 50_000)
	r.Normalize()
	for _, f := range []struct {
		name  string
		write func(io.Writer, *report.Report) error
	}{{"html", report.WriteHTML}, {"xlsx", report.WriteXLSX}, {"json", report.WriteJSON}} {
		b.Run(f.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := f.write(io.Discard, r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
