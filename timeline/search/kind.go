package search

import "math/bits"

// Kind is what hits have in common whose matches are of the same patterns in the same fields, in the same
// order: what is worked out of these for one hit holds for the others. Kinds are compared by their address;
// hits of equal kinds come from one goroutine at a time.
type Kind struct{ matches []kindMatch }

type kindMatch struct {
	field, pattern int32
	name           bool
}

// is reports whether matches are of the kind.
func (k *Kind) is(matches []Match) bool {
	if len(k.matches) != len(matches) {
		return false
	}
	for i := range matches {
		if k.matches[i] != matches[i].kind() {
			return false
		}
	}
	return true
}

func (m *Match) kind() kindMatch {
	return kindMatch{m.FieldID, int32(m.Pattern), m.Name} // #nosec G115 -- below maxPatterns
}

// kinds are those of a Matcher.
type kinds struct{ by map[uint64]*Kind }

// FewKinds is how many kinds are remembered of a goroutine's hits.
const FewKinds = 1024

// of returns the kind of matches.
func (k *kinds) of(matches []Match) *Kind {
	hash := uint64(0)
	for i := range matches {
		x := matches[i].kind()
		hash = bits.RotateLeft64(hash^uint64(uint32(x.field))<<32^uint64(uint32(x.pattern)), 29) * spread // #nosec G115
		if x.name {
			hash++
		}
	}
	if found := k.by[hash]; found != nil && found.is(matches) {
		return found
	}
	out := &Kind{}
	for i := range matches {
		out.matches = append(out.matches, matches[i].kind())
	}
	if k.by == nil || len(k.by) >= FewKinds {
		k.by = map[uint64]*Kind{}
	}
	k.by[hash] = out
	return out
}
