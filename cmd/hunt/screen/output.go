// Package screen writes to standard output, be it a terminal, a file or a pipe. It escapes whatever a terminal
// would act on, and keeps the first write error.
package screen

import (
	"io"
	"os"
	"sync"

	"golang.org/x/term"

	"hunt/output"
)

// Output is where commands print. Its errors say what failed and what to do, and the first
// of them ends the run with a code of failure, whoever printed.
type Output struct {
	w   io.Writer
	err error
}

// New returns the output that writes to w.
func New(w io.Writer) *Output { return &Output{w: w} }

// Err returns the first error of writing.
func (s *Output) Err() error { return s.err }

// Write writes to what the output was made of.
func (s *Output) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	if err == nil {
		return n, nil
	}
	err = output.Failed("-", err)
	if s.err == nil {
		s.err = err
	}
	return n, err
}

// Shared returns w for several goroutines: progress is written while messages are. A file takes each write whole; any
// other writer gets one after the other.
func Shared(w io.Writer) io.Writer {
	if _, ok := w.(*os.File); ok {
		return w
	}
	return &shared{w: w}
}

type shared struct {
	mu sync.Mutex
	w  io.Writer
}

// Write implements io.Writer.
func (s *shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(p)
}

// FileOf returns the file that w writes to, if it is one.
func FileOf(w io.Writer) (*os.File, bool) {
	if s, ok := w.(*screen); ok {
		w = s.w
	}
	if s, ok := w.(*Output); ok {
		w = s.w
	}
	f, ok := w.(*os.File)
	return f, ok
}

// Terminal reports whether w writes to a terminal.
func Terminal(w io.Writer) bool {
	f, ok := FileOf(w)
	return ok && term.IsTerminal(int(f.Fd()))
}

// TerminalAt reports whether a path, such as /dev/fd/1 or /dev/pts/3, leads to a terminal.
func TerminalAt(path string) bool {
	info, err := os.Stat(path)
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0) // #nosec G304 -- named by the user
	if err != nil {
		return false
	}
	defer f.Close()
	return term.IsTerminal(int(f.Fd()))
}

// Width returns the width of the terminal that w writes to, or 0 if w is not a terminal.
func Width(w io.Writer) int {
	f, ok := FileOf(w)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}
