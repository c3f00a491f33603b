package spelling

import (
	"iter"
	"strings"
)

// NearestField returns the dotted name of a field that is meant by a misspelt one, "" if none is near: in another
// case, with underscores for dots, or with at most a quarter of the characters wrong. Of several the nearest, then the
// shortest, then the first by the alphabet, whatever their order.
func NearestField(name string, known iter.Seq[string]) string {
	if name == "" || len(name) > MaxName {
		return ""
	}
	best, bestCost := "", len(name)/4+1
	for k := range known {
		if k == name {
			continue
		}
		cost := bestCost + 1
		switch {
		case strings.EqualFold(k, name), strings.EqualFold(k, strings.ReplaceAll(name, "_", ".")):
			cost = 0
		case max(len(k), len(name))-min(len(k), len(name)) <= bestCost:
			cost = Distance(k, name, bestCost+1)
		}
		if cost < bestCost || cost == bestCost && best != "" && preferred(k, best) {
			best, bestCost = k, cost
		}
	}
	return best
}

// preferred breaks ties.
func preferred(a, b string) bool {
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return a < b
}
