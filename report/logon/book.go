package logon

import (
	"cmp"
	"encoding/binary"
	"errors"
	"net/netip"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/report/identity"
	"hunt/report/incident"
	"hunt/timeline"
	"hunt/timeline/host"
	"hunt/timeline/spill"
)

// Options of a Book.
type Options struct {
	Memory  int64  // bytes that the rows may take; the rest is spilled
	TempDir string // "" is the system's
	// External keeps only what came from the internet. Own are addresses that hosts of the evidence have themselves.
	External bool
	Own      map[netip.Addr]bool
	Users    []string // accounts, by name, DOMAIN\name or SID, regardless of case; none: all
	Records  bool     // Records will be asked for
}

// Book is the logons of a case. It is for one goroutine. Close it when done.
type Book struct {
	o      Options
	folder *identity.Folder
	names  map[string]string // of accounts known by their SID

	groups, attempts, sessions, records *spill.Tally[span]
}

// span is how often something happened, and when first and last.
type span struct {
	count       uint64
	first, last evtx.Filetime
}

var spans = spill.Sum[span]{
	Size: 24,
	Put: func(b []byte, s *span) {
		le := binary.LittleEndian
		le.PutUint64(b, s.count)
		le.PutUint64(b[8:], uint64(s.first))
		le.PutUint64(b[16:], uint64(s.last))
	},
	Get: func(b []byte, s *span) {
		le := binary.LittleEndian
		*s = span{le.Uint64(b), evtx.Filetime(le.Uint64(b[8:])), evtx.Filetime(le.Uint64(b[16:]))}
	},
	Add: func(into *span, s span) {
		into.count += s.count
		into.first, into.last = min(into.first, s.first), max(into.last, s.last)
	},
}

// tallies is how many tallies share the memory of a book: four, and one that puts in order what they give.
const tallies = 5

// NewBook makes an empty book. The hosts tell which spellings are one account.
func NewBook(hosts []*host.Host, o Options) *Book {
	b := &Book{o: o, folder: identity.NewFolder(identity.HostsOf(hosts)), names: map[string]string{}}
	for _, h := range hosts {
		for l := range h.Logons() {
			b.folder.Learn(l.User, l.SID)
			b.folder.Learn(l.Subject, l.SubjectSID)
		}
	}
	b.folder.Settle()
	b.groups, b.attempts, b.sessions, b.records = b.tally(), b.tally(), b.tally(), b.tally()
	return b
}

func (b *Book) tally() *spill.Tally[span] {
	return spill.NewTally(spans, b.o.Memory/tallies, b.o.TempDir)
}

// Close frees the memory and the temporary files.
func (b *Book) Close() error {
	return errors.Join(b.groups.Close(), b.attempts.Close(), b.sessions.Close(), b.records.Close())
}

// Add takes an event; one that is not about logons is left out.
func (b *Book) Add(e *timeline.Event) error {
	r, ok := recordOf(e)
	if !ok {
		return nil
	}
	if bySID(r.Account.Key) { // the name that is beside the SID, and none that a client gave
		b.names[r.Account.Key] = identity.Shorter(b.names[r.Account.Key], r.Account.Name)
	}
	r.Account = b.folder.Fold(r.Account)
	return b.add(&r)
}

func (b *Book) add(r *Record) error {
	if err := b.session(r); err != nil || !b.wanted(r.Account, r.Source) {
		return err
	}
	one := span{1, r.At, r.At}
	var err error
	if r.Result.Counts() {
		err = errors.Join(b.groups.Add(string(r.group()), one), b.attempt(r))
	}
	if err == nil && b.o.Records {
		row := appendPart(appendNumber(nil, uint64(r.At)), r.Host)
		err = b.records.Add(string(r.append(row)), one)
	}
	return err
}

// wanted reports whether the options ask for what an account did from a source.
func (b *Book) wanted(a incident.Account, sources ...string) bool {
	return b.user(a) && (!b.o.External || slices.ContainsFunc(sources, b.external))
}

func (b *Book) external(source string) bool {
	a, ok := Plain(source)
	return ok && External(a) && !b.o.Own[a]
}

// user reports whether an account is one of those that are asked for.
func (b *Book) user(a incident.Account) bool {
	if len(b.o.Users) == 0 {
		return true
	}
	_, short, _ := strings.Cut(a.Name, `\`)
	return slices.ContainsFunc(b.o.Users, func(u string) bool {
		return u != "" && (strings.EqualFold(u, a.Name) || strings.EqualFold(u, a.Key) || strings.EqualFold(u, short))
	})
}

// bySID reports whether an account is known by its SID, so that its spellings are one.
func bySID(key string) bool { return strings.HasPrefix(key, "S-1-") }

// name is an account as people read it.
func (b *Book) name(a incident.Account) string {
	return cmp.Or(b.names[a.Key], a.Name, a.Key)
}

// kindOrder puts the accounts of people first, and those of Windows last.
func kindOrder(k incident.AccountKind) uint64 {
	return uint64(slices.Index([]incident.AccountKind{incident.AccountPerson, incident.AccountShared,
		incident.AccountService, incident.AccountUnknown,
		incident.AccountAnonymous, incident.AccountMachine, incident.AccountSystem}, k))
}
