package predicate

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"
)

// Expr is a regular expression that is compiled when it is first matched: most never are, because no event has the
// literals that they require.
type Expr struct {
	text     string
	least    int         // the least bytes of a match
	clauses  [][]literal // what every text with a match contains: one literal of each clause
	compiled func() *regexp.Regexp
}

// ParseExpr parses a regular expression of package regexp. It fails exactly when regexp.Compile does.
func ParseExpr(text string) (*Expr, error) {
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err
	}
	return &Expr{text: text, least: leastRunes(parsed), clauses: requiredLiterals(parsed.Simplify()),
		compiled: sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })}, nil
}

// ExprOf returns the Expr of a compiled expression.
func ExprOf(re *regexp.Regexp) *Expr {
	e, err := ParseExpr(re.String())
	if err != nil { // it was compiled with other flags
		e = &Expr{text: re.String()}
	}
	e.compiled = func() *regexp.Regexp { return re }
	return e
}

// MatchesEmpty reports whether the expression matches in the empty text.
func (e *Expr) MatchesEmpty() bool { return e.least == 0 && e.Regexp().MatchString("") }

// Regexp returns the compiled expression.
func (e *Expr) Regexp() *regexp.Regexp { return e.compiled() }

// regexTest is true of texts that match one of its regular expressions.
type regexTest struct{ exprs []*Expr }

// Regex returns the test that is true for texts in which one of the expressions matches.
func Regex(exprs ...*Expr) Test {
	return &regexTest{exprs}
}

func (t *regexTest) Key() string {
	var b strings.Builder
	for _, e := range t.exprs {
		fmt.Fprintf(&b, "regex %q", e.text)
	}
	return b.String()
}

func (t *regexTest) cost() int { return costRegex * len(t.exprs) }

func (t *regexTest) holds(c *cell, sc *Scratch) bool {
	s := c.textOf(sc)
	for _, e := range t.exprs {
		if len(s) >= e.least && sc.matches(e.Regexp(), s) {
			return true
		}
	}
	return false
}
