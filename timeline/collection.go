package timeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"hunt/evtx"
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

// File is one piece of evidence: an event log, or something that should have been one.
type File struct {
	Index  int32  // position in Collection.Files; evtx.Ref.File
	Path   string // relative to the argument it was found under, with forward slashes
	Size   int64
	SHA256 [32]byte // of the bytes that were read; valid after Scan unless unreadable
	Hashed bool
	Header evtx.FileHeader
	Status FileStatus
	Detail string // why Status is not FileRead

	Stats FileStats

	disk   string        // name to open
	damage []evtx.Damage // of the file as a whole
}

// FileStats is what Scan counted in one file. Read = Kept + Filtered + Duplicate.
type FileStats struct {
	Read, Kept, Filtered, Duplicate int
	Damaged                         int // damage entries that lose records
	Carved                          int // recovered from behind the live records, apart from Read
	First, Last                     evtx.Filetime
	FirstID, LastID                 uint64
	Channels, Computers             []string // sorted
}

// Open opens the file's bytes.
func (f *File) Open() (*os.File, error) { return os.Open(f.disk) }

// Collection is the evidence of a run, sorted by path.
type Collection struct {
	Files   []*File
	Ignored int // regular files that are no event logs and are not named as such
}

// Readable counts the files that Scan can try.
func (c *Collection) Readable() int {
	n := 0
	for _, f := range c.Files {
		if f.Status == FileRead || f.Status == FileDamaged {
			n++
		}
	}
	return n
}

// maxDepth bounds the nesting of directories. Windows paths end at 32,767
// characters; a tree deeper than this is a loop or an attack.
const maxDepth = 256

// Collect finds event logs under the given files and directories by content, never by name.
// What cannot be read becomes a File with a Status, so that the report lists it. The error is
// for a path that does not exist or a context that ended.
func Collect(ctx context.Context, paths []string) (*Collection, error) {
	c := &Collection{}
	seen := map[string]bool{}
	for _, p := range paths {
		if err := c.add(ctx, p, seen); err != nil {
			return nil, err
		}
	}
	sort.SliceStable(c.Files, func(i, j int) bool {
		a, b := c.Files[i], c.Files[j]
		if a.Path != b.Path {
			return a.Path < b.Path
		}
		return a.disk < b.disk
	})
	for i, f := range c.Files {
		f.Index = int32(i)
	}
	return c, nil
}

func (c *Collection) add(ctx context.Context, root string, seen map[string]bool) error {
	info, err := os.Stat(root)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s: no such file or directory; check the path after --evtx", root)
		}
		return fmt.Errorf("%s: %w", root, unwrapPath(err))
	}
	if !info.IsDir() {
		c.consider(root, filepath.Base(root), info, true, seen)
		return nil
	}
	return filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		rel, relErr := filepath.Rel(root, name)
		if relErr != nil {
			rel = name
		}
		rel = filepath.ToSlash(rel)
		if err != nil {
			c.Files = append(c.Files, &File{Path: rel, disk: name, Status: FileUnreadable,
				Detail: "directory cannot be listed: " + unwrapPath(err).Error()})
			return fs.SkipDir
		}
		if d.IsDir() {
			if strings.Count(rel, "/") > maxDepth {
				c.Files = append(c.Files, &File{Path: rel, disk: name, Status: FileUnreadable,
					Detail: fmt.Sprintf("more than %d directories deep: not entered", maxDepth)})
				return fs.SkipDir
			}
			return nil
		}
		info, err := d.Info()
		if err != nil {
			c.Files = append(c.Files, &File{Path: rel, disk: name, Status: FileUnreadable, Detail: unwrapPath(err).Error()})
			return nil
		}
		if info.Mode()&fs.ModeSymlink != 0 {
			// A link to a file is followed once; a link to a directory is not entered, so no loop can form.
			if info, err = os.Stat(name); err != nil || info.IsDir() {
				c.Ignored++
				return nil
			}
		}
		c.consider(name, rel, info, false, seen)
		return nil
	})
}

// consider sniffs one file. named says that the user asked for this very file.
func (c *Collection) consider(disk, rel string, info fs.FileInfo, named bool, seen map[string]bool) {
	if real, err := filepath.EvalSymlinks(disk); err == nil {
		if real, err = filepath.Abs(real); err == nil {
			if seen[real] {
				return // the same file under two arguments or through a link
			}
			seen[real] = true
		}
	}
	f := &File{Path: rel, disk: disk, Size: info.Size(), Status: FileRead}
	expected := named || strings.EqualFold(filepath.Ext(rel), ".evtx")
	if !info.Mode().IsRegular() {
		if expected {
			f.Status, f.Detail = FileUnreadable, "not a regular file ("+info.Mode().Type().String()+")"
			c.Files = append(c.Files, f)
		} else {
			c.Ignored++
		}
		return
	}
	head, err := readHead(disk)
	switch {
	case err != nil:
		f.Status, f.Detail = FileUnreadable, unwrapPath(err).Error()
	case evtx.Sniff(head):
	case looksLikeEVTX(disk, info.Size()):
		// The first bytes are damaged, but a chunk stands where a chunk should.
	case !expected:
		c.Ignored++
		return
	case len(head) == 0:
		f.Status, f.Detail = FileNotEVTX, "empty file (0 bytes)"
	default:
		f.Status, f.Detail = FileNotEVTX, "not an event log: "+kindOf(head)
	}
	c.Files = append(c.Files, f)
}

func readHead(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	b := make([]byte, 16)
	n, err := io.ReadFull(file, b)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil
	}
	return b[:n], err
}

// looksLikeEVTX tells an event log whose file header was overwritten from any other file.
func looksLikeEVTX(name string, size int64) bool {
	if size < evtx.FileHeaderSize+512 {
		return false
	}
	file, err := os.Open(name)
	if err != nil {
		return false
	}
	defer file.Close()
	var b [8]byte
	_, err = file.ReadAt(b[:], evtx.FileHeaderSize)
	return err == nil && string(b[:]) == "ElfChnk\x00"
}

// kindOf names what a file seems to be, with advice where there is some.
func kindOf(head []byte) string {
	has := func(s string) bool { return strings.HasPrefix(string(head), s) }
	switch {
	case has("\x30\x00\x00\x00LfLe"):
		return "an old .evt log (Windows XP/2003); convert it with wevtutil epl /lf first"
	case has("PK\x03\x04"):
		return "a zip archive; unpack it and give the directory"
	case has("7z\xbc\xaf\x27\x1c"):
		return "a 7z archive; unpack it and give the directory"
	case has("\x1f\x8b"):
		return "a gzip file; unpack it first"
	case has("EVF\x09\x0d\x0a\xff\x00"), has("vhdxfile"), has("conectix"):
		return "a disk image; mount it and give the directory Windows/System32/winevt/Logs"
	case has("SQLite format 3\x00"):
		return "an SQLite database"
	case has("<?xml"), has("\xef\xbb\xbf<?xml"), has("<Events"):
		return "XML; hunt reads the binary log it was exported from"
	}
	for _, b := range head {
		if b == 0 {
			return "does not start with ElfFile"
		}
	}
	return "text or other data, does not start with ElfFile"
}

// unwrapPath drops the operation and the name from an *fs.PathError: the caller names the file.
func unwrapPath(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
