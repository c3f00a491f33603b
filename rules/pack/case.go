package pack

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// Case is a test of a rule: events, and what the rule must make of them.
type Case struct {
	Name string // a sentence
	// of a Sigma file with several documents: the id, name or title of the one that it is about; "" = the first
	Rule string
	// Want is the status of the finding that must result: at least one with this status, or none if it is "".
	Want   Status
	Events []CaseEvent
	EVTX   string // instead of Events: a log file, relative to the rule file
	// Confidence that the finding must have; "" = not tested.
	Confidence Confidence

	Place string // file:line:col
}

// CaseEvent is one Windows event of a case.
type CaseEvent struct {
	Time     time.Time
	Computer string
	Channel  string
	Provider string
	ID       uint16
	Data     []CaseData // in the order of the file
	UserData bool       // the data are elements of UserData, not of EventData
	Outcome  string     // of an audit: success or failure; none for other events
}

// CaseData is one named item of an event's data: text, int64 or bool.
type CaseData struct {
	Name  string
	Value any
}

type caseFile struct {
	Name       string          `toml:"name"`
	Rule       string          `toml:"rule"`
	Fires      *bool           `toml:"fires"`
	Status     string          `toml:"status"`
	Confidence string          `toml:"confidence"`
	EVTX       string          `toml:"evtx"`
	Event      []caseEventFile `toml:"event"`
}

type caseEventFile struct {
	Time     any            `toml:"time"`
	Computer string         `toml:"computer"`
	Log      string         `toml:"log"`
	Channel  string         `toml:"channel"`
	Provider string         `toml:"provider"`
	ID       int64          `toml:"id"`
	Data     map[string]any `toml:"data"`
	UserData map[string]any `toml:"user_data"`
	Outcome  string         `toml:"outcome"`
}

// Bounds of a case. A case shows one thing; a longer story belongs in an EVTX file.
const (
	maxCases      = 500
	maxCaseEvents = 1000
)

// caseLogs maps the short names of logs to what they mean.
var caseLogs = map[string]struct{ channel, provider string }{
	"sysmon":     {"Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon"},
	"security":   {"Security", "Microsoft-Windows-Security-Auditing"},
	"powershell": {"Microsoft-Windows-PowerShell/Operational", "Microsoft-Windows-PowerShell"},
	"system":     {"System", "Service Control Manager"},
	"defender":   {"Microsoft-Windows-Windows Defender/Operational", "Microsoft-Windows-Windows Defender"},
}

// caseKeywords are the keywords of audits, as winmeta.xml has them.
var caseKeywords = map[string]uint64{"success": 1 << 53, "failure": 1 << 52}

// caseStart is the time of a case's first event if the case gives none, and the start of "+2s".
var caseStart = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)

// caseComputer is the computer of an event that names none.
const caseComputer = "WS01.corp.example"

func parseCases(d *document, files []caseFile) ([]Case, Errors) {
	var es Errors
	if len(files) > maxCases {
		return nil, Errors{d.errorIn("case", "%d cases; a file can have %d", len(files), maxCases)}
	}
	names := map[string]bool{}
	var out []Case
	for i, f := range files {
		at := indexed("case", i)
		c, ces := parseCase(d, at, f)
		if names[c.Name] {
			ces = append(ces, d.errorIn(at+".name", "another case is already named %q", c.Name))
		}
		names[c.Name] = true
		es = append(es, ces...)
		out = append(out, c)
	}
	return out, es
}

func parseCase(d *document, at string, f caseFile) (Case, Errors) {
	var es Errors
	c := Case{Name: strings.TrimSpace(f.Name), Rule: strings.TrimSpace(f.Rule), EVTX: f.EVTX,
		Place: d.place(at + ".name")}
	if c.Name == "" {
		es = append(es, missingKey(d, at+".name", `name = "a sentence that says what the case shows"`))
	}
	switch {
	case (f.Fires == nil) == (f.Status == ""):
		e := d.errorIn(at, "the case must say either fires or status")
		e.Hint = `fires = true, fires = false, or status = "suppressed"`
		es = append(es, e)
	case f.Fires != nil && *f.Fires:
		c.Want = StatusFinding
	case f.Fires != nil:
	default:
		c.Want = Status(f.Status)
		if !slices.Contains([]Status{StatusFinding, StatusSuppressed, StatusPartial}, c.Want) {
			es = append(es, d.errorIn(at+".status", "unknown status %q: use finding, suppressed or partial", f.Status))
		}
	}
	if f.Confidence != "" {
		confidence, err := ParseConfidence(f.Confidence)
		if err != nil {
			es = append(es, d.errorIn(at+".confidence", "%s", err))
		}
		c.Confidence = confidence
	}
	switch {
	case (f.EVTX == "") == (len(f.Event) == 0):
		es = append(es, d.errorIn(at, "the case must have either events ([[case.event]]) or evtx"))
	case len(f.Event) > maxCaseEvents:
		es = append(es, d.errorIn(at, "%d events; a case can have %d", len(f.Event), maxCaseEvents))
	}
	first := caseStart
	for i, e := range f.Event {
		ev, ees := parseCaseEvent(d, indexed(at+".event", i), e, first)
		if i == 0 {
			first = ev.Time
		}
		c.Events = append(c.Events, ev)
		es = append(es, ees...)
	}
	return c, es
}

func parseCaseEvent(d *document, at string, f caseEventFile, first time.Time) (CaseEvent, Errors) {
	var es Errors
	e := CaseEvent{Computer: f.Computer, Channel: f.Channel, Provider: f.Provider, ID: uint16(f.ID)}
	if e.Computer == "" {
		e.Computer = caseComputer
	}
	switch log, ok := caseLogs[f.Log]; {
	case ok:
		e.Channel, e.Provider = cmp.Or(e.Channel, log.channel), cmp.Or(e.Provider, log.provider)
	case f.Log != "":
		es = append(es, d.errorIn(at+".log",
			"unknown log %q: use sysmon, security, powershell, system or defender, or give channel and provider",
			f.Log))
	case e.Channel == "" || e.Provider == "":
		es = append(es, missingKey(d, at+".log", `log = "sysmon"`))
	}
	if f.ID < 0 || f.ID > 0xffff || !d.has(at+".id") {
		es = append(es, d.errorIn(at+".id", "id: use an event id from 0 to 65535"))
	}
	t, err := caseTime(f.Time, first)
	if err != nil {
		es = append(es, d.errorIn(at+".time", "time: %s", err))
	}
	e.Time = t
	if e.Outcome = f.Outcome; e.Outcome != "" && caseKeywords[e.Outcome] == 0 {
		es = append(es, d.errorIn(at+".outcome", "unknown outcome %q: use success or failure", f.Outcome))
	}
	data, key := f.Data, at+".data."
	if f.UserData != nil {
		if e.UserData, data, key = true, f.UserData, at+".user_data."; f.Data != nil {
			es = append(es, d.errorIn(at+".user_data", "an event has either data or user_data"))
		}
	}
	for name, v := range data {
		switch v.(type) {
		case string, int64, bool:
			e.Data = append(e.Data, CaseData{name, v})
		default:
			es = append(es, d.errorIn(key+name, "%s: use text, a whole number, true or false", name))
		}
	}
	slices.SortFunc(e.Data, func(a, b CaseData) int { return d.at[key+a.Name].key - d.at[key+b.Name].key })
	return e, es
}

// caseTime reads a time: absolute, or "+1.5s" after the first event.
func caseTime(v any, first time.Time) (time.Time, error) {
	switch v := v.(type) {
	case nil:
		return first, nil
	case time.Time:
		return v.UTC(), nil
	case toml.LocalDateTime:
		return v.AsTime(time.UTC), nil
	case string:
		if offset, ok := strings.CutPrefix(v, "+"); ok {
			dur, err := time.ParseDuration(offset)
			if err != nil {
				return first, fmt.Errorf("%q is not a span such as \"+1.5s\"", v)
			}
			return first.Add(dur), nil
		}
		t, err := time.Parse(time.RFC3339Nano, v)
		if err != nil {
			return first, fmt.Errorf("%q is neither RFC 3339 nor a span such as \"+1.5s\"", v)
		}
		return t.UTC(), nil
	}
	return first, fmt.Errorf("%v is neither RFC 3339 nor a span such as \"+1.5s\"", v)
}
