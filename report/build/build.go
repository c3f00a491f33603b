package build

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/limit"
	"hunt/report"
	"hunt/report/integrity"
	"hunt/report/record"
	"hunt/rules"
	"hunt/rules/pack"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/evidence"
)

// Options is what a report says beyond the result.
type Options struct {
	Version      string        // of hunt
	Commit       string        // of its sources, "" if not known
	Dirty        bool          // they held changes that no commit has
	Run          report.Run    // the options that shape the result; Build adds the files of the rules and tuning
	Generated    string        // RFC 3339, or "" = not stamped, so that the same evidence gives the same bytes
	Case         report.Case   // of --case; empty fields become "not supplied"
	Context      evtx.Filetime // around each finding; 0 = two minutes
	RuleProblems pack.Errors   // rule and tuning files that could not be used
	MaxRows      int           // of the timeline; 0 = 50,000
	MaxHosts     int           // listed; 0 = 10,000
}

const (
	defaultContext = 120 * evtx.TicksPerSecond
	defaultMaxRows = 50_000
	// maxContextWindows bounds the spans of time that are read again; a rule that fires on everything would otherwise read the
	// evidence twice.
	maxContextWindows = 2_000
)

var boundContextWindows = limit.Bound{ID: "report-context-windows", Text: "hunt reads the surroundings of the first 2,000 events of findings, and not of the findings after them"}

// Report makes the report of a result. It reads the cited records and their surroundings again from the evidence.
func Report(ctx context.Context, res *rules.Result, o Options) (*report.Report, error) {
	b := newBuilder(res, o)
	r := b.report
	if err := b.findings(ctx); err != nil {
		return nil, err
	}
	for _, part := range []func(){b.stories, b.consistency, b.hosts, b.rules, b.scope, func() { b.accounts(ctx) }, b.indicators, func() { b.coverage(ctx) }, b.accounting,
		b.summary, b.recommendations, b.method} {
		part()
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	r.ID = b.reportID()
	return r, cmp.Or(b.cs.Err(), integrity.Seal(r))
}

// Rehearse reads again from the evidence what Build would for these findings, also where they are part of a larger result: by whose
// newest record an exception may have expired that suppresses a finding here. A shard thus keeps what its merging will ask for.
func Rehearse(ctx context.Context, res *rules.Result, o Options) error {
	if err := newBuilder(res, o).findings(ctx); err != nil {
		return err
	}
	windows, _ := newBuilder(res, o).windows(func(f *rules.Finding) bool { return f.Status == pack.StatusSuppressed })
	_, _, err := res.Case.Around(ctx, timeline.Surroundings{Windows: windows, Limit: 1, Keep: func(*ecs.Event) bool { return false }})
	return cmp.Or(err, errors.Join(res.Case.Changes()...), res.Case.Err())
}

func newBuilder(res *rules.Result, o Options) *builder {
	r := &report.Report{Schema: report.Schema, Case: supplied(o.Case)}
	run := runOf(o.Run, res.Pack)
	r.Tool = report.Tool{Name: "hunt", Version: o.Version, Commit: cmp.Or(o.Commit, "unknown"), Dirty: o.Dirty, RulePack: res.Pack.Hash, Options: run.Options(string(res.Case.Clock)), Run: run,
		Generated:  cmp.Or(o.Generated, "not stamped: a report depends on nothing but evidence, rules and options"),
		EVTXSecond: "golang-evtx 1.2.9 (hunt verify)"}
	return &builder{report: r, res: res, cs: res.Case, o: o, events: map[*timeline.Event]*report.Evidence{}, severity: map[string]pack.Severity{},
		nearby: map[*timeline.Host][]*timeline.Event{}, sessions: map[evtx.Ref]*report.Ref{}, twins: map[*timeline.Event]string{},
		actors: map[*timeline.Event]*actor{}, clocks: map[*timeline.Host][]timeline.ClockChange{}, ids: map[string]int{}, names: namesOf(res.Pack), listed: map[*timeline.Host]bool{}}
}

// builder holds what the parts of one Build share.
type builder struct {
	res      *rules.Result
	cs       *timeline.Case
	o        Options
	report   *report.Report
	events   map[*timeline.Event]*report.Evidence
	severity map[string]pack.Severity // host -> highest of its findings
	chains   [][]*timeline.Event      // of each finding, in order
	around   [][]*timeline.Event      // of each finding: what its surroundings hold of its files and processes
	nearby   map[*timeline.Host][]*timeline.Event
	sessions map[evtx.Ref]*report.Ref // of logons
	reread   []reread
	ids      map[string]int             // findings of one id
	names    map[string]string          // of rule and tuning files, by path
	actors   map[*timeline.Event]*actor // of the findings' events, where the process is known
	clocks   map[*timeline.Host][]timeline.ClockChange
	twins    map[*timeline.Event]string // what the two records of one start contradict each other in
	limits   []string
	listed   map[*timeline.Host]bool
	sights   []hostSight // of all hosts, by id
}

// reach is how far around each event of a finding the context goes.
func (b *builder) reach() evtx.Filetime { return cmp.Or(b.o.Context, defaultContext) }

func supplied(c report.Case) report.Case {
	for _, s := range []*string{&c.ID, &c.Title, &c.TLP, &c.Analyst, &c.Contact} {
		*s = cmp.Or(*s, report.NotSupplied)
	}
	if len(c.Slots) == 0 {
		c.Slots = new(caseFile).slots()
	}
	c.Slots = slices.Clone(c.Slots)
	for i := range c.Slots {
		c.Slots[i].Value = cmp.Or(c.Slots[i].Value, report.NotSupplied)
	}
	return c
}

// reportID hashes evidence, rules, tuning and options: the same input has the same id.
func (b *builder) reportID() string {
	h := sha256.New()
	for _, f := range b.cs.Files {
		fmt.Fprintf(h, "%s\x00%x\x00", f.Path, f.SHA256)
	}
	fmt.Fprintf(h, "%s\x00%s", b.report.Tool.RulePack, b.report.Tool.Options)
	return "R-" + hex.EncodeToString(h.Sum(nil)[:8])
}

// ref describes where a record is. The hash is of the whole record as it stands in the file.
func (b *builder) ref(r evtx.Ref) report.Ref {
	f := b.cs.Files[r.File]
	return report.Ref{File: record.Path(f.Path), SHA256: hex.EncodeToString(f.SHA256[:]), Chunk: r.Chunk, Offset: r.Offset,
		HeaderRecordID: r.HeaderRecordID, EventRecordID: r.EventRecordID, Carved: r.Carved}
}

// evidence describes an event of a finding; alike for all findings that share it.
func (b *builder) evidence(e *timeline.Event) report.Evidence {
	if known := b.events[e]; known != nil {
		return *known
	}
	ev := record.Statement(e)
	ev.Host, ev.Ref, ev.AlsoMore, ev.TimeMark = e.Host.ID, b.ref(e.Ref), e.More, e.Host.TimeMark(e)
	ev.Ref.PayloadSHA256 = record.Hash(e)
	ev.Also = make([]report.Ref, len(e.Also)) // one array for all findings of the event: rereadAll fills in the hashes
	for i, a := range e.Also {
		ev.Also[i] = b.ref(a.Ref)
		ev.Also[i].Why = report.CopyDuplicate
		r := reread{at: a.Ref, ref: &ev.Also[i]}
		if a.Twin {
			ev.Also[i].Why = report.CopyTwin
			r.see = func(twin *evtx.Record) { b.twin(e, twin, r.ref) }
		}
		b.reread = append(b.reread, r)
	}
	b.events[e] = &ev
	return ev
}

func (b *builder) scope() {
	s := &b.report.Scope
	s.Clock = string(b.cs.Clock)
	f := b.cs.Filter
	if len(f.Hosts) > 0 {
		s.Filters = append(s.Filters, "only hosts "+strings.Join(f.Hosts, ", "))
	}
	if f.From != 0 {
		s.Filters = append(s.Filters, "only events from "+f.From.String())
	}
	if f.To != 0 {
		s.Filters = append(s.Filters, "only events to "+f.To.String())
	}
	users := map[string]bool{}
	for _, h := range b.cs.Hosts {
		for _, c := range h.Channels() {
			if !b.listed[h] {
				break
			}
			s.Channels = append(s.Channels, report.ChannelScope{Host: h.ID, Channel: c.Channel, Records: c.Count, First: report.TimeOf(c.First), Last: report.TimeOf(c.Last)})
		}
		for _, u := range h.Users {
			users[u] = true
		}
	}
	for u := range users {
		s.Users = append(s.Users, u)
	}
	slices.Sort(s.Users)
	for _, f := range b.cs.Files {
		switch f.Status {
		case evidence.Read, evidence.Damaged:
			s.FilesRead++
		default:
			s.FilesFailed++
		}
	}
	s.FilesFailed += evidence.Unlisted(b.cs.Limits)
}

func techniques(ts []pack.Technique) []report.Technique {
	out := make([]report.Technique, 0, len(ts))
	for _, t := range ts {
		out = append(out, report.Technique{ID: t.ID, Name: t.Name, TacticID: t.TacticID, Tactic: t.Tactic})
	}
	return out
}

func (b *builder) rules() {
	names := b.names
	for _, rr := range b.res.Rules {
		r := rr.Rule
		out := report.Rule{ID: r.ID, Name: r.Name, Severity: severity(r.Severity), Version: r.Version, Source: cmp.Or(names[r.Source], r.Source),
			Techniques: techniques(r.Techniques), Status: report.RuleRan, StageHits: rr.StageHits, Matches: rr.Matches,
			Suppressed: rr.Suppressed, Warnings: slices.Clone(rr.Warnings), Query: r.Query}
		if !rr.Ran {
			out.Status, out.Reason = report.RuleSkipped, b.nameFiles(r.Source, rr.Reason)
		}
		for i, w := range out.Warnings {
			out.Warnings[i] = b.nameFiles(r.Source, w)
		}
		for _, bl := range rr.Blind {
			out.Blind = append(out.Blind, bl.Host+": "+bl.Reason)
		}
		if left := rr.BlindHosts - len(rr.Blind); left > 0 {
			out.Blind = append(out.Blind, "and "+report.Count(left, "further host", "further hosts"))
		}
		b.report.Rules = append(b.report.Rules, out)
	}
	// One entry for each file, whatever number of mistakes it holds; those of one file stand together.
	for i, p := range b.o.RuleProblems {
		if last := len(b.report.Rules) - 1; i > 0 && b.o.RuleProblems[i-1].File == p.File {
			b.report.Rules[last].Reason += "\n" + b.nameFiles(p.File, p.Head())
			continue
		}
		name := cmp.Or(names[p.File], p.File)
		b.report.Rules = append(b.report.Rules, report.Rule{ID: name, Name: "file that could not be used", Source: name, Status: report.RuleSkipped, Reason: b.nameFiles(p.File, p.Head())})
	}
}
