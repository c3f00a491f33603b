package build

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"hunt/evtx"
	"hunt/report"
	"hunt/report/record"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
)

const (
	// orderSlack is how far the records of ends and starts may be out of order. Sysmon and the Security log write
	// them within milliseconds; two seconds also cover a busy machine.
	orderSlack = 2 * evtx.TicksPerSecond
	// lateRecord is how long after an event its record may be written without a word. Sysmon holds back DNS
	// queries and connections for seconds.
	lateRecord = 60 * evtx.TicksPerSecond
	// clockStep is the least change of a clock that is reported: the time service corrects by less all day.
	clockStep = evtx.TicksPerSecond
	// clockReach is how far from the evidence a change of the clock still matters to its order.
	clockReach = 60 * evtx.TicksPerSecond
	// maxOtherIncidents bounds the incidents that one label names.
	maxOtherIncidents = 3
)

// label checks the findings against the case file, the process table, the clocks and each other, and labels what an
// analyst must know before relying on them.
func (b *builder) label() {
	elsewhere := b.incidentsOfProcesses()
	for i := range b.found {
		f, chain := &b.found[i], b.chains[i]
		labels := f.Labels
		labels = append(labels, b.windowLabels(f)...)
		labels = append(labels, b.toolLabels(chain)...)
		labels = append(labels, b.processLabels(chain)...)
		for n, e := range chain {
			labels = append(labels, timeLabels(n+1, e)...)
			if m := e.ClockMark(); m != "" {
				labels = append(labels, fmt.Sprintf("step %d: %s", n+1, m))
			}
			if t := b.twins[e.Ref]; t != "" {
				labels = append(labels, t)
			}
		}
		if len(chain) > 0 {
			labels = append(labels, clockLabels(b.clocks[chain[0].Host], chain)...)
		}
		labels = append(labels, b.incidentLabels(f.Incident, chain, elsewhere)...)
		f.Labels = unique(labels)
	}
	b.orphanNotes()
}

// orphanNotes returns the analyst's notes on findings that this run does not have: with other rules or less
// evidence a finding can disappear, but the note must not.
func (b *builder) orphanNotes() {
	var ids []string
	known := make(map[string]bool, len(b.found))
	for i := range b.found {
		known[b.found[i].ID] = true
	}
	for id := range b.o.Case.Notes {
		if !known[id] {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	if len(ids) > 0 {
		b.limits = append(b.limits, fmt.Sprintf("The case file has %s on findings that are not in this report: %s.",
			report.Count(len(ids), "note", "notes"), report.Few(ids, 10)))
	}
}

// unique drops repetitions and keeps the order.
func unique(s []string) []string {
	var out []string
	seen := make(map[string]bool, len(s))
	for _, v := range s {
		if !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}

// windowLabels compares a finding with the incident window of the case.
func (b *builder) windowLabels(f *report.Finding) []string {
	w := b.o.Case.Window
	var out []string
	if f.Start == nil || f.End == nil {
		return nil
	}
	switch {
	case w.From != nil && *f.End < *w.From:
		out = append(out, "before the incident window")
	case w.From != nil && *f.Start < *w.From:
		out = append(out, "begins before the incident window")
	}
	switch {
	case w.To != nil && *f.Start > *w.To:
		out = append(out, "after the incident window")
	case w.To != nil && *f.End > *w.To:
		out = append(out, "ends after the incident window")
	}
	return out
}

// minToolName is the shortest name of a responder's tool that is looked for; shorter ones are part of everything.
const minToolName = 3

// toolLabels name the responders' own tools, as the case file lists them, among the processes of a chain and their
// parents. A tool is given by its file name or the beginning of it, by a part of its path, or by a hash.
func (b *builder) toolLabels(chain []*timeline.Event) []string {
	var out []string
	for _, t := range b.o.Case.Tools {
		want := strings.ToLower(strings.TrimSpace(t))
		if len(want) < minToolName {
			continue
		}
		for _, e := range chain {
			if slices.ContainsFunc(record.Texts(e, ecs.ProcessExecutable, ecs.ProcessParentExecutable),
				func(path string) bool { return isTool(want, path) }) ||
				slices.ContainsFunc(record.Texts(e, ecs.ProcessHashSHA256, ecs.ProcessHashSHA1, ecs.ProcessHashMD5),
					func(h string) bool { return strings.EqualFold(h, want) }) {
				out = append(out, "responder's own tool: "+t)
				break
			}
		}
	}
	return out
}

func isTool(want, path string) bool {
	path = strings.ToLower(path)
	if strings.ContainsAny(want, `\/`) {
		return strings.Contains(path, strings.ReplaceAll(want, "/", `\`))
	}
	return strings.HasPrefix(path[strings.LastIndexByte(path, '\\')+1:], want)
}

// processLabels report contradictions: a process that acted after its end, a parent that began after its child or
// ended before it.
func (b *builder) processLabels(chain []*timeline.Event) []string {
	var out []string
	for n, e := range chain {
		p := b.actors[e]
		if p == nil {
			continue
		}
		when := e.At
		if utc := e.UTC(); utc != 0 {
			when = min(when, utc) // some records are written late; the time of the event counts
		}
		if p.End != 0 && !e.Class.ProcessStart && when > p.End+orderSlack {
			out = append(out, fmt.Sprintf("contradiction: %s is said to have done step %d %s after it ended at %s",
				processName(&p.Process), n+1, apart(p.End, when), p.End))
		}
		q := p.parent
		if q == nil || q.Inferred || p.Inferred || p.Start == 0 || q.Start == 0 {
			continue
		}
		switch {
		case q.Start > p.Start+orderSlack:
			out = append(out, fmt.Sprintf("contradiction: %s is logged as started %s before its parent %s",
				processName(&p.Process), apart(p.Start, q.Start), processName(q)))
		case q.End != 0 && p.Start > q.End+orderSlack && !p.Link.ByPID():
			out = append(out, fmt.Sprintf("contradiction: %s is logged as started %s after its parent %s had ended",
				processName(&p.Process), apart(q.End, p.Start), processName(q)))
		}
	}
	return out
}

func processName(p *host.Process) string {
	return fmt.Sprintf("%s (pid %d)", cmp.Or(p.Name(), "a process without a name"), p.PID)
}

// apart is the time between two times in words.
func apart(a, z evtx.Filetime) string {
	return z.Time().Sub(a.Time()).Round(time.Millisecond).String()
}

// timeLabels compare the times that one record carries.
func timeLabels(step int, e *timeline.Event) []string {
	var out []string
	created, source := e.Record.Time()
	switch source {
	case evtx.TimeWritten:
		out = append(out, fmt.Sprintf("step %d: TimeCreated (%s) cannot be used; the time is that of the record's "+
			"header", step, cmp.Or(e.Record.TimeText(), "absent")))
	case evtx.TimeNone:
		out = append(out, fmt.Sprintf("step %d: neither TimeCreated (%s) nor the record's header has a time that "+
			"can be used", step, cmp.Or(e.Record.TimeText(), "absent")))
	}
	if utc := e.UTC(); utc != 0 && created != 0 && absDiff(utc, created) > lateRecord {
		out = append(out, fmt.Sprintf("step %d: Sysmon says that it happened at %s, but the record's time is %s",
			step, utc, created))
	}
	if w := e.Record.Written; w != 0 && created != 0 && absDiff(w, created) > lateRecord {
		out = append(out, fmt.Sprintf("step %d: the event says %s, its record was written at %s", step, created, w))
	}
	return out
}

// twin compares the two records of one process start, and names the second in the finding's references.
func (b *builder) twin(e *timeline.Event, twin *evtx.Record, ref *report.Ref) {
	ref.Channel, ref.EventCode = twin.Channel(), fmt.Sprint(twin.EventID())
	x, ok := startAccount(e.Record)
	y, ok2 := startAccount(twin)
	if ok && ok2 && x.differs(y) {
		b.twins[e.Ref] = fmt.Sprintf("contradiction: the two records of one process start name different users: %s %d "+
			"says %s, %s %d says %s",
			e.Class.Channel, e.Record.EventID(), x.name, twin.Channel(), twin.EventID(), y.name)
	}
}

// clockLabels report changes of the clock around the events of a finding on one host.
func clockLabels(changes []host.ClockChange, chain []*timeline.Event) []string {
	var out []string
	first, last := chain[0].At, chain[len(chain)-1].At
	for i := range changes {
		if c := &changes[i]; c.By() >= clockStep && c.At+clockReach >= first && c.At <= last+clockReach {
			out = append(out, fmt.Sprintf("the clock of this host was changed at %s, from %s to %s: times around "+
				"it may not be what they seem", c.At, c.From, c.To))
		}
	}
	return out
}

// processIncidents are the incidents in which one process acts.
type processIncidents struct {
	in    map[string]bool
	first []string // maxOtherIncidents of them and one more, which may be the incident that is labelled
}

// incidentsOfProcesses lists the incidents in which each process acts, suppressed findings left out.
func (b *builder) incidentsOfProcesses() map[host.ProcessKey]*processIncidents {
	out := map[host.ProcessKey]*processIncidents{}
	for i := range b.found {
		f := &b.found[i]
		if f.Status == report.StatusSuppressed || f.Incident == "" {
			continue
		}
		for _, e := range b.chains[i] {
			p := b.actors[e]
			if p == nil {
				continue
			}
			s := out[p.Key()]
			if s == nil {
				s = &processIncidents{in: map[string]bool{}}
				out[p.Key()] = s
			}
			if s.in[f.Incident] {
				continue
			}
			s.in[f.Incident] = true
			if len(s.first) <= maxOtherIncidents {
				s.first = append(s.first, f.Incident)
			}
		}
	}
	return out
}

// others names the first other incidents and counts the rest; "" if there are none.
func (s *processIncidents) others(own string) string {
	if s == nil {
		return ""
	}
	n := len(s.in)
	if s.in[own] {
		n--
	}
	var names []string
	for _, o := range s.first {
		if o != own && len(names) < maxOtherIncidents {
			names = append(names, o)
		}
	}
	text := strings.Join(names, ", ")
	if more := n - len(names); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// incidentLabels say that a process of the chain acts in another incident as well: one browser can start two
// attacks, or two incidents can be one.
func (b *builder) incidentLabels(own string, chain []*timeline.Event,
	elsewhere map[host.ProcessKey]*processIncidents) []string {
	var out []string
	for _, e := range chain {
		p := b.actors[e]
		if p == nil {
			continue
		}
		if others := elsewhere[p.Key()].others(own); others != "" {
			out = append(out, fmt.Sprintf("%s acts in another incident as well: %s", processName(&p.Process), others))
		}
	}
	return out
}
