package browsertest

import (
	"context"
	"encoding/json"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdpinput "github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// startChromium starts the browser at path; it speaks the DevTools protocol.
func startChromium(ctx context.Context, path string) (browser, func(), error) {
	ctx, stopAllocator := chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("force-color-profile", "srgb"))...)
	ctx, stopBrowser := chromedp.NewContext(ctx)
	stop := func() { stopBrowser(); stopAllocator() }
	if err := chromedp.Do(ctx); err != nil {
		stop()
		return browser{}, nil, err
	}
	return browser{open: func(test context.Context, h how, w *watch) (page, error) {
		tab, cancel := chromedp.NewContext(ctx)
		context.AfterFunc(test, cancel)
		c := &chromiumPage{ctx: tab, watch: w}
		if err := chromedp.Listen(tab, c.listen); err != nil {
			return nil, err
		}
		scheme := "light"
		if h.dark {
			scheme = "dark"
		}
		return c, chromedp.Do(tab,
			command(network.Enable, network.EnableParams{}), command(log.Enable, cdp.Empty{}),
			command(runtime.Enable, cdp.Empty{}), command(cdppage.Enable, cdppage.EnableParams{}),
			command(emulation.SetDeviceMetricsOverride,
				emulation.SetDeviceMetricsOverrideParams{Width: h.width, Height: h.height, DeviceScaleFactor: 1,
					Mobile: h.width < 500}),
			command(emulation.SetEmulatedMedia,
				emulation.SetEmulatedMediaParams{
					Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}),
			command(emulation.SetScriptExecutionDisabled,
				emulation.SetScriptExecutionDisabledParams{Value: h.noScripts}))
	}}, stop, nil
}

// command is a command of the protocol as an action.
func command[P, R any](c cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, params)
		return err
	})
}

type chromiumPage struct {
	ctx   context.Context
	watch *watch
}

func (c *chromiumPage) listen(ev any) {
	switch e := ev.(type) {
	case *network.EventRequestWillBeSent:
		c.watch.request(e.Request.URL)
	case *runtime.EventConsoleAPICalled:
		c.watch.note("console.%s: %v", e.Type, e.Args)
	case *runtime.EventExceptionThrown:
		c.watch.note("exception: %s %+v", e.ExceptionDetails.Text, e.ExceptionDetails.Exception)
	case *log.EventEntryAdded:
		c.watch.note("%s %s: %s", e.Entry.Source, e.Entry.Level, e.Entry.Text)
	case *cdppage.EventJavascriptDialogOpening:
		c.watch.note("a dialog: %s", e.Message)
		go func() { // or the test hangs; the trouble is noted
			_ = chromedp.Do(c.ctx, command(cdppage.HandleJavaScriptDialog,
				cdppage.HandleJavaScriptDialogParams{Accept: true}))
		}()
	case *cdppage.EventWindowOpen:
		c.watch.note("a window: %s", e.URL)
	}
}

func (c *chromiumPage) navigate(url string) error { return chromedp.Do(c.ctx, chromedp.Navigate(url)) }

func (c *chromiumPage) evaluate(js string) ([]byte, error) {
	raw, err := chromedp.Run(c.ctx, chromedp.Evaluate[[]byte](js, chromedp.EvalAwaitPromise))
	if err == nil && len(raw) == 0 {
		raw = json.RawMessage("null")
	}
	return raw, err
}

func (c *chromiumPage) input(events ...input) error {
	keys := map[string]string{escape: kb.Escape, enter: kb.Enter, home: kb.Home, arrowDown: kb.ArrowDown}
	clickOnce := func(p *cdpinput.DispatchMouseEventParams) { p.ClickCount = 1 }
	down := chromedp.ButtonNone
	for _, e := range events {
		var a chromedp.Action[chromedp.Void]
		switch e.kind {
		case "press":
			down = chromedp.ButtonLeft
			a = chromedp.MouseEvent(chromedp.MousePressed, e.x, e.y, chromedp.ButtonLeft, clickOnce)
		case "move":
			a = chromedp.MouseEvent(chromedp.MouseMoved, e.x, e.y, down)
		case "release":
			down = chromedp.ButtonNone
			a = chromedp.MouseEvent(chromedp.MouseReleased, e.x, e.y, chromedp.ButtonLeft, clickOnce)
		case "key":
			k, ok := keys[e.key]
			if !ok {
				k = e.key
			}
			a = chromedp.KeyEvent(k)
		}
		if err := chromedp.Do(c.ctx, a); err != nil {
			return err
		}
	}
	return nil
}

func (c *chromiumPage) pdf() ([]byte, error) {
	return chromedp.Run(c.ctx, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize()))
}
