package build

import (
	"cmp"
	"slices"
	"strings"

	"hunt/limit"
	"hunt/report"
	"hunt/report/identity"
	"hunt/report/incident"
	"hunt/report/indicator"
	"hunt/report/movement"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
)

// accountKey identifies an account: the name, lower-case, and the SID, "" if no logon names one.
type accountKey struct{ name, sid string }

// accountList gathers accounts in the order in which they are found, and the ways between hosts.
type accountList struct {
	byKey map[accountKey]*report.Account
	keys  []accountKey
	edges map[edgeKey]*report.LateralEdge
}

func newAccountList() *accountList {
	return &accountList{byKey: map[accountKey]*report.Account{}, edges: map[edgeKey]*report.LateralEdge{}}
}

// add takes the logon events of a host.
func (l *accountList) add(h *host.Host) {
	for e := range h.Logons() {
		if e.User == "" || movement.Access(e.Role) {
			continue
		}
		l.logon(h, e)
		edge(l.edges, h, e)
	}
}

func (l *accountList) get(name, sid string) *report.Account {
	k := accountKey{strings.ToLower(name), sid}
	a := l.byKey[k]
	if a == nil {
		a = &report.Account{Name: name, SID: sid}
		l.byKey[k] = a
		l.keys = append(l.keys, k)
	}
	return a
}

// sids finds the SID of each user name, lower-case: failed logons and uses of credentials name none. A name with
// several SIDs gets none.
func (l *accountList) sids() map[string]string {
	sids := map[string]string{}
	for _, k := range l.keys {
		if k.sid == "" {
			continue
		}
		if _, several := sids[k.name]; several {
			sids[k.name] = ""
			continue
		}
		sids[k.name] = k.sid
	}
	return sids
}

// resolve gives entries without a SID to the account of that name, if there is one. The name is written as it was
// first found.
func (l *accountList) resolve(sids map[string]string) {
	place := map[accountKey]int{}
	for i, k := range l.keys {
		place[k] = i
	}
	for i, k := range l.keys {
		known := accountKey{k.name, sids[k.name]}
		if k.sid != "" || known.sid == "" {
			continue
		}
		from, to := l.byKey[k], l.byKey[known]
		if i < place[known] {
			to.Name = from.Name
		}
		addAccount(to, from)
		delete(l.byKey, k)
	}
}

// addAccount adds what is known about one spelling of an account to another.
func addAccount(to, from *report.Account) {
	for _, h := range from.Hosts {
		to.Hosts = insertSorted(to.Hosts, h)
	}
	for _, t := range from.LogonTypes {
		to.LogonTypes = insertSorted(to.LogonTypes, t)
	}
	if to.SID == "" {
		to.SID = from.SID
	}
	to.Logons += from.Logons
	to.Failures += from.Failures
	to.Findings += from.Findings
	report.Widen(&to.First, &to.Last, from.First)
	report.Widen(&to.First, &to.Last, from.Last)
}

// defaultMaxAccounts is how many accounts a report lists, and how many ways between hosts.
const defaultMaxAccounts = 10_000

var (
	boundAccounts = limit.Bound{ID: "report-accounts",
		Text: "a report lists 10,000 accounts: those with findings first, then those with the most logons and failures"}
	boundEdges = limit.Bound{ID: "report-movement",
		Text: "a report lists the first 10,000 movements of accounts from host to host"}
)

// accountLists are the accounts and the ways between hosts that a report lists, and how many it leaves out.
type accountLists struct {
	accounts        []report.Account
	edges           []report.LateralEdge
	accountsOmitted int
	edgesOmitted    int
}

// cut shortens the lists that are too long.
func (l *accountLists) cut(b *builder) {
	most := cmp.Or(b.o.MaxAccounts, defaultMaxAccounts)
	if n := len(l.accounts) - most; n > 0 {
		slices.SortStableFunc(l.accounts, func(x, y report.Account) int {
			return cmp.Or(cmp.Compare(y.Findings, x.Findings), cmp.Compare(y.Logons+y.Failures, x.Logons+x.Failures))
		})
		for i := range l.accounts[most:] {
			b.cs.Limits.Bite(boundAccounts, limit.In(l.accounts[most+i].Name))
		}
		l.accounts, l.accountsOmitted = slices.Clone(l.accounts[:most]), n
	}
	if n := len(l.edges) - most; n > 0 {
		for i := range l.edges[most:] {
			b.cs.Limits.Bite(boundEdges, limit.In(l.edges[most+i].To))
		}
		l.edges, l.edgesOmitted = slices.Clone(l.edges[:most]), n
	}
}

// accounts lists the accounts of the logon events of all hosts, which movements has gathered, and of the findings, and
// the ways between hosts.
func (b *builder) accounts() (lists accountLists) {
	found := b.logons
	b.logons = nil
	sids := found.sids()
	found.resolve(sids)
	for i := range b.found {
		f := &b.found[i]
		if f.User == "" || f.Status != report.StatusFinding {
			continue
		}
		a := found.get(f.User, sids[strings.ToLower(f.User)])
		a.Findings++
		a.Hosts = insertSorted(a.Hosts, f.Host)
		report.Widen(&a.First, &a.Last, f.Start)
	}
	lists.accounts = found.rows(b.folder)
	byFindings := func(x, y report.Account) int {
		return cmp.Or(cmp.Compare(y.Findings, x.Findings),
			strings.Compare(strings.ToLower(x.Name), strings.ToLower(y.Name)),
			strings.Compare(x.SID, y.SID), strings.Compare(x.Name, y.Name))
	}
	slices.SortFunc(lists.accounts, byFindings)
	for _, e := range found.edges {
		lists.edges = append(lists.edges, *e)
	}
	slices.SortFunc(lists.edges, func(x, y report.LateralEdge) int {
		return cmp.Or(report.CompareTimes(x.First, y.First), strings.Compare(x.From, y.From),
			strings.Compare(x.To, y.To), strings.Compare(x.How, y.How), strings.Compare(x.User, y.User))
	})
	lists.cut(b)
	slices.SortFunc(lists.accounts, byFindings)
	return lists
}

// logon counts a logon, or a failed one, for its account.
func (l *accountList) logon(h *host.Host, at host.LogonAttempt) {
	sid := at.SID
	if identity.UnknownSID(sid) {
		sid = ""
	}
	a := l.get(at.User, sid)
	a.Hosts = insertSorted(a.Hosts, h.ID)
	report.Widen(&a.First, &a.Last, report.TimeOf(at.At))
	switch at.Role {
	case ecs.RoleLogon:
		a.Logons++
		if at.Type != "" {
			a.LogonTypes = insertSorted(a.LogonTypes, string(at.Type))
		}
	case ecs.RoleFailedLogon:
		a.Failures++
	}
}

// rows makes one row from the spellings of each account; the row has the shortest.
func (l *accountList) rows(f *identity.Folder) (rows []report.Account) {
	at := map[string]int{}
	for _, k := range l.keys {
		a := l.byKey[k]
		if a == nil {
			continue
		}
		key := f.Fold(identity.AccountOf(a.Name, a.SID)).Key
		i, known := at[key]
		if !known || key == "" {
			at[key] = len(rows)
			rows = append(rows, *a)
			continue
		}
		rows[i].Name = identity.Shorter(rows[i].Name, a.Name)
		addAccount(&rows[i], a)
	}
	return rows
}

// edgeKey identifies a way between hosts.
type edgeKey struct{ from, to, how, user string }

// edge counts a logon that came over the network, or a use of explicit credentials against another server.
func edge(edges map[edgeKey]*report.LateralEdge, h *host.Host, l host.LogonAttempt) {
	e := report.LateralEdge{To: h.ID, User: l.User}
	switch {
	case l.Role == ecs.RoleLogon && l.SourceIP != "" && !indicator.Local(l.SourceIP) && l.Type.FromElsewhere():
		e.From, e.How = l.SourceIP, movement.WayOf(l.Type).String()
		if l.Workstation != "" {
			e.From += " (claims to be " + l.Workstation + ")"
		}
	case l.Role == ecs.RoleExplicitCredentials && l.Server != "" && !strings.EqualFold(l.Server, "localhost"):
		e.From, e.To, e.How = h.ID, strings.ToLower(l.Server), incident.WayCredentials.String()
	default:
		return
	}
	k := edgeKey{e.From, e.To, e.How, e.User}
	if edges[k] == nil {
		edges[k] = &e
	}
	edges[k].Count++
	report.Widen(&edges[k].First, &edges[k].Last, report.TimeOf(l.At))
}

// insertSorted adds s to a sorted set.
func insertSorted(set []string, s string) []string {
	if i, ok := slices.BinarySearch(set, s); !ok {
		return slices.Insert(set, i, s)
	}
	return set
}
