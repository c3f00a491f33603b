// Package browsertest opens HTML reports in real browsers, Chromium and Firefox, and uses
// them as an analyst does. It is a module of its own: hunt itself needs no browser driver.
package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hunt/report"
	"hunt/report/format"
	"hunt/report/reporttest"
)

// browser is one of the browsers of the test run; each test has a tab of its own.
type browser struct {
	name string
	open func(ctx context.Context, h how, w *watch) (page, error)
}

// page is an open tab.
type page interface {
	// navigate loads a URL and returns when it is loaded.
	navigate(url string) error
	// evaluate evaluates an expression, a promise included, to JSON; undefined is null.
	evaluate(js string) ([]byte, error)
	// input acts with mouse and keyboard, in order.
	input(events ...input) error
}

// printer is a page that can be put on paper.
type printer interface {
	// pdf prints the page as its style sheet says.
	pdf() ([]byte, error)
}

// input is one thing that a person does.
type input struct {
	kind string // press | move | release | key
	x, y float64
	key  string // a character or one of the keys below
}

const (
	escape    = "Escape"
	enter     = "Enter"
	home      = "Home"
	arrowDown = "ArrowDown"
)

// browsers are those that were found; the missing ones say so.
var browsers []browser

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for _, b := range []struct {
		name  string
		start func(context.Context, string) (browser, func(), error)
		paths []string
	}{
		{"Chromium", startChromium, []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"}},
		{"Firefox", startFirefox, []string{os.Getenv("FIREFOX"), "firefox-esr", "firefox"}},
	} {
		path := find(b.paths...)
		if path == "" {
			fmt.Fprintf(os.Stderr, "SKIPPED: no %s found; set %s to its path\n", b.name, strings.ToUpper(b.name))
			if os.Getenv("HUNT_REQUIRE") != "" {
				return 1
			}
			continue
		}
		started, stop, err := b.start(ctx, path)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s does not start: %v\n", path, err)
			return 1
		}
		defer stop()
		started.name = b.name
		browsers = append(browsers, started)
	}
	return m.Run()
}

// find is the first of the names that is a program here.
func find(names ...string) string {
	for _, name := range names {
		if name == "" {
			continue
		}
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// inEach runs a test in every browser.
func inEach(t *testing.T, test func(*testing.T, browser)) {
	t.Helper()
	if len(browsers) == 0 {
		t.Skip("SKIPPED: no browser found; set CHROMIUM or FIREFOX to its path")
	}
	for _, b := range browsers {
		t.Run(b.name, func(t *testing.T) { test(t, b) })
	}
}

// watch is what a page did that a report must not do.
type watch struct {
	mu       sync.Mutex
	url      string
	requests []string // other than for the report itself
	trouble  []string // console messages, exceptions, violations, dialogs, windows
}

func (w *watch) request(to string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	// Data URLs go nowhere: Firefox loads parts of its own from them.
	if u, _, _ := strings.Cut(to, "#"); u != w.url && u != "about:blank" && !strings.HasPrefix(u, "data:") {
		w.requests = append(w.requests, to)
	}
}

func (w *watch) note(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.trouble = append(w.trouble, fmt.Sprintf(format, args...))
}

// tab is an open report.
type tab struct {
	t    *testing.T
	page page
	*watch
}

// how a report is opened.
type how struct {
	fragment      string
	width, height int64
	dark          bool
	noScripts     bool
}

// report writes r as HTML and opens it from the disk, as an analyst does.
func (b browser) report(t *testing.T, r *report.Report, h how) *tab {
	t.Helper()
	name := filepath.Join(t.TempDir(), "report.html")
	reporttest.Write(t, name, r, format.Options{})
	return b.file(t, name, h)
}

func (b browser) file(t *testing.T, name string, h how) *tab {
	t.Helper()
	// far more than it takes, on a busy machine as well
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	t.Cleanup(cancel)
	if h.width == 0 {
		h.width, h.height = 1400, 900
	}
	o := &tab{t: t, watch: &watch{url: (&url.URL{Scheme: "file", Path: name}).String()}}
	var err error
	if o.page, err = b.open(ctx, h, o.watch); err != nil {
		t.Fatal(err)
	}
	o.goTo(h.fragment, !h.noScripts)
	return o
}

// goTo loads the report afresh with a fragment and waits until it is ready.
func (b *tab) goTo(fragment string, scripts bool) {
	b.t.Helper()
	for _, to := range []string{"about:blank", b.url + fragment} {
		if err := b.page.navigate(to); err != nil {
			b.t.Fatal(err)
		}
	}
	if scripts {
		b.wait(`document.documentElement.dataset.ready === 'true'`)
	}
}

// quiet fails the test if the page asked for anything, complained, or ran what it should not.
func (b *tab) quiet() {
	b.t.Helper()
	var pwned bool
	b.eval(`window.pwned !== undefined`, &pwned)
	b.mu.Lock()
	defer b.mu.Unlock()
	if pwned {
		b.t.Error("text from a log ran as a script")
	}
	for _, r := range b.requests {
		b.t.Errorf("a request to %s", r)
	}
	for _, s := range b.trouble {
		b.t.Errorf("%s", s)
	}
}

// eval evaluates an expression, a promise included, into out if that is not nil.
func (b *tab) eval(js string, out any) {
	b.t.Helper()
	raw, err := b.page.evaluate(js)
	if err != nil {
		b.t.Fatalf("%.200s: %v", js, err)
	}
	if out == nil {
		return
	}
	if err := json.Unmarshal(raw, out); err != nil {
		b.t.Fatalf("%.200s: %v", js, err)
	}
}

func (b *tab) input(events ...input) {
	b.t.Helper()
	if err := b.page.input(events...); err != nil {
		b.t.Fatal(err)
	}
}

// click clicks the first element that matches a CSS selector, with the mouse.
func (b *tab) click(selector string) {
	b.t.Helper()
	// What was never in view has no exact place until it is: wait until it stays where it is.
	var at struct{ X, Y float64 }
	b.eval(fmt.Sprintf(`(e => new Promise(done => {
		let last = null, same = 0;
		const look = () => {
			e.scrollIntoView({block: 'center', behavior: 'instant'});
			const b = e.getClientRects()[0], now = b.x + ' ' + b.y + ' ' + b.height;
			same = now === last ? same + 1 : 0;
			last = now;
			if (same === 3) { done({X: b.x + Math.min(b.width / 2, 60), Y: b.y + b.height / 2}); } else { requestAnimationFrame(look); }
		};
		look();
	}))(document.querySelector(%q))`, selector), &at)
	b.input(input{kind: "move", x: at.X, y: at.Y}, input{kind: "press", x: at.X, y: at.Y},
		input{kind: "release", x: at.X, y: at.Y})
}

// press presses keys: one of the named ones, or the characters of a text.
func (b *tab) press(keys ...string) {
	b.t.Helper()
	var events []input
	for _, k := range keys {
		switch k {
		case escape, enter, home, arrowDown:
			events = append(events, input{kind: "key", key: k})
			continue
		}
		for _, c := range k {
			events = append(events, input{kind: "key", key: string(c)})
		}
	}
	b.input(events...)
}

func (b *tab) text(js string) string {
	b.t.Helper()
	var s string
	b.eval(js, &s)
	return s
}

func (b *tab) number(js string) float64 {
	b.t.Helper()
	var n float64
	b.eval(js, &n)
	return n
}

// wait waits until an expression is true.
func (b *tab) wait(js string) {
	b.t.Helper()
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		raw, err := b.page.evaluate(js)
		if err == nil && string(raw) == "true" {
			return
		}
		if time.Now().After(end) { // an error may come of a navigation that takes the page away meanwhile
			b.t.Fatalf("waited for %s: %s %v", js, raw, err)
		}
	}
}

// want fails unless the expression has the value.
func (b *tab) want(js string, want any) {
	b.t.Helper()
	var have any
	b.eval(js, &have)
	h, err := json.Marshal(have)
	if err != nil {
		b.t.Fatal(err)
	}
	w, err := json.Marshal(want)
	if err != nil {
		b.t.Fatal(err)
	}
	if string(h) != string(w) {
		b.t.Errorf("%s is %s, want %s", js, h, w)
	}
}

// Expressions that several tests use.
const (
	shownCards = `Array.from(document.querySelectorAll('article.card')).filter(e => !e.hidden).map(e => e.id)`
	openCards  = `Array.from(document.querySelectorAll('article.card > details[open]')).map(e => e.parentElement.id)`
	shownRows  = `document.getElementById('rows-shown').textContent.replace(/, .* folded$/, '')`
	focusCard  = `(document.activeElement.closest('article.card') || {}).id || ''`
	fragment   = `decodeURIComponent(location.hash)`
)
