package predicate

import (
	"fmt"
	"slices"
	"strings"
)

// Test is a condition on one value.
type Test interface {
	// Key describes the test completely: equal tests have equal keys.
	Key() string
	// cost is the relative time of one evaluation.
	cost() int
	holds(c *cell, sc *Scratch) bool
}

// Relative costs of tests, and of leaves without a test.
const (
	costSet      = 1
	costExists   = 1
	costCompare  = 2
	costPattern  = 3 // plus one for each pattern
	costCIDR     = 10
	costComputed = 20
	costRegex    = 60
)

// setTest is true of the texts in a set.
type setTest struct {
	fold   bool
	values []string // sorted, folded if fold
	in     map[string]struct{}
}

// In returns the test that is true for the texts, with fold regardless of case.
func In(fold bool, texts []string) Test {
	t := &setTest{fold: fold, in: make(map[string]struct{}, len(texts))}
	for _, s := range texts {
		if fold {
			s = Fold(s)
		}
		t.in[s] = struct{}{}
	}
	for s := range t.in {
		t.values = append(t.values, s)
	}
	slices.Sort(t.values)
	return t
}

func (t *setTest) Key() string { return fmt.Sprintf("set %v %q", t.fold, t.values) }
func (t *setTest) cost() int   { return costSet }

func (t *setTest) holds(c *cell, sc *Scratch) bool {
	s := c.textOf(sc)
	if t.fold {
		s, _ = c.foldedOf(sc)
	}
	_, ok := t.in[s]
	return ok
}

// patternTest is true of texts that match one of its patterns.
type patternTest struct {
	fold     bool
	patterns []*Pattern
}

// Matches returns the test that is true for texts that match one of the patterns, all of which
// were made with the same fold.
func Matches(fold bool, patterns ...*Pattern) Test {
	patterns = slices.Clone(patterns)
	slices.SortFunc(patterns, func(a, b *Pattern) int { return strings.Compare(a.src, b.src) })
	patterns = slices.CompactFunc(patterns, func(a, b *Pattern) bool { return a.src == b.src })
	return &patternTest{fold: fold, patterns: patterns}
}

func (t *patternTest) Key() string {
	var b strings.Builder
	fmt.Fprintf(&b, "pattern %v", t.fold)
	for i := range t.patterns {
		fmt.Fprintf(&b, " %q", t.patterns[i].src)
	}
	return b.String()
}

func (t *patternTest) cost() int { return costPattern + len(t.patterns) }

func (t *patternTest) holds(c *cell, sc *Scratch) bool {
	var s string
	var ascii bool
	if t.fold {
		s, ascii = c.foldedOf(sc)
	} else {
		s = c.textOf(sc)
		ascii = isASCII(s)
	}
	for i := range t.patterns {
		if t.patterns[i].match(s, ascii) {
			return true
		}
	}
	return false
}
