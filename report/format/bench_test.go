package format_test

import (
	"io"
	"testing"

	"hunt/report/format"
	"hunt/report/reporttest"
)

// BenchmarkWrite asks what each format costs for 500 findings and 50,000 rows.
func BenchmarkWrite(b *testing.B) {
	r := reporttest.Large(500, 50_000)
	r.Normalize()
	for _, name := range []string{"r.html", "r.xlsx", "r.json"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := format.Write(b.Context(), io.Discard, name, r, format.Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
