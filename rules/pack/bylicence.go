package pack

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// LicenceCount is the number of rules with a licence.
type LicenceCount struct {
	Licence string // "": the rules name none
	Rules   int    // loaded rules, whether they run or not
}

// String describes the count in words.
func (l LicenceCount) String() string {
	rules := fmt.Sprintf("%d rules", l.Rules)
	if l.Rules == 1 {
		rules = "1 rule"
	}
	if l.Licence == "" {
		return rules + " without a named licence"
	}
	return rules + " under " + l.Licence
}

// Licences counts the rules of the pack by licence, the most frequent first.
func (p *Pack) Licences() []LicenceCount {
	count := map[string]int{}
	for _, r := range p.Rules {
		licence := r.Licence
		if licence == "" && r.Source == BuiltIn {
			licence = "hunt's own licence"
		}
		count[licence]++
	}
	out := make([]LicenceCount, 0, len(count))
	for licence, n := range count {
		out = append(out, LicenceCount{licence, n})
	}
	slices.SortFunc(out, func(a, b LicenceCount) int {
		return cmp.Or(b.Rules-a.Rules, strings.Compare(a.Licence, b.Licence))
	})
	return out
}
