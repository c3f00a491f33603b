package report

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// ErrFormat is returned for a report whose file name ends in none of the known endings.
var ErrFormat = errors.New("unknown report format: the name must end in .html, .xlsx or .json")

// Options are the writers' limits; the zero value is what hunt uses.
type Options struct {
	// HTMLRows is the most timeline rows that an HTML report carries; 0 means 50,000,
	// which browsers filter within a tenth of a second.
	HTMLRows int
	// XLSXRows is the most rows of a sheet, header included; 0 means Excel's 1,048,576.
	// Longer tables roll over to a further sheet.
	XLSXRows int
	// XLSXMaxRows cuts each table of the workbook to that many rows, with a notice on
	// the Summary sheet; 0 means no cut.
	XLSXMaxRows int
	// TempDir is where workbooks are put together; "" is the system's directory for temporary files.
	TempDir string
}

// Supported returns nil if Write knows the ending of name.
func Supported(name string) error {
	_, err := format(name)
	return err
}

func format(name string) (func(context.Context, io.Writer, *Report, Options) error, error) {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".html", ".htm":
		return writeHTML, nil
	case ".xlsx":
		return writeXLSX, nil
	case ".json":
		return writeJSON, nil
	}
	return nil, fmt.Errorf("%s: %w", name, ErrFormat)
}

// Write writes r to the file name in the format of its ending. The file appears whole
// or not at all: it is written beside its destination, flushed to the disk and renamed;
// an error or a cancelled context leaves what was there before.
func Write(ctx context.Context, name string, r *Report, o Options) error {
	write, err := format(name)
	if err != nil {
		return err
	}
	return WriteFile(ctx, name, func(w io.Writer) error { return write(ctx, w, r, o) })
}

// WriteAll writes r to each of the names as Write does, all at the same time. It returns
// one error a name, in their order, nil for those that are written.
func WriteAll(ctx context.Context, names []string, r *Report, o Options) []error {
	r.Normalize() // from here on the writers only read
	errs := make([]error, len(names))
	var all sync.WaitGroup
	for i, name := range names {
		all.Go(func() { errs[i] = Write(ctx, name, r, o) })
	}
	all.Wait()
	return errs
}

// WriteFile writes the file name with write: whole, or not at all.
func WriteFile(ctx context.Context, name string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*.tmp")
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	defer func() {
		if err != nil {
			_ = f.Close() // closed already where the rename failed
			_ = os.Remove(f.Name())
			err = fmt.Errorf("%s: %w", name, err)
		}
	}()
	buf := bufio.NewWriterSize(&ctxWriter{ctx, f}, 1<<16)
	if err = write(buf); err != nil {
		return err
	}
	if err = buf.Flush(); err != nil {
		return err
	}
	if err = f.Chmod(0o644); err != nil { // CreateTemp makes 0600; a report is to be handed on
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = ctx.Err(); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// WriteDir makes the directory name, of which there must be none yet, with write: whole, or not at all. The files that write puts
// into the directory it is given are flushed to the disk.
func WriteDir(ctx context.Context, name string, write func(dir string) error) (err error) {
	dir, err := os.MkdirTemp(filepath.Dir(name), "."+filepath.Base(name)+".*.tmp")
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("%s: %w", name, errors.Join(err, os.RemoveAll(dir)))
		}
	}()
	if err = write(dir); err != nil {
		return err
	}
	if err = filepath.WalkDir(dir, flushToDisk); err != nil {
		return err
	}
	if err = os.Chmod(dir, 0o755); err != nil { // MkdirTemp makes 0700; it is to be handed on
		return err
	}
	if err = ctx.Err(); err != nil {
		return err
	}
	if _, err := os.Lstat(name); err == nil { // a rename would take the place of an empty directory, and of nothing else
		return os.ErrExist
	}
	return os.Rename(dir, name)
}

func flushToDisk(path string, d fs.DirEntry, err error) error {
	if err != nil || d.IsDir() {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// ctxWriter fails once its context is done, so that Ctrl-C ends a long write at once.
type ctxWriter struct {
	ctx context.Context
	w   io.Writer
}

func (c *ctxWriter) Write(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.w.Write(p)
}
