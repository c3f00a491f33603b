package build

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"hunt/evtx"
	"hunt/limit"
	"hunt/report"
	"hunt/report/payload"
	"hunt/report/record"
	"hunt/report/title"
	"hunt/rules"
	"hunt/rules/pack"
	"hunt/timeline"
	"hunt/timeline/coverage"
	"hunt/timeline/host"
)

var boundCandidates = limit.Bound{ID: "rules-candidates",
	Text: "a finding lists the newest 20 other events that could have been its earlier step, and counts the rest"}

// findings fills Findings and Timeline.
func (b *builder) findings(ctx context.Context) error {
	for _, f := range b.res.Findings {
		if err := ctx.Err(); err != nil {
			return err
		}
		out := b.finding(f)
		b.found = append(b.found, out)
		if f.Status == pack.StatusFinding && f.Rule.Severity > b.severity[out.Host] {
			b.severity[out.Host] = f.Rule.Severity
		}
	}
	if err := b.processes(ctx); err != nil {
		return err
	}
	if err := b.timeline(ctx); err != nil {
		return err
	}
	if err := b.relate(ctx); err != nil {
		return err
	}
	texts := payload.Source{Case: b.cs, Chains: b.chains, Ref: b.ref}
	if err := texts.Decode(ctx, b.found); err != nil {
		return err
	}
	return b.rereadAll(ctx)
}

// candidates describes the candidates of a finding.
func (b *builder) candidates(f *rules.Finding) (list []report.Candidate) {
	for _, e := range f.Candidates {
		ev := b.evidence(e.Event)
		ev.Stage, ev.Label = e.Stage, e.Label
		list = append(list, report.Candidate{Evidence: ev})
	}
	return list
}

func (b *builder) finding(f *rules.Finding) report.Finding {
	out := report.Finding{
		ID: f.ID, Rule: ruleRef(f.Rule), Version: f.Rule.Version,
		Status: report.Status(f.Status), Confidence: report.Confidence(f.Confidence), Reasons: f.Reasons,
		What:       unwrap(cmp.Or(f.Rule.Why, f.Rule.Description)),
		Techniques: techniques(f.Rule.Techniques), FalsePositives: f.Rule.FalsePositives,
		References: f.Rule.References,
		Labels:     labels(f), Verdict: verdict(f),
	}
	if f.Host != nil {
		out.Host = f.Host.ID
	}
	if x := f.Exception; x != nil {
		out.Suppression = &report.Suppression{ID: x.ID, Reason: x.Reason, Expires: x.Expires,
			Source: cmp.Or(b.names[x.Source], x.Source)}
	}
	for i, k := range f.Keys {
		out.JoinKeys = append(out.JoinKeys, report.KeyValue{Key: b.keyName(f, i), Value: k.Text()})
	}
	var chain []*timeline.Event
	for _, e := range f.Evidence {
		ev := report.Evidence{Missing: true, Absence: absence(e.Absence)}
		if e.Event != nil {
			ev = b.evidence(e.Event)
			chain = append(chain, e.Event)
		}
		ev.Stage, ev.Label = e.Stage, e.Label
		if len(out.Evidence) == 0 || e.Stage > 0 { // the events of a run satisfy one condition
			ev.Condition = b.res.StageText(f.Rule, e.Stage)
		}
		out.Evidence = append(out.Evidence, ev)
	}
	out.Next = absence(f.Next)
	for _, e := range f.Candidates {
		b.evidence(e.Event) // budget lists them
	}
	if out.CandidatesMore = f.CandidatesMore; out.CandidatesMore > 0 {
		b.cs.Limits.Bite(boundCandidates, limit.In(out.ID))
	}
	if len(chain) > 0 {
		out.User = record.User(chain[0])
		b.entitle(&out, f, chain)
		out.Start, out.End = report.TimeOf(f.First), report.TimeOf(f.Last)
	}
	out.Count, out.First, out.Last = f.Count, out.Start, out.End
	for _, d := range f.Differs {
		out.Differs = append(out.Differs,
			report.Difference{Field: record.FactName(d.Field), Values: d.Values, More: d.More})
	}
	b.chains = append(b.chains, chain)
	out.Note = b.o.Case.Notes[out.ID]
	return out
}

// entitle gives a finding its title.
func (b *builder) entitle(out *report.Finding, f *rules.Finding, chain []*timeline.Event) {
	told := title.Of(chain[:min(len(chain), f.Steps())])
	out.Title = told.Text
	switch {
	case f.Counted != nil && f.Steps() == 1 && f.Count > 1:
		told.Text = report.Ellipsis(fmt.Sprintf("%s (first of %s events%s)", told.Text, report.Thousands(f.Count),
			hostsText(f)), title.Max)
		told.Act = told.Act.And(strconv.Itoa(f.Count))
		for _, k := range out.JoinKeys {
			told.Act = told.Act.And(k.Key, k.Value)
		}
		out.Title = told.Text
	case f.Counted == nil && f.Count > 1:
		out.Title += fmt.Sprintf(" (first of %s events)", report.Thousands(f.Count))
	}
	b.titles[out.ID] = told
}

// hostsText says on how many hosts counted events are, if there is more than one host and all events are
// available.
func hostsText(f *rules.Finding) string {
	hosts := map[*host.Host]bool{}
	for _, e := range f.Evidence {
		if e.Event != nil {
			hosts[e.Event.Host] = true
		}
	}
	if len(hosts) < 2 || len(f.Evidence) < f.Count {
		return ""
	}
	return fmt.Sprintf(" on %d hosts", len(hosts))
}

// absence says how far logs could have shown what was not seen.
func absence(a *coverage.Absence) *report.Absence {
	if a == nil {
		return nil
	}
	out := &report.Absence{Host: a.Host.ID, From: report.TimeOf(a.Window.From), To: report.TimeOf(a.Window.To),
		Covered: string(a.Covered), Unseen: []report.Unseen{}, More: a.More, Text: rules.CoverageText(a)}
	for _, u := range a.Unseen {
		out.Unseen = append(out.Unseen, report.Unseen{Cause: string(u.Cause), Channel: u.Channel,
			From: report.TimeOf(u.From), To: report.TimeOf(u.To), Perhaps: u.Perhaps})
	}
	return out
}

// severity is a rule's severity in the model's words.
func severity(s pack.Severity) report.Severity { return report.Severity(s.String()) }

func verdict(f *rules.Finding) report.Verdict {
	switch {
	case f.Status == pack.StatusPartial:
		return report.VerdictPartial
	case f.Steps() > 1 && f.Confidence == pack.High:
		return report.VerdictChain
	case f.Steps() > 1:
		return report.VerdictPartial
	}
	return report.VerdictSingle
}

func (b *builder) keyName(f *rules.Finding, i int) string {
	if names := b.res.KeyNames(f.Rule); i < len(names) {
		return names[i]
	}
	return fmt.Sprintf("key %d", i+1)
}

// evidenceRows returns a row for each event of the findings, and its place.
func (b *builder) evidenceRows() (rows []report.TimelineRow, seen map[evtx.Ref]int) {
	seen = map[evtx.Ref]int{}
	for i, f := range b.res.Findings {
		for _, e := range f.Evidence {
			if e.Event == nil {
				continue
			}
			n, ok := seen[e.Event.Ref]
			if !ok {
				n = len(rows)
				seen[e.Event.Ref] = n
				rows = append(rows, b.row(e.Event))
				rows[n].EventID = rows[n].Ref.EventID()
			}
			id := b.found[i].ID
			if !slices.Contains(rows[n].Findings, id) {
				rows[n].Findings = append(rows[n].Findings, id)
			}
			if f.Status == pack.StatusFinding {
				if s := severity(f.Rule.Severity); s.Rank() < rows[n].Severity.Rank() {
					rows[n].Severity = s
				}
			}
		}
	}
	return rows, seen
}

// sortRows puts rows in the order of the timeline.
func sortRows(rows []report.TimelineRow) {
	slices.SortStableFunc(rows, func(a, c report.TimelineRow) int {
		return cmp.Or(cmp.Compare(report.Ticks(a.Time), report.Ticks(c.Time)), strings.Compare(a.Host, c.Host),
			strings.Compare(a.Channel, c.Channel),
			cmp.Compare(a.Ref.EventRecordID, c.Ref.EventRecordID), strings.Compare(a.Ref.File, c.Ref.File),
			cmp.Compare(a.Ref.Offset, c.Ref.Offset))
	})
}

func (b *builder) row(e *timeline.Event) report.TimelineRow {
	row := record.Row(e)
	row.Host, row.Ref = e.Host.ID, b.ref(e.Ref)
	row.Ref.PayloadSHA256 = record.Hash(e)
	return row
}

// maxContextRows bounds the timeline rows that one finding points to; the timeline has the rest.
const maxContextRows = 60

// linkContext gives each finding the rows around its evidence on its host, the nearest first if there are
// many.
func (b *builder) linkContext(reach evtx.Filetime) {
	byHost := map[string][]int{}
	for i, r := range b.rows {
		byHost[r.Host] = append(byHost[r.Host], i)
	}
	for i := range b.found {
		f := &b.found[i]
		if f.Start == nil || f.Status == report.StatusSuppressed {
			continue
		}
		from, to := *f.Start-min(reach, *f.Start), *f.End+reach
		rows := byHost[f.Host]
		lo, _ := slices.BinarySearchFunc(rows, from,
			func(r int, t evtx.Filetime) int { return cmp.Compare(report.Ticks(b.rows[r].Time), t) })
		hi, _ := slices.BinarySearchFunc(rows, to+1,
			func(r int, t evtx.Filetime) int { return cmp.Compare(report.Ticks(b.rows[r].Time), t) })
		f.Context = b.nearestRows(rows[lo:hi], *f.Start, *f.End, maxContextRows)
		f.ContextMore = hi - lo - len(f.Context)
	}
}

// nearestRows returns at most so many of the rows, which are in order of time, that are nearest to either of
// two times; of equally near ones the first. It examines a few around each time, however many there are.
func (b *builder) nearestRows(rows []int, start, end evtx.Filetime, most int) []int {
	if len(rows) <= most {
		return slices.Clone(rows)
	}
	when := func(i int) evtx.Filetime { return report.Ticks(b.rows[rows[i]].Time) }
	since := func(t evtx.Filetime) int { return sort.Search(len(rows), func(i int) bool { return when(i) >= t }) }
	var places []int
	add := func(lo, hi int) {
		for i := max(lo, 0); i < min(hi, len(rows)); i++ {
			places = append(places, i)
		}
	}
	for _, t := range []evtx.Filetime{start, end} {
		at := since(t)
		add(at-most, at+most)
		if far := at - most; far > 0 { // the first rows of the time that the farthest has
			begin := since(when(far))
			add(begin, min(begin+most, far))
		}
	}
	slices.Sort(places)
	places = slices.Compact(places)
	away := func(i int) evtx.Filetime { return min(absDiff(when(i), start), absDiff(when(i), end)) }
	slices.SortStableFunc(places, func(x, y int) int { return cmp.Compare(away(x), away(y)) })
	places = places[:most]
	slices.Sort(places)
	out := make([]int, len(places))
	for i, p := range places {
		out[i] = rows[p]
	}
	return out
}

func absDiff(a, b evtx.Filetime) evtx.Filetime {
	if a > b {
		return a - b
	}
	return b - a
}
