package evidence

import (
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// Archives are read in place. A member's name is only ever a name in the report: nothing is written to such a path,
// so a name cannot lead anywhere. What must be copied for lack of random access goes into the collection's spool.

// archiveLimits bound what an archive can cost a run. Real collections stay far below each of them.
type archiveLimits struct {
	nesting  int   // archives within archives: a zip in an encrypted zip in a tar.gz in a zip is four
	floor    int64 // bytes that any member may unpack to
	unpacked int64 // bytes that an archive on disk may unpack to with all that is in it, beside ratio times its size
	// bytes of a 7z that are unpacked only to come to the next member: minutes for a core. Above it, ratio holds
	skipped int64
	rounds  int64 // of a hash, that trying passwords on an archive on disk may take: see maxRounds
	// times its packed size that a member above floor may unpack to: event logs give 10 to 40, with zero tails below
	// 100
	ratio int64
}

var defaultLimits = archiveLimits{nesting: 5, floor: 64 << 20, unpacked: 256 << 20, skipped: 64 << 30,
	rounds: maxRounds, ratio: 200}

// maxMemberName bounds a member's name in the report; Windows paths end at 32,767 characters, and
// names that matter far below.
const maxMemberName = 4096

// maxMetadata bounds a collector's record: uploads.json of a large collection has some megabytes.
const maxMetadata = 64 << 20

var (
	errIdle = errors.New("its packed data neither ends nor yields anything more: damaged or forged")
	errBomb = errors.New("it unpacks to more than 200 times its size, like an archive bomb and unlike an event log: " +
		"hunt stopped reading it; if it is genuine, unpack it with another tool")
)

// archive looks into an archive. If something is wrong with it, that becomes a File of its own, beside the files
// that could be read.
func (w *walker) archive(k kind, e walkEntry) {
	if w.ctx.Err() != nil {
		return
	}
	if e.depth == 0 {
		w.allow = w.limits.allowance(e.size, &w.col.Limits)
		defer func() {
			if err := w.allow.error(); err != nil && w.ctx.Err() == nil {
				w.container(e, Damaged, err.Error())
			}
		}()
	}
	if e.depth >= w.limits.nesting {
		w.bite(boundNesting, e.path)
		w.container(e, Unreadable,
			fmt.Sprintf("%s archive not opened: it is nested inside %d others, and hunt goes no deeper, because "+
				"archive bombs do", k, e.depth))
		return
	}
	if !w.allow.spend(archiveCost) {
		w.allow.refuse(e.path)
		return
	}
	w.unpack(k, e)
}

// unpack goes through what an archive holds, and notes what is wrong with it.
func (w *walker) unpack(k kind, e walkEntry) {
	found := w.found
	var err error
	switch k {
	case kindZip, kind7z:
		if !e.seekable {
			fetched, copyErr := w.fetch(e)
			if !fetched.seekable {
				w.container(e, Unreadable, copyErr.Error())
				return
			}
			e, err = fetched, copyErr
		} else if m, ok := e.src.(*zipMember); ok {
			err = m.check()
		}
		if k == kindZip {
			err = errors.Join(err, w.zip(e))
		} else {
			err = errors.Join(err, w.sevenZip(e))
		}
	case kindGzip, kindZstd: // going back after damage takes more than a stream
		if e.src == nil {
			fetched, copyErr := w.fetch(e)
			if fetched.src == nil {
				w.container(e, Unreadable, copyErr.Error())
				return
			}
			e, err = fetched, copyErr
		}
		if !soundHeader(k, e.src) {
			if src := lostHeader(k, e.src); src != nil {
				e.src = src
				err = errors.Join(err, errLostHeader)
			}
		}
		err = errors.Join(err, w.stream(k, e))
	default:
		err = w.stream(k, e)
	}
	if err != nil && w.ctx.Err() == nil {
		w.archiveFailed(k, e, err, w.found > found)
	}
}

// archiveFailed notes what is wrong with an archive; some says that part of it was found.
func (w *walker) archiveFailed(k kind, e walkEntry, err error, some bool) {
	if errors.Is(err, errAllowance) {
		w.allow.refuse(e.path) // reported once, for the archive on disk
		if err = without(err, errAllowance); err == nil {
			return
		}
	}
	if b, ok := BoundOf(err); ok {
		w.bite(b, e.path)
	}
	switch {
	case some:
		w.container(e, Damaged, k.String()+" archive read in part: "+oneLine(err))
	case e.named || nameSaysArchive(e.name) || e.depth > 0:
		w.container(e, Unreadable, k.String()+" archive: "+oneLine(err))
	default:
		w.col.Ignored++ // begins like an archive, but is neither named as one nor holds a log
	}
}

// member pays for looking at one member of an archive.
func (w *walker) member(e walkEntry) error {
	if !w.allow.spend(memberCost) {
		w.allow.refuse(e.path)
		return errAllowance
	}
	return w.ctx.Err()
}

// child is the entry of a member.
func (e walkEntry) child(name, format string, names map[string]int) walkEntry {
	shown := clean(name)
	c := walkEntry{path: e.path + "!/" + shown, loc: e.loc + "!/" + shown, name: path.Base(shown), depth: e.depth + 1,
		note: format, origin: e.origin}
	if e.note != "" {
		c.note += " within " + e.note
	}
	names[shown]++
	for n := names[shown]; n > 1; n++ {
		other := fmt.Sprintf("%s (member %d of this name)", shown, n)
		if names[other] == 0 { // a member may really have that name
			names[shown], names[other] = n, 1
			c.path, c.loc = e.path+"!/"+other, e.loc+"!/"+other
			break
		}
	}
	if leavesArchive(name) {
		c.note += "; the name of the member points outside the archive, which hunt does not follow"
	}
	return c
}

// maxIdle is how often a reader may return neither bytes nor an error; io.Reader allows it, and no reader has a
// reason to do so more than twice.
const maxIdle = 100

// readSome reads from a library's reader, which a damaged stream can make return nothing for ever.
func readSome(r io.Reader, p []byte) (n int, err error) {
	for range maxIdle {
		if n, err = r.Read(p); n > 0 || err != nil || len(p) == 0 {
			return n, err
		}
	}
	return 0, errIdle
}

// bounded ends a stream that unpacks to too much from too little.
type bounded struct {
	r      io.Reader
	packed func() int64 // bytes that went in so far
	out    int64
	limits *archiveLimits
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := readSome(b.r, p)
	if b.out += int64(n); b.out > b.limits.floor && b.out/b.limits.ratio > b.packed() {
		return 0, errBomb
	}
	return n, err
}

// counting counts the bytes that were read.
type counting struct {
	r io.Reader
	n int64
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// oneLine is an error's text in a line.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

// without returns the rest of a joined error.
func without(err, drop error) error {
	joined, ok := err.(interface{ Unwrap() []error })
	switch {
	case ok:
		var rest []error
		for _, e := range joined.Unwrap() {
			rest = append(rest, without(e, drop))
		}
		return errors.Join(rest...)
	case errors.Is(err, drop):
		return nil
	}
	return err
}
