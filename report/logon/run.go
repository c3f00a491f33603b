package logon

import (
	"errors"
	"iter"
	"slices"

	"github.com/cespare/xxhash/v2"

	"hunt/evtx"
	"hunt/report/incident"
	"hunt/timeline/ecs"
)

// Run is a number of failures that a success follows: a guessed password, or one that was mistyped.
type Run struct {
	Account       incident.Account // that succeeded
	Source        string
	Failures      int
	Accounts      int      // that failed; more than 1 where one source tried several
	Tried         []string // their names: maxNames at most, "and 3 more" behind them where there are more
	First, Last   evtx.Filetime
	Success       evtx.Filetime
	Type          string // of the success
	Hosts         []string
	SuccessOnHost string
}

const (
	// leastFailures make a run: people mistype a password once or twice.
	leastFailures = 3
	// runGap is how far apart the failures of a run may be, and how long after the last one the success may come.
	runGap = 60 * 60 * evtx.TicksPerSecond
)

// mechanism is who checked the password. One attempt can be logged by several, which must not count it twice.
type mechanism uint64

const (
	checkedByNobody mechanism = iota // as far as the record tells
	checkedHere
	checkedByKerberos
	checkedByNTLM
	checkedBySSH
)

func (r *Record) mechanism() mechanism {
	switch r.Role {
	case ecs.RoleLogon, ecs.RoleFailedLogon:
		return checkedHere
	case ecs.RoleTicketRequested, ecs.RolePreauthFailed:
		return checkedByKerberos
	case ecs.RoleCredentialsChecked:
		return checkedByNTLM
	case ecs.RoleSSH:
		return checkedBySSH
	}
	return checkedByNobody
}

// attempt adds a record to those among which runs are looked for: by account and source, and by source.
func (b *Book) attempt(r *Record) error {
	how := r.mechanism()
	if how == checkedByNobody || r.Account.Key == "" || r.Account.Kind == incident.AccountSystem ||
		r.Account.Kind == incident.AccountAnonymous {
		return nil
	}
	row := func(account, source string) string {
		row := appendPart(appendPart(appendNumber(nil, uint64(how)), account), source)
		return string(r.append(appendNumber(appendNumber(row, uint64(r.At)), r.Ref.EventRecordID)))
	}
	one := span{1, r.At, r.At}
	err := b.attempts.Add(row(r.Account.Key, r.Source), one)
	if err == nil && r.Source != "" {
		err = b.attempts.Add(row("", r.Source), one)
	}
	return err
}

// Runs yields the runs, by the time of the success.
func (b *Book) Runs() iter.Seq2[Run, error] {
	return func(yield func(Run, error) bool) {
		err := b.ordered(b.findRuns, func(r *reader, _ span) bool {
			var x Run
			x.Account.Kind = incident.AccountKind(r.number())
			x.Failures, x.Accounts = int(r.number()), int(r.number())
			x.First, x.Last, x.Success = evtx.Filetime(r.number()), evtx.Filetime(r.number()), evtx.Filetime(r.number())
			x.Account.Key, x.Account.Name, x.Source, x.Type, x.SuccessOnHost = r.part(), r.part(), r.part(),
				r.part(), r.part()
			x.Tried, x.Hosts = r.list(), r.list()
			return yield(x, nil)
		})
		if err != nil {
			yield(Run{}, err)
		}
	}
}

// findRuns gives the runs as rows that sort by the time of the success.
func (b *Book) findRuns(give func(row []byte, s span) error) error {
	type attempts struct {
		by              mechanism
		account, source string
	}
	var place attempts
	var now running
	for e, err := range b.attempts.All() {
		if err != nil {
			return err
		}
		r := &reader{e.Key}
		here := attempts{mechanism(r.number()), r.part(), r.part()}
		r.number()
		r.number()
		x := r.record()
		if here != place || x.At-now.run.Last > runGap {
			now, place = running{}, here
		}
		if x.Result == Failure {
			now.fail(b, &x)
			continue
		}
		if bySource := here.account == ""; now.run.Failures >= leastFailures && (!bySource || now.run.Accounts > 1) {
			if err := give(now.succeed(b, &x), span{1, x.At, x.At}); err != nil {
				return err
			}
		}
		now = running{}
	}
	return nil
}

// running is a run that goes on.
type running struct {
	run   Run
	tried map[uint64]struct{} // hashes of the accounts
	names few
}

func (n *running) fail(b *Book, x *Record) {
	if n.tried == nil {
		n.tried = map[uint64]struct{}{}
		n.run.First = x.At
	}
	n.run.Last = x.At
	n.run.Failures++
	n.tried[xxhash.Sum64String(x.Account.Key)] = struct{}{}
	n.run.Accounts = len(n.tried)
	n.names.add(b.name(x.Account), maxNames)
	if !slices.Contains(n.run.Hosts, x.Host) {
		n.run.Hosts = append(n.run.Hosts, x.Host)
	}
}

// succeed is the row of a run that ends with a success.
func (n *running) succeed(b *Book, x *Record) []byte {
	r := n.run
	slices.Sort(r.Hosts)
	name := b.name(x.Account)
	row := appendNumber(nil, uint64(x.At))
	for _, part := range []string{name, x.Source, x.Type, x.Host, ""} {
		row = appendPart(row, part)
	}
	for _, v := range []uint64{uint64(x.Account.Kind), uint64(r.Failures), uint64(r.Accounts), uint64(r.First),
		uint64(r.Last), uint64(x.At)} {
		row = appendNumber(row, v)
	}
	for _, part := range []string{x.Account.Key, name, x.Source, x.Type, x.Host} {
		row = appendPart(row, part)
	}
	return appendList(appendList(row, n.names.list()), r.Hosts)
}

// Records yields all records in order of time. It needs Options.Records.
func (b *Book) Records() iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		if !b.o.Records {
			yield(Record{}, errors.New("the records were not kept"))
			return
		}
		for e, err := range b.records.All() {
			if err != nil {
				yield(Record{}, err)
				return
			}
			r := &reader{e.Key}
			r.number()
			r.part()
			x := r.record()
			x.Account.Name = b.name(x.Account)
			if !yield(x, nil) {
				return
			}
		}
	}
}
