package search

import (
	"regexp/syntax"
)

const (
	// leastRequired is the shortest text that is worth looking for before a regular expression: even one character
	// can be rare.
	leastRequired = 1
	// maxRequired bounds the texts of which one is in each match.
	maxRequired = 16
	// maxClass bounds the characters of a class that are taken one by one.
	maxClass = 4
)

// required returns texts of which each match of a regular expression contains one, in any case; nil if none are
// known.
func required(re *syntax.Regexp) []string {
	r := requiredOf(re.Simplify())
	if r.least() < leastRequired {
		return nil
	}
	return r.texts
}

// choice is a list of texts of which each match contains one; whole says that each match is one of them.
type choice struct {
	texts []string
	whole bool
}

// least returns the length of the shortest text, which says how much a choice is worth; 0 if there is none.
func (c choice) least() int {
	if len(c.texts) == 0 {
		return 0
	}
	n := len([]rune(c.texts[0]))
	for _, t := range c.texts[1:] {
		n = min(n, len([]rune(t)))
	}
	return n
}

func requiredOf(re *syntax.Regexp) choice {
	switch re.Op {
	case syntax.OpLiteral:
		return choice{[]string{string(re.Rune)}, true}
	case syntax.OpCharClass:
		return classOf(re.Rune)
	case syntax.OpEmptyMatch:
		return choice{[]string{""}, true}
	case syntax.OpCapture:
		return requiredOf(re.Sub[0])
	case syntax.OpPlus:
		return choice{texts: requiredOf(re.Sub[0]).texts}
	case syntax.OpRepeat:
		if re.Min > 0 {
			return choice{texts: requiredOf(re.Sub[0]).texts}
		}
	case syntax.OpConcat:
		return concatOf(re.Sub)
	case syntax.OpAlternate:
		out := choice{whole: true}
		for _, sub := range re.Sub {
			c := requiredOf(sub)
			if len(c.texts) == 0 || len(out.texts)+len(c.texts) > maxRequired {
				return choice{}
			}
			out.texts, out.whole = append(out.texts, c.texts...), out.whole && c.whole
		}
		return out
	}
	return choice{}
}

// classOf takes the characters of a small class one by one.
func classOf(ranges []rune) choice {
	out := choice{whole: true}
	for i := 0; i+1 < len(ranges); i += 2 {
		if int(ranges[i+1]-ranges[i]) >= maxClass {
			return choice{}
		}
		for r := ranges[i]; r <= ranges[i+1]; r++ {
			if text := string(foldRune(r)); !has(out.texts, text) { // case does not count here
				out.texts = append(out.texts, text)
			}
		}
	}
	if len(out.texts) > maxClass {
		return choice{}
	}
	return out
}

// concatOf takes the best of what consecutive parts require, where parts that are whole are joined.
func concatOf(parts []*syntax.Regexp) (best choice) {
	joined := choice{[]string{""}, true}
	whole := true
	end := func() {
		if joined.least() > best.least() {
			best = choice{texts: joined.texts}
		}
		joined = choice{[]string{""}, true}
	}
	for _, p := range parts {
		c := requiredOf(p)
		if !c.whole || len(joined.texts)*len(c.texts) > maxRequired {
			end()
			if whole = false; !c.whole {
				if c.least() > best.least() {
					best = choice{texts: c.texts}
				}
				continue
			}
			joined = c
			continue
		}
		var texts []string
		for _, a := range joined.texts {
			for _, b := range c.texts {
				texts = append(texts, a+b)
			}
		}
		joined.texts = texts
	}
	if whole {
		return joined
	}
	end()
	return best
}

// leastLength returns the least number of characters in a match of a regular expression, up to a bound.
func leastLength(re *syntax.Regexp) (n int) {
	const most = 1 << 10
	switch re.Op {
	case syntax.OpLiteral:
		n = len(re.Rune)
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		n = 1
	case syntax.OpCapture, syntax.OpPlus:
		n = leastLength(re.Sub[0])
	case syntax.OpRepeat:
		n = re.Min * leastLength(re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			n += leastLength(sub)
		}
	case syntax.OpAlternate:
		n = most
		for _, sub := range re.Sub {
			n = min(n, leastLength(sub))
		}
	}
	return min(n, most)
}
