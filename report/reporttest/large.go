package reporttest

import (
	"encoding/json"
	"fmt"
	"sort"
	"time"

	"hunt/report"
	"hunt/report/sight"
)

func sortTimeline(r *report.Report) {
	sort.SliceStable(r.Timeline, func(i, j int) bool { return *r.Timeline[i].Time < *r.Timeline[j].Time })
}

// Large is a report with that many findings and timeline rows over twenty hosts, each
// finding as rich as a real one.
func Large(findings, rows int) *report.Report {
	r := Rich()
	model := r.Findings[0]
	r.Findings, r.Timeline, r.Incidents = nil, nil, nil
	span := 72 * time.Hour
	host := func(i int) string { return fmt.Sprintf("ws-%02d.corp.example", i%20) }
	r.Hosts, r.Coverage = nil, nil
	for i := range 20 {
		r.Hosts = append(r.Hosts,
			report.Host{ID: host(i), Names: []string{host(i)}, First: At(-time.Hour), Last: At(span),
				Records: rows / 20, Findings: findings / 20, Severity: "high"})
		r.Coverage = append(r.Coverage,
			sight.HostCoverage{Host: host(i),
				Sources: []sight.SourceCoverage{{ID: "sysmon-process-start", Source: "Sysmon 1 process creation",
					State: "present", Count: rows / 20}}})
	}
	severities := report.Severities
	for i := range findings {
		f := model
		f.ID = "F-" + Hash("finding", i)[:12]
		f.Incident = ""
		f.Host, f.Rule.Severity = host(i), severities[i%5]
		f.User = fmt.Sprintf(`CORP\user%d`, i%40)
		f.Start = At(time.Duration(i) * span / time.Duration(findings))
		f.End = f.Start
		f.Title = fmt.Sprintf("chrome.exe started powershell.exe number %d", i)
		f.Evidence = append([]report.Evidence(nil), model.Evidence...)
		for j := range f.Evidence {
			e := &f.Evidence[j]
			e.Time, e.Host, e.User, e.Ref = f.Start, f.Host, f.User, ref("large/sysmon.evtx", i*10+j)
			e.Document = largeEvent
			r.Timeline = append(r.Timeline,
				report.TimelineRow{Time: e.Time, Host: e.Host, User: e.User, Channel: e.Channel, EventCode: e.EventCode,
					Message:  e.Message,
					Category: "process", Severity: f.Rule.Severity, Findings: []string{f.ID}, Ref: e.Ref})
		}
		r.Findings = append(r.Findings, f)
	}
	for i := len(r.Timeline); i < rows; i++ {
		r.Timeline = append(r.Timeline, report.TimelineRow{
			Time: At(time.Duration(i) * span / time.Duration(rows)), Host: host(i * 7),
			User: fmt.Sprintf(`CORP\user%d`, i%40), Channel: sysmon, EventCode: fmt.Sprint(1 + i%15),
			Category: "process",
			Message: fmt.Sprintf(`svchost.exe (%d) started C:\Windows\System32\taskhostw.exe `+
				`with the command line "taskhostw.exe /run %s"`, i%9000, Hash(i)[:40]),
			Ref: ref("large/sysmon.evtx", 10*findings+i),
		})
	}
	sortTimeline(r)
	r.Timeline = r.Timeline[:min(rows, len(r.Timeline))]
	r.TimelineOmitted = 0
	r.Summary.Findings, r.Summary.Hosts, r.Summary.HostsWith = findings, 20, 20
	return r
}

// largeEvent has the size of a real ECS event of a process start.
var largeEvent = func() json.RawMessage {
	fields := []any{"event.code", "1", "process.name", "powershell.exe", "process.command_line", HostileCommand}
	for i := range 30 {
		fields = append(fields, fmt.Sprintf("winlog.event_data.Field%02d", i), Hash("value", i)[:40])
	}
	return event(fields...)
}()

// Nothing is the report of a run that read logs and found nothing in them.
func Nothing() *report.Report {
	r := Rich()
	r.Incidents, r.Hubs = nil, nil
	r.Findings, r.Timeline, r.Indicators, r.LateralEdges, r.Recommendations, r.TimelineOmitted = nil, nil, nil,
		nil, nil, 0
	r.Summary = report.Summary{
		Verdict: "no finding in what could be seen", Hosts: 4,
		Lines: []string{"4 hosts were read; no rule matched in what their logs show."},
		NotSeen: []string{"dc01.corp.example: no Sysmon at all; file drops and network connections are invisible " +
			"there."},
	}
	return r
}

// Blind is the report of a run whose logs hold none of the sources that the rules need.
func Blind() *report.Report {
	r := Nothing()
	r.Summary.Verdict = "nothing could have been found"
	r.Summary.NotSeen = []string{"No host logs process starts (Sysmon 1 or Security 4688): no rule could have " +
		"matched anything."}
	for i := range r.Coverage {
		r.Coverage[i].Gaps, r.Coverage[i].Notes = nil, nil
		for j := range r.Coverage[i].Sources {
			s := &r.Coverage[i].Sources[j]
			s.State, s.Count, s.First, s.Last, s.Detail = "absent", 0, nil, nil, ""
		}
	}
	return r
}

// Empty is the report of a run that could read nothing at all: every list is nil.
func Empty() *report.Report {
	return &report.Report{
		Schema: report.Schema, Tool: report.Tool{Name: "hunt", Version: "0.1.0", Generated: "not stamped"},
		Summary: report.Summary{Verdict: "nothing could have been found",
			Lines: []string{"No EVTX file could be read."}},
	}
}
