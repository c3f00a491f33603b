package pack

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// LicenseCount counts the rules of a license.
type LicenseCount struct {
	License string // "": the rules name none
	Rules   int    // that were loaded, whether they run or not
}

// String says it in words.
func (l LicenseCount) String() string {
	rules := fmt.Sprintf("%d rules", l.Rules)
	if l.Rules == 1 {
		rules = "1 rule"
	}
	if l.License == "" {
		return rules + " without a named license"
	}
	return rules + " under " + l.License
}

// Licenses counts the rules of the pack by their license, that of most rules first.
func (p *Pack) Licenses() []LicenseCount {
	count := map[string]int{}
	for _, r := range p.Rules {
		license := r.License
		if license == "" && r.Source == BuiltIn {
			license = "hunt's own license"
		}
		count[license]++
	}
	out := make([]LicenseCount, 0, len(count))
	for license, n := range count {
		out = append(out, LicenseCount{license, n})
	}
	slices.SortFunc(out, func(a, b LicenseCount) int {
		return cmp.Or(b.Rules-a.Rules, strings.Compare(a.License, b.License))
	})
	return out
}
