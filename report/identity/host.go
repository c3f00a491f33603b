package identity

import (
	"strings"

	"hunt/evtx"
	"hunt/timeline/host"
)

// Hosts tells the hosts of the case by their names, long and short. A name that two hosts have is nobody's.
type Hosts map[string]string

// HostsOf returns the names of the hosts.
func HostsOf(hosts []*host.Host) Hosts {
	names := Hosts{}
	add := func(name, id string) {
		name = strings.ToLower(name)
		if old, known := names[name]; known && old != id {
			id = ""
		}
		names[name] = id
	}
	for _, h := range hosts {
		for _, n := range append([]string{h.ID}, h.Names()...) {
			add(n, h.ID)
			if short, _, ok := strings.Cut(n, "."); ok {
				add(short, h.ID)
			}
		}
	}
	return names
}

// Of is the host of a name, "" if none of the case or several have it.
func (n Hosts) Of(name string) string {
	name = strings.ToLower(strings.TrimPrefix(name, `\\`))
	if id := n[name]; id != "" {
		return id
	}
	short, domain, dotted := strings.Cut(name, ".")
	id := n[short]
	if _, own, known := strings.Cut(id, "."); dotted && known && own != domain {
		return "" // of another domain
	}
	return id
}

// claim is an address under which a client called itself a host of the case, with the first and the last time
// in each hour.
type claim struct {
	host  string
	hours map[evtx.Filetime][2]evtx.Filetime
}

// claimReach is how long before and after a claim an address is still taken for that host's.
const claimReach = 60 * 60 * evtx.TicksPerSecond

// Addresses yields the addresses from which clients called themselves a host of the case. An address that two hosts
// claim identifies neither.
type Addresses map[string]claim

// Add notes a claim.
func (c Addresses) Add(address, host string, at evtx.Filetime) {
	old, known := c[address]
	if !known {
		old = claim{host, map[evtx.Filetime][2]evtx.Filetime{}}
	}
	if old.host != host {
		c[address] = claim{}
		return
	}
	span, known := old.hours[at/claimReach]
	if !known {
		span = [2]evtx.Filetime{at, at}
	}
	old.hours[at/claimReach] = [2]evtx.Filetime{min(span[0], at), max(span[1], at)}
	c[address] = old
}

// At returns the host that had an address at a time, or "" if none is known.
func (c Addresses) At(address string, at evtx.Filetime) string {
	x := c[address]
	for _, hour := range []evtx.Filetime{at/claimReach - 1, at / claimReach, at/claimReach + 1} {
		if span, known := x.hours[hour]; known && at <= span[1]+claimReach && at+claimReach >= span[0] {
			return x.host
		}
	}
	return ""
}
