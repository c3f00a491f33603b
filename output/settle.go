package output

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// settle finds out what an output is, and whether it can be written. It changes nothing that stays.
func (f *File) settle() error {
	switch {
	case f.name == "":
		return errors.New("the name of an output is empty")
	case f.name == "-" && !f.options.Dir:
		f.place, f.fd = placeDescriptor, 1
		return nil
	}
	if problem := windowsProblem(filepath.Base(f.name)); problem != "" && runtime.GOOS == "windows" {
		return f.refuse("%s; give another name", problem)
	}
	if f.options.Dir {
		return f.settleDir()
	}
	if err := f.locate(); err != nil || f.place != placeFile {
		return err
	}
	if problem := windowsProblem(filepath.Base(f.name)); problem != "" {
		f.set.warn("%s: this file cannot be used on Windows: %s", short(f.name), problem)
	}
	if f.info != nil {
		if err := f.replaceable(); err != nil {
			return err
		}
	}
	return f.try()
}

// refuse says why an output cannot be.
func (f *File) refuse(format string, args ...any) error {
	return fmt.Errorf("%s: %w", short(f.name), fmt.Errorf(format, args...))
}

// locate follows the name to what is written, and tells what that is.
func (f *File) locate() (err error) {
	if os.IsPathSeparator(f.name[len(f.name)-1]) {
		return f.refuse("this is the name of a directory; give a file name")
	}
	var descriptor bool
	if f.path, f.fd, descriptor, err = follow(f.name); err != nil {
		return f.unusable(err)
	}
	if descriptor {
		f.place = placeDescriptor
		if err := checkDescriptor(f.fd); err != nil {
			return f.refuse("descriptor %d is not open for writing: %w", f.fd, err)
		}
		return nil
	}
	// By the name that was given: the system may not let everybody follow every link.
	info, err := os.Stat(f.name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return f.unusable(err)
	}
	f.info = info
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		return f.refuse("this is a directory; give a file name")
	case mode&fs.ModeNamedPipe != 0, mode&fs.ModeCharDevice != 0:
		f.place = placeStream
		if err := mayWrite(f.path); err != nil {
			return f.refuse("this is %s that you may not write to: %w", noun(mode), err)
		}
		return nil
	default:
		return f.refuse("this is %s; give the name of a file, a named pipe or -", noun(mode))
	}
}

// noun names a kind of file.
func noun(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a directory"
	case mode&fs.ModeSymlink != 0:
		return "a symbolic link"
	case mode&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeCharDevice != 0:
		return "a device"
	case mode&fs.ModeDevice != 0:
		return "a disk, and writing to it would destroy its content"
	}
	return "not a regular file"
}

// maxLinks is how many symbolic links lead to an output at most, as on Linux.
const maxLinks = 40

// follow returns where a name leads through symbolic links, whether or not a file is there, or the descriptor that it
// stands for: the links behind /dev/fd/1 lead to files that are open already, and must not be followed to their names.
func follow(name string) (path string, fd int, descriptor bool, err error) {
	if path, err = physical(name); err != nil {
		return path, 0, false, err
	}
	for range maxLinks {
		if fd, ok := descriptorOf(path); ok {
			return path, fd, true, nil
		}
		to, err := os.Readlink(path)
		if err != nil {
			return path, 0, false, nil // no link, or nothing: whoever looks at it will say
		}
		if !filepath.IsAbs(to) {
			dir, err := filepath.EvalSymlinks(filepath.Dir(path))
			if err != nil {
				return path, 0, false, err
			}
			to = dir + string(filepath.Separator) + to
		}
		if path, err = physical(to); err != nil {
			return path, 0, false, err
		}
	}
	return path, 0, false, errors.New("too many symbolic links, or a loop of them")
}

// physical resolves what is before ".." in a name: the system goes through it, and it can be a link, or missing.
// Windows does not go through it.
func physical(path string) (string, error) {
	dir, base := filepath.Split(path)
	if runtime.GOOS == "windows" || !slices.Contains(strings.Split(dir, "/"), "..") {
		return path, nil
	}
	dir, err := filepath.EvalSymlinks(dir)
	return filepath.Join(dir, base), err
}

// replaceable reports whether the regular file that is there may be replaced.
func (f *File) replaceable() error {
	for _, in := range f.set.inputs {
		if os.SameFile(in.info, f.info) {
			return f.refuse("hunt also reads this file, as %s, and never replaces what it reads; give another name",
				short(in.name))
		}
	}
	if out, ok := f.set.Stdout.(*os.File); ok {
		if info, err := out.Stat(); err == nil && os.SameFile(info, f.info) {
			return f.refuse("standard output goes to this file too; send one of them elsewhere")
		}
	}
	if f.info.Mode()&0o222 == 0 {
		return f.refuse("the file is read-only; make it writable, remove it or give another name")
	}
	w, err := os.OpenFile(f.path, os.O_WRONLY, 0)
	if err != nil {
		return f.refuse("the file exists and cannot be replaced: %w; give another name%s", unwrapPath(err), openAdvice)
	}
	if err := w.Close(); err != nil {
		return f.refuse("%w", unwrapPath(err))
	}
	r, err := os.Open(f.path)
	if err != nil {
		return nil // what cannot be read was not read as evidence
	}
	defer r.Close()
	var head [len(evtxMagic)]byte
	if _, err := io.ReadFull(r, head[:]); err == nil && bytes.Equal(head[:], []byte(evtxMagic)) {
		return f.refuse("this is an event log, and hunt never replaces evidence; give another name")
	}
	return nil
}

// evtxMagic is how event logs begin.
const evtxMagic = "ElfFile\x00"

// evidenceEndings are the endings of names of evidence. An output is not evidence, but whoever finds it later judges
// by its name.
var evidenceEndings = []string{".evtx", ".evt"}

// try has the system make a file of that name, in a directory of its own beside the output, so that nothing is in the
// way of another run that writes the same output.
func (f *File) try() error {
	for _, e := range evidenceEndings {
		if strings.EqualFold(filepath.Ext(f.name), e) {
			return f.refuse("this name looks like an event log; give a name that does not end in %s", e)
		}
	}
	dir := filepath.Dir(f.path)
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return f.refuse("the directory %s does not exist; create it first", short(dir))
	case err != nil:
		return f.unusable(err)
	case !info.IsDir():
		return f.refuse("%s is not a directory", short(dir))
	}
	f.dir = info
	f.set.sweep(dir)
	t, err := f.set.newTempDir(dir)
	if err != nil {
		return f.refuse("hunt writes a temporary file in the same directory and renames it, but cannot create a "+
			"file in %s: %w; %s",
			short(dir), unwrapPath(err), advice(err, "give a name in another directory"))
	}
	defer f.set.discard(t)
	at := filepath.Join(t.path, filepath.Base(f.path))
	if f.options.Dir {
		err = os.Mkdir(at, 0o700)
	} else {
		var file *os.File
		if file, err = os.OpenFile(at, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); err == nil {
			err = file.Close()
		}
	}
	_ = os.Remove(at)
	if err != nil {
		return f.unusable(err)
	}
	if f.info != nil && mountPoint(f.path) {
		return f.refuse("this file is a mount point of its own, so hunt cannot replace it safely; mount its " +
			"directory instead, or give another name")
	}
	return nil
}

// Unusable says why no file can be made in a directory, or the directory itself cannot be, and what
// to do.
func Unusable(dir string, err error) error {
	return fmt.Errorf("%s: cannot write here: %w; %s", short(dir), unwrapPath(err),
		advice(err, "give another directory"))
}

// unusable says what is wrong with a name that the system does not take.
func (f *File) unusable(err error) error {
	if tooLong(err) {
		if n := len(filepath.Base(f.path)); n > maxName || len(f.path) < leastLongPath {
			return f.refuse("the name is too long for this file system (%d bytes); give a shorter one", n)
		}
		return f.refuse("the path is too long for this system (%d bytes); give a shorter one", len(f.path))
	}
	return f.refuse("cannot write here: %w; %s", unwrapPath(err), advice(err, "give another name"))
}

// MakeDir makes a directory that a command fills by itself, with those above it, unless it is there. A name that
// Windows does not take is refused there, and warned of elsewhere.
func (s *Set) MakeDir(name string) error {
	problem := windowsProblem(filepath.Base(name))
	switch {
	case problem != "" && runtime.GOOS == "windows":
		return fmt.Errorf("%s: %s; give another name", short(name), problem)
	case problem != "":
		s.warn("%s: this directory cannot be used on Windows: %s", short(name), problem)
	}
	if err := os.MkdirAll(name, 0o755); err != nil { // #nosec G301 -- as the system's mask says
		return Unusable(name, err)
	}
	return nil
}

// settleDir checks an output that is to be a directory.
func (f *File) settleDir() error {
	path, err := physical(f.name)
	if err != nil {
		return f.unusable(err)
	}
	f.path = filepath.Clean(path)
	if problem := windowsProblem(filepath.Base(f.name)); problem != "" {
		f.set.warn("%s: this directory cannot be used on Windows: %s", short(f.name), problem)
	}
	if info, err := os.Lstat(f.path); err == nil {
		if info.IsDir() {
			return f.refuse("the directory exists, and hunt does not overwrite directories; remove it or give " +
				"another name")
		}
		what := noun(info.Mode())
		if info.Mode().IsRegular() {
			what = "a file"
		}
		return f.refuse("this output is a directory, and %s has its name already; remove that or give another name",
			what)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return f.unusable(err)
	}
	return f.try()
}

// maxShown is how much of a name a message shows, in bytes.
const maxShown = 200

// short cuts a name for a message: its end tells more than its middle.
func short(name string) string {
	if name == "-" {
		return "standard output"
	}
	if len(name) <= maxShown {
		return name
	}
	return strings.ToValidUTF8(name[:maxShown/2], "") + "…" + strings.ToValidUTF8(name[len(name)-maxShown/4:], "")
}
