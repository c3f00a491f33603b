// Package spelling finds the name that is meant by a misspelt one.
package spelling

import "strings"

// MaxName bounds the names that are compared, in bytes: longer ones have no neighbour. It bounds
// the work on hostile input, too.
const MaxName = 128

// Nearest returns the name that is at most so many edits away from s, regardless of case, and of
// several the nearest and then the first; "" if there is none.
func Nearest(s string, names []string, most int) string {
	best, at := "", most+1
	s = strings.ToLower(s)
	for _, n := range names {
		if d := Distance(s, strings.ToLower(n), at); d < at {
			best, at = n, d
		}
	}
	return best
}

// Distance returns the number of bytes to insert, delete or replace that make b of a (Levenshtein),
// or limit where it is at least that or a name is longer than MaxName.
func Distance(a, b string, limit int) int {
	if len(a) > MaxName || len(b) > MaxName {
		return limit
	}
	var row [MaxName + 1]int
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
