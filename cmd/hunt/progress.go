package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"hunt/timeline"
)

// Terminal manners: a bar only on a terminal, nothing in a pipe, JSON lines when asked; all on standard error, and
// the bar's line is cleared before anything else is said.

const (
	barInterval  = 100 * time.Millisecond
	jsonInterval = time.Second
)

// watch shows the progress of a scan until the returned function is called.
func (r *runner) watch(m *timeline.Meter) (stop func()) {
	kind := r.progress
	if kind == "auto" {
		kind = "none"
		if f, ok := r.stderr.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
			kind = "bar"
		}
	}
	if r.quiet || kind == "none" {
		return func() {}
	}
	done, ended := make(chan struct{}), make(chan struct{})
	show, interval := barOf(r.stderr, m), barInterval
	if kind == "json" {
		show, interval = linesTo(r.stderr, m), jsonInterval
	}
	go func() {
		defer close(ended)
		tick := time.NewTicker(interval)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				show(false)
			case <-done:
				show(true)
				return
			}
		}
	}()
	return func() { close(done); <-ended }
}

// Widths of a terminal at which the bar says less, so that its line never wraps: wrapped lines cannot be drawn over.
const (
	barWithFiles   = 104 // files, records, bytes and times
	barWithRecords = 80  // records, bytes and times; below it, times only
	barTimes       = 32  // what the times and the percentage take
)

// barOf draws a bar with files, bytes, records and the time left, as far as the terminal is wide.
func barOf(w io.Writer, m *timeline.Meter) func(last bool) {
	width := terminalWidth(w)
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
	bar := progressbar.NewOptions64(max(m.Bytes.Load(), 1),
		progressbar.OptionSetWriter(w), progressbar.OptionShowBytes(width >= barWithRecords), progressbar.OptionSetWidth(size),
		progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true), progressbar.OptionSetElapsedTime(true))
	return func(last bool) {
		if total := m.Bytes.Load(); total > 0 {
			bar.ChangeMax64(total)
		}
		switch {
		case width >= barWithFiles:
			bar.Describe(fmt.Sprintf("hunt: %d/%d files, %d records", m.FilesDone.Load(), m.Files.Load(), m.Records.Load()))
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

// linesTo writes one JSON object per line for other programs.
func linesTo(w io.Writer, m *timeline.Meter) func(last bool) {
	start := time.Now()
	enc := json.NewEncoder(w)
	return func(last bool) {
		elapsed := time.Since(start).Seconds()
		line := struct {
			Event   string  `json:"event"`
			Files   int64   `json:"files_done"`
			OfFiles int64   `json:"files"`
			Bytes   int64   `json:"bytes_done"`
			OfBytes int64   `json:"bytes"`
			Records int64   `json:"records"`
			Seconds float64 `json:"seconds"`
			Left    float64 `json:"seconds_left"`
			Done    bool    `json:"done"`
		}{"progress", m.FilesDone.Load(), m.Files.Load(), m.BytesDone.Load(), m.Bytes.Load(), m.Records.Load(), round(elapsed), 0, last}
		if line.Bytes > 0 && line.Bytes < line.OfBytes {
			line.Left = round(elapsed * float64(line.OfBytes-line.Bytes) / float64(line.Bytes))
		}
		_ = enc.Encode(line) // a reader that went away must not end the run
	}
}

func round(s float64) float64 { return float64(int64(s*10+0.5)) / 10 }
