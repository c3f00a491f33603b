package rules

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"hunt/rules/pack"
	"hunt/timeline"
)

// rarity counts on how many hosts of the case a browser started a program, by the program's hash,
// or by its path where no hash was logged.
type rarity struct {
	hosts int                     // with process starts
	under map[string]map[int]bool // program -> hosts, by number
}

// Below rareBatch hosts with process starts a count says nothing. A program that a browser starts on half of a batch is
// software of the house more often than an intruder; a smaller share is told to the analyst and weighs nothing, because
// one lure can reach many.
const rareBatch = 10

// browsers are the processes under which programs are counted: those of the rules.
var browsers = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	for _, name := range pack.Lists()["browsers"] {
		out[strings.ToLower(name)] = true
	}
	return out
})

func countRarity(cs *timeline.Case) *rarity {
	r := &rarity{under: map[string]map[int]bool{}}
	for i, h := range cs.Hosts.All {
		logged := false
		for _, p := range h.Processes() {
			logged = logged || !p.Inferred
			if !underBrowser(p) {
				continue
			}
			key := programOf(p)
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

func underBrowser(p *timeline.Process) bool {
	return p.Parent != nil && browsers()[strings.ToLower(p.Parent.Name())] && !browsers()[strings.ToLower(p.Name())]
}

// profile is the part of a path that differs from user to user.
var profile = regexp.MustCompile(`(?i)^([a-z]:\\users\\)[^\\]+\\`)

func programOf(p *timeline.Process) string {
	if p.Hash != "" {
		return strings.ToLower(p.Hash)
	}
	return profile.ReplaceAllString(strings.ToLower(p.Executable), `${1}*\`)
}

// commonness says on how many hosts a browser started the program of the evidence; common if on
// half of a batch or more.
func (a *assessor) commonness(steps []*timeline.Event) (reason string, common bool) {
	for _, e := range steps {
		p := e.Process()
		if p == nil || !e.Class.ProcessStart || !underBrowser(p) {
			continue
		}
		if a.rarity == nil {
			a.rarity = countRarity(a.cs)
		}
		r := a.rarity
		n := len(r.under[programOf(p)])
		if r.hosts < rareBatch || n == 0 {
			return "", false
		}
		reason = fmt.Sprintf("A browser started %s on %d of %d hosts", p.Name(), n, r.hosts)
		if dark := len(a.cs.Hosts.All) - r.hosts; dark > 0 {
			reason += fmt.Sprintf(" whose logs have process starts (%d more have none)", dark)
		}
		switch {
		case n == 1:
			return reason + ": only on this one, as far as the logs show.", false
		case 2*n >= r.hosts:
			return reason + ": that is how the organisation's own software looks.", true
		}
		return reason + ".", false
	}
	return "", false
}
