package predicate

import "hash/maphash"

// Parted is an Event with fields that consist of the texts of many others, each followed by a line
// end. Most of these parts are the same from event to event, so each is searched once.
type Parted interface {
	Event
	// Lacks reports whether no part of the value of f has a text that s looks for. It calls s.Known
	// for each part and, if that returns false, s.Find. ok is false for fields without parts.
	Lacks(f FieldID, s *Search) (lacks, ok bool)
}

// Search looks for the literals of a field in the parts of its value. It caches parts that have none,
// by a hash with a random seed, so that nobody can craft a part that collides with another. The cache
// has one place for each hash, and a newer part replaces an older one.
type Search struct {
	grams   *grams
	finder  finder
	scratch Scratch
	seed    maphash.Seed
	key     uint64 // of the part for which Known was called, 0: it is not cached
	keys    []uint64
}

const (
	// searchKeys is the number of parts that a Search caches, a power of two.
	searchKeys = 1 << 12
	// maxKnownPart is the longest cached part, in bytes; longer ones seldom repeat.
	maxKnownPart = 2048
)

func newSearch(x *space) *Search {
	return &Search{grams: x.grams, seed: maphash.MakeSeed(), keys: make([]uint64, searchKeys)}
}

// Known reports whether a part is known to have none of the texts. Parts of the same kind with equal
// bytes have the same text.
func (s *Search) Known(kind uint8, raw []byte) bool {
	if len(raw) > maxKnownPart {
		s.key = 0
		return false
	}
	return s.known(maphash.Bytes(s.seed, raw) + uint64(kind)*0x9e3779b97f4a7c15)
}

// KnownText is Known for a part given by its text.
func (s *Search) KnownText(text string) bool { return s.known(maphash.String(s.seed, text)) }

func (s *Search) known(key uint64) bool {
	s.key = key | 1
	return s.keys[s.key>>1&(searchKeys-1)] == s.key
}

// Loose says that the bytes of the next part do not identify it.
func (s *Search) Loose() { s.key = 0 }

// Find reports whether a part has any of the texts. It follows a call of Known or Loose for that
// part.
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
