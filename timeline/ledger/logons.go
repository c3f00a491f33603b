package ledger

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"iter"
	"slices"
	"unsafe"

	"hunt/evtx"
	"hunt/timeline/ecs"
)

// Logons holds the logons of a host in a third of the memory that the same number of Logon values takes: a host can
// have a million, most of them failed and alike. Beyond a bound, they go to a temporary file. They are added in any
// order, put in order once, and then read, by any number of goroutines. The zero value is empty and has no bound.
type Logons struct {
	room *Room
	held int64       // bytes of the rows and texts in memory
	away *logonsAway // all of them, once they exceed the room

	blocks [][]logonRow // in order of arrival; blocks are never copied to grow
	order  []int32      // of those that are read, each by its place in the blocks
	texts  []string
	known  map[string]uint32 // places in texts; nil once they are in order
	n      int32             // rows, including duplicates
}

// blockRows is the number of rows in a block.
const blockRows = 1 << 10

func (l *Logons) row(n int32) *logonRow { return &l.blocks[n/blockRows][n%blockRows] }

// logonRow is a Logon whose texts are elsewhere.
type logonRow struct {
	ref     evtx.Ref
	at      evtx.Filetime
	content uint64
	pid     int64
	texts   [logonTexts]uint32
	stretch int32
	role    ecs.Role
	unsure  bool
}

// logonTexts is the number of texts that a Logon has, the Computer name of its record among them.
const logonTexts = 12

// keptTexts is how many different texts are stored only once: those of a host repeat, except for the ids of its
// sessions.
const keptTexts = 1 << 15

func (l *Logon) texts() [logonTexts]*string {
	return [logonTexts]*string{&l.Computer, &l.User, &l.SID, &l.ID, &l.Kind, &l.IP, &l.Workstation, &l.Subject,
		&l.SubjSID, &l.Target, &l.Linked, &l.Program}
}

// NewLogons returns an empty set of logons that takes about as much memory as the room gives it.
func NewLogons(room *Room) Logons { return Logons{room: room} }

// Add adds logons, to which it keeps no reference.
func (l *Logons) Add(all ...*Logon) {
	if l.known == nil {
		l.known = map[string]uint32{}
	}
	for _, x := range all {
		if l.away != nil {
			l.away.add(x)
			continue
		}
		row := logonRow{ref: x.Ref, at: x.At, content: x.Content, pid: x.PID, role: x.Role, unsure: x.Unsure,
			stretch: int32(x.Stretch)} // #nosec G115 -- changes of a clock, which are bounded
		for i, text := range x.texts() {
			row.texts[i] = l.place(*text)
		}
		if l.n%blockRows == 0 {
			l.blocks = append(l.blocks, nil)
		}
		last := &l.blocks[len(l.blocks)-1]
		*last = append(*last, row)
		l.order = append(l.order, l.n)
		l.n++
		if l.held += logonRowSize; l.room != nil && l.held > l.room.Memory {
			l.putAway()
		}
	}
}

// logonRowSize is the memory that a row takes, with its place in the order.
const logonRowSize = int64(unsafe.Sizeof(logonRow{})) + 4

// putAway moves what is in memory to the temporary file.
func (l *Logons) putAway() {
	away := newLogonsAway(l.room)
	for x := range l.All() {
		away.add(x)
	}
	*l = Logons{room: l.room, away: away, known: map[string]uint32{}}
}

// textSize is the memory that a text takes in addition to its bytes.
const textSize = 32

func (l *Logons) place(text string) uint32 {
	n, ok := l.known[text]
	if !ok {
		n = uint32(len(l.texts)) // #nosec G115 -- twelve of each record in memory
		l.texts = append(l.texts, text)
		l.held += int64(len(text)) + textSize
		if len(l.known) < keptTexts {
			l.known[text] = n
		}
	}
	return n
}

// Order sorts them as Order of a History does, and keeps only the first of equal ones.
func (l *Logons) Order() {
	l.known = nil
	if l.away != nil {
		l.away.settle()
		return
	}
	slices.SortFunc(l.order, func(m, n int32) int {
		a, b := l.row(m), l.row(n)
		if a.at != b.at {
			return cmp.Compare(a.at, b.at)
		}
		return cmp.Or(a.compare(b), CompareRefs(a.ref, b.ref))
	})
	l.order = slices.CompactFunc(l.order, func(m, n int32) bool { return l.row(m).compare(l.row(n)) == 0 })
}

// compare orders rows as facts are ordered.
func (r *logonRow) compare(o *logonRow) int {
	a := Fact{At: r.at, Content: r.content, Ref: evtx.Ref{EventRecordID: r.ref.EventRecordID}}
	b := Fact{At: o.at, Content: o.content, Ref: evtx.Ref{EventRecordID: o.ref.EventRecordID}}
	return a.compare(&b)
}

// Stretches sets for each the stretch between changes of the clock in which it lies, and sorts by stretch.
func (l *Logons) Stretches(of func(ref evtx.Ref, at evtx.Filetime) (stretch int, unsure bool)) {
	if l.away != nil {
		away := newLogonsAway(l.room)
		for x := range l.away.all() {
			x.Stretch, x.Unsure = of(x.Ref, x.At)
			away.add(x)
		}
		away.settle()
		l.away.close()
		l.away = away
		return
	}
	for _, place := range l.order {
		r := l.row(place)
		n, unsure := of(r.ref, r.at)
		r.stretch, r.unsure = int32(n), unsure // #nosec G115 -- see Add
	}
	slices.SortStableFunc(l.order, func(m, n int32) int { return cmp.Compare(l.row(m).stretch, l.row(n).stretch) })
}

// Accounts returns the first of the logons, in order, for each combination of accounts.
func (l *Logons) Accounts() Logons {
	out, known := NewLogons(l.room), map[[sha256.Size]byte]bool{}
	var names []byte
	for x := range l.All() {
		names = names[:0]
		for _, name := range []string{x.User, x.SID, x.Subject, x.SubjSID} {
			names = append(binary.AppendUvarint(names, uint64(len(name))), name...)
		}
		if key := sha256.Sum256(names); !known[key] {
			known[key] = true
			out.Add(x)
		}
	}
	out.known = nil
	if out.away != nil {
		out.away.settle()
	}
	return out
}

// Held returns how many of them are in memory.
func (l *Logons) Held() int { return len(l.order) }

// All yields them in order. A Logon is valid until the next one.
func (l *Logons) All() iter.Seq[*Logon] {
	return func(yield func(*Logon) bool) {
		if l.away != nil {
			l.away.all()(yield)
			return
		}
		var x Logon
		to := x.texts()
		for _, place := range l.order {
			r := l.row(place)
			x.Fact = Fact{Ref: r.ref, At: r.at, Content: r.content, Stretch: int(r.stretch), Unsure: r.unsure}
			x.Role, x.PID = r.role, r.pid
			for k, n := range r.texts {
				*to[k] = l.texts[n]
			}
			if !yield(&x) {
				return
			}
		}
	}
}

// Times yields the time and role of each, in order.
func (l *Logons) Times() iter.Seq2[evtx.Filetime, ecs.Role] {
	return func(yield func(evtx.Filetime, ecs.Role) bool) {
		if l.away != nil {
			for x := range l.away.all() {
				if !yield(x.At, x.Role) {
					return
				}
			}
			return
		}
		for _, place := range l.order {
			if r := l.row(place); !yield(r.at, r.role) {
				return
			}
		}
	}
}
