package logon

import (
	"errors"
	"iter"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/report/identity"
	"hunt/report/incident"
)

// Group is the logons of one account from one source with one type and result.
type Group struct {
	Account     incident.Account
	Source      string
	Type        string
	Result      Result
	Reason      string
	Count       uint64
	First, Last evtx.Filetime
	Hosts       []string // whose logs report them, sorted
	// names that the clients gave for themselves, sorted: maxNames at most, "and 3 more" behind them where there
	// are more
	Clients []string
	Targets []string // where they went to, in the same way
}

// maxNames is how many names of clients or targets a group lists.
const maxNames = 5

// group is the row of a record among those that are counted.
func (r *Record) group() []byte {
	row := appendPart(nil, r.Account.Key)
	for _, part := range []string{r.Source, r.Type, string(r.Result), r.Reason} {
		row = appendPart(row, part)
	}
	row = appendPart(appendNumber(row, uint64(r.Account.Kind)), r.Client)
	row = appendPart(appendPart(row, r.Target), r.Host)
	if bySID(r.Account.Key) {
		return appendPart(row, "") // the name is that of the SID
	}
	return appendPart(row, r.Account.Name)
}

// Groups yields the groups: the accounts of people first, those of machines and of Windows last, then by name, source,
// type and result. It may be called once all events are added, and again.
func (b *Book) Groups() iter.Seq2[Group, error] {
	return func(yield func(Group, error) bool) {
		err := b.ordered(b.unordered, func(r *reader, s span) bool {
			g := Group{Count: s.count, First: s.first, Last: s.last}
			g.Account.Kind = incident.AccountKind(r.number())
			g.Account.Key, g.Account.Name, g.Source, g.Type = r.part(), r.part(), r.part(), r.part()
			g.Result, g.Reason = Result(r.part()), r.part()
			g.Hosts, g.Clients, g.Targets = r.list(), r.list(), r.list()
			return yield(g, nil)
		})
		if err != nil {
			yield(Group{}, err)
		}
	}
}

// unordered makes the groups of the rows, and gives each as a row that sorts as groups do.
func (b *Book) unordered(give func(row []byte, s span) error) error {
	var g Group
	var clients, targets few
	some := false
	end := func() error {
		g.Account.Name = b.name(g.Account)
		row := appendPart(appendNumber(nil, kindOrder(g.Account.Kind)), strings.ToLower(g.Account.Name))
		for _, part := range []string{g.Source, g.Type, string(g.Result), g.Reason} {
			row = appendPart(row, part)
		}
		row = appendNumber(row, uint64(g.Account.Kind))
		for _, part := range []string{g.Account.Key, g.Account.Name, g.Source, g.Type, string(g.Result), g.Reason} {
			row = appendPart(row, part)
		}
		slices.Sort(g.Hosts)
		g.Clients, g.Targets = clients.list(), targets.list()
		clients, targets = few{}, few{}
		return give(appendList(appendList(appendList(row, g.Hosts), g.Clients), g.Targets),
			span{g.Count, g.First, g.Last})
	}
	for e, err := range b.groups.All() {
		if err != nil {
			return err
		}
		r := &reader{e.Key}
		x := Group{Account: incident.Account{Key: r.part()}, Source: r.part(), Type: r.part(), Result: Result(r.part()),
			Reason: r.part()}
		x.Account.Kind = incident.AccountKind(r.number())
		client, target, host, name := r.part(), r.part(), r.part(), r.part()
		if some && (x.Account.Key != g.Account.Key || x.Source != g.Source || x.Type != g.Type ||
			x.Result != g.Result || x.Reason != g.Reason) {
			if err := end(); err != nil {
				return err
			}
			some = false
		}
		if !some {
			x.First, x.Last = e.Value.first, e.Value.last
			g, some = x, true
		}
		g.Count += e.Value.count
		g.First, g.Last = min(g.First, e.Value.first), max(g.Last, e.Value.last)
		g.Account.Name = identity.Shorter(g.Account.Name, name)
		clients.add(client, maxNames)
		targets.add(target, maxNames)
		if !slices.Contains(g.Hosts, host) {
			g.Hosts = append(g.Hosts, host)
		}
	}
	if some {
		return end()
	}
	return nil
}

// ordered puts rows in order and has them read: what is before the last copy of the sorted parts is skipped by
// skip.
func (b *Book) ordered(rows func(give func(row []byte, s span) error) error,
	read func(*reader, span) bool) (err error) {
	sorted := b.tally()
	defer func() { err = errors.Join(err, sorted.Close()) }()
	if err := rows(func(row []byte, s span) error { return sorted.Add(string(row), s) }); err != nil {
		return err
	}
	for e, err := range sorted.All() {
		if err != nil {
			return err
		}
		r := &reader{e.Key}
		r.number()
		for range sortedParts {
			r.part()
		}
		if !read(r, e.Value) {
			return nil
		}
	}
	return nil
}

// sortedParts is how many parts, behind a number, rows are sorted by before what they hold begins.
const sortedParts = 5

func appendList(dst []byte, list []string) []byte {
	dst = appendNumber(dst, uint64(len(list)))
	for _, s := range list {
		dst = appendPart(dst, s)
	}
	return dst
}

func (r *reader) list() []string {
	n := r.number()
	var out []string
	for range n {
		out = append(out, r.part())
	}
	return out
}
