package predicate

import "hunt/limit"

// BoundCombinations bounds what comparing several many-valued fields with each other tries. Where
// it bites, a match may be missed.
var BoundCombinations = limit.Bound{ID: "eql-combinations", Loses: true,
	Text: "a comparison between fields tries the first 65,536 combinations of their values; if none of these " +
		"satisfies it, the condition does not hold"}
