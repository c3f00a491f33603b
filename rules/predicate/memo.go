package predicate

import (
	"hash/maphash"
	"unsafe"
)

// memo caches results for texts of fields: real logs name the same programs, parents and paths again and again. The
// cached results are exact, because an entry is used only for its own field and text; a newer text replaces an older
// one in the same place. It belongs to one Evaluator.
type memo struct {
	seed    maphash.Seed
	entries []memoEntry
}

const (
	// memoEntries is the number of cached texts (a power of two). With maxMemoText and the folded form it bounds the
	// memory to some 3 MiB.
	memoEntries = 1 << 12
	// maxMemoText is the longest cached text, in bytes; longer ones seldom repeat.
	maxMemoText = 256
)

// memoEntry is what is known of one text of one field.
type memoEntry struct {
	at     uint32 // the last event that had the text: during its evaluation the entry is not replaced
	slot   int32
	text   string // in own: the text of an event is overwritten by the next one's
	own    []byte
	folded string // in buf, unless text is its own folded form
	ascii  bool   // of folded
	buf    []byte
	ids    [forms]int32 // in the field's spaces, by form
	// literals are those of the field that the text contains, once it was searched.
	searched bool
	literals []int32
	// known and truth are the results of the field's tests, a bit for each.
	known, truth []uint64
}

// Of memoEntry.ids.
const (
	idUnknown = -1 // not looked up
	idNone    = -2 // no leaf compares with the text
)

func newMemo() memo {
	return memo{seed: maphash.MakeSeed(), entries: make([]memoEntry, memoEntries)}
}

// entry returns the entry for a text of a field with n tests in the event now, nil if there is no place for it.
func (m *memo) entry(slot int32, text string, n int, now uint32) *memoEntry {
	if len(text) > maxMemoText {
		return nil
	}
	e := &m.entries[(maphash.String(m.seed, text)+uint64(slot)*0x9e3779b97f4a7c15)&(memoEntries-1)]
	if e.slot == slot && e.text == text && e.at != 0 {
		e.at = now
		return e
	}
	if e.at == now {
		return nil
	}
	words := (n + 63) / 64
	own := append(e.own[:0], text...)
	text = unsafe.String(unsafe.SliceData(own), len(own))
	*e = memoEntry{at: now, slot: slot, text: text, own: own, buf: e.buf[:0], literals: e.literals[:0],
		known: zeroed(e.known, words), truth: zeroed(e.truth, words)}
	for f := range e.ids {
		e.ids[f] = idUnknown
	}
	if isFolded(text) {
		e.folded, e.ascii = text, true
	} else {
		e.buf = appendFold(e.buf, text)
		e.folded = unsafe.String(unsafe.SliceData(e.buf), len(e.buf))
		e.ascii = isASCII(e.folded)
	}
	return e
}

// zeroed returns n zeros, in s if there is room.
func zeroed(s []uint64, n int) []uint64 {
	if cap(s) < n {
		return make([]uint64, n)
	}
	s = s[:n]
	clear(s)
	return s
}

// result returns whether the text passes a test, if that is known.
func (e *memoEntry) result(test int32) (truth, known bool) {
	bit := uint64(1) << (test % 64)
	return e.truth[test/64]&bit != 0, e.known[test/64]&bit != 0
}

func (e *memoEntry) remember(test int32, truth bool) {
	bit := uint64(1) << (test % 64)
	e.known[test/64] |= bit
	if truth {
		e.truth[test/64] |= bit
	}
}
