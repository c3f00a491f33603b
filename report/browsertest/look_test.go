package browsertest

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"hunt/report"
	"hunt/report/format"
	"hunt/report/reporttest"
)

func TestAxeFindsNoSeriousViolation(t *testing.T) {
	inEach(t, func(t *testing.T, w browser) {
		axe, err := os.ReadFile("testdata/axe/axe.min.js")
		if err != nil {
			t.Fatal(err)
		}
		for name, h := range map[string]how{"light": {}, "dark": {dark: true}, "narrow": {width: 360, height: 740},
			"narrow and dark": {width: 360, height: 740, dark: true}} {
			for what, r := range map[string]*report.Report{"rich": reporttest.Rich(), "empty": reporttest.Empty(),
				"blind": reporttest.Blind()} {
				t.Run(name+"/"+what, func(t *testing.T) {
					b := w.report(t, r, h)
					b.eval(`document.querySelectorAll('details').forEach(d => d.open = true)`, nil)
					b.eval(string(axe)+`; undefined`, nil)
					var found []struct {
						ID, Impact, Help string
						Nodes            []struct {
							HTML           string
							FailureSummary string
						}
					}
					var raw string
					b.eval(`axe.run(document, {resultTypes: ['violations']}).then(r => JSON.stringify(r.violations))`,
						&raw)
					if err := json.Unmarshal([]byte(raw), &found); err != nil {
						t.Fatal(err)
					}
					for _, v := range found {
						line := fmt.Sprintf("%s (%s): %s, %d places, first %.300s\n%s", v.ID, v.Impact, v.Help,
							len(v.Nodes), v.Nodes[0].HTML, v.Nodes[0].FailureSummary)
						if v.Impact == "serious" || v.Impact == "critical" {
							t.Error(line)
						} else {
							t.Log(line)
						}
					}
				})
			}
		}
	})
}

func TestAPhoneScrollsOnlyDownwards(t *testing.T) {
	inEach(t, func(t *testing.T, w browser) {
		for name, r := range reports() {
			b := w.report(t, r, how{width: 360, height: 740})
			b.eval(`document.querySelectorAll('article.card').forEach((c, i) => { if (i < 40) { c.querySelectorAll('details').forEach(d => d.open = true); } })`, nil)
			if w := b.number(`document.documentElement.scrollWidth`); w > 360 {
				t.Errorf("%s: the page is %g wide on a phone of 360; wide: %s", name, w,
					b.text(`Array.from(document.querySelectorAll('main *')).filter(e => e.getBoundingClientRect().right > 361 && !e.closest('.scroll, .viewport, pre, .pre')).slice(0, 5).map(e => e.outerHTML.slice(0, 120)).join('\n')`))
			}
			b.quiet()
		}
	})
}

func TestPaperHasEveryFindingOpened(t *testing.T) {
	inEach(t, func(t *testing.T, w browser) {
		pdftotext, err := exec.LookPath("pdftotext")
		if err != nil {
			if os.Getenv("HUNT_REQUIRE") != "" {
				t.Fatal("HUNT_REQUIRE is set, but pdftotext (poppler-utils) is not installed")
			}
			t.Skip("SKIPPED: pdftotext (poppler-utils) is not installed")
		}
		for name, h := range map[string]how{"scripts": {}, "dark": {dark: true}, "no scripts": {noScripts: true},
			"everything": {}} {
			t.Run(name, func(t *testing.T) {
				b := w.report(t, reporttest.Rich(), h)
				whole := name == "everything"
				if whole {
					b.eval(`document.getElementById('print-all').click()`, nil)
				}
				file := filepath.Join(t.TempDir(), "report.pdf")
				pdf, err := b.page.(printer).pdf()
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, pdf, 0o600); err != nil {
					t.Fatal(err)
				}
				out, err := exec.Command(pdftotext, "-layout", file, "-").Output()
				if err != nil {
					t.Fatal(err)
				}
				text := string(out)
				if w.name == "Chromium" && !contains(text, "page 1 of ") {
					// Firefox has no margin boxes; its print dialog numbers the pages
					t.Error("the pages are not numbered")
				}
				for _, want := range []string{
					"1 suspected incident on 2 of 4 hosts", "What could not be seen", critical, service, partial, tuned,
					"Chrome's updater, signed by Google", "TLP:AMBER", "Rule pack",
				} {
					if !contains(text, want) {
						t.Errorf("not on paper: %q", want)
					}
				}
				for _, long := range []string{"named by its child, not logged", "Events of the findings, in time order",
					"Sysmon 15 file stream", "Glossary", "cut on paper: 40,0",
					"A local development server started from a link",
					"sha256:" + reporttest.Hash("file", "dc01/System.evtx")[:16]} {
					if contains(text, long) != whole {
						t.Errorf("%q on paper: %t, want %t", long, !whole, whole)
					}
				}
				if contains(text, "This is the short print") == whole {
					t.Errorf("paper says that it is the short form: %t", whole)
				}
				for _, not := range []string{"Search", "Theme", "Zoom in", "All rows", "link to this finding"} {
					if contains(text, not) {
						t.Errorf("on paper: %q", not)
					}
				}
				if !h.noScripts {
					b.want(openCards, []string{critical})
				}
			})
		}
	})
}

// Paper has of each incident what the reader must not miss, and says what it leaves out of those after the fifth.
func TestPaperHasWhatIsAssumedOfEveryIncident(t *testing.T) {
	inEach(t, func(t *testing.T, w browser) {
		pdftotext, err := exec.LookPath("pdftotext")
		if err != nil {
			t.Skip("SKIPPED: pdftotext (poppler-utils) is not installed")
		}
		r := reporttest.Rich()
		for n := range 7 {
			x := r.Incidents[0]
			x.ID, x.Assumed, x.Raised = fmt.Sprintf("I-%d", n), []string{fmt.Sprintf("Taken-%d", n)},
				fmt.Sprintf("Graver-%d", n)
			x.Reasons, x.Open = []string{fmt.Sprintf("Sure-%d", n)}, []string{fmt.Sprintf("Open-%d", n)}
			r.Incidents = append(r.Incidents, x)
		}
		r.Incidents = r.Incidents[1:]
		b := w.report(t, r, how{})
		pdf, err := b.page.(printer).pdf()
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "report.pdf")
		if err := os.WriteFile(file, pdf, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(pdftotext, "-layout", file, "-").Output()
		if err != nil {
			t.Fatal(err)
		}
		for n := range 7 {
			for word, want := range map[string]bool{"Taken": true, "Graver": true, "Sure": n < 5, "Open": n < 5} {
				if text := fmt.Sprintf("%s-%d", word, n); contains(string(out), text) != want {
					t.Errorf("%s on paper: %t, want %t", text, !want, want)
				}
			}
		}
		if !contains(strings.Join(strings.Fields(string(out)), " "), "the print leaves out the drawing") {
			t.Error("paper does not say what it leaves out")
		}
	})
}

// The figures: 500 findings and 50,000 rows in one report.
func TestALargeReportIsQuick(t *testing.T) {
	inEach(t, func(t *testing.T, w browser) {
		name := filepath.Join(t.TempDir(), "large.html")
		reporttest.Write(t, name, reporttest.Large(500, 50_000), format.Options{})
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() >= 25_000_000 {
			t.Errorf("%d bytes, want under 25 MB", info.Size())
		}
		b := w.file(t, name, how{})
		// The best of three: what else runs on the machine is not the page's doing.
		best := map[string]float64{}
		keep := func(what string, ms float64) {
			if old, ok := best[what]; !ok || ms < old {
				best[what] = ms
			}
		}
		measure := func(what, js string) {
			t.Helper()
			b.eval(`performance.clearMeasures()`, nil)
			b.eval(js, nil)
			b.wait(`performance.getEntriesByName('hunt-change').length > 0`)
			keep(what, b.number(`performance.getEntriesByName('hunt-change').at(-1).duration + (t => { document.body.offsetHeight; return performance.now() - t; })(performance.now())`))
		}
		search := func(q string) string {
			return fmt.Sprintf(
				`(e => { e.value = %q; e.dispatchEvent(new Event('input')); })(document.getElementById('q'))`, q)
		}
		set := func(id, v string) string {
			return fmt.Sprintf(
				`(e => { e.value = %q; e.dispatchEvent(new Event('change')); })(document.getElementById(%q))`, v, id)
		}
		for range 3 {
			b.goTo("", true)
			keep("first paint", b.number(`performance.getEntriesByName('first-contentful-paint')[0].startTime`))
			b.want(shownRows, "50,000 of 50,000 rows")
			if n := b.number(`document.querySelectorAll('#rows-body tr').length`); n > 100 {
				t.Errorf("%g rows in the document: the table is not virtual", n)
			}
			b.wait(`document.documentElement.dataset.read === 'true'`)
			measure("first search", search("taskhostw"))
			measure("search for two words", search("taskhostw 77"))
			measure("search for one letter", search("e"))
			measure("no search", search(""))
			measure("severity", set("f-sev", "high"))
			measure("host", set("f-host", "ws-05.corp.example"))
			b.want(shownCards+".length", 25)
			measure("time", set("f-from", "2026-03-12"))
			measure("clear", `document.getElementById('clear').click()`)
		}
		t.Logf("%.1f MB; best of three in ms: %v", float64(info.Size())/1e6, best)
		// The figures to keep are 1,500 ms for the first paint and 100 for the rest, on a machine that does nothing
		// else. A busy one is slower; ten times as slow is a fault of the page.
		for what, ms := range best {
			limit := 1000.0
			if what == "first paint" {
				limit = 15_000
			}
			if ms > limit {
				t.Errorf("%s: %.0f ms, want under %.0f even here", what, ms, limit)
			}
		}
		b.eval(`document.getElementById('viewport').scrollTop = 1e9`, nil)
		b.wait(`Array.from(document.querySelectorAll('#rows-body tr[data-n]')).some(r => r.dataset.n === '49999')`)
		b.quiet()
	})
}
