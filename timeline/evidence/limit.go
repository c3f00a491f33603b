package evidence

import (
	"errors"
	"fmt"
	"io"

	"hunt/limit"
	"hunt/timeline/evidence/hole"
	"hunt/timeline/evidence/sevenz"
	"hunt/timeline/spill"
)

// The bounds on archives and on what is looked for in directories.
var (
	boundUnpacked = limit.Bound{ID: "archive-unpacked", Loses: true,
		Text: "hunt unpacks at most 256 MiB plus 200 times its size from an archive, with everything in it; each " +
			"member counts as at least 4 KiB, each inner archive as at least 64 KiB"}
	boundMember = limit.Bound{ID: "archive-member",
		Text:  "hunt unpacks a member of an archive up to 64 MiB, or up to 200 times its packed size if that is more",
		Loses: true}
	boundNesting = limit.Bound{ID: "archive-nesting",
		Text: "hunt opens archives within archives up to five levels deep", Loses: true}
	boundTrying = limit.Bound{ID: "archive-passwords",
		Text: "hunt stops trying passwords on an archive after 2^30 rounds of a hash", Loses: true}
	boundZip = limit.Bound{ID: "archive-zip-directory", Text: "hunt reads the first 256 MiB of a zip's directory",
		Loses: true}
	bound7z = limit.Bound{ID: "archive-7z",
		Text: "hunt opens a 7z only if its directory has at most 64 MiB, and if its members are packed once, have at " +
			"most 8 keys and need at most 512 MiB of memory to unpack", Loses: true}
	boundTar = limit.Bound{ID: "archive-tar-header",
		Text: "hunt reads up to 1 MiB of extended headers for a member of a tar", Loses: true}
	boundSearch = limit.Bound{ID: "archive-search",
		Text:  "to find the whole parts of a damaged stream, hunt reads up to 64 MiB plus four times its size again",
		Loses: true}
	boundSpool = limit.Bound{ID: "archive-copies",
		Text: "hunt copies at most 256 GiB from archives to temporary files", Loses: true}
	boundRecord  = limit.Bound{ID: "collector-record", Text: "hunt reads the first 64 MiB of a collector's record"}
	boundFolders = limit.Bound{ID: "directory-depth", Text: "hunt enters directories up to 256 levels deep",
		Loses: true}
)

// bite counts a bound that was reached at something with a name.
func (w *walker) bite(b limit.Bound, path string) { w.col.Limits.Bite(b, limit.In(path)) }

// BoundOf returns the bound behind an error of opening or reading evidence; ok is false if there
// is none.
func BoundOf(err error) (limit.Bound, bool) {
	var refused sevenz.Refusal
	switch {
	case errors.Is(err, errBomb):
		return boundMember, true
	case errors.Is(err, errAllowance):
		return boundUnpacked, true
	case errors.Is(err, hole.ErrSearched):
		return boundSearch, true
	case errors.Is(err, spill.ErrFull):
		return boundSpool, true
	case errors.As(err, &refused):
		return bound7z, true
	}
	return limit.Bound{}, false
}

// allowance is what one archive on disk, with everything in it, may still cost the run. It counts
// bytes and rounds, never time, so that a run gives the same result on every machine. Each archive
// has its own, so that a decompression bomb affects nothing else and a shard gives what a single
// run gives.
type allowance struct {
	limits *archiveLimits
	tally  *limit.Tally
	size   int64 // of the archive
	bytes  int64 // that may still be unpacked; each member counts as memberCost at least
	rounds int64 // of a hash, for passwords

	skipped int64 // bytes of 7z members that were unpacked only to reach the next one

	refused int    // members that were not read
	first   string // path of the first of them
}

// memberCost is the least that each member costs an allowance, in bytes: for listing it and
// looking at its beginning.
const memberCost = 4 << 10

// archiveCost is the additional cost of opening an archive, in bytes.
const archiveCost = 64 << 10

// errAllowance ends unpacking beyond the allowance.
var errAllowance = errors.New("the archive around it unpacks to more than hunt allows for its size, like an " +
	"archive bomb")

// allowance returns the allowance of an archive of so many bytes.
func (l *archiveLimits) allowance(size int64, tally *limit.Tally) *allowance {
	return &allowance{limits: l, tally: tally, size: size, bytes: l.unpacked + l.ratio*min(size, 1<<48),
		rounds: l.rounds}
}

// try pays for trying a password.
func (a *allowance) try(rounds int64) bool {
	if rounds > a.rounds {
		a.rounds = 0
		return false
	}
	a.rounds -= rounds
	return true
}

// spend pays for bytes that are unpacked. If they exceed the rest, the rest stays for others.
func (a *allowance) spend(n int64) bool {
	if n > a.bytes {
		return false
	}
	a.bytes -= n
	return true
}

// refuse notes something that is not read.
func (a *allowance) refuse(path string) {
	if a.refused++; a.refused == 1 {
		a.first = path
	}
	a.tally.Bite(boundUnpacked, limit.In(path))
}

// error says what was not read; nil if everything was.
func (a *allowance) error() error {
	if a.refused == 0 {
		return nil
	}
	what := fmt.Sprintf("%d members were not read, the first of them %s", a.refused, a.first)
	if a.refused == 1 {
		what = a.first + " was not read"
	}
	return fmt.Errorf("its content unpacks to more than %d MiB plus %d times its size, like an archive bomb and "+
		"unlike event logs: "+
		"%s, nor was their content; if it is genuine, unpack it with another tool", a.limits.unpacked>>20,
		a.limits.ratio, what)
}

// paying ends a stream that the allowance does not cover.
type paying struct {
	r      io.Reader
	from   *allowance
	failed *error // also receives the error; may be nil
}

func (p *paying) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	if !p.from.spend(int64(n)) {
		if p.failed != nil {
			*p.failed = errAllowance
		}
		return 0, errAllowance
	}
	return n, err
}

// unpacks returns how much reading the member can give: what it claims, as far as its packed bytes
// can unpack to that.
func (m *zipMember) unpacks() int64 {
	if m.method == zipStore {
		return m.packed
	}
	return min(max(m.size, 0), max(m.limits.floor, m.limits.ratio*m.packed))
}
