package report_test

import (
	"fmt"
	"io"
	"testing"

	"hunt/report"
	"hunt/rules"
	"hunt/samples/growth"
	"hunt/timeline"
)

// grown runs the library over n of a kind and builds the report.
func grown(tb testing.TB, k growth.Kind, n int) *report.Report {
	tb.Helper()
	dir := tb.TempDir()
	if err := k.Write(dir, n); err != nil {
		tb.Fatal(err)
	}
	return builtFrom(tb, dir)
}

func builtFrom(tb testing.TB, dir string) *report.Report {
	tb.Helper()
	pack, err := rules.Load(rules.Sources{})
	if err != nil {
		tb.Fatal(err)
	}
	col, err := timeline.Collect(tb.Context(), []string{dir})
	if err != nil {
		tb.Fatal(err)
	}
	res, err := rules.Run(tb.Context(), col, pack, rules.Options{Jobs: 1})
	if err != nil {
		tb.Fatal(err)
	}
	r, err := report.Build(tb.Context(), res, report.BuildOptions{})
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// BenchmarkGrowth asks how the time of a whole report grows with each kind of growth: it should double from line to line.
func BenchmarkGrowth(b *testing.B) {
	for _, k := range growth.Kinds() {
		for _, n := range []int{500, 1000, 2000} {
			b.Run(fmt.Sprintf("%s/%d", k.Name, n), func(b *testing.B) {
				dir := b.TempDir()
				if err := k.Write(dir, n); err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				for b.Loop() {
					r := builtFrom(b, dir)
					if err := report.WriteJSON(io.Discard, r); err != nil {
						b.Fatal(err)
					}
					if err := report.WriteHTML(io.Discard, r); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
