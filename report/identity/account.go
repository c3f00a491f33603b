// Package identity finds out which spellings are one account, and which host of a case a name or an address belongs
// to.
package identity

import (
	"slices"
	"strings"

	"hunt/report/incident"
	"hunt/timeline/host"
)

// Folder recognises the spellings of one account: OFFSEC\admmig, OFFSEC.LAN\admmig and admmig@offsec.lan. It relies
// on the SID that records give with a spelling, and on the domain names under which one SID was seen. An account of
// one machine is known by its name: copies of one image share their SIDs.
type Folder struct {
	machines map[string]bool     // short names of hosts, lower-case
	sids     map[spelling]string // -> SID; "" of several
	domains  map[string]string   // name of a domain -> another name of it, nearer to the one that stands for all
	first    map[string]spelling // SID -> the one that it was first met under
}

// spelling is the name of an account, lower-case.
type spelling struct{ domain, user string }

func (s spelling) String() string { return s.domain + `\` + s.user }

// NewFolder returns a folder that knows the names of the hosts.
func NewFolder(names Hosts) *Folder {
	f := &Folder{machines: map[string]bool{}, sids: map[spelling]string{}, domains: map[string]string{},
		first: map[string]spelling{}}
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

// Learn records that a name occurs with a SID.
func (f *Folder) Learn(name, sid string) {
	domain, user := spelt(name)
	if !strings.HasPrefix(sid, "S-1-5-21-") || domain == "" || f.machines[domain] {
		return
	}
	key := spelling{domain, user}
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
	if old.user == user {
		if a, b := f.domain(old.domain), f.domain(domain); a != b {
			f.domains[max(a, b)] = min(a, b)
		}
	}
}

// domain is the name that stands for all names of a domain.
func (f *Folder) domain(name string) string {
	for f.domains[name] != "" {
		name = f.domains[name]
	}
	return name
}

// Settle makes what was learnt under any name of a domain known under the one that stands for all.
func (f *Folder) Settle() {
	all := map[spelling]string{}
	for key, sid := range f.sids {
		key.domain = f.domain(key.domain)
		if old, known := all[key]; known && old != sid {
			sid = ""
		}
		all[key] = sid
	}
	f.sids = all
}

// Fold is the account under the key that all its spellings share.
func (f *Folder) Fold(a incident.Account) incident.Account {
	domain, user := spelt(a.Name)
	switch {
	case a.Key == "" || a.Kind == incident.AccountSystem || a.Kind == incident.AccountAnonymous || domain == "":
	case f.machines[domain]:
		a.Key = spelling{domain, user}.String()
	case !strings.HasPrefix(a.Key, "S-1-"):
		name := spelling{f.domain(domain), user}
		a.Key = name.String()
		if sid := f.sids[name]; sid != "" {
			a.Key, a.Kind = sid, kindOf(a.Name, sid)
		}
	}
	return a
}

// Shorter returns the shorter of two names of an account, which is the one with the short domain name. An empty
// name does not count.
func Shorter(a, b string) string {
	switch {
	case a == "" || b != "" && len(b) < len(a) || len(a) == len(b) && b < a:
		return b
	}
	return a
}

// AccountOf returns the account with a key that does not depend on spelling: its SID or, if that is not known, its
// name.
func AccountOf(name, sid string) incident.Account {
	// Sysmon's records carry the SID of the service that wrote them.
	if UnknownSID(sid) || !strings.HasPrefix(sid, "S-1-") || systemSID(sid) && name != "" && !ServiceAccount(name) {
		sid = ""
	}
	a := incident.Account{Name: name, Key: sid}
	if sid == "" {
		a.Key = strings.ToLower(name)
	}
	a.Kind = kindOf(name, sid)
	return a
}

func kindOf(name, sid string) incident.AccountKind {
	domain, user, ok := strings.Cut(name, `\`)
	if !ok {
		domain, user = "", name
	}
	switch {
	case name == "" && sid == "":
		return incident.AccountUnknown
	case sid == "S-1-5-7":
		return incident.AccountAnonymous
	case systemSID(sid) || ServiceAccount(name):
		return incident.AccountSystem
	case strings.HasSuffix(user, "$"):
		return incident.AccountMachine
	case strings.HasPrefix(sid, "S-1-5-21-") && strings.HasSuffix(sid, "-500"):
		return incident.AccountShared
	case strings.EqualFold(user, "administrator") || strings.EqualFold(user, "guest"):
		return incident.AccountShared
	case strings.HasPrefix(strings.ToLower(user), "svc") || strings.HasPrefix(strings.ToLower(domain), "nt "):
		return incident.AccountService
	case strings.HasPrefix(sid, "S-1-5-21-") || domain != "":
		return incident.AccountPerson
	}
	return incident.AccountUnknown
}

// systemSID holds for the accounts of Windows itself and of its services.
func systemSID(sid string) bool {
	return slices.Contains([]string{"S-1-5-18", "S-1-5-19", "S-1-5-20"}, sid) ||
		slices.ContainsFunc([]string{"S-1-5-80-", "S-1-5-90-", "S-1-5-96-"}, func(p string) bool {
			return strings.HasPrefix(sid, p)
		})
}

// UnknownSID holds for no SID and for the one of nobody, which failed logons carry.
func UnknownSID(sid string) bool { return sid == "" || sid == "S-1-0-0" }

// ServiceAccount tells the accounts that have no credentials to reset.
func ServiceAccount(user string) bool {
	domain, name, ok := strings.Cut(user, `\`)
	if !ok {
		domain, name = "", user
	}
	switch strings.ToUpper(domain) {
	case "NT AUTHORITY", "NT SERVICE", "WINDOW MANAGER", "FONT DRIVER HOST", "IIS APPPOOL":
		return true
	}
	return domain == "" && strings.EqualFold(name, "SYSTEM")
}

// ownNames are the accounts of Windows itself, by their SIDs.
var ownNames = map[string]string{"S-1-5-18": `NT AUTHORITY\SYSTEM`, "S-1-5-19": `NT AUTHORITY\LOCAL SERVICE`,
	"S-1-5-20": `NT AUTHORITY\NETWORK SERVICE`}

// NamesOf returns the names of accounts by SID, taken from logons; of several names, the shortest. A SID that two
// machines give to different accounts has no name.
func NamesOf(hosts []*host.Host) map[string]string {
	out := map[string]string{}
	users := map[string]string{} // the name without its domain
	for _, h := range hosts {
		for l := range h.Logons() {
			for _, a := range [][2]string{{l.User, l.SID}, {l.Subject, l.SubjectSID}} {
				if name, sid := a[0], a[1]; name != "" && strings.HasPrefix(sid, "S-1-5-21-") {
					_, user := spelt(name)
					switch old, known := users[sid]; {
					case !known:
						users[sid], out[sid] = user, name
					case old == user && user != "":
						out[sid] = Shorter(out[sid], name)
					default:
						users[sid], out[sid] = "", ""
					}
				}
			}
		}
	}
	for sid, name := range ownNames {
		out[sid] = name
	}
	return out
}
