package predicate

import (
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// requiredLiterals returns the clauses of an expression.
func requiredLiterals(re *syntax.Regexp) [][]literal {
	switch re.Op {
	case syntax.OpLiteral:
		return literalClauses(re.Rune)
	case syntax.OpCapture, syntax.OpPlus:
		return requiredLiterals(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return requiredLiterals(re.Sub[0])
		}
	case syntax.OpConcat:
		var out [][]literal
		var run []rune // of neighbouring literals
		for _, sub := range re.Sub {
			for sub.Op == syntax.OpCapture {
				sub = sub.Sub[0]
			}
			if sub.Op == syntax.OpLiteral {
				run = append(run, sub.Rune...)
				continue
			}
			out = append(out, literalClauses(run)...)
			run = nil
			out = append(out, requiredLiterals(sub)...)
		}
		return append(out, literalClauses(run)...)
	case syntax.OpAlternate:
		return anyOf(len(re.Sub), func(i int) [][]literal { return requiredLiterals(re.Sub[i]) })
	}
	return nil
}

// literalClauses returns a clause for each run of characters. The replacement character ends a run, because it
// also stands for bytes that are not UTF-8.
func literalClauses(runes []rune) [][]literal {
	var out [][]literal
	for part := range strings.SplitSeq(string(runes), string(utf8.RuneError)) {
		if part != "" {
			out = append(out, []literal{{text: Fold(part)}})
		}
	}
	return out
}

// leastRunes returns the least number of characters in a match of an expression, each a byte or more.
func leastRunes(re *syntax.Regexp) int {
	switch re.Op {
	case syntax.OpLiteral:
		return len(re.Rune)
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1
	case syntax.OpCapture, syntax.OpPlus:
		return leastRunes(re.Sub[0])
	case syntax.OpRepeat:
		return re.Min * leastRunes(re.Sub[0])
	case syntax.OpConcat:
		n := 0
		for _, sub := range re.Sub {
			n += leastRunes(sub)
		}
		return n
	case syntax.OpAlternate:
		n := leastRunes(re.Sub[0])
		for _, sub := range re.Sub[1:] {
			n = min(n, leastRunes(sub))
		}
		return n
	}
	return 0
}
