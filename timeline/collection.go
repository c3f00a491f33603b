package timeline

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"

	"hunt/evtx"
	"hunt/limit"
	"hunt/timeline/spill"
)

// FileStatus says how far a file could be read.
type FileStatus string

// The statuses, spelled as in the JSON report.
const (
	FileRead       FileStatus = "read"
	FileDamaged    FileStatus = "damaged"    // read, but records may be missing: the damage list says where
	FileUnreadable FileStatus = "unreadable" // not one record could be tried
	FileNotEVTX    FileStatus = "not EVTX"   // named .evtx, but its content is something else
)

// File is one piece of evidence: an event log, something that should have been one, or an archive with which something is
// wrong.
type File struct {
	Index  int32  // position in Collection.Files; evtx.Ref.File
	Path   string // relative to the argument it was found under, with forward slashes; "a.zip!/b" is b within a.zip
	Size   int64
	SHA256 [32]byte // of the bytes that were read; valid after Scan unless unreadable
	Hashed bool
	Header evtx.FileHeader
	Status FileStatus
	Detail string // why Status is not FileRead

	// Container says that this is no log but an archive that was damaged or could not be opened; the logs in it that could be
	// read are files of their own.
	Container bool
	Source    string // what kind of copy it is: live log, shadow copy, archived log; and the archive it came in
	Collected string // with what, from which host, when and by whom, from the collector's own records
	// Acquisition holds the same facts one by one; nil without a collector's records.
	Acquisition *Acquisition

	Stats FileStats

	first   int64 // where its slots begin, where that is not behind a file header
	shifted bool  // it is so
	src     source
	origin  *diskFile     // it, or the archive that it lies in; nil in a shard
	loc     string        // the full place, unique in the collection
	damage  []evtx.Damage // of the file as a whole
	before  string        // how it had changed when the scan was done; "" is not at all
	headed  bool          // it begins with a file header

	modified int64 // of a file on disk: when it was changed last, Unix time in nanoseconds
}

// FirstSlot returns where the slots of the file begin.
func (f *File) FirstSlot() int64 {
	if f.shifted {
		return f.first
	}
	return evtx.FileHeaderSize
}

// FileStats is what Scan counted in one file. Read = Kept + Filtered + Duplicate.
type FileStats struct {
	Read, Kept, Filtered, Duplicate int
	Damaged                         int             // damage entries that lose records
	Carved                          int             // recovered from behind the live records and outside chunks, apart from Read
	Carve                           evtx.CarveStats // how they were recovered, and what could not be
	First, Last                     evtx.Filetime
	// Records whose time is not that which the clock of the run asks for: TimeCreated could not be believed and the time in the
	// record's header serves, or none could be; with ClockUTC also those of Sysmon whose UtcTime could not.
	HeaderTime, NoTime, NoUTC int
	Continued                 int // of Read: records that run on behind the end that the header of their chunk gives
	FirstID, LastID           uint64
	Channels, Computers       []string // sorted

	chunks       int    // slots that hold one
	lastHeaderID uint64 // the highest record id of a record header
}

// times counts where the time of a live record comes from.
func (s *FileStats) times(source evtx.TimeSource, noUTC bool) {
	switch source {
	case evtx.TimeWritten:
		s.HeaderTime++
	case evtx.TimeNone:
		s.NoTime++
	}
	if noUTC {
		s.NoUTC++
	}
}

// Open opens the file's bytes for reading once, from front to back. An archive's member is unpacked on the way, into no file.
func (f *File) Open() (io.ReadCloser, error) {
	if f.src == nil {
		return nil, errors.New("not opened: " + f.Detail)
	}
	return f.src.open()
}

// OpenRandom opens the file's bytes for reading at any offset. A compressed member of an archive is unpacked the first time, into
// memory or if there is much of it into a temporary file, and kept until the collection is closed.
func (f *File) OpenRandom() (RandomAccess, error) {
	if f.src == nil {
		return nil, errors.New("not opened: " + f.Detail)
	}
	return f.src.openAt()
}

// Collection is the evidence of a run, sorted by path.
type Collection struct {
	Files   []*File
	Ignored int // regular files that are no event logs and are not named as such
	// Acquisitions are the collectors' records that were found, sorted by place.
	Acquisitions []*Acquisition

	Limits limit.Tally // bounds that bit while the evidence was looked for; Scan takes them on

	spool *spill.Store
	hosts *HostMap
}

// Readable counts the files that Scan can try.
func (c *Collection) Readable() int {
	n := 0
	for _, f := range c.Files {
		if !f.Container && (f.Status == FileRead || f.Status == FileDamaged) {
			n++
		}
	}
	return n
}

// Close frees the temporary copies of what archives hold. The files cannot be opened afterwards.
func (c *Collection) Close() error {
	if c.spool == nil {
		return nil
	}
	return c.spool.Close()
}

// CollectOptions of CollectWith. The zero value opens what needs no password.
type CollectOptions struct {
	Passwords []string // of encrypted archives, tried in order
	TempDir   string   // for copies that do not fit in memory; "" is the system's
	Hosts     *HostMap // which names are one host, beyond what the logs say; may be nil
}

// Collect finds event logs under the given files and directories by content, never by name, and looks into archives.
// What cannot be read becomes a File with a Status, so that the report lists it. The error is for a path that does not
// exist or a context that ended.
func Collect(ctx context.Context, paths []string) (*Collection, error) {
	return CollectWith(ctx, paths, CollectOptions{})
}

// Input is one place of evidence.
type Input struct {
	Path string // of a file or a directory
	Name string // under which its files stand in the report; "" = their paths begin within it
	Host string // the machine that the evidence is said to be of; a hint, no more. "" = nothing is said
}

// CollectWith is Collect with options. Call Close when the files are no longer needed.
func CollectWith(ctx context.Context, paths []string, o CollectOptions) (*Collection, error) {
	inputs := make([]Input, len(paths))
	for i, p := range paths {
		inputs[i].Path = p
	}
	return CollectInputs(ctx, inputs, o)
}

// CollectInputs is CollectWith for evidence with names and hints.
func CollectInputs(ctx context.Context, inputs []Input, o CollectOptions) (*Collection, error) {
	w := newWalker(ctx, o)
	for _, in := range inputs {
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

// sort puts the files in order and numbers them.
func (c *Collection) sort() {
	slices.SortStableFunc(c.Files, comparePlaces)
	for i, f := range c.Files {
		f.Index = int32(i)
	}
}

// unwrapPath drops the operation and the name from an *fs.PathError: the caller names the file.
func unwrapPath(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
