package predicate

import "hash/maphash"

// Parted is an Event with fields that hold the texts of many others, one behind the other, with a
// line end after each. Most of them are the same from event to event, so each is searched once.
type Parted interface {
	Event
	// Lacks reports whether no part of the value of f has a text that s looks for. It asks s.Known of
	// each part and, where that is false, s.Find. ok is false of fields that have no parts.
	Lacks(f FieldID, s *Search) (lacks, ok bool)
}

// Search looks for the literals of a field in the parts of its value. It remembers parts that have
// none by a hash under a seed that nobody knows: no part can be made that passes for another. It
// forgets, as a part has one place, which the last one takes.
type Search struct {
	grams   *grams
	finder  finder
	scratch Scratch
	seed    maphash.Seed
	key     uint64 // of the part that Known was asked of, 0: it is not remembered
	keys    []uint64
}

const (
	// searchKeys is the number of parts that a Search remembers, a power of two.
	searchKeys = 1 << 12
	// maxKnownPart is the longest part remembered, in bytes; longer ones seldom repeat.
	maxKnownPart = 2048
)

func newSearch(x *space) *Search {
	return &Search{grams: x.grams, seed: maphash.MakeSeed(), keys: make([]uint64, searchKeys)}
}

// Known reports whether it is known that a part has none of the texts. Parts of one kind with equal
// bytes have the same text.
func (s *Search) Known(kind uint8, raw []byte) bool {
	if len(raw) > maxKnownPart {
		s.key = 0
		return false
	}
	return s.known(maphash.Bytes(s.seed, raw) + uint64(kind)*0x9e3779b97f4a7c15)
}

// KnownText is Known for a part that is given by its text.
func (s *Search) KnownText(text string) bool { return s.known(maphash.String(s.seed, text)) }

func (s *Search) known(key uint64) bool {
	s.key = key | 1
	return s.keys[s.key>>1&(searchKeys-1)] == s.key
}

// Loose says that the next part cannot be told by its bytes.
func (s *Search) Loose() { s.key = 0 }

// Find reports whether the part that Known was asked of last, or Loose told of, has any of the texts.
func (s *Search) Find(text string) bool {
	s.scratch.reset()
	s.finder.begin(len(s.grams.literals))
	s.grams.find(s.scratch.Fold(text), &s.finder)
	if len(s.finder.ids) > 0 {
		return true
	}
	if s.key != 0 {
		s.keys[s.key>>1&(searchKeys-1)] = s.key
	}
	return false
}
