package syntax

import "regexp/syntax"

// regexSize returns the number of elements of an expression with its repetitions written out, which
// determine the time and memory for compiling it; 0 if it does not parse.
func regexSize(expr string) int {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return 0
	}
	return elements(re)
}

func elements(re *syntax.Regexp) int {
	n := 1 + len(re.Rune)/8 // a class is one instruction with pairs of characters
	if re.Op == syntax.OpLiteral {
		n = len(re.Rune)
	}
	for _, sub := range re.Sub {
		n += elements(sub)
	}
	if re.Op == syntax.OpRepeat {
		n *= max(re.Min, re.Max, 1)
	}
	return n
}
