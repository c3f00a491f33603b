package verify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"hunt/evtx"
	"hunt/evtx/goevtx"
	"hunt/report"
	"hunt/report/record"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/ecs/scalar"
	"hunt/timeline/evidence"
	"hunt/timeline/ledger"
	"hunt/timeline/lender"
)

// recordReader re-reads records, one open file at a time.
type recordReader struct {
	record.File
	dec    *evtx.Decoder
	schema *ecs.Schema
	mapper *ecs.Mapper
	clock  ledger.Clock
	v      *Verification
	fields map[ecs.Field]bool // that were taken from the report

	lend    *lender.Lender            // nil where no carved record is cited
	lenders map[fileID]*evidence.File // its files
}

func newRecordReader(rep *report.Report, v *Verification) *recordReader {
	r := &recordReader{dec: &evtx.Decoder{Cache: evtx.NewCache(), Partial: true}, schema: ecs.NewSchema(),
		clock: ledger.ClockCreated, v: v, fields: map[ecs.Field]bool{}}
	r.mapper = ecs.NewMapper(r.schema)
	if rep.Scope.Clock == string(ledger.ClockUTC) {
		r.clock, r.mapper.Clock = ledger.ClockUTC, ecs.ClockUTC
	}
	return r
}

// derivedFields are the names of the fields that were taken from the report, sorted.
func (r *recordReader) derivedFields() []string {
	out := []string{}
	for f := range maps.Keys(r.fields) {
		out = append(out, r.schema.Name(f))
	}
	slices.Sort(out)
	return out
}

// lends makes ready what carved records borrow: from the inputs of the run, which may differ from those of the
// verification.
func (r *recordReader) lends(rep *report.Report, opened map[fileID]*evidence.File) {
	r.lend, r.lenders = &lender.Lender{}, map[fileID]*evidence.File{}
	for _, e := range rep.Evidence {
		id := fileID{e.Path, e.SHA256}
		if opened[id] == nil || r.lenders[id] != nil {
			continue
		}
		f := *opened[id] // files with the same bytes may be one here
		f.Input = e.Input
		r.lenders[id] = &f
		r.lend.Files = append(r.lend.Files, &f)
	}
}

// borrow learns what the carved records of a file may borrow.
func (r *recordReader) borrow(ctx context.Context, id fileID) (err error) {
	if f := r.lenders[id]; f != nil {
		r.dec.Stock, err = r.lend.Stock(ctx, f)
	}
	return err
}

// check re-reads one cited record.
func (r *recordReader) check(c *citation, f *evidence.File) RecordCheck {
	out := RecordCheck{Finding: c.finding, Ref: c.ref, Result: resultMatch, Problems: []string{},
		Second: Opinion{Says: record.NotAsked}}
	fail := func(format string, args ...any) {
		out.Result = resultMismatch
		out.Problems = append(out.Problems, fmt.Sprintf(format, args...))
	}
	if err := r.Open(f, 0); err != nil {
		fail("the file cannot be read: %v", err)
		return out
	}
	rec, err := r.Log.RecordAt(r.dec, evtx.Ref{Chunk: c.ref.Chunk, Offset: c.ref.Offset,
		HeaderRecordID: c.ref.HeaderRecordID, EventRecordID: c.ref.EventRecordID, Carved: c.ref.Carved})
	if err != nil {
		fail("no record can be read there: %v", err)
		return out
	}
	sum := sha256.Sum256(rec.Raw())
	for _, ref := range append([]report.Ref{c.ref}, c.others...) {
		checkRef(rec, ref, hex.EncodeToString(sum[:]), fail)
	}
	differ := func(what, have, said string) {
		if have = asRead(have); have != said {
			fail("%s is %q, the report says %q", what, have, said)
		}
	}
	for i := range c.said {
		r.checkEvidence(rec, &c.said[i], differ, fail)
	}
	var doc []byte
	if len(c.said) > 0 {
		doc = c.said[0].Document
	}
	for i := range c.rows {
		r.checkRow(rec, &c.rows[i], doc, differ)
	}
	for i := range c.steps {
		r.checkStep(rec, &c.steps[i], doc, fail)
	}
	out.Second = r.second(rec, c.ref, fail)
	return out
}

// checkRef compares a reference with the record that it leads to.
func checkRef(rec *evtx.Record, ref report.Ref, sum string, fail func(string, ...any)) {
	if ref.PayloadSHA256 != "" && sum != ref.PayloadSHA256 {
		fail("the record's bytes changed: sha256 is now %s", sum)
	}
	if rec.Ref.HeaderRecordID != ref.HeaderRecordID {
		fail("header record id is %d, the report says %d", rec.Ref.HeaderRecordID, ref.HeaderRecordID)
	}
	if rec.EventRecordID() != ref.EventRecordID {
		fail("EventRecordID is %d, the report says %d", rec.EventRecordID(), ref.EventRecordID)
	}
	if ref.Channel != "" && asRead(rec.Channel()) != ref.Channel {
		fail("channel is %q, the report says %q", rec.Channel(), ref.Channel)
	}
	if code := fmt.Sprint(rec.EventID()); ref.EventCode != "" && code != ref.EventCode {
		fail("event_code is %q, the report says %q", code, ref.EventCode)
	}
}

// checkEvidence makes again what the report says about the record as evidence. What only the history of the host
// can tell is taken from the document in the report: all that is made of it, such as the message, must then follow.
func (r *recordReader) checkEvidence(rec *evtx.Record, said *report.Evidence, differ func(what, have, said string),
	fail func(string, ...any)) {
	ev := r.event(rec)
	theirs, err := leaves(said.Document)
	if err != nil {
		fail("event: %v", err)
		return
	}
	r.count(r.settle(ev.Event, theirs))
	have := record.Statement(ev)
	differ("time", report.TimeText(have.Time), report.TimeText(said.Time))
	differ("utc_time", report.TimeText(have.UTCTime), report.TimeText(said.UTCTime))
	differ("channel", have.Channel, said.Channel)
	differ("event_code", have.EventCode, said.EventCode)
	differ("user", have.User, said.User)
	differ("message", have.Message, said.Message)
	if id, ok := theirs[r.schema.Name(ecs.HostID)]; ok && id != jsonString(said.Host) {
		fail("host is %q, the document of the event says %s", said.Host, id)
	}
	differFacts(have.Facts, said.Facts, differ)
	for _, problem := range compareDocuments(have.Document, theirs) {
		fail("%s", problem)
	}
}

// differFacts compares facts by their names.
func differFacts(have, said []report.KeyValue, differ func(what, have, said string)) {
	byKey := map[string]string{}
	for _, f := range have {
		byKey[f.Key] = f.Value
	}
	for _, f := range said {
		value, ok := byKey[f.Key]
		if delete(byKey, f.Key); !ok {
			value = "absent"
		}
		differ("fact "+f.Key, value, f.Value)
	}
	for _, f := range have {
		if value, left := byKey[f.Key]; left {
			differ("fact "+f.Key, value, "absent")
		}
	}
}

// checkRow makes a row of the timeline again. Most rows stand without a document: a text of theirs that
// changes with what history could have told is left out, and counted.
func (r *recordReader) checkRow(rec *evtx.Record, said *report.TimelineRow, doc []byte,
	differ func(what, have, said string)) {
	ev := r.event(rec)
	theirs, err := leaves(doc)
	if err == nil {
		r.settle(ev.Event, theirs)
	} else {
		r.settle(ev.Event, nil)
	}
	have := record.Row(ev)
	other := have
	if err != nil {
		told := r.event(rec)
		for _, f := range told.AppendPending(nil) {
			told.Set(f, scalar.String("?"+r.schema.Name(f)))
		}
		other = record.Row(told)
	}
	differ("time", report.TimeText(have.Time), report.TimeText(said.Time))
	differ("channel", have.Channel, said.Channel)
	differ("event_code", have.EventCode, said.EventCode)
	for _, m := range [][4]string{
		{"message", have.Message, other.Message, said.Message}, {"user", have.User, other.User, said.User},
		{"category", have.Category, other.Category, said.Category},
	} {
		if said.EventID == briefEvent && m[0] == "category" {
			continue
		}
		if m[1] == m[2] {
			differ(m[0], m[1], m[3])
		} else {
			r.v.Derived.Rows++
		}
	}
}

// checkStep looks for a step of a provenance among those that the record reports.
func (r *recordReader) checkStep(rec *evtx.Record, said *report.Provenance, doc []byte, fail func(string, ...any)) {
	ev := r.event(rec)
	if theirs, err := leaves(doc); err == nil {
		r.settle(ev.Event, theirs)
	}
	for _, s := range record.Steps(ev) {
		if s.Kind == said.Kind && asRead(s.Text) == said.Text && s.Source == said.Source &&
			report.TimeText(s.Time) == report.TimeText(said.Time) {
			return
		}
	}
	fail("provenance: the record does not say %q (%s, %s)", said.Text, said.Kind, said.Source)
}

// event maps the record again: nothing is settled in it.
func (r *recordReader) event(rec *evtx.Record) *timeline.Event {
	ev := r.mapper.Map(rec)
	return &timeline.Event{Event: ev, At: r.clock.Of(ev), Ref: rec.Ref}
}

// count notes the fields that were taken from the report.
func (r *recordReader) count(fields []ecs.Field) {
	if len(fields) == 0 {
		return
	}
	r.v.Derived.Events++
	r.v.Derived.Values += len(fields)
	for _, f := range fields {
		r.fields[f] = true
	}
}

// asRead is a text as a report in JSON gives it back: a byte that is not UTF-8 is lost there.
func asRead(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return string([]rune(s))
}

// second asks golang-evtx what it reads there.
func (r *recordReader) second(rec *evtx.Record, ref report.Ref, fail func(string, ...any)) Opinion {
	defects := r.v.Defects
	if ref.Chunk == -1 {
		return Opinion{record.NotAsked, "outside any chunk"}
	}
	slot, err := r.Log.SlotOf(evtx.Ref{Chunk: ref.Chunk, Offset: ref.Offset})
	if err != nil {
		fail("chunk %d cannot be read again: %v", ref.Chunk, err)
		return Opinion{Says: record.NotAsked}
	}
	said := record.AskSecond(rec, slot)
	out := Opinion{said.Says(), said.NotAsked}
	switch out.Says {
	case record.CannotDecode:
		out.Why = said.Err.Error()
		if d := goevtx.Excuse(said.Err); d != "" {
			defects[string(d)]++
			out.Why = "known defect " + string(d)
		}
	case record.Disagrees:
		for _, d := range goevtx.Mismatches(said.Differences) {
			fail("the decoders disagree on %s: hunt reads %q, golang-evtx %q", d.Field, d.Ours, d.Theirs)
		}
	case record.AgreesButForDefects:
		var names []string
		for _, d := range said.Differences {
			defects[string(d.Defect)]++
			names = append(names, string(d.Defect))
		}
		slices.Sort(names)
		out.Why = strings.Join(slices.Compact(names), ", ")
	}
	return out
}
