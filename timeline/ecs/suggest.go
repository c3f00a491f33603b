package ecs

import (
	"strings"

	"hunt/spelling"
	"hunt/timeline/ecs/reference"
)

// Suggest returns the known name nearest to an unknown one, or "". Near means a
// different case, a missing or foreign prefix (process_name, parent.name), or at
// most a quarter of the characters wrong.
func (s *Schema) Suggest(name string) string {
	if name == "" || len(name) > spelling.MaxName {
		return ""
	}
	best, bestCost := "", len(name)/4+1
	consider := func(known string) {
		if known == name {
			return
		}
		cost := bestCost + 1
		switch {
		case strings.EqualFold(known, name), strings.EqualFold(known, strings.ReplaceAll(name, "_", ".")):
			cost = 0
		case abs(len(known)-len(name)) <= bestCost:
			cost = spelling.Distance(known, name, bestCost+1)
		}
		if cost < bestCost || cost == bestCost && best != "" && preferred(known, best) {
			best, bestCost = known, cost
		}
	}
	for f := noField + 1; int(f) < len(s.fields); f++ {
		if s.kinds[f] != kindUnknown {
			consider(s.fields[f].name)
		}
	}
	for known := range reference.Fields() { // in any order: ties are broken by the name
		consider(known)
	}
	return best
}

// preferred breaks ties: the shorter name, then the alphabet, so that the
// answer does not depend on the order in which rules were read.
func preferred(a, b string) bool {
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return a < b
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
