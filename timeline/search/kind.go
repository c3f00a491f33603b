package search

import "math/bits"

// Kind is shared by hits that match the same patterns in the same fields, in the same order, so that what
// is computed from these for one hit is valid for the others. Kinds are compared by address; one goroutine
// at a time delivers the hits of a kind.
type Kind struct{ matches []kindMatch }

type kindMatch struct {
	field, pattern int32
	name           bool
}

// is reports whether matches are of the kind.
func (k *Kind) is(matches []Match) bool {
	rest := k.matches
	for i := range matches {
		of := matches[i].Patterns
		if len(of) > len(rest) {
			return false
		}
		for j := range of {
			if rest[j] != matches[i].kind(j) {
				return false
			}
		}
		rest = rest[len(of):]
	}
	return len(rest) == 0
}

func (m *Match) kind(i int) kindMatch { return kindMatch{m.ID, m.Patterns[i].Pattern, m.Name} }

// kinds are the Kinds of a Matcher.
type kinds struct{ by map[uint64]*Kind }

// FewKinds is how many kinds are kept for a goroutine's hits.
const FewKinds = 1024

// of returns the kind of matches.
func (k *kinds) of(matches []Match) *Kind {
	hash := uint64(0)
	for i := range matches {
		for j := range matches[i].Patterns {
			x := matches[i].kind(j)
			what := uint64(uint32(x.field))<<32 ^ uint64(uint32(x.pattern)) // #nosec G115 -- of a hash
			hash = bits.RotateLeft64(hash^what, 29) * spread
			if x.name {
				hash++
			}
		}
	}
	if found := k.by[hash]; found != nil && found.is(matches) {
		return found
	}
	out := &Kind{}
	for i := range matches {
		for j := range matches[i].Patterns {
			out.matches = append(out.matches, matches[i].kind(j))
		}
	}
	if k.by == nil || len(k.by) >= FewKinds {
		k.by = map[uint64]*Kind{}
	}
	k.by[hash] = out
	return out
}
