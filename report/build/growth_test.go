package build_test

import (
	"fmt"
	"io"
	"runtime"
	"testing"

	"hunt/racetest"
	"hunt/report"
	"hunt/report/build"
	"hunt/report/html"
	"hunt/rules"
	"hunt/rules/pack"
	"hunt/samples/growth"
	"hunt/timeline"
	"hunt/timeline/evidence"
)

// builtFrom runs the library over evidence, and builds the report.
func builtFrom(tb testing.TB, dir string) *report.Report {
	tb.Helper()
	pk, err := pack.Load(pack.Sources{})
	if err != nil {
		tb.Fatal(err)
	}
	col, err := evidence.Collect(tb.Context(), evidence.Inputs(dir), evidence.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	res, err := rules.Run(tb.Context(), timeline.Of(col), pk, rules.Options{Jobs: 1})
	if err != nil {
		tb.Fatal(err)
	}
	r, err := build.Report(tb.Context(), res, build.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// counter counts bytes.
type counter int

func (c *counter) Write(b []byte) (int, error) { *c += counter(len(b)); return len(b), nil }

// work is what a report of n of a kind takes: allocations, the bytes of them, and the bytes of the reports. None
// depends on the machine, and a loop over all events for each finding shows in the first two: whatever it asks of an
// event allocates.
type work struct{ mallocs, allocated, json, html float64 }

func workOf(t *testing.T, k growth.Kind, n int) work {
	t.Helper()
	dir := t.TempDir()
	if err := k.Write(dir, n); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r := builtFrom(t, dir)
	runtime.ReadMemStats(&after)
	var data, page counter
	if err := report.WriteJSON(t.Context(), &data, r); err != nil {
		t.Fatal(err)
	}
	if err := html.Write(t.Context(), &page, r, html.Options{}); err != nil {
		t.Fatal(err)
	}
	if len(r.Findings) == 0 {
		t.Fatalf("%s: there is no finding", k.Name)
	}
	return work{float64(after.Mallocs - before.Mallocs), float64(after.TotalAlloc - before.TotalAlloc), float64(data),
		float64(page)}
}

// TestWorkGrowsWithTheEvidence builds reports of n and of 4n of each kind. Four times as much may take four times the
// work, and a little more; with the square it would take sixteen times.
func TestWorkGrowsWithTheEvidence(t *testing.T) {
	racetest.Skip(t)
	const n, most = 100, 5.5
	for _, k := range growth.Kinds() {
		workOf(t, k, 16) // what is made once
		one, four := workOf(t, k, n), workOf(t, k, 4*n)
		for _, w := range []struct {
			what      string
			one, four float64
		}{{"allocations", one.mallocs, four.mallocs}, {"bytes allocated", one.allocated, four.allocated},
			{"bytes of JSON", one.json, four.json}, {"bytes of HTML", one.html, four.html}} {
			if w.four > most*w.one {
				t.Errorf("%s: %s: %.0f for %d, %.0f for %d: %.1f times", k.Name, w.what, w.one, n, w.four, 4*n,
					w.four/w.one)
			}
		}
		t.Logf("%s: %d takes %.0f, %d takes %.0f", k.Name, n, one, 4*n, four)
	}
}

// BenchmarkGrowth asks how the time of a whole report grows with each kind of growth: it should double from line to
// line.
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
					if err := report.WriteJSON(b.Context(), io.Discard, r); err != nil {
						b.Fatal(err)
					}
					if err := html.Write(b.Context(), io.Discard, r, html.Options{}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
