package predicate

import (
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// regexClauses returns what a text in which a regular expression is found has in it: of each clause one literal, folded, whether
// the expression minds case or not.
func regexClauses(expr string) [][]literal {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil
	}
	return requiredLiterals(re.Simplify())
}

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

// literalClauses returns a clause for each run of characters. The replacement character ends a run, because it also stands for
// bytes that are no UTF-8.
func literalClauses(runes []rune) [][]literal {
	var out [][]literal
	for part := range strings.SplitSeq(string(runes), string(utf8.RuneError)) {
		if part != "" {
			out = append(out, []literal{{text: Fold(part)}})
		}
	}
	return out
}
