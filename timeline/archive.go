package timeline

import (
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// Archives are read in place. A member's name is only ever a name in the report: nothing is written to such a path, so a
// name cannot lead anywhere. What must be copied for lack of random access goes into the collection's spool.

// archiveLimits bound what an archive may make of a run. Real collections stay far below each of them.
type archiveLimits struct {
	nesting  int   // archives within archives: a zip in an encrypted zip in a tar.gz in a zip is four
	archives int   // opened in a run: a fleet of 10,000 hosts has as many; a bomb of nested zips has millions
	members  int   // of all archives of a run
	floor    int64 // bytes that any member may unpack to
	skipped  int64 // bytes of a 7z that are unpacked only to come to the next member: minutes for a core. Above it, ratio holds
	rounds   int64 // of a hash that trying passwords may take in an archive on disk: see maxRounds
	ratio    int64 // times its packed size that a member above floor may unpack to: event logs give 10 to 40, with zero tails below 100
}

var defaultLimits = archiveLimits{nesting: 5, archives: 50_000, members: 20_000_000, floor: 64 << 20, skipped: 64 << 30, rounds: maxRounds, ratio: 200}

// maxMemberName bounds a member's name in the report; Windows paths end at 32,767 characters, and names that matter far below.
const maxMemberName = 4096

// maxMetadata bounds a collector's record: uploads.json of a large collection has some megabytes.
const maxMetadata = 64 << 20

var (
	errIdle = errors.New("its packed data neither ends nor unpacks to anything further: damaged or forged")
	errBomb = errors.New("it unpacks to more than 200 times its size, as an archive bomb does and an event log does not: " +
		"not read further; unpack it by other means if it is genuine")
	errMembers = errors.New("too many members")
)

// archive looks into an archive. What is wrong with it becomes a File of its own, beside the files that could be read.
func (w *walker) archive(k kind, e walkEntry) {
	if w.ctx.Err() != nil {
		return
	}
	if e.depth >= w.limits.nesting {
		w.container(e, FileUnreadable, fmt.Sprintf("%s archive not opened: it lies in %d others, and more is the mark of an archive bomb", k, e.depth))
		return
	}
	if w.archives++; w.archives > w.limits.archives {
		if w.archives == w.limits.archives+1 {
			w.container(e, FileUnreadable, fmt.Sprintf("archive not opened, nor any after it: more than %d archives in one run", w.limits.archives))
		}
		return
	}
	if e.depth == 0 {
		w.allow = w.limits.allowance(e.size)
	}
	files := len(w.col.Files)
	var err error
	switch k {
	case kindZip, kind7z:
		if !e.seekable {
			r := e.stream
			if e.src != nil {
				file, openErr := e.src.open()
				if openErr != nil {
					w.container(e, FileUnreadable, openErr.Error())
					return
				}
				defer file.Close()
				r = file
			}
			src, n, copyErr := w.copy(r)
			if src == nil {
				w.container(e, FileUnreadable, copyErr.Error())
				return
			}
			e.src, e.size, e.seekable = src, n, true
			err = copyErr
		} else if m, ok := e.src.(*zipMember); ok {
			err = m.check()
		}
		if k == kindZip {
			err = errors.Join(err, w.zip(e))
		} else {
			err = errors.Join(err, w.sevenZip(e))
		}
	default:
		err = w.stream(k, e)
	}
	if err == nil || w.ctx.Err() != nil {
		return
	}
	switch {
	case len(w.col.Files) > files:
		w.container(e, FileDamaged, k.String()+" archive read in part: "+oneLine(err))
	case e.named || nameSaysArchive(e.name) || e.depth > 0:
		w.container(e, FileUnreadable, k.String()+" archive: "+oneLine(err))
	default:
		w.col.Ignored++ // begins as an archive does, and is neither named as one nor holds a log
	}
}

// member counts one member against the bound of the run.
func (w *walker) member() error {
	if w.members++; w.members > w.limits.members {
		return fmt.Errorf("%w: more than %d in one run", errMembers, w.limits.members)
	}
	return w.ctx.Err()
}

// child is the entry of a member.
func (e walkEntry) child(name, format string, names map[string]int) walkEntry {
	shown := clean(name)
	c := walkEntry{path: e.path + "!/" + shown, loc: e.loc + "!/" + shown, name: path.Base(shown), depth: e.depth + 1, note: format}
	if e.note != "" {
		c.note += " within " + e.note
	}
	if names[shown]++; names[shown] > 1 {
		n := fmt.Sprintf(" (member %d of this name)", names[shown])
		c.path += n
		c.loc += n
	}
	if leavesArchive(name) {
		c.note += "; the member's name leads out of the archive: shown, not followed"
	}
	return c
}

// maxIdle is how often a reader may give neither bytes nor an error; io.Reader allows it, and none has a reason to more than twice.
const maxIdle = 100

// readSome reads from a reader of a library, of which a damaged stream can make one that goes on for ever without giving anything.
func readSome(r io.Reader, p []byte) (n int, err error) {
	for range maxIdle {
		if n, err = r.Read(p); n > 0 || err != nil || len(p) == 0 {
			return n, err
		}
	}
	return 0, errIdle
}

// bounded ends a stream that unpacks to too much of too little.
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

// counting counts what was read.
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
