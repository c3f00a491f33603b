// Package account lists the accounts that the logons of a case name, and the ways between hosts that they took. It
// puts in order outside of memory what it counts: a host can have a million accounts that failed to log on.
package account

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/limit"
	"hunt/report"
	"hunt/report/identity"
	"hunt/report/incident"
	"hunt/report/indicator"
	"hunt/report/movement"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
	"hunt/timeline/spill"
)

// Options say what a Book may take.
type Options struct {
	Memory  int64 // bytes
	TempDir string
	Most    int // accounts that are listed, and ways between hosts; 0 = 10,000
	Limits  *limit.Tally
}

// Book gathers the accounts and the ways between hosts. Close it at the end.
type Book struct {
	o      Options
	logons *spill.Tally[use] // by name in lower case, SID, name, host and type of logon
	edges  *spill.Tally[use] // by from, to, how and user
	n      uint64            // what was added to logons so far
	key    []byte
	err    error // the first one
}

// NewBook returns an empty book.
func NewBook(o Options) *Book {
	o.Most = cmp.Or(o.Most, defaultMaxAccounts)
	b := &Book{o: o}
	b.logons, b.edges = spill.NewTally(uses, b.share(), o.TempDir), spill.NewTally(uses, b.share(), o.TempDir)
	return b
}

func (b *Book) share() int64 { return b.o.Memory / 2 }

// Close frees the memory and the temporary files.
func (b *Book) Close() error { return errors.Join(b.logons.Close(), b.edges.Close()) }

// Add takes the logon events of a host. Lists returns an error.
func (b *Book) Add(h *host.Host) {
	for l := range h.Logons() {
		if l.User == "" || movement.Access(l.Role) {
			continue
		}
		b.logon(h.ID, &l)
		b.edge(h.ID, &l)
	}
}

// logon counts a logon, or a failed one, for its account.
func (b *Book) logon(id string, l *host.LogonAttempt) {
	sid, kind := l.SID, ""
	if identity.UnknownSID(sid) {
		sid = ""
	}
	one := use{order: b.n, first: l.At, last: l.At}
	b.n++
	switch l.Role {
	case ecs.RoleLogon:
		one.logons, kind = 1, string(l.Type)
	case ecs.RoleFailedLogon:
		one.failures = 1
	}
	b.add(b.logons, one, strings.ToLower(l.User), sid, l.User, id, kind)
}

// edge counts a logon that came over the network, or a use of explicit credentials against another server.
func (b *Book) edge(id string, l *host.LogonAttempt) {
	var from, how string
	to := id
	switch {
	case l.Role == ecs.RoleLogon && l.SourceIP != "" && !indicator.Local(l.SourceIP) && l.Type.FromElsewhere():
		from, how = l.SourceIP, movement.WayOf(l.Type).String()
		if l.Workstation != "" {
			from += " (claims to be " + l.Workstation + ")"
		}
	case l.Role == ecs.RoleExplicitCredentials && l.Server != "" && !strings.EqualFold(l.Server, "localhost"):
		from, to, how = id, strings.ToLower(l.Server), incident.WayCredentials.String()
	default:
		return
	}
	b.add(b.edges, use{logons: 1, first: l.At, last: l.At}, from, to, how, l.User)
}

func (b *Book) add(to *spill.Tally[use], one use, parts ...string) {
	b.key = appendParts(b.key[:0], parts...)
	b.err = cmp.Or(b.err, to.Add(string(b.key), one))
}

// defaultMaxAccounts is how many accounts a report lists, and how many ways between hosts.
const defaultMaxAccounts = 10_000

var (
	boundAccounts = limit.Bound{ID: "report-accounts",
		Text: "a report lists 10,000 accounts: those with findings first, then those with the most logons and failures"}
	boundEdges = limit.Bound{ID: "report-movement",
		Text: "a report lists the first 10,000 movements of accounts from host to host"}
)

// Lists are the accounts and the ways between hosts that a report lists, and how many it leaves out.
type Lists struct {
	Accounts        []report.Account
	Edges           []report.LateralEdge
	AccountsOmitted int
	EdgesOmitted    int
}

// Lists lists the accounts of all logons and of the findings, whose spellings the folder knows. Nothing may be added
// after it.
func (b *Book) Lists(found []report.Finding, folder *identity.Folder) (Lists, error) {
	accounts := &chosen[report.Account]{most: b.o.Most, compare: byUse, left: func(a *report.Account) {
		b.o.Limits.Bite(boundAccounts, limit.In(a.Name))
	}}
	edges := &chosen[report.LateralEdge]{most: b.o.Most, compare: byTime, left: func(e *report.LateralEdge) {
		b.o.Limits.Bite(boundEdges, limit.In(e.To))
	}}
	err := cmp.Or(b.err, b.accounts(found, folder, accounts.add), b.ways(edges.add))
	accounts.cut()
	edges.cut()
	slices.SortFunc(accounts.rows, byFindings)
	return Lists{accounts.rows, edges.rows, accounts.omitted, edges.omitted}, err
}

// ways yields the ways between hosts.
func (b *Book) ways(take func(report.LateralEdge)) error {
	for e, err := range b.edges.All() {
		if err != nil {
			return err
		}
		r := partReader{e.Key}
		way := report.LateralEdge{From: r.part(), To: r.part(), How: r.part(), User: r.part()}
		way.Count = int(e.Value.logons) // #nosec G115 -- a number of records
		way.First, way.Last = report.TimeOf(e.Value.first), report.TimeOf(e.Value.last)
		take(way)
	}
	return nil
}

// byFindings is the order of the list.
func byFindings(x, y report.Account) int {
	return cmp.Or(cmp.Compare(y.Findings, x.Findings),
		strings.Compare(strings.ToLower(x.Name), strings.ToLower(y.Name)),
		strings.Compare(x.SID, y.SID), strings.Compare(x.Name, y.Name))
}

// byUse puts the accounts first that are listed rather than others.
func byUse(x, y report.Account) int {
	return cmp.Or(cmp.Compare(y.Findings, x.Findings), cmp.Compare(y.Logons+y.Failures, x.Logons+x.Failures),
		byFindings(x, y))
}

func byTime(x, y report.LateralEdge) int {
	return cmp.Or(report.CompareTimes(x.First, y.First), strings.Compare(x.From, y.From),
		strings.Compare(x.To, y.To), strings.Compare(x.How, y.How), strings.Compare(x.User, y.User))
}

// chosen keeps the first of any number of rows.
type chosen[T any] struct {
	most    int
	compare func(a, b T) int
	left    func(*T) // is told of each row that is left out
	rows    []T
	omitted int
}

func (c *chosen[T]) add(row T) {
	c.rows = append(c.rows, row)
	if len(c.rows) >= 2*c.most+1 {
		c.cut()
	}
}

// cut sorts the rows and drops those that are too many.
func (c *chosen[T]) cut() {
	slices.SortFunc(c.rows, c.compare)
	for i := min(c.most, len(c.rows)); i < len(c.rows); i++ {
		c.left(&c.rows[i])
		c.omitted++
	}
	if len(c.rows) > c.most {
		clear(c.rows[c.most:])
		c.rows = c.rows[:c.most]
	}
}

// use is how often, and when, something is in the logons.
type use struct {
	order            uint64 // of the first
	logons, failures uint64
	first, last      evtx.Filetime // 0 = not known
}
