// Package browsertest opens HTML reports in a real Chromium and uses them as an analyst
// does. It is a module of its own: hunt itself needs no browser driver.
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

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"hunt/report"
)

// browser is the one Chromium of the test run; each test has a tab of its own.
var browser context.Context

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	path := chromium()
	if path == "" {
		if os.Getenv("HUNT_REQUIRE") != "" {
			fmt.Fprintln(os.Stderr, "HUNT_REQUIRE is set, but no Chromium was found")
			return 1
		}
		return m.Run() // each test skips aloud
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("force-color-profile", "srgb"))...)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()
	if err := chromedp.Do(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "%s does not start: %v\n", path, err)
		return 1
	}
	browser = ctx
	return m.Run()
}

// chromium is the browser to use: $CHROMIUM, or what Debian and others call it.
func chromium() string {
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"} {
		if name == "" {
			continue
		}
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// tab is an open report.
type tab struct {
	t   *testing.T
	ctx context.Context
	url string

	mu       sync.Mutex
	requests []string // other than for the report itself
	trouble  []string // console errors, exceptions, violations, dialogs
}

// how a report is opened.
type how struct {
	fragment      string
	width, height int64
	dark          bool
	noScripts     bool
}

// open writes r as HTML and opens it from the disk, as an analyst does.
func open(t *testing.T, r *report.Report, h how) *tab {
	t.Helper()
	if browser == nil {
		t.Skip("SKIPPED: no Chromium found; set CHROMIUM to its path")
	}
	name := filepath.Join(t.TempDir(), "report.html")
	if err := report.Write(t.Context(), name, r, report.Options{}); err != nil {
		t.Fatal(err)
	}
	return openFile(t, name, h)
}

func openFile(t *testing.T, name string, h how) *tab {
	t.Helper()
	if browser == nil {
		t.Skip("SKIPPED: no Chromium found; set CHROMIUM to its path")
	}
	ctx, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 60*time.Second)
	t.Cleanup(cancel)
	b := &tab{t: t, ctx: ctx, url: (&url.URL{Scheme: "file", Path: name}).String()}
	if err := chromedp.Listen(ctx, b.listen); err != nil {
		t.Fatal(err)
	}
	if h.width == 0 {
		h.width, h.height = 1400, 900
	}
	scheme := "light"
	if h.dark {
		scheme = "dark"
	}
	b.run(command(network.Enable, network.EnableParams{}), command(log.Enable, cdp.Empty{}), command(runtime.Enable, cdp.Empty{}), command(page.Enable, page.EnableParams{}),
		command(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: h.width, Height: h.height, DeviceScaleFactor: 1, Mobile: h.width < 500}),
		command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}),
		command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: h.noScripts}))
	b.goTo(h.fragment, !h.noScripts)
	return b
}

// command is a command of the protocol as an action.
func command[P, R any](c cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, params)
		return err
	})
}

// goTo loads the report afresh with a fragment and waits until it is ready.
func (b *tab) goTo(fragment string, scripts bool) {
	b.t.Helper()
	b.run(chromedp.Navigate("about:blank"), chromedp.Navigate(b.url+fragment))
	if scripts {
		b.wait(`document.documentElement.dataset.ready === 'true'`)
	}
}

func (b *tab) listen(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := ev.(type) {
	case *network.EventRequestWillBeSent:
		if u, _, _ := strings.Cut(e.Request.URL, "#"); u != b.url && u != "about:blank" {
			b.requests = append(b.requests, e.Request.URL)
		}
	case *runtime.EventConsoleAPICalled:
		b.trouble = append(b.trouble, fmt.Sprintf("console.%s: %v", e.Type, e.Args))
	case *runtime.EventExceptionThrown:
		b.trouble = append(b.trouble, fmt.Sprintf("exception: %s %+v", e.ExceptionDetails.Text, e.ExceptionDetails.Exception))
	case *log.EventEntryAdded:
		b.trouble = append(b.trouble, fmt.Sprintf("%s %s: %s", e.Entry.Source, e.Entry.Level, e.Entry.Text))
	case *page.EventJavascriptDialogOpening:
		b.trouble = append(b.trouble, "a dialog: "+e.Message)
		go func() { // or the test hangs; the trouble is noted
			_ = chromedp.Do(b.ctx, command(page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true}))
		}()
	case *page.EventWindowOpen:
		b.trouble = append(b.trouble, "a window: "+e.URL)
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

func (b *tab) run(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// eval evaluates an expression, a promise included, into out if that is not nil.
func (b *tab) eval(js string, out any) {
	b.t.Helper()
	raw, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]byte](js, chromedp.EvalAwaitPromise))
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

// click clicks the first element that matches a CSS selector, with the mouse.
func (b *tab) click(selector string) {
	b.t.Helper()
	// A card that was never in view has no exact place until it is.
	b.eval(fmt.Sprintf(`(e => { e.scrollIntoView({block: 'center'}); return new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r))); })(document.querySelector(%q))`, selector), nil)
	b.run(chromedp.Click(chromedp.CSS(selector)))
}

// press types keys.
func (b *tab) press(keys ...string) {
	b.t.Helper()
	for _, k := range keys {
		b.run(chromedp.KeyEvent(k))
	}
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
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	for {
		_, err := chromedp.Run(ctx, chromedp.Poll[bool](js, chromedp.WithPollingInterval(20*time.Millisecond)))
		switch {
		case err == nil:
			return
		case strings.Contains(err.Error(), "Cannot find context"): // a navigation took the page away meanwhile
			continue
		}
		b.t.Fatalf("waiting for %s: %v", js, err)
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
	shownRows  = `document.getElementById('rows-shown').textContent`
	focusCard  = `(document.activeElement.closest('article.card') || {}).id || ''`
	fragment   = `decodeURIComponent(location.hash)`
)
