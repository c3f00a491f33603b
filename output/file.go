package output

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// place says how an output is written.
type place uint8

const (
	placeFile       place = iota // beside, and renamed
	placeDescriptor              // to a descriptor that is open already
	placeStream                  // to a device or named pipe that is opened when its turn comes
)

// File is one output of a Set.
type File struct {
	set     *Set
	name    string // as it was given
	options Options

	place place
	path  string      // what is written: the name, or where its link leads
	fd    int         // placeDescriptor
	info  os.FileInfo // of what is there; nil: nothing
	dir   os.FileInfo // of the directory, placeFile

	temp    *temp                 // placeFile: complete, waiting for Commit
	content func(io.Writer) error // in place: waiting for Commit
	sum     hash.Hash
	err     error
	there   bool
}

// Name returns the name as it was given to Add.
func (f *File) Name() string { return f.name }

// InPlace reports whether the output is a device, a pipe or a descriptor: nothing can be written beside it.
func (f *File) InPlace() bool { return f.place != placeFile }

// Done reports whether the output is complete and in its place.
func (f *File) Done() bool { return f.there }

// SHA256 returns the hash of what Write wrote, where Options.Sum asked for it: for a regular file after Write, for
// what is written in place after Commit.
func (f *File) SHA256() (sum [sha256.Size]byte) {
	if f.sum != nil {
		f.sum.Sum(sum[:0])
	}
	return sum
}

// Write has write produce the output. A regular file is complete and on the disk when it returns, beside its place;
// what is written in place is written by Commit. The error is also that of the Set: it then puts none of its outputs
// in place.
func (f *File) Write(ctx context.Context, write func(io.Writer) error) error {
	if f.place != placeFile {
		f.content = write
		return nil
	}
	f.err = f.named(f.prepare(ctx, write))
	return f.err
}

// named puts the output's name before an error of the system. An error of a context, and of who writes, stays as it is.
func (f *File) named(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var own contentError
	if errors.As(err, &own) {
		return own.err
	}
	usual := ""
	if f.place == placeFile {
		usual = anotherDisk
	}
	return failed(f.name, err, usual)
}

// anotherDisk is what helps where nothing is known of an error of the system.
const anotherDisk = "write to another disk"

// Failed says which output failed, why and, where the system's error tells it, what to do. The
// paths in the error are left out: they may be temporary ones. "-" is standard output.
func Failed(name string, err error) error { return failed(name, err, "") }

func failed(name string, err error, usual string) error {
	help := advice(err, cmp.Or(usual, anotherDisk))
	if usual == "" && help == anotherDisk {
		return fmt.Errorf("%s: %w", short(name), unwrapPath(err))
	}
	return fmt.Errorf("%s: %w; %s", short(name), unwrapPath(err), help)
}

// within returns an error of the system about a file of the temporary directory as one about that
// file of the output; nil if the error is about anything else.
func (t *temp) within(err error) error {
	var pe *fs.PathError
	if !errors.As(err, &pe) {
		return nil
	}
	name, relErr := filepath.Rel(t.path, pe.Path)
	if relErr != nil || !filepath.IsLocal(name) {
		return nil
	}
	if name == "." {
		return pe.Err
	}
	return fmt.Errorf("%s: %w", filepath.ToSlash(name), pe.Err)
}

// contentError is an error of who writes the content, which names its own place.
type contentError struct{ err error }

func (e contentError) Error() string { return e.err.Error() }
func (e contentError) Unwrap() error { return e.err }

func (f *File) prepare(ctx context.Context, write func(io.Writer) error) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	mode := fs.FileMode(0o666)
	if f.info != nil {
		mode &= f.info.Mode()
	}
	t, err := f.set.newTemp(filepath.Dir(f.path), mode|0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.set.discard(t)
		}
	}()
	if err := f.fill(ctx, t.file, write); err != nil {
		return err
	}
	if err := t.file.Sync(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	f.temp = t
	return nil
}

// fill writes the content to w.
func (f *File) fill(ctx context.Context, w io.Writer, write func(io.Writer) error) error {
	out := &sink{ctx: ctx, w: w}
	if f.options.Sum {
		f.sum = sha256.New()
		out.sum = f.sum
	}
	buf := bufio.NewWriterSize(out, 64<<10)
	if err := write(buf); err != nil {
		if out.err != nil { // what the system said of the output; the caller may have put words around it
			return out.err
		}
		return contentError{err}
	}
	return buf.Flush()
}

// sink fails once its context is done, so that Ctrl-C ends a long write at once. It remembers what failed.
type sink struct {
	ctx context.Context
	w   io.Writer
	sum hash.Hash
	err error
}

func (s *sink) Write(p []byte) (int, error) {
	if s.err = s.ctx.Err(); s.err != nil {
		return 0, s.err
	}
	n, err := s.w.Write(p)
	if s.sum != nil {
		s.sum.Write(p[:n])
	}
	s.err = err
	return n, err
}

// WriteDir has fill put files into a new directory, which is complete and on the disk when it returns, beside its
// place.
func (f *File) WriteDir(ctx context.Context, fill func(dir string) error) error {
	f.err = f.named(f.prepareDir(ctx, fill))
	return f.err
}

func (f *File) prepareDir(ctx context.Context, fill func(dir string) error) (err error) {
	t, err := f.set.newTempDir(filepath.Dir(f.path))
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.set.discard(t)
		}
	}()
	if err := fill(t.path); err != nil {
		return cmp.Or(t.within(err), error(contentError{err}))
	}
	if err := filepath.WalkDir(t.path, flushToDisk); err != nil {
		return cmp.Or(t.within(err), err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	f.temp = t
	return nil
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

// put renames a complete output into its place.
func (f *File) put() error {
	t := f.temp
	f.temp = nil
	err := f.rename(t)
	if err != nil {
		f.set.discard(t)
		f.err = fmt.Errorf("%s: the new file is complete but could not be renamed, so the old state is unchanged: %w%s",
			short(f.name), unwrapPath(err), renameAdvice)
		return f.err
	}
	f.set.forget(t)
	t.unlock()
	syncDir(filepath.Dir(f.path)) // where it fails the file is there all the same
	f.there = true
	return nil
}

// rename looks again at what is replaced: it may have become something else while hunt worked.
func (f *File) rename(t *temp) error {
	switch info, err := os.Lstat(f.path); {
	case f.options.Dir && err == nil:
		return errors.New("something with this name appeared while hunt ran")
	case err == nil && !info.Mode().IsRegular():
		return fmt.Errorf("it became %s while hunt ran", noun(info.Mode()))
	case err == nil && info.Mode()&0o222 == 0:
		return errors.New("it became read-only while hunt ran")
	case err == nil:
		if err := keepMode(t.file, info); err != nil {
			return err
		}
	}
	return t.rename(f.path)
}

// drop removes what was written.
func (f *File) drop() {
	if f.temp != nil {
		f.set.discard(f.temp)
		f.temp = nil
	}
}

// unwrapPath leaves out the path that the system's errors carry: the output is named already, and the path may be a
// temporary one.
func unwrapPath(err error) error {
	var pe *fs.PathError
	var le *os.LinkError
	switch {
	case errors.As(err, &pe):
		return pe.Err
	case errors.As(err, &le):
		return le.Err
	}
	return err
}
