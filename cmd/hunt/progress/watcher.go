// Package progress shows how far a run has got: a bar on a terminal, JSON lines for other programs.
package progress

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"hunt/cmd/hunt/screen"
	"hunt/timeline"
)

// Terminal manners: a bar only on a terminal, nothing in a pipe, JSON lines when asked; all on standard error, and
// the bar's line is cleared before anything else is said.

const (
	barInterval  = 100 * time.Millisecond
	jsonInterval = time.Second
)

// A Watcher shows how far a run is, until it is stopped.
type Watcher struct {
	json        *jsonProgress // nil: a bar, or nothing
	done, ended chan struct{} // nil: nothing is shown
	once        sync.Once
}

// Watch shows the progress of a scan on w until the watcher is stopped: kind is auto, bar, json or none.
func Watch(w io.Writer, kind string, m *timeline.Meter) *Watcher {
	if kind == "auto" {
		kind = "none"
		if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
			kind = "bar"
		}
	}
	x := &Watcher{}
	if kind == "none" {
		return x
	}
	x.done, x.ended = make(chan struct{}), make(chan struct{})
	interval := barInterval
	var show func(last bool)
	if kind == "json" {
		x.json = newJSONProgress(w, m)
		show, interval = x.json.show, jsonInterval
	} else {
		show = barOf(w, m)
	}
	go func() {
		defer close(x.ended)
		tick := time.NewTicker(interval)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				show(false)
			case <-x.done:
				show(true)
				return
			}
		}
	}()
	return x
}

// Stop ends the display.
func (w *Watcher) Stop() {
	if w.done != nil {
		w.once.Do(func() { close(w.done); <-w.ended })
	}
}

// Until returns out, to which results are written as they come. If it is a terminal, the first of them ends a bar,
// which would be between them.
func (w *Watcher) Until(out io.Writer) io.Writer {
	if w.json != nil || w.done == nil || screen.Width(out) == 0 {
		return out
	}
	return &results{out, w}
}

// results ends a display before the first bytes.
type results struct {
	io.Writer
	shown *Watcher
}

// Write implements io.Writer.
func (r *results) Write(p []byte) (int, error) {
	r.shown.Stop()
	return r.Writer.Write(p)
}

// Read says that the evidence was read: a bar ends, lines go on until stop with what is done next.
func (w *Watcher) Read(cs *timeline.Case, next string) {
	if w.json == nil {
		w.Stop()
		return
	}
	w.json.counted(cs)
	w.json.phase.Store(&next)
}

// Widths of a terminal at which the bar says less, so that its line never wraps: wrapped lines cannot be drawn over.
const (
	barWithRate    = 120 // files, records, records a second, bytes and times
	barWithFiles   = 104 // files, records, bytes and times
	barWithRecords = 80  // records, bytes and times; below it, times only
	barTimes       = 32  // what the times and the percentage take
)

// barOf draws a bar with files, bytes, records and the time left, as far as the terminal is wide.
func barOf(w io.Writer, m *timeline.Meter) func(last bool) {
	width := screen.Width(w)
	if width == 0 {
		width = barWithFiles
	}
	size := 24
	switch {
	case width < barWithRecords:
		size = min(max(width-barTimes, 1), size)
	case width < barWithFiles:
		size = 20
	}
	started := time.Now()
	bar := progressbar.NewOptions64(max(m.Bytes.Load(), 1),
		progressbar.OptionSetWriter(w), progressbar.OptionShowBytes(width >= barWithRecords),
		progressbar.OptionSetWidth(size),
		progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true),
		progressbar.OptionSetElapsedTime(true))
	return func(last bool) {
		if total := m.Bytes.Load(); total > 0 {
			bar.ChangeMax64(total)
		}
		switch {
		case width >= barWithRate:
			bar.Describe(fmt.Sprintf("hunt: %d/%d files, %d records, %.0f/s", m.FilesDone.Load(), m.Files.Load(),
				m.Records.Load(), per(m.Records.Load(), time.Since(started))))
		case width >= barWithFiles:
			bar.Describe(fmt.Sprintf("hunt: %d/%d files, %d records", m.FilesDone.Load(), m.Files.Load(),
				m.Records.Load()))
		case width >= barWithRecords:
			bar.Describe(fmt.Sprintf("hunt: %d records", m.Records.Load()))
		default:
			bar.Describe("hunt:")
		}
		_ = bar.Set64(min(m.BytesDone.Load(), m.Bytes.Load())) // a terminal that went away must not end the run
		if last {
			_ = bar.Clear()
		}
	}
}

// per is n a second.
func per(n int64, d time.Duration) float64 {
	if d <= 0 {
		return 0
	}
	return float64(n) / d.Seconds()
}

func round(s float64) float64 { return float64(int64(s*10+0.5)) / 10 }
