package build

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/limit"
	"hunt/report"
	"hunt/report/record"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/ledger"
)

// maxReread bounds the references read again for their hash; it is far above what the findings that a
// person reads can cite.
const maxReread = 20_000

var boundReread = limit.Bound{ID: "report-reread", Text: "the first 20,000 copies, twins and logons of " +
	"findings are cited with the hash of their record, the others without it"}

// reread is a record that is cited but was not kept: its bytes are read again for their hash.
type reread struct {
	at  evtx.Ref
	ref *report.Ref
	see func(*evtx.Record) // nil, or what else its content is needed for; the record is only valid during the call
}

// later returns the model's form of a reference. rereadAll fills in its hash if an event carries it.
func (b *builder) later(r evtx.Ref, beside *timeline.Event) *report.Ref {
	out := b.ref(r)
	if b.hashed(r, beside) {
		b.reread = append(b.reread, reread{at: r, ref: &out})
	}
	return &out
}

// rereadAll reads the noted records, file by file and in the order of the evidence. A record that cannot be
// read again keeps its reference without a hash, and the report says how many there are.
func (b *builder) rereadAll(ctx context.Context) error {
	slices.SortStableFunc(b.reread, func(x, y reread) int { return x.at.Compare(y.at) })
	if n := len(b.reread); n > maxReread {
		b.cs.Limits.Add([]limit.Bite{{Bound: boundReread, Count: int64(n - maxReread),
			First: limit.At(b.reread[maxReread].at.File, b.reread[maxReread].at.Offset)}})
		b.reread = b.reread[:maxReread]
	}
	var r record.File
	defer r.Close()
	dec := &evtx.Decoder{Cache: b.cs.Templates(), Partial: true}
	lost := 0
	var last *ledger.File
	same := false
	for _, w := range b.reread {
		if err := ctx.Err(); err != nil {
			return err
		}
		file := b.cs.Files[w.at.File]
		if file != last {
			last, same = file, b.cs.Recheck(file, nil)
		}
		if !same {
			lost++
			continue
		}
		b.cs.Note(w.at)
		dec.Stock = file.Stock
		rec, err := r.Record(file, dec, w.at)
		if err != nil {
			lost++
			continue
		}
		sum := sha256.Sum256(rec.Raw())
		w.ref.PayloadSHA256 = hex.EncodeToString(sum[:])
		if w.see != nil {
			w.see(rec)
		}
	}
	if lost > 0 {
		b.limits = append(b.limits,
			fmt.Sprintf("%s cited without a hash: the record could not be read a second time.",
				report.Count(lost, "reference is", "references are")))
	}
	b.reread = nil
	return nil
}

// runner is the account under which a process runs according to the record of its start, and the logon id
// of the session.
type runner struct {
	name, logonID string
}

// startAccount reads the account from a Sysmon 1 or a Security 4688. ok is false if the record does not
// name it: before Windows 8.1 a 4688 only names the creator.
func startAccount(r *evtx.Record) (runner, bool) {
	field := func(name string) string {
		if f, ok := r.Data(name); ok {
			return f.Text()
		}
		return ""
	}
	join := func(domain, name string) string {
		if domain == "" || domain == "-" {
			return name
		}
		return domain + `\` + name
	}
	if ecs.MeaningOf(r.Channel(), r.Provider(), r.EventID()).Source == ecs.SourceSysmon {
		a := runner{field("User"), field("LogonId")}
		return a, a.name != ""
	}
	target, hasTarget := r.Data("TargetUserName")
	if !hasTarget {
		return runner{}, false
	}
	if name := target.Text(); name != "" && name != "-" {
		return runner{join(field("TargetDomainName"), name), field("TargetLogonId")}, true
	}
	a := runner{join(field("SubjectDomainName"), field("SubjectUserName")), field("SubjectLogonId")}
	return a, a.name != ""
}

// differs reports whether two records of one start name different accounts. The service accounts have
// several names, in several languages, so they are compared by logon id.
func (a runner) differs(o runner) bool {
	for _, id := range []string{"0x3e7", "0x3e4", "0x3e5"} {
		if strings.EqualFold(a.logonID, id) && strings.EqualFold(o.logonID, id) {
			return false
		}
	}
	if strings.EqualFold(a.name, o.name) {
		return false
	}
	_, x, okA := strings.Cut(a.name, `\`)
	_, y, okO := strings.Cut(o.name, `\`)
	x, y = cmp.Or(x, a.name), cmp.Or(y, o.name)
	return okA && okO || !strings.EqualFold(x, y) // without a domain on one side the names decide
}
