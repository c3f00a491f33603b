package predicate

import "hunt/limit"

// BoundCombinations bounds the combinations that a comparison of several many-valued fields
// tries. If it applies, a match may be missed.
var BoundCombinations = limit.Bound{ID: "eql-combinations", Loses: true,
	Text: "a comparison between fields tries the first 65,536 combinations of their values; if none of these " +
		"satisfies it, the condition does not hold"}
