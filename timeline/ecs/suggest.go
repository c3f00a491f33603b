package ecs

import "strings"

// maxSuggestName bounds the work of Suggest on a hostile rule; the longest ECS
// name has fewer than 80 characters.
const maxSuggestName = 128

// Suggest returns the known name nearest to an unknown one, or "". Near means a
// different case, a missing or foreign prefix (process_name, parent.name), or at
// most a quarter of the characters wrong.
func (s *Schema) Suggest(name string) string {
	if name == "" || len(name) > maxSuggestName {
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
			cost = editDistance(known, name, bestCost+1)
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
	for known := range knownFields() { // in any order: ties are broken by the name
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

// editDistance returns the Levenshtein distance of a and b, or limit where it
// is at least that.
func editDistance(a, b string, limit int) int {
	if len(a) > maxSuggestName {
		return limit
	}
	var row [maxSuggestName + 1]int
	for j := range len(b) + 1 {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		least := row[0]
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
			least = min(least, row[j+1])
		}
		if least >= limit {
			return limit
		}
	}
	return min(row[len(b)], limit)
}
