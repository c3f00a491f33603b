package browsertest

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// startFirefox starts the browser at path with a profile of its own; it speaks WebDriver
// BiDi (https://w3c.github.io/webdriver-bidi/) over a WebSocket.
func startFirefox(ctx context.Context, path string) (browser, func(), error) {
	profile, err := os.MkdirTemp("", "hunt-firefox-*")
	if err != nil {
		return browser{}, nil, err
	}
	clean := func() { _ = os.RemoveAll(profile) }
	// No first-run pages, and nothing that asks the network.
	prefs := "user_pref(\"app.normandy.enabled\", false);\nuser_pref(\"browser.backup.enabled\", false);\n" +
		"user_pref(\"network.captive-portal-service.enabled\", false);\n"
	if err := os.WriteFile(filepath.Join(profile, "user.js"), []byte(prefs), 0o600); err != nil {
		clean()
		return browser{}, nil, err
	}
	// The last option lets the test set preferences, as for a dark system or scripts off.
	cmd := exec.CommandContext(ctx, path, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port",
		"0", "--remote-allow-system-access")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		clean()
		return browser{}, nil, err
	}
	if err := cmd.Start(); err != nil {
		clean()
		return browser{}, nil, err
	}
	f := &firefox{answers: map[int]chan bidiMessage{}, tabs: map[string]*watch{}}
	stop := func() {
		_ = f.call(context.Background(), "browser.close", nil, nil)
		_ = cmd.Process.Kill() // gone already if it closed in time
		_ = cmd.Wait()
		clean()
	}
	address := make(chan string, 1)
	go func() {
		defer close(address)
		listening := regexp.MustCompile(`WebDriver BiDi listening on (ws://\S+)`)
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			if m := listening.FindStringSubmatch(lines.Text()); m != nil {
				address <- m[1]
			}
		}
	}()
	select {
	case at, ok := <-address:
		if !ok {
			err = errors.New("it ended without an address for WebDriver BiDi")
		} else {
			err = f.connect(ctx, at)
		}
	case <-time.After(3 * time.Minute):
		err = errors.New("no address for WebDriver BiDi within three minutes")
	}
	if err != nil {
		stop()
		return browser{}, nil, err
	}
	return browser{open: f.open}, stop, nil
}

// firefox is a running browser. Tests open one tab after the other.
type firefox struct {
	socket *websocket.Conn
	chrome string // the browser's own window, in which preferences are set

	mu      sync.Mutex
	calls   int
	answers map[int]chan bidiMessage
	tabs    map[string]*watch
}

// bidiMessage is an answer or an event.
type bidiMessage struct {
	ID      *int            `json:"id"`
	Type    string          `json:"type"` // success | error | event
	Method  string          `json:"method"`
	Error   string          `json:"error"`
	Message string          `json:"message"`
	Result  json.RawMessage `json:"result"`
	Params  json.RawMessage `json:"params"`
}

type object = map[string]any

func (f *firefox) connect(ctx context.Context, address string) error {
	var err error
	if f.socket, _, err = websocket.Dial(ctx, address+"/session", nil); err != nil {
		return err
	}
	f.socket.SetReadLimit(-1)
	go f.read(ctx)
	if err := f.call(ctx, "session.new", object{"capabilities": object{}}, nil); err != nil {
		return err
	}
	if err := f.call(ctx, "session.subscribe",
		object{"events": []string{"log.entryAdded", "network.beforeRequestSent", "browsingContext.userPromptOpened",
			"browsingContext.contextCreated"}}, nil); err != nil {
		return err
	}
	var tree struct{ Contexts []struct{ Context string } }
	if err := f.call(ctx, "browsingContext.getTree", object{"moz:scope": "chrome", "maxDepth": 0}, &tree); err != nil {
		return err
	}
	if len(tree.Contexts) == 0 {
		return errors.New("no window")
	}
	f.chrome = tree.Contexts[0].Context
	return nil
}

// read hands out answers and events until the connection ends.
func (f *firefox) read(ctx context.Context) {
	for {
		_, b, err := f.socket.Read(ctx)
		if err != nil {
			f.mu.Lock()
			for id, answer := range f.answers {
				close(answer)
				delete(f.answers, id)
			}
			f.mu.Unlock()
			return
		}
		var m bidiMessage
		if json.Unmarshal(b, &m) != nil {
			continue
		}
		f.mu.Lock()
		if m.ID != nil {
			if answer := f.answers[*m.ID]; answer != nil {
				delete(f.answers, *m.ID)
				answer <- m
			}
		} else {
			f.event(m)
		}
		f.mu.Unlock()
	}
}

// event notes what a tab did.
func (f *firefox) event(m bidiMessage) {
	var p struct {
		Context        string
		OriginalOpener string
		Text, Message  string
		URL            string
		Source         struct{ Context string }
		Request        struct{ URL string }
	}
	if json.Unmarshal(m.Params, &p) != nil {
		return
	}
	switch m.Method {
	case "log.entryAdded":
		if w := f.tabs[p.Source.Context]; w != nil {
			w.note("%s", p.Text)
		}
	case "network.beforeRequestSent":
		if w := f.tabs[p.Context]; w != nil {
			w.request(p.Request.URL)
		}
	case "browsingContext.userPromptOpened": // which the browser closes by itself
		if w := f.tabs[p.Context]; w != nil {
			w.note("a dialog: %s", p.Message)
		}
	case "browsingContext.contextCreated":
		if w := f.tabs[p.OriginalOpener]; w != nil {
			w.note("a window: %s", p.URL)
		}
	}
}

// call sends a command and waits for its answer.
func (f *firefox) call(ctx context.Context, method string, params object, result any) error {
	if f.socket == nil {
		return errors.New("not connected")
	}
	if params == nil {
		params = object{}
	}
	answer := make(chan bidiMessage, 1)
	f.mu.Lock()
	f.calls++
	id := f.calls
	f.answers[id] = answer
	f.mu.Unlock()
	b, err := json.Marshal(object{"id": id, "method": method, "params": params})
	if err != nil {
		return err
	}
	if err := f.socket.Write(ctx, websocket.MessageText, b); err != nil {
		return err
	}
	select {
	case m, ok := <-answer:
		switch {
		case !ok:
			return fmt.Errorf("%s: the connection ended", method)
		case m.Type == "error":
			return fmt.Errorf("%s: %s: %s", method, m.Error, m.Message)
		case result == nil:
			return nil
		}
		return json.Unmarshal(m.Result, result)
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", method, ctx.Err())
	}
}

// open opens a tab. Preferences hold for the whole browser, so each tab sets them anew.
func (f *firefox) open(ctx context.Context, h how, w *watch) (page, error) {
	scheme := 1 // light
	if h.dark {
		scheme = 0
	}
	set := fmt.Sprintf(`Services.prefs.setIntPref("layout.css.prefers-color-scheme.content-override", %d); Services.prefs.setBoolPref("javascript.enabled", %t)`, scheme, !h.noScripts)
	if _, err := f.evaluate(ctx, f.chrome, set); err != nil {
		return nil, err
	}
	p := &firefoxPage{f: f, ctx: ctx}
	var made struct{ Context string }
	if err := f.call(ctx, "browsingContext.create", object{"type": "tab"}, &made); err != nil {
		return nil, err
	}
	p.tab = made.Context
	context.AfterFunc(ctx, func() {
		f.mu.Lock()
		delete(f.tabs, p.tab)
		f.mu.Unlock()
		// the browser may be gone
		_ = f.call(context.Background(), "browsingContext.close", object{"context": p.tab}, nil)
	})
	f.mu.Lock()
	f.tabs[p.tab] = w
	f.mu.Unlock()
	return p, f.call(ctx, "browsingContext.setViewport",
		object{"context": p.tab, "viewport": object{"width": h.width, "height": h.height}, "devicePixelRatio": 1}, nil)
}

// firefoxPage is a tab.
type firefoxPage struct {
	f   *firefox
	ctx context.Context
	tab string
}

func (p *firefoxPage) navigate(url string) error {
	return p.f.call(p.ctx, "browsingContext.navigate", object{"context": p.tab, "url": url, "wait": "complete"}, nil)
}

func (p *firefoxPage) evaluate(js string) ([]byte, error) { return p.f.evaluate(p.ctx, p.tab, js) }

func (f *firefox) evaluate(ctx context.Context, tab, js string) ([]byte, error) {
	var r struct {
		Result           remoteValue
		ExceptionDetails *struct{ Text string }
	}
	if err := f.call(ctx, "script.evaluate",
		object{"expression": js, "target": object{"context": tab}, "awaitPromise": true, "userActivation": true},
		&r); err != nil {
		return nil, err
	}
	if r.ExceptionDetails != nil {
		return nil, errors.New(r.ExceptionDetails.Text)
	}
	v, err := r.Result.plain()
	if err != nil {
		return nil, err
	}
	return json.Marshal(v)
}

// remoteValue is a value as the protocol writes it.
type remoteValue struct {
	Type  string
	Value json.RawMessage
}

func (v remoteValue) plain() (any, error) {
	switch v.Type {
	case "undefined", "null":
		return nil, nil
	case "number": // or NaN, Infinity, -0 as text
		var n any
		err := json.Unmarshal(v.Value, &n)
		if s, ok := n.(string); ok {
			n, err = strconv.ParseFloat(s, 64)
		}
		return n, err
	case "array":
		var list []remoteValue
		if err := json.Unmarshal(v.Value, &list); err != nil {
			return nil, err
		}
		out := make([]any, len(list))
		for i, e := range list {
			var err error
			if out[i], err = e.plain(); err != nil {
				return nil, err
			}
		}
		return out, nil
	case "object":
		var list [][2]json.RawMessage
		if err := json.Unmarshal(v.Value, &list); err != nil {
			return nil, err
		}
		out := map[string]any{}
		for _, pair := range list {
			var key string
			var value remoteValue
			if err := errors.Join(json.Unmarshal(pair[0], &key), json.Unmarshal(pair[1], &value)); err != nil {
				return nil, err
			}
			var err error
			if out[key], err = value.plain(); err != nil {
				return nil, err
			}
		}
		return out, nil
	case "string", "boolean":
		var s any
		err := json.Unmarshal(v.Value, &s)
		return s, err
	}
	return nil, nil // a node, a function: nothing that a test asks for
}

func (p *firefoxPage) input(events ...input) error {
	// WebDriver, section 17.4.2
	keys := map[string]string{escape: "\ue00c", enter: "\ue007", home: "\ue011", arrowDown: "\ue015"}
	var pointer, key []object
	for _, e := range events {
		point, press := object{"type": "pause"}, object{"type": "pause"}
		switch e.kind {
		case "move":
			point = object{"type": "pointerMove", "x": int(e.x), "y": int(e.y)}
		case "press":
			point = object{"type": "pointerDown", "button": 0}
		case "release":
			point = object{"type": "pointerUp", "button": 0}
		case "key":
			k, ok := keys[e.key]
			if !ok {
				k = e.key
			}
			press = object{"type": "keyDown", "value": k}
			pointer, key = append(pointer, point), append(key, press)
			point, press = object{"type": "pause"}, object{"type": "keyUp", "value": k}
		}
		pointer, key = append(pointer, point), append(key, press)
	}
	return p.f.call(p.ctx, "input.performActions", object{"context": p.tab, "actions": []object{
		{"type": "pointer", "id": "mouse", "actions": pointer}, {"type": "key", "id": "keyboard", "actions": key},
	}}, nil)
}

func (p *firefoxPage) pdf() ([]byte, error) {
	var r struct{ Data string }
	if err := p.f.call(p.ctx, "browsingContext.print",
		object{"context": p.tab, "page": object{"width": 21.0, "height": 29.7}}, &r); err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(r.Data)
}
