// Package config reads the files that an analyst writes for a run: the case, hosts, passwords, lists, rules,
// mappings. They are trusted to be what they say, not to be small or sound: each has a bound in bytes, is a regular
// file, and is bounded in what grows faster than its size before any of it grows: nesting, keys, aliases.
package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync/atomic"
)

// Stdin is the name that stands for standard input.
const Stdin = "-"

// shownStdin is how messages call it.
const shownStdin = "standard input"

// Shown is the name of a file as messages have it.
func Shown(name string) string {
	if name == Stdin {
		return shownStdin
	}
	return name
}

// stdinTaken tells that standard input was read: it can be read once.
var stdinTaken atomic.Bool

// Read returns the content of a regular file, or of standard input for "-", of at most so many bytes. It never waits
// for the other end of a named pipe. Errors name the file.
func Read(name string, most int64) ([]byte, error) {
	if name == Stdin {
		if stdinTaken.Swap(true) {
			return nil, errors.New("standard input (-) can be used for only one file")
		}
		return read(name, os.Stdin, most)
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot read the file: %w", name, plain(err))
	}
	if err := Regular(info); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if info.Size() > most {
		return nil, tooLarge(name, most)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot read the file: %w", name, plain(err))
	}
	defer f.Close()
	return read(name, f, most)
}

func read(name string, r io.Reader, most int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, most+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: cannot read the file: %w", Shown(name), plain(err))
	case int64(len(b)) > most:
		return nil, tooLarge(Shown(name), most)
	}
	return b, nil
}

func tooLarge(name string, most int64) error {
	return fmt.Errorf("%s: the file is larger than %d KiB; is it the right file?", name, most>>10)
}

// Regular says why a file is not one to be read whole, and what to do; nil if it is.
func Regular(info fs.FileInfo) error {
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		return errors.New("this is a directory; name a file")
	case mode&fs.ModeNamedPipe != 0:
		return errors.New("this is a pipe; write its content to a file, or to hunt's standard input and name it -")
	}
	return errors.New("this is not a regular file; copy its content to one")
}

// plain leaves out the path that the system's errors carry.
func plain(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
