package account

import (
	"cmp"
	"encoding/binary"
	"errors"
	"slices"
	"strconv"
	"strings"

	"hunt/evtx"
	"hunt/report"
	"hunt/report/identity"
	"hunt/timeline/spill"
)

// uses writes a use to a temporary file.
var uses = spill.Sum[use]{
	Size: 40,
	Put: func(b []byte, u *use) {
		for i, v := range []uint64{u.order, u.logons, u.failures, uint64(u.first), uint64(u.last)} {
			binary.LittleEndian.PutUint64(b[8*i:], v)
		}
	},
	Get: func(b []byte, u *use) {
		at := func(i int) uint64 { return binary.LittleEndian.Uint64(b[8*i:]) }
		*u = use{at(0), at(1), at(2), evtx.Filetime(at(3)), evtx.Filetime(at(4))}
	},
	Add: func(into *use, u use) {
		into.order = min(into.order, u.order)
		into.logons += u.logons
		into.failures += u.failures
		if into.first == 0 || u.first != 0 && u.first < into.first {
			into.first = u.first
		}
		into.last = max(into.last, u.last)
	},
}

// entry is an account under one name and SID.
type entry struct {
	report.Account
	order, named uint64 // when it was met first, and when under this spelling of its name
}

func (e *entry) add(r *partReader, u use) {
	name, id, kind := r.part(), r.part(), r.part()
	if e.Name == "" || u.order < e.named {
		e.Name, e.named = strings.Clone(name), u.order // not the whole key
	}
	e.order = min(e.order, u.order)
	e.Hosts = insertSorted(e.Hosts, id)
	if kind != "" {
		e.LogonTypes = insertSorted(e.LogonTypes, kind)
	}
	e.Logons += int(u.logons)     // #nosec G115 -- a number of records
	e.Failures += int(u.failures) // #nosec G115 -- a number of records
	report.Widen(&e.First, &e.Last, report.TimeOf(u.first))
	report.Widen(&e.First, &e.Last, report.TimeOf(u.last))
}

// namesakes are the accounts of one name, in lower case, by SID.
type namesakes struct {
	name  string
	bySID map[string]*entry
}

// of returns the account with a SID.
func (n *namesakes) of(sid string, order uint64) *entry {
	e := n.bySID[sid]
	if e == nil {
		e = &entry{order: order, named: order}
		e.SID = strings.Clone(sid)
		n.bySID[e.SID] = e
	}
	return e
}

// resolve gives what has no SID to the account of that name, if there is one, and returns its SID. Failed logons and
// uses of credentials name none.
func (n *namesakes) resolve() (sid string) {
	for s := range n.bySID {
		if s == "" {
			continue
		}
		if sid != "" {
			return "" // of several, none is meant
		}
		sid = s
	}
	from, to := n.bySID[""], n.bySID[sid]
	if sid == "" || from == nil {
		return sid
	}
	if from.order < to.order {
		to.Name = from.Name
	}
	join(&to.Account, &from.Account)
	delete(n.bySID, "")
	return sid
}

// find adds the findings about accounts of this name. after is above the order of all logons.
func (n *namesakes) find(found []report.Finding, places []int, after uint64) {
	sid := n.resolve()
	for _, i := range places {
		f := &found[i]
		e := n.of(sid, after+uint64(i)) // #nosec G115 -- not negative
		e.Name = cmp.Or(e.Name, f.User)
		e.Findings++
		e.Hosts = insertSorted(e.Hosts, f.Host)
		report.Widen(&e.First, &e.Last, f.Start)
	}
}

// accounts yields the accounts of all logons and findings. Spellings of one account are one row, which has the
// shortest.
func (b *Book) accounts(found []report.Finding, folder *identity.Folder, take func(report.Account)) (err error) {
	spellings := spill.NewTally(uses, b.share(), b.o.TempDir)
	defer func() { err = errors.Join(err, spellings.Close()) }()
	places := map[string][]int{} // of the findings, by name
	for i := range found {
		if f := &found[i]; f.User != "" && f.Status == report.StatusFinding {
			name := strings.ToLower(f.User)
			places[name] = append(places[name], i)
		}
	}
	settle := func(n *namesakes) error {
		n.find(found, places[n.name], b.n)
		delete(places, n.name)
		for _, e := range n.bySID {
			key := folder.Fold(identity.AccountOf(e.Name, e.SID)).Key
			if err := spellings.Add(e.key(key), e.use()); err != nil {
				return err
			}
		}
		return nil
	}
	n := &namesakes{}
	for e, err := range b.logons.All() {
		if err != nil {
			return err
		}
		r := partReader{e.Key}
		if name := r.part(); name != n.name || n.bySID == nil {
			if err := settle(n); err != nil {
				return err
			}
			n = &namesakes{name, map[string]*entry{}}
		}
		n.of(r.part(), e.Value.order).add(&r, e.Value)
	}
	if err := settle(n); err != nil {
		return err
	}
	for name := range places { // of which there are no logons
		if err := settle(&namesakes{name, map[string]*entry{}}); err != nil {
			return err
		}
	}
	return fold(spellings, take)
}

// fold yields the accounts, each with what is known of all its spellings.
func fold(spellings *spill.Tally[use], take func(report.Account)) error {
	var last report.Account
	lastKey, some := "", false
	for e, err := range spellings.All() {
		if err != nil {
			return err
		}
		r := partReader{e.Key}
		key := r.part()
		a := r.account(e.Value)
		if some && key == lastKey && key != "" {
			last.Name = identity.Shorter(last.Name, a.Name)
			join(&last, &a)
			continue
		}
		if some {
			take(last)
		}
		last, lastKey, some = a, key, true
	}
	if some {
		take(last)
	}
	return nil
}

// key is what an account sorts by among the spellings of one, and what use does not hold.
func (e *entry) key(fold string) string {
	k := appendParts(nil, fold)
	k = binary.BigEndian.AppendUint64(k, e.order)
	k = appendParts(k, e.Name, e.SID, strconv.Itoa(e.Findings), strconv.Itoa(len(e.Hosts)))
	return string(appendParts(k, slices.Concat(e.Hosts, e.LogonTypes)...))
}

func (e *entry) use() use {
	return use{logons: uint64(e.Logons), failures: uint64(e.Failures), // #nosec G115 -- numbers of records
		first: report.Ticks(e.First), last: report.Ticks(e.Last)}
}

// account reads what key and use wrote, without the fold.
func (r *partReader) account(u use) report.Account {
	r.rest = r.rest[8:] // the order
	a := report.Account{Name: strings.Clone(r.part()), SID: strings.Clone(r.part())}
	a.Findings, _ = strconv.Atoi(r.part())
	hosts, _ := strconv.Atoi(r.part())
	for r.rest != "" {
		if len(a.Hosts) < hosts {
			a.Hosts = append(a.Hosts, strings.Clone(r.part()))
		} else {
			a.LogonTypes = append(a.LogonTypes, strings.Clone(r.part()))
		}
	}
	a.Logons, a.Failures = int(u.logons), int(u.failures) // #nosec G115 -- numbers of records
	report.Widen(&a.First, &a.Last, report.TimeOf(u.first))
	report.Widen(&a.First, &a.Last, report.TimeOf(u.last))
	return a
}

// appendParts appends texts of any content, each with its length before it: one is never the beginning of another.
func appendParts(dst []byte, parts ...string) []byte {
	for _, p := range parts {
		dst = append(binary.AppendUvarint(dst, uint64(len(p))), p...)
	}
	return dst
}

// partReader takes a key apart again.
type partReader struct{ rest string }

func (r *partReader) part() string {
	n, shift := 0, 0
	for i := range len(r.rest) {
		c := r.rest[i]
		n |= int(c&0x7f) << shift
		shift += 7
		if c < 0x80 {
			part := r.rest[i+1 : i+1+n]
			r.rest = r.rest[i+1+n:]
			return part
		}
	}
	return ""
}

// join adds what is known about one spelling of an account to another.
func join(to, from *report.Account) {
	for _, h := range from.Hosts {
		to.Hosts = insertSorted(to.Hosts, h)
	}
	for _, t := range from.LogonTypes {
		to.LogonTypes = insertSorted(to.LogonTypes, t)
	}
	to.SID = cmp.Or(to.SID, from.SID)
	to.Logons += from.Logons
	to.Failures += from.Failures
	to.Findings += from.Findings
	report.Widen(&to.First, &to.Last, from.First)
	report.Widen(&to.First, &to.Last, from.Last)
}

// insertSorted adds s to a sorted set.
func insertSorted(set []string, s string) []string {
	if i, ok := slices.BinarySearch(set, s); !ok {
		return slices.Insert(set, i, strings.Clone(s)) // s may be a part of a long key
	}
	return set
}
