package evidence

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hunt/shellword"
	"hunt/timeline/evidence/acquisition"
	"hunt/timeline/spill"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds the nesting of directories. Windows paths end at 32,767 characters; a deeper tree is a loop or an
// attack.
const maxDepth = 256

// walker finds the evidence: it goes through directories and archives in order, looks at the first bytes of every
// file and notes what it is. It belongs to one goroutine.
type walker struct {
	ctx     context.Context
	o       Options
	limits  archiveLimits
	col     *Collection
	seen    map[[16]byte]bool // hashes of real paths, so that a file given twice is read once
	listing listing           // of files that are not read
	found   int               // entries of the inventory so far, listed or not
	facts   *acquisition.Records
	allow   *allowance // of the archive on disk that is being read
	plain   bool       // the current path has no link in it
	prefix  string     // before the paths of the input
	place   string     // of the input
	real    string     // where it lies on this machine; "" if its name says what it is
}

func newWalker(ctx context.Context, o Options) *walker {
	w := &walker{ctx: ctx, o: o, limits: defaultLimits, col: &Collection{copies: spill.NewStore(o.TempDir)},
		seen: map[[16]byte]bool{}, facts: acquisition.New()}
	w.col.copies.Max = o.MaxCopies
	w.limits.rounds = cmp.Or(o.MaxRounds, w.limits.rounds)
	return w
}

// walkEntry is one file on the walk, on disk or in an archive.
type walkEntry struct {
	path string // as reported
	loc  string // unique, as File.Place
	name string // of the file itself, for decisions by name
	note string // about the archive it came in
	size int64  // 0 if only reading to the end shows it
	head []byte // the first sniffSize bytes

	named  bool      // given by the user
	origin *diskFile // the file on disk, or the one that contains it
	depth  int       // number of archives around it
	// One of these gives the bytes: src or, if an archive can only be read from the front, the current stream.
	src      Source
	seekable bool // src.OpenRandom costs nothing
	stream   io.Reader
	paid     bool // the stream's bytes are paid for
}

// input adds one input.
func (w *walker) input(in Input) error {
	w.prefix, w.place, w.real = in.shown(), in.Place, ""
	if in.Name == "" {
		w.real = fullPath(in.Path)
	}
	if in.Host != "" {
		w.facts.Hint(w.place, cmp.Or(in.Name, filepath.Base(in.Path)), in.Host)
	}
	return w.root(in.Path)
}

// full is a place of the present input as a full path of this machine.
func (w *walker) full(place string) string {
	if w.real == "" {
		return ""
	}
	return w.real + strings.TrimPrefix(place, w.place)
}

// root adds one argument.
func (w *walker) root(root string) error {
	info, err := os.Stat(root)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: no such file or directory; check the path to the evidence", root)
	case err != nil:
		return fmt.Errorf("%s: %w", root, unwrapPath(err))
	case !info.IsDir():
		w.disk(root, walkEntry{path: cmp.Or(w.prefix, filepath.Base(root)), loc: w.place, named: true}, info)
		return nil
	}
	if w.prefix != "" {
		w.prefix += "/"
	}
	const sep = string(filepath.Separator)
	given := strings.TrimSuffix(root, sep) + sep
	if real, err := resolved(root); err == nil {
		root = real // WalkDir does not enter a link
	}
	w.plain = true
	defer func() { w.plain = false }()
	return filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if w.ctx.Err() != nil {
			return w.ctx.Err()
		}
		rel, _ := filepath.Rel(root, name) // name is root, or below it
		rel = filepath.ToSlash(rel)
		depth := strings.Count(rel, "/")
		rel, loc := w.prefix+rel, w.place+"/"+rel
		if err != nil {
			w.unreadable(rel, loc, "cannot list the directory: "+unwrapPath(err).Error())
			return fs.SkipDir
		}
		if d.IsDir() {
			if depth > maxDepth {
				w.bite(boundFolders, rel)
				w.unreadable(rel, loc, fmt.Sprintf("nested more than %d directories deep: not entered", maxDepth))
				return fs.SkipDir
			}
			return nil
		}
		info, err := d.Info()
		if err != nil {
			w.unreadable(rel, loc, unwrapPath(err).Error())
			return nil
		}
		if info.Mode()&fs.ModeSymlink != 0 {
			w.plain = false
			if info, err = os.Stat(name); err != nil || info.IsDir() {
				w.link(root, given+strings.TrimPrefix(strings.TrimPrefix(name, root), sep), rel, loc, err)
				return nil
			}
		}
		w.disk(name, walkEntry{path: rel, loc: loc}, info)
		w.plain = true
		return nil
	})
}

// link reports a link below root that is not followed. A link to a file is followed once; one to a directory is not
// entered, so that no loop can form, and is reported if it leads outside root. A broken link is reported if it is
// named as evidence. name is its path as the user would write it.
func (w *walker) link(root, name, rel, loc string, err error) {
	to, unresolved := resolved(name)
	up, unrelated := filepath.Rel(root, to)
	switch where := "elsewhere"; {
	case err != nil && (nameSaysLog(rel) || nameSaysArchive(rel)):
		w.unreadable(rel, loc, "a link that leads nowhere: "+unwrapPath(err).Error())
	case err != nil, unresolved == nil && unrelated == nil && filepath.IsLocal(up):
		w.col.Ignored++
	default:
		if unresolved != nil {
			where = "(" + unwrapPath(unresolved).Error() + ")"
		}
		w.unreadable(rel, loc,
			"a link to a directory "+where+", which hunt does not enter; add --evtx "+shellword.Quoted(name))
	}
}

func (w *walker) unreadable(path, loc, detail string) {
	w.list(&File{Path: path, Place: loc, Status: Unreadable, Detail: detail})
}

// disk looks at one file on disk; e has its paths and says whether the user asked for this very file.
func (w *walker) disk(name string, e walkEntry, info fs.FileInfo) {
	real := name
	if abs, err := filepath.Abs(name); err == nil {
		real = filepath.ToSlash(abs)
	}
	if !w.once(name, real) {
		return
	}
	e.name = path.Base(e.path)
	if !info.Mode().IsRegular() {
		if e.named || nameSaysLog(e.path) {
			w.unreadable(e.path, e.loc, "not a regular file ("+info.Mode().Type().String()+")")
		} else {
			w.col.Ignored++
		}
		return
	}
	d := &diskFile{name, info.Size(), info.ModTime().UnixNano()}
	e.size, e.src, e.seekable, e.origin = d.size, d, true, d
	var err error
	if e.head, err = headOf(e.src); err != nil {
		w.unreadable(e.path, e.loc, unwrapPath(err).Error())
		return
	}
	w.consider(e)
}

// once reports whether a file was not seen before, under another argument or through a link. Below a directory
// whose own path has no link in it, only a link can have another real path.
func (w *walker) once(name, loc string) bool {
	real := loc
	if !w.plain {
		to, err := resolved(name)
		if err != nil {
			return true
		}
		real = filepath.ToSlash(to)
	}
	sum := sha256.Sum256([]byte(real))
	key := [16]byte(sum[:])
	if w.seen[key] {
		return false
	}
	w.seen[key] = true
	return true
}

// headOf reads the first bytes of a source. A shorter source is not an error.
func headOf(src Source) ([]byte, error) {
	r, err := src.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	head := make([]byte, sniffSize)
	n, err := io.ReadFull(r, head)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, errTruncated) && n > 0 {
		err = nil
	}
	return head[:n], err
}

// consider decides what an entry is.
func (w *walker) consider(e walkEntry) {
	if w.facts.Wants(e.name) {
		w.metadata(e)
		return
	}
	k, advice := sniff(e.head, e.size)
	if k == kindOther {
		if advice = unopened(e.name, e.head); advice != "" {
			k = kindRefused
		}
	}
	first, shifted := int64(0), false
	if k == kindOther && advice == "" {
		// A file that stores a log contains a log's chunks, and the remains of a disk contain archives: the name
		// decides which is looked for first.
		archive := nameSaysArchive(e.name) || isProgram(e.head)
		if archive {
			e, k = w.hidden(e)
		}
		if k == kindOther {
			if first, shifted = w.headless(&e, false); shifted {
				k = kindEVTX
			}
		}
		if k == kindOther && !archive {
			e, k = w.hidden(e)
		}
		if k == kindOther && (e.named || nameSaysLog(e.name) || w.o.Carved) {
			if first, shifted = w.headless(&e, true); shifted {
				k = kindEVTX
			}
		}
	}
	switch {
	case k == kindEVTX:
		w.log(e, first, shifted)
	case k.archive():
		w.archive(k, e)
	case k.refused():
		f := &File{Path: e.path, Place: e.loc, Size: e.size, Status: Unreadable, Detail: advice}
		if k == kindOldLog {
			f.Status = NotEVTX
		}
		w.list(f)
	case e.named, nameSaysLog(e.name):
		w.list(&File{Path: e.path, Place: e.loc, Size: e.size, Status: NotEVTX, Detail: w.describe(&e)})
	case nameSaysArchive(e.name):
		w.container(e, Unreadable,
			"named like an archive, but does not begin like one: damaged, empty or something else")
	default:
		w.col.Ignored++
	}
}

// log adds an event log. shifted says that its header is gone, so that its slots begin at first.
func (w *walker) log(e walkEntry, first int64, shifted bool) {
	f := &File{Path: e.path, Place: e.loc, Size: e.size, Input: w.place, full: w.full(e.loc), Status: Read,
		first: first, shifted: shifted, src: e.src, origin: e.origin, Source: e.note}
	if m, ok := e.src.(*zipMember); ok && !w.allow.spend(m.unpacks()) {
		w.allow.refuse(e.path)
		return
	}
	if e.src == nil {
		src, n, err := w.copy(e, e.stream)
		if src == nil {
			f.Status, f.Detail = Unreadable, err.Error()
			w.list(f)
			return
		}
		f.src, f.Size = src, n
		if err != nil {
			f.src = damagedSource{src, err}
		}
	}
	w.col.Files = append(w.col.Files, f)
	w.found++
}

// list adds a file that is not read.
func (w *walker) list(f *File) {
	f.Input, f.full = w.place, w.full(f.Place)
	w.listing.add(f)
	w.found++
}

// copy keeps the content of an archive member's stream until the end of the run.
func (w *walker) copy(e walkEntry, r io.Reader) (Source, int64, error) {
	if !e.paid {
		r = &paying{r: r, from: w.allow}
	}
	src, n, err := addTo(w.col.copies, &cancellable{w.ctx, r})
	if err != nil && w.ctx.Err() != nil {
		return nil, 0, w.ctx.Err()
	}
	switch b, bounded := BoundOf(err); {
	case errors.Is(err, errAllowance):
		w.allow.refuse(e.path)
	case bounded && src == nil: // if there is a copy, its reader reports the end
		w.bite(b, e.path)
	}
	return src, n, err
}

// metadata reads a collector's record. The record is small, describes the evidence, and is never an event log.
func (w *walker) metadata(e walkEntry) {
	w.col.Ignored++
	r := e.stream
	if e.src != nil {
		file, err := e.src.Open()
		if err != nil {
			return
		}
		defer file.Close()
		r = file
	}
	// Half a record is worth reading: collectors write theirs from the front.
	b, _ := io.ReadAll(io.LimitReader(&cancellable{w.ctx, r}, maxMetadata+1))
	if len(b) > maxMetadata {
		w.bite(boundRecord, e.path)
		b = b[:maxMetadata]
	}
	w.facts.Add(e.path, e.loc, e.name, b)
}

// finish adds to every file what the collector's records say about it.
func (w *walker) finish() *Collection {
	w.col.Acquisitions = w.facts.All()
	w.col.Files = append(w.col.Files, w.listing.finish(&w.col.Limits)...)
	for _, f := range w.col.Files {
		f.Acquisition = w.facts.Of(f.Place)
		f.Role = roleOf(f.Path, cmp.Or(f.full, f.Place))
		f.Source = sourceOf(f, f.Source)
		if f.Acquisition != nil {
			f.Collected = f.Acquisition.String()
		}
	}
	return w.col
}

// container notes that something is wrong with an archive.
func (w *walker) container(e walkEntry, status Status, detail string) {
	w.list(&File{Path: e.path, Place: e.loc, Size: e.size, Status: status, Detail: detail, Container: true,
		Source: e.note})
}

// clean makes a member's name safe for a path in the report: forward slashes, no control characters, valid UTF-8.
// It is only ever shown and compared, never used to open or create a file.
func clean(name string) string {
	if !strings.Contains(name, "/") {
		name = strings.ReplaceAll(name, `\`, "/")
	}
	name = strings.ToValidUTF8(name, string(utf8.RuneError))
	name = strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f {
			return utf8.RuneError
		}
		return r
	}, name)
	if len(name) > maxMemberName {
		name = strings.ToValidUTF8(name[:maxMemberName], "") + "…"
	}
	name = strings.TrimPrefix(name, "./")
	if name == "" {
		name = "(no name)"
	}
	return name
}

// leavesArchive reports whether a member's name would lead out of the directory in which the archive is unpacked.
func leavesArchive(name string) bool {
	name = strings.ReplaceAll(name, `\`, "/")
	if strings.HasPrefix(name, "/") || len(name) > 1 && name[1] == ':' {
		return true
	}
	depth := 0
	for _, part := range strings.Split(name, "/") {
		switch part {
		case "", ".":
		case "..":
			if depth--; depth < 0 {
				return true
			}
		default:
			depth++
		}
	}
	return false
}
