package build

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"hunt/evtx"
	"hunt/limit"
	"hunt/report"
	"hunt/report/account"
	"hunt/report/advice"
	"hunt/report/casefile"
	"hunt/report/diff"
	"hunt/report/identity"
	"hunt/report/incident"
	"hunt/report/indicator"
	"hunt/report/integrity"
	"hunt/report/record"
	"hunt/report/survey"
	"hunt/report/title"
	"hunt/rules"
	"hunt/rules/pack"
	"hunt/timeline"
	"hunt/timeline/host"
)

// Options say what a report contains in addition to the result.
type Options struct {
	Version   string      // of hunt
	Commit    string      // of its sources, "" if not known
	Dirty     bool        // they held changes that no commit has
	Run       report.Run  // the options that shape the result; Build adds the files of the rules and tuning
	Generated string      // RFC 3339, or "" = not stamped, so that the same evidence gives the same bytes
	Case      report.Case // of --case
	// Previous is an earlier report of the case; the new one says what differs from it. nil means none.
	Previous     *report.Report
	Context      evtx.Filetime // around each finding; 0 = two minutes
	RuleProblems pack.Errors   // rule and tuning files that could not be used
	MaxRows      int           // of the timeline; 0 = 50,000
	MaxHosts     int           // listed; 0 = 5,000
	MaxAccounts  int           // listed, and ways between hosts; 0 = 10,000
	Missing      string        // a sentence about the inputs of a batch that have no shard, "" if all have one
	// Last says that the result is not used for findings, hosts or records after the report is made: Report frees
	// each as soon as it can.
	Last bool
}

const (
	defaultContext = 120 * evtx.TicksPerSecond
	defaultMaxRows = 50_000
	// maxContextWindows bounds the spans of time that are read again; a rule that fires on everything would
	// otherwise read the evidence twice.
	maxContextWindows = 2_000
)

var boundContextWindows = limit.Bound{ID: "report-context-windows",
	Text: "hunt reads the surroundings of the first 2,000 events of findings; later findings have none"}

// Report makes the report of a result. It reads the cited records and their surroundings again from the evidence.
func Report(ctx context.Context, res *rules.Result, o Options) (*report.Report, error) {
	b := newBuilder(res, o)
	b.cs.Hosts.Shrink() // the lists of the report come beside the tables of hosts
	if err := b.findings(ctx); err != nil {
		return nil, err
	}
	incidents, err := b.incidents(ctx)
	if err != nil {
		return nil, err
	}
	b.pictures(incidents) // before budgets cut what surrounds findings
	order := b.byWeight() // only now: what followed a finding may have made it more severe
	if err := b.budget(ctx, order); err != nil {
		return nil, err
	}
	if err := b.hits(order); err != nil {
		return nil, err
	}
	b.label()
	dismissed := dismissed(incidents.Incidents)
	told := b.told(dismissed)
	b.letGo()
	hosts := b.hosts()
	logons, fault := b.accounts()
	covered, err := b.coverage(ctx, hosts.listed)
	if err != nil {
		return nil, err
	}
	p := &picture{findings: b.found, incidents: open(incidents.Incidents), dismissed: dismissed,
		hubs: incidents.Hubs, scope: b.scope(hosts.listed), rules: b.rules(),
		told: told, sights: covered.sights}
	files, inventory := b.files()
	r := &report.Report{
		Schema: report.Schema, ID: b.reportID(), Tool: b.tool(), Case: withSlots(o.Case),
		Summary: b.summary(p), Scope: p.scope, Hosts: hosts.list, HostsOmitted: hosts.omitted, Rules: p.rules,
		RulesLeftOut: b.leftOut(), RulesByLicence: b.licences(),
		LogSources: survey.LogSources(res.Pack.Rules, res.Case.Hosts.All),
		Incidents:  incidents.Incidents, Hubs: incidents.Hubs, Findings: b.found,
		Timeline: b.rows, Accounts: logons.Accounts, AccountsOmitted: logons.AccountsOmitted,
		LateralEdges: logons.Edges, LateralEdgesOmitted: logons.EdgesOmitted,
		Indicators: p.indicators,
		Coverage:   covered.hosts, Needs: survey.Needs(res.Needs), Recommendations: b.recommendations(p),
		Evidence: inventory, Method: b.method(),
	}
	most := int(cmp.Or(o.Run.ReportLimit, defaultReportLimit))
	r.Shrink(most, order, func(f *report.Finding) { b.cs.Limits.Bite(boundReportLimit, limit.In(f.ID)) })
	limits := covered.limits
	if o.Missing != "" {
		limits = append([]string{o.Missing}, limits...)
	}
	r.Accounting = b.accounting(files, limits)
	fault = cmp.Or(b.cs.Err(), fault)
	if o.Last {
		b.cs.LetGo()
	}
	if o.Previous != nil {
		diff.Mark(r, o.Previous)
	}
	return r, cmp.Or(ctx.Err(), fault, sealed(ctx, r, most))
}

// sealed seals a report, and has it say by how much it is larger than its limit.
func sealed(ctx context.Context, r *report.Report, most int) error {
	if err := integrity.Seal(r); err != nil {
		return err
	}
	size, err := r.Size(ctx)
	if err != nil || size <= most {
		return err
	}
	more := len(overText(size-most)) + len(`,""`)
	r.Accounting.Limits = append(r.Accounting.Limits, overText(size+more-most))
	return integrity.Seal(r)
}

// told is what only the events of the findings show.
type told struct {
	indicators []report.Indicator
	made       map[string]*advice.Made // by the account's key
	files      map[string]string       // names, by hash
	stock      map[string][]string     // paths of copies of the system's own programs, by hash
	acts       map[string]*advice.Acts // by finding
}

// told reads the events of the findings for the last time.
func (b *builder) told(dismissed map[string]bool) told {
	return told{indicators: b.indicators(), made: b.made(dismissed), files: b.fileNames(),
		stock: b.stock(), acts: b.acts()}
}

// accounts lists the accounts and the ways between hosts that movements has gathered.
func (b *builder) accounts() (account.Lists, error) {
	book := b.logons
	b.logons = nil
	lists, err := book.Lists(b.found, b.folder)
	return lists, errors.Join(err, book.Close())
}

// letGo drops the events of the findings with their records, and what was learnt about each, if nothing needs them
// any more. The next steps take memory in proportion to the hosts, and both together need not fit.
func (b *builder) letGo() {
	b.chains, b.around, b.actors, b.joins, b.events, b.sessions, b.twins = nil, nil, nil, nil, nil, nil, nil
	if b.o.Last {
		b.res.LetGo()
	}
}

// indicators collects the observables of the findings that were not suppressed.
func (b *builder) indicators() []report.Indicator {
	c := indicator.New(b.cs.Hosts.All, b.cs.Limits)
	for n, f := range b.res.Findings {
		if f.Status != pack.StatusSuppressed {
			c.Finding(&b.found[n], b.chains[n], b.around[n])
		}
	}
	return c.List()
}

// picture is what the summary and the recommendations are made from.
type picture struct {
	findings  []report.Finding
	incidents []report.Incident // without dismissed ones
	dismissed map[string]bool   // findings of dismissed incidents
	hubs      []report.Hub
	scope     report.Scope
	rules     []report.Rule
	told
	sights []hostSight // of all hosts, by id
}

// Rehearse reads again from the evidence what Report would read for these findings, also if they are part of a larger
// result: by its newest record, an exception that suppresses a finding here may have expired. This way a shard keeps
// what merging it will need.
func Rehearse(ctx context.Context, res *rules.Result, o Options) error {
	b := newBuilder(res, o)
	if err := b.findings(ctx); err != nil {
		return err
	}
	err := b.rehearseSuppressed(ctx)
	return cmp.Or(err, errors.Join(res.Case.Changes()...), res.Case.Err())
}

// rehearseSuppressed also reads what surrounds the suppressed findings.
func (b *builder) rehearseSuppressed(ctx context.Context) error {
	spots, _ := b.spots(func(f *rules.Finding) bool { return f.Status == pack.StatusSuppressed })
	b.nearby = map[*host.Host][]*timeline.Event{}
	if _, err := b.surround(ctx, spots, func(_, _ *timeline.Event) {}); err != nil {
		return err
	}
	return b.relate(ctx)
}

func newBuilder(res *rules.Result, o Options) *builder {
	return &builder{res: res, cs: res.Case, o: o, events: map[evtx.Ref]*report.Evidence{},
		severity: map[string]pack.Severity{}, sums: map[int32]string{},
		nearby: map[*host.Host][]*timeline.Event{}, sessions: map[evtx.Ref]*session{},
		twins: map[evtx.Ref]string{}, titles: map[string]title.Title{},
		actors: map[*timeline.Event]*actor{}, joins: map[*timeline.Event]*incident.Event{},
		clocks: map[*host.Host][]host.ClockChange{},
		names:  namesOf(res.Pack)}
}

// tool says which program made the report, with which rules and options.
func (b *builder) tool() report.Tool {
	run := runOf(b.o.Run, b.res.Pack)
	return report.Tool{
		Name: "hunt", Version: b.o.Version, Commit: cmp.Or(b.o.Commit, "unknown"), Dirty: b.o.Dirty,
		RulePack: b.res.Pack.Hash, Options: run.Options(string(b.cs.Clock)), Run: run,
		Generated:  cmp.Or(b.o.Generated, "not stamped: a report depends on nothing but evidence, rules and options"),
		EVTXSecond: "golang-evtx 1.2.9 (hunt verify)",
	}
}

// builder holds what the parts of one report share: the findings with what surrounds them.
type builder struct {
	res      *rules.Result
	cs       *timeline.Case
	o        Options
	found    []report.Finding // in the order of the result's
	rows     []report.TimelineRow
	events   map[evtx.Ref]*report.Evidence
	severity map[string]pack.Severity // host -> highest of its findings
	sums     map[int32]string         // of files, in hex
	chains   [][]*timeline.Event      // of each finding, in order
	around   [][]*timeline.Event      // for each finding: what its surroundings hold about its files and processes
	nearby   map[*host.Host][]*timeline.Event
	sessions map[evtx.Ref]*session // of logons
	reread   []reread
	names    map[string]string                          // of rule and tuning files, by path
	actors   map[*timeline.Event]*actor                 // of the findings' events, if the process is known
	joins    map[*timeline.Event]*incident.Event        // what can join the findings' events to others
	folder   *identity.Folder                           // of the accounts' spellings
	hostOf   func(name string, at evtx.Filetime) string // that has a name, or had an address at a time; "" = not known
	spoken   map[string]string                          // folded account -> its name in the report
	logons   *account.Book                              // of all hosts, once the movements are known
	clocks   map[*host.Host][]host.ClockChange
	twins    map[evtx.Ref]string        // how the two records of one start contradict each other
	own      map[string]map[string]bool // host -> addresses that it showed as its own
	dcs      []string                   // hosts that are domain controllers
	titles   map[string]title.Title     // by finding; those of runs without their number of events
	limits   []string                   // what could not be added to findings and their surroundings, in sentences
}

// reach returns how far around each event of a finding the context extends.
func (b *builder) reach() evtx.Filetime { return cmp.Or(b.o.Context, defaultContext) }

// withSlots returns a case with all slots, empty ones if it has none.
func withSlots(c report.Case) report.Case {
	if len(c.Slots) == 0 {
		c.Slots = casefile.Slots()
	}
	return c
}

// reportID hashes evidence, rules, tuning and options: the same input has the same id.
func (b *builder) reportID() string {
	h := sha256.New()
	for _, f := range b.cs.Files {
		fmt.Fprintf(h, "%s\x00%x\x00", f.Path, f.SHA256)
	}
	fmt.Fprintf(h, "%s\x00%s", b.res.Pack.Hash, runOf(b.o.Run, b.res.Pack).Options(string(b.cs.Clock)))
	return "R-" + hex.EncodeToString(h.Sum(nil)[:8])
}

// ref describes where a record is. The hash is of the whole record as it is in the file.
func (b *builder) ref(r evtx.Ref) report.Ref {
	f := b.cs.Files[r.File]
	sum, ok := b.sums[r.File]
	if !ok {
		sum = hex.EncodeToString(f.SHA256[:])
		b.sums[r.File] = sum
	}
	return report.Ref{File: record.Path(f.Path), SHA256: sum, Chunk: r.Chunk,
		Offset:         r.Offset,
		HeaderRecordID: r.HeaderRecordID, EventRecordID: r.EventRecordID, Carved: r.Carved}
}

// evidence describes an event of a finding; alike for all findings that share it.
func (b *builder) evidence(e *timeline.Event) report.Evidence {
	if known := b.events[e.Ref]; known != nil {
		return *known
	}
	ev := record.Statement(e)
	ev.Host, ev.Ref, ev.AlsoMore, ev.TimeMark = e.Host.ID, b.ref(e.Ref), e.More, e.ClockMark()
	ev.Ref.PayloadSHA256 = record.Hash(e)
	// one array for all findings of the event: rereadAll fills in the hashes
	ev.Also = make([]report.Ref, len(e.Also))
	for i, a := range e.Also {
		ev.Also[i] = b.ref(a.Ref)
		ev.Also[i].Why = report.CopyDuplicate
		r := reread{at: a.Ref, ref: &ev.Also[i]}
		if a.Twin {
			ev.Also[i].Why = report.CopyTwin
			if !b.hashed(a.Ref, e) {
				continue
			}
			r.see = func(twin *evtx.Record) { b.twin(e, twin, r.ref) }
		}
		b.reread = append(b.reread, r)
	}
	b.events[e.Ref] = &ev
	return ev
}
