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
	Unreadable Status = "unreadable" // no record could be tried
	NotEVTX    Status = "not EVTX"   // named .evtx, but its content is something else
)

// File is one piece of evidence: an event log, something that should have been one, or an archive with which
// something is wrong. It is what the search found and does not change; what a scan learns of it is in a
// ledger.File.
type File struct {
	Path   string // relative to the argument it was found under, with forward slashes; "a.zip!/b" is b within a.zip
	Place  string // the place of its input, and the path below it; the same on every machine
	Input  string // place of the input in which it was found
	Size   int64  // in bytes, when it was found
	Status Status // Read if a scan can try it
	Detail string // why Status is not Read

	// Container says that this is not a log but an archive that is damaged or could not be opened; the logs in it
	// that could be read are separate files.
	Container bool
	Role      Role   // what kind of copy of a log it is, judged by its place
	Source    string // the role in words, and the archive it came in
	Collected string // with what tool, from which host, when and by whom, from the collector's own records
	// Acquisition holds the same facts one by one; nil without a collector's records.
	Acquisition *acquisition.Facts

	first   int64  // where its slots begin, if not after a file header
	shifted bool   // whether first applies
	full    string // Place as a full path of this machine; "" if that tells nothing
	src     Source
	origin  *diskFile // the file itself, or the archive that holds it; nil if it comes from elsewhere
}

// FirstSlot returns where the slots of the file begin.
func (f *File) FirstSlot() int64 {
	if f.shifted {
		return f.first
	}
	return evtx.FileHeaderSize
}

// Open opens the file's bytes for reading once, from front to back. A member of an archive is unpacked as it is
// read, without a temporary file. Errors do not name the file; the caller does.
func (f *File) Open() (io.ReadCloser, error) {
	if f.src == nil {
		return nil, errors.New("not opened: " + f.Detail)
	}
	r, err := f.src.Open()
	return r, unwrapPath(err)
}

// OpenRandom opens the file's bytes for reading at any offset. A compressed member of an archive is unpacked on
// first use, into memory or, if it is large, into a temporary file, and kept until the collection is closed.
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

// Change says how the file, or the archive that holds it, has changed since it was found, "" if it has not: after
// a change, what was read matches neither the old nor the new content.
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

	Limits limit.Tally // bounds that applied while the evidence was searched; a scan continues with them

	copies *spill.Store // of what cannot be read in place
}

// Readable returns the number of files that a scan can try.
func (c *Collection) Readable() int {
	n := 0
	for _, f := range c.Files {
		if !f.Container && f.Status == Read {
			n++
		}
	}
	return n
}

// Close frees the temporary copies of archive contents. The files cannot be opened afterwards.
func (c *Collection) Close() error {
	if c.copies == nil {
		return nil
	}
	return c.copies.Close()
}

// Options of Collect. The zero value opens what needs no password.
type Options struct {
	Passwords []string // for encrypted archives, tried in order
	TempDir   string   // for copies that do not fit in memory; "" is the system's
	MaxCopies int64    // bytes of temporary copies; 0 is 256 GiB
	MaxRounds int64    // of a hash, for trying the passwords on one archive; 0 is 2^30
	Carved    bool     // everything that holds a whole record is a log, in directories, too
}

// Input is one place of evidence.
type Input struct {
	Path string // of a file or a directory
	Name string // under which its files are in the report; "" = their paths begin within it
	Host string // the machine that the evidence is said to be of; a hint, no more. "" = nothing is said

	// Place is the name of the input wherever it is read: its Name, or else the name of its folder. Placed fills
	// it in; the places of a collection differ from each other.
	Place string
}

// Inputs returns inputs that have only paths.
func Inputs(paths ...string) []Input {
	inputs := make([]Input, len(paths))
	for i, p := range paths {
		inputs[i].Path = p
	}
	return inputs
}

// Collect finds event logs in files and directories by content, never by name, and looks into archives. Anything
// that cannot be read becomes a File with a Status, so that the report lists it. It returns an error only for a
// path that does not exist or a context that has ended. Call Close when the files are no longer needed.
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

// Join returns the collection that the inputs of all parts would give together. It takes over the files of the
// parts, which must not be used any more.
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
