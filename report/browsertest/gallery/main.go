// Command gallery takes the screenshots of docs/gallery from an HTML report:
//
//	go run ./gallery report.html ../../docs/gallery
package main

import (
	"context"
	"fmt"
	"log"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"hunt/report/outline"
)

// shot is one picture: where the report is opened, and what is brought to the top.
type shot struct {
	name          string
	width, height int64
	dark          bool
	prepare       string // script, run in the open report
}

var (
	timeline = fmt.Sprintf(`document.getElementById(%q).scrollIntoView({block: 'start'})`,
		outline.SectionTimeline.Anchor())
	coverage = fmt.Sprintf(`(e => { e.querySelector('details.appendix').open = true; `+
		`e.scrollIntoView({block: 'start'}); })(document.getElementById(%q))`,
		outline.SectionCoverage.Anchor())
)

const (
	top     = `scrollTo(0, 0)`
	finding = `(e => { e.querySelector('details').open = true; e.scrollIntoView({block: 'start'}); })` +
		`(document.querySelector('article.card'))`
	steps = `(e => { e.querySelector('details').open = true; ` +
		`(e.querySelector('.tree') || e).scrollIntoView({block: 'center'}); })(document.querySelector('article.card'))`
	incident = `document.querySelector('article.incident').scrollIntoView({block: 'start'})`
)

var shots = []shot{
	{"summary", 1400, 1000, false, top},
	{"summary-dark", 1400, 1000, true, top},
	{"incident", 1400, 1000, false, incident},
	{"finding", 1400, 1000, false, finding},
	{"process-tree", 1400, 1000, false, steps},
	{"timeline", 1400, 1000, false, timeline},
	{"timeline-dark", 1400, 1000, true, timeline},
	{"coverage", 1400, 1000, false, coverage},
	{"phone", 360, 740, false, top},
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: gallery REPORT.html DIRECTORY")
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		log.Fatalf("gallery: %v", err)
	}
}

func run(report, dir string) error {
	name, err := filepath.Abs(report)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("hide-scrollbars", true))
	if path := os.Getenv("CHROMIUM"); path != "" {
		options = append(options, chromedp.ExecPath(path))
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	defer cancel()
	ctx, cancel = context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()
	if err := chromedp.Do(ctx); err != nil {
		return err
	}
	for _, s := range shots {
		png, err := take(ctx, (&url.URL{Scheme: "file", Path: name}).String(), s)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if err := os.WriteFile(filepath.Join(dir, s.name+".png"), png, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func take(ctx context.Context, page string, s shot) ([]byte, error) {
	ctx, cancel := chromedp.NewContext(ctx) // a tab of its own
	defer cancel()
	scheme := "light"
	if s.dark {
		scheme = "dark"
	}
	if err := chromedp.Do(ctx,
		chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			if _, err := cdp.Call(ctx, t, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
				Width: s.width, Height: s.height, DeviceScaleFactor: 1, Mobile: s.width < 500,
			}); err != nil {
				return err
			}
			_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
			})
			return err
		}),
		chromedp.Navigate(page)); err != nil {
		return nil, err
	}
	const settled = `new Promise(r => requestAnimationFrame(() => ` +
		`requestAnimationFrame(() => setTimeout(() => r(true), 100))))`
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](`document.documentElement.dataset.ready === 'true'`)); err !=
		nil {
		return nil, err
	}
	for _, js := range []string{s.prepare, settled, s.prepare, settled} {
		// twice: what comes into view gets its height only then
		if _, err := chromedp.Run(ctx, chromedp.Evaluate[chromedp.Void](js, chromedp.EvalAwaitPromise)); err != nil {
			return nil, err
		}
	}
	return chromedp.Run(ctx, chromedp.CaptureScreenshot())
}
