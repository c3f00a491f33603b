package build

import (
	"strings"

	"hunt/report/incident"
)

// accountFolder makes one account of its spellings: OFFSEC\admmig, OFFSEC.LAN\admmig and admmig@offsec.lan. What
// folds them is the SID that records name beside one of them, and the names of a domain that one SID was seen
// under. An account of one machine goes by its name: copies of one image share their SIDs.
type accountFolder struct {
	machines map[string]bool   // short names of hosts, lower-case
	sids     map[string]string // domain\user, lower-case -> SID; "" of several
	domains  map[string]string // name of a domain -> another name of it, nearer to the one that stands for all
	first    map[string]string // SID -> the domain that it was first met under, with its user
}

func newAccountFolder(names hostNames) *accountFolder {
	f := &accountFolder{machines: map[string]bool{}, sids: map[string]string{}, domains: map[string]string{}, first: map[string]string{}}
	for n := range names {
		short, _, _ := strings.Cut(n, ".")
		f.machines[short] = true
	}
	return f
}

// spelt takes the name of an account apart, lower-case.
func spelt(name string) (domain, user string) {
	domain, user, ok := strings.Cut(strings.ToLower(name), `\`)
	if !ok {
		domain, user = "", domain
	}
	if u, d, upn := strings.Cut(user, "@"); upn && d != "" {
		return d, u
	}
	return domain, user
}

// learn takes in a name beside a SID.
func (f *accountFolder) learn(name, sid string) {
	domain, user := spelt(name)
	if !strings.HasPrefix(sid, "S-1-5-21-") || domain == "" || f.machines[domain] {
		return
	}
	key := domain + `\` + user
	if old, known := f.sids[key]; known && old != sid {
		f.sids[key] = ""
		return
	}
	f.sids[key] = sid
	old, known := f.first[sid]
	if !known {
		f.first[sid] = key
		return
	}
	if d, u, _ := strings.Cut(old, `\`); u == user {
		if a, b := f.domain(d), f.domain(domain); a != b {
			f.domains[max(a, b)] = min(a, b)
		}
	}
}

// domain is the name that stands for all names of a domain.
func (f *accountFolder) domain(name string) string {
	for f.domains[name] != "" {
		name = f.domains[name]
	}
	return name
}

// settle makes what was learnt under any name of a domain known under the one that stands for all.
func (f *accountFolder) settle() {
	all := map[string]string{}
	for key, sid := range f.sids {
		domain, user, _ := strings.Cut(key, `\`)
		key = f.domain(domain) + `\` + user
		if old, known := all[key]; known && old != sid {
			sid = ""
		}
		all[key] = sid
	}
	f.sids = all
}

// fold is the account under the key that all its spellings share.
func (f *accountFolder) fold(a incident.Account) incident.Account {
	domain, user := spelt(a.Name)
	switch {
	case a.Key == "" || a.Kind == incident.AccountSystem || a.Kind == incident.AccountAnonymous || domain == "":
	case f.machines[domain]:
		a.Key = domain + `\` + user
	case !strings.HasPrefix(a.Key, "S-1-"):
		domain = f.domain(domain)
		a.Key = domain + `\` + user
		if sid := f.sids[a.Key]; sid != "" {
			a.Key, a.Kind = sid, kindOfAccount(a.Name, sid)
		}
	}
	return a
}

// shorter is the shorter of two names of an account, which has the short name of its domain; "" is none.
func shorter(a, b string) string {
	switch {
	case a == "" || b != "" && len(b) < len(a) || len(a) == len(b) && b < a:
		return b
	}
	return a
}
