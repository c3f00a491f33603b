package fact

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"hunt/rules/pack"
	"hunt/timeline"
	"hunt/timeline/host"
)

// Rarity counts on how many hosts of the case a browser started a program, identified by its hash, or by its path if no
// hash was logged.
type Rarity struct {
	all   int                     // hosts of the case
	hosts int                     // with process starts
	under map[string]map[int]bool // program -> hosts, by number
}

// rareBatch is the number of hosts with process starts below which a count means nothing. A program that a browser
// starts on half of a batch is usually the organisation's own software; a smaller share is shown to the analyst and
// carries no weight, because one lure can reach many.
const rareBatch = 10

// browsers are the processes whose children are counted: those of the rules.
var browsers = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	for _, name := range pack.Lists()["browsers"] {
		out[strings.ToLower(name)] = true
	}
	return out
})

// CountRarity counts over the hosts of a case.
func CountRarity(cs *timeline.Case) *Rarity {
	r := &Rarity{all: len(cs.Hosts.All), under: map[string]map[int]bool{}}
	for i, h := range slices.Backward(cs.Hosts.All) { // the tables of the last ones are still in memory
		programs, logged := startedUnderBrowsers(h)
		for key := range programs {
			if r.under[key] == nil {
				r.under[key] = map[int]bool{}
			}
			r.under[key][i] = true
		}
		if logged {
			r.hosts++
		}
	}
	return r
}

// startedUnderBrowsers returns the programs that browsers started on a host; logged reports whether the host's logs
// have process starts at all.
func startedUnderBrowsers(h *host.Host) (programs map[string]bool, logged bool) {
	programs = map[string]bool{}
	for _, p := range h.Processes() {
		logged = logged || !p.Inferred
		if underBrowser(p) {
			programs[programOf(p)] = true
		}
	}
	return programs, logged
}

func underBrowser(p *host.Process) bool {
	return p.Parent != nil && browsers()[strings.ToLower(p.Parent.Name())] && !browsers()[strings.ToLower(p.Name())]
}

// profile is the part of a path that differs from user to user.
var profile = regexp.MustCompile(`(?i)^([a-z]:\\users\\)[^\\]+\\`)

func programOf(p *host.Process) string {
	if p.Hash != "" {
		return strings.ToLower(p.Hash)
	}
	return profile.ReplaceAllString(strings.ToLower(p.Executable), `${1}*\`)
}

// Child is a program that a browser started; the zero value is none.
type Child struct{ Program, Name string }

// ChildOf returns the first program in the evidence that a browser started.
func ChildOf(steps []*timeline.Event) Child {
	for _, e := range steps {
		if !e.Class.ProcessStart {
			continue
		}
		if p := e.Host.ProcessOf(e.Event, e.At); p != nil && underBrowser(p) {
			return Child{programOf(p), p.Name()}
		}
	}
	return Child{}
}

// Commonness says on how many hosts a browser started a program; common is true for at least half of a batch.
func (r *Rarity) Commonness(c Child) (reason string, common bool) {
	if c == (Child{}) {
		return "", false
	}
	n := len(r.under[c.Program])
	if r.hosts < rareBatch || n == 0 {
		return "", false
	}
	reason = fmt.Sprintf("A browser started %s on %d of %d hosts", c.Name, n, r.hosts)
	if dark := r.all - r.hosts; dark > 0 {
		reason += fmt.Sprintf(" whose logs have process starts (those of %d more have none)", dark)
	}
	switch {
	case n == 1:
		return reason + ": only on this one, as far as the logs show.", false
	case 2*n >= r.hosts:
		return reason + ": that is how the organisation's own software looks.", true
	}
	return reason + ".", false
}
