package main

import (
	"io"
	"os"

	"golang.org/x/term"

	"hunt/output"
)

// standardOutput is where commands print. Its errors say what failed and what to do, and the first
// of them ends the run with a code of failure, whoever printed.
type standardOutput struct {
	w   io.Writer
	err error
}

func (s *standardOutput) Write(p []byte) (int, error) {
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

// fileOf returns the file that w writes to, if it is one.
func fileOf(w io.Writer) (*os.File, bool) {
	if s, ok := w.(*standardOutput); ok {
		w = s.w
	}
	f, ok := w.(*os.File)
	return f, ok
}

// terminalWidth is the width of the terminal that w is, or 0 if it is none.
func terminalWidth(w io.Writer) int {
	f, ok := fileOf(w)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}
