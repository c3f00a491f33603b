package predicate

import "fmt"

// Text returns the test that is true for values whose text satisfies holds: for what a language
// asks of text beyond sets, patterns and regular expressions. key describes the test completely;
// cost is relative: 1 for a look-up, 60 for a regular expression.
func Text(key string, cost int, holds func(text string) bool) Test {
	return &textTest{key: fmt.Sprintf("text %q", key), price: cost, of: holds}
}

type textTest struct {
	key   string
	price int
	of    func(text string) bool
}

func (t *textTest) Key() string                     { return t.key }
func (t *textTest) cost() int                       { return t.price }
func (t *textTest) holds(c *cell, sc *Scratch) bool { return t.of(c.textOf(sc)) }
