package evidence

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"

	"hunt/evtx"
	"hunt/limit"
	"hunt/timeline/evidence/acquisition"
	"hunt/timeline/spill"
)

// Status says how far a file could be read.
type Status string

// The statuses, spelled as in the JSON report.
const (
	Read       Status = "read"
	Damaged    Status = "damaged"    // read, but something may be missing
	Unreadable Status = "unreadable" // not one record could be tried
	NotEVTX    Status = "not EVTX"   // named .evtx, but its content is something else
)

// File is one piece of evidence: an event log, something that should have been one, or an archive
// with which something is wrong. It is what the search found and does not change; what a scan
// learns of it is an account of the scan's own.
type File struct {
	Path   string // relative to the argument it was found under, with forward slashes; "a.zip!/b" is b within a.zip
	Place  string // within the evidence: the place of its input, and the path there; the same on every machine
	Input  string // place of the input that it was found in
	Size   int64  // in bytes, when it was found
	Status Status // Read where a scan can try it
	Detail string // why Status is not Read

	// Container says that this is not a log but an archive that was damaged or could not be opened; the logs in it
	// that could be read are files of their own.
	Container bool
	Role      Role   // what kind of copy of a log its place says that it is
	Source    string // the role in words, and the archive it came in
	Collected string // with what, from which host, when and by whom, from the collector's own records
	// Acquisition holds the same facts one by one; nil without a collector's records.
	Acquisition *acquisition.Facts

	first   int64  // where its slots begin, where that is not behind a file header
	shifted bool   // it is so
	full    string // Place as a full path of this machine; "" if that tells nothing
	src     Source
	origin  *diskFile // it, or the archive that it lies in; nil if it comes from elsewhere
}

// FirstSlot returns where the slots of the file begin.
func (f *File) FirstSlot() int64 {
	if f.shifted {
		return f.first
	}
	return evtx.FileHeaderSize
}

// Open opens the file's bytes for reading once, from front to back. An archive's member is unpacked
// on the way, into no file. Errors do not name the file: the caller does.
func (f *File) Open() (io.ReadCloser, error) {
	if f.src == nil {
		return nil, errors.New("not opened: " + f.Detail)
	}
	r, err := f.src.Open()
	return r, unwrapPath(err)
}

// OpenRandom opens the file's bytes for reading at any offset. A compressed member of an archive is
// unpacked the first time, into memory or if there is much of it into a temporary file, and kept
// until the collection is closed.
func (f *File) OpenRandom() (RandomAccess, error) {
	if f.src == nil {
		return nil, errors.New("not opened: " + f.Detail)
	}
	r, err := f.src.OpenRandom()
	return r, unwrapPath(err)
}

// From returns the same file with its bytes from another source.
func (f *File) From(s Source) *File {
	other := *f
	other.src, other.origin = s, nil
	return &other
}

// Change says how the file, or the archive that it lies in, changed since it was found: what was
// read is then neither what it was nor what it is. "" is not at all.
func (f *File) Change() string {
	if f.origin == nil {
		return ""
	}
	change := f.origin.change()
	if change == "" {
		return ""
	}
	what := "the file"
	if f.src != Source(f.origin) {
		what = "the archive"
	}
	return what + " changed while hunt read it: " + change + ". Copy the evidence, and run hunt on the copy"
}

// Collection is the evidence of a run, sorted by path.
type Collection struct {
	Files   []*File
	Ignored int // regular files that are not event logs and are not named as such
	// Acquisitions are the collectors' records that were found, sorted by place.
	Acquisitions []*acquisition.Facts

	Limits limit.Tally // bounds that bit while the evidence was looked for; a scan takes them on

	copies *spill.Store // of what cannot be read in place
}

// Readable counts the files that a scan can try.
func (c *Collection) Readable() int {
	n := 0
	for _, f := range c.Files {
		if !f.Container && f.Status == Read {
			n++
		}
	}
	return n
}

// Close frees the temporary copies of what archives hold. The files cannot be opened afterwards.
func (c *Collection) Close() error {
	if c.copies == nil {
		return nil
	}
	return c.copies.Close()
}

// Options of Collect. The zero value opens what needs no password.
type Options struct {
	Passwords []string // of encrypted archives, tried in order
	TempDir   string   // for copies that do not fit in memory; "" is the system's
	MaxCopies int64    // bytes of those; 0 is 256 GiB
	MaxRounds int64    // of a hash, to try the passwords on one archive; 0 is 2^30
	Carved    bool     // whatever holds a whole record is a log, in directories, too
}

// Input is one place of evidence.
type Input struct {
	Path string // of a file or a directory
	Name string // under which its files are in the report; "" = their paths begin within it
	Host string // the machine that the evidence is said to be of; a hint, no more. "" = nothing is said

	// Place is what the input is called wherever it is read: its name, else the name of its folder. Placed
	// fills it in; those of a collection are different.
	Place string
}

// Inputs returns inputs of which nothing is said but their paths.
func Inputs(paths ...string) []Input {
	inputs := make([]Input, len(paths))
	for i, p := range paths {
		inputs[i].Path = p
	}
	return inputs
}

// Collect finds event logs in files and directories by content, never by name, and looks into
// archives. What cannot be read becomes a File with a Status, so that the report lists it. The
// error is for a path that does not exist or a context that ended. Call Close when the files are no
// longer needed.
func Collect(ctx context.Context, inputs []Input, o Options) (*Collection, error) {
	w := newWalker(ctx, o)
	for _, in := range Placed(inputs) {
		if err := w.input(in); err != nil {
			_ = w.col.Close()
			return nil, err
		}
	}
	if err := ctx.Err(); err != nil {
		_ = w.col.Close()
		return nil, err
	}
	c := w.finish()
	c.sort()
	return c, nil
}

// Join returns the collection that the inputs of all parts would give together. The files are those
// of the parts, which are used up.
func Join(parts ...*Collection) *Collection {
	c := &Collection{}
	var unread listing
	for _, p := range parts {
		for _, f := range p.Files {
			if f.Status == Read {
				c.Files = append(c.Files, f)
			} else {
				unread.add(f)
			}
		}
		c.Ignored += p.Ignored
		c.Limits.Add(p.Limits.Bites())
		c.Acquisitions = append(c.Acquisitions, p.Acquisitions...)
	}
	c.Files = append(c.Files, unread.finish(&c.Limits)...)
	c.sort()
	slices.SortStableFunc(c.Acquisitions, acquisition.Compare)
	return c
}

func (c *Collection) sort() { slices.SortStableFunc(c.Files, comparePlaces) }

// unwrapPath drops the operation and the name from an *fs.PathError: the caller names the file.
func unwrapPath(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
