// Package casefile reads what the examiner writes about a case: whom it is for, what was decided about incidents,
// and what is known about the network.
package casefile

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hunt/config"
	"hunt/evtx"
	"hunt/report"
	"hunt/report/decision"
)

// maxSize bounds a case file, in bytes; it is written by hand.
const maxSize = 1 << 20

// file is the layout of a case file, TOML or YAML alike.
type file struct {
	ID             string            `toml:"id" yaml:"id"`
	Title          string            `toml:"title" yaml:"title"`
	TLP            string            `toml:"tlp" yaml:"tlp"`
	Analyst        string            `toml:"analyst" yaml:"analyst"`
	Contact        string            `toml:"contact" yaml:"contact"`
	ResponderTools []string          `toml:"responder_tools" yaml:"responder_tools"`
	Window         window            `toml:"window" yaml:"window"`
	TimeZone       string            `toml:"time_zone" yaml:"time_zone"`
	Notes          map[string]string `toml:"notes" yaml:"notes"`
	// What an incident record holds beside the evidence. Source: NIST SP 800-61r2, 3.2.5.
	Status    string `toml:"status" yaml:"status"`
	Impact    string `toml:"impact" yaml:"impact"`
	Related   string `toml:"related_incidents" yaml:"related_incidents"`
	Custody   string `toml:"custody" yaml:"custody"`
	Actions   string `toml:"actions" yaml:"actions"`
	NextSteps string `toml:"next_steps" yaml:"next_steps"`
	Comments  string `toml:"comments" yaml:"comments"`

	Incidents []incident `toml:"incident" yaml:"incident"`
	Joins     []group    `toml:"join" yaml:"join"`
	Splits    []group    `toml:"split" yaml:"split"`

	NAT        []group `toml:"nat" yaml:"nat"`
	Jump       []group `toml:"jump" yaml:"jump"`
	Deployment []group `toml:"deployment" yaml:"deployment"`
}

// incident is what the examiner says about an incident.
type incident struct {
	Of     string `toml:"of" yaml:"of"` // the id of the incident, or of any of its findings
	Title  string `toml:"title" yaml:"title"`
	Status string `toml:"status" yaml:"status"`
	Note   string `toml:"note" yaml:"note"`
}

// group is incidents or findings that belong together, or apart from the rest.
type group struct {
	Of   []string `toml:"of" yaml:"of"`
	Note string   `toml:"note" yaml:"note"`
}

// decisions are what the file says about incidents.
func (f *file) decisions() ([]decision.Decision, error) {
	var out []decision.Decision
	for i, x := range f.Incidents {
		status := decision.Status(x.Status)
		switch {
		case !isID(x.Of):
			return nil, fmt.Errorf("incident %d: of: %q is not an id: name an incident (I-…) or any of its findings "+
				"(F-…)", i+1, x.Of)
		case x.Status != "" && !slices.Contains(decision.Statuses, status):
			return nil, fmt.Errorf("incident %d: unknown status %q: use one of %s", i+1, x.Status, statusList())
		case x.Status == "" && x.Title == "" && x.Note == "":
			return nil, fmt.Errorf("incident %d: says nothing about %s: add title, status or note", i+1, x.Of)
		}
		out = append(out, decision.Decision{Kind: decision.Describe, Of: []string{x.Of}, Status: status, Title: x.Title,
			Note: x.Note})
	}
	for _, g := range []struct {
		kind decision.Kind
		list []group
		min  int
	}{{decision.Join, f.Joins, 2}, {decision.Split, f.Splits, 1}} {
		for i, x := range g.list {
			if len(x.Of) < g.min {
				return nil, fmt.Errorf("%s %d: of: names %s, and at least %d are needed", g.kind, i+1,
					report.Count(len(x.Of), "id", "ids"), g.min)
			}
			for _, id := range x.Of {
				if !isID(id) || g.kind == decision.Split && !strings.HasPrefix(id, "F-") {
					return nil, fmt.Errorf("%s %d: of: %q is not an id of %s", g.kind, i+1, id,
						map[bool]string{true: "a finding (F-…)",
							false: "an incident (I-…) or a finding (F-…)"}[g.kind == decision.Split])
				}
			}
			out = append(out, decision.Decision{Kind: g.kind, Of: x.Of, Note: x.Note})
		}
	}
	return out, nil
}

// known is what the file says about the network.
func (f *file) known() ([]decision.Known, error) {
	var out []decision.Known
	for _, g := range []struct {
		kind decision.KnownKind
		list []group
	}{{decision.NAT, f.NAT}, {decision.Jump, f.Jump}, {decision.Deployment, f.Deployment}} {
		for i, x := range g.list {
			if len(x.Of) == 0 {
				return nil, fmt.Errorf("%s %d: of is empty: name %s", g.kind, i+1, knownOf[g.kind])
			}
			for _, v := range x.Of {
				if strings.TrimSpace(v) == "" {
					return nil, fmt.Errorf("%s %d: of holds an empty text: name %s", g.kind, i+1, knownOf[g.kind])
				}
				if g.kind == decision.NAT && !isAddress(v) {
					return nil, fmt.Errorf("%s %d: of: %q is neither an address nor a range such as 10.8.0.0/16",
						g.kind, i+1, v)
				}
			}
			out = append(out, decision.Known{Kind: g.kind, Of: x.Of, Note: x.Note})
		}
	}
	return out, nil
}

// knownOf says what to name of each kind.
var knownOf = map[decision.KnownKind]string{decision.NAT: "addresses or ranges", decision.Jump: "hosts or addresses",
	decision.Deployment: "programs, services, tasks or accounts"}

func isAddress(s string) bool {
	_, err := netip.ParseAddr(s)
	_, err2 := netip.ParsePrefix(s)
	return err == nil || err2 == nil
}

// statusList are the statuses that a case file may give an incident.
func statusList() string {
	var out []string
	for _, s := range decision.Statuses {
		out = append(out, string(s))
	}
	return strings.Join(out, ", ")
}

// isID reports whether a text has the form of an id.
func isID(s string) bool {
	return len(s) > 2 && (strings.HasPrefix(s, "I-") || strings.HasPrefix(s, "F-"))
}

// slots lists the parts of the record that only people can fill in, in the order of the report.
func (f *file) slots() []report.KeyValue {
	return []report.KeyValue{{Key: "Status", Value: f.Status}, {Key: "Impact", Value: f.Impact},
		{Key: "Related incidents", Value: f.Related}, {Key: "Chain of custody", Value: f.Custody},
		{Key: "Actions taken", Value: f.Actions}, {Key: "Next steps", Value: f.NextSteps},
		{Key: "Comments", Value: f.Comments}}
}

type window struct {
	From string `toml:"from" yaml:"from"`
	To   string `toml:"to" yaml:"to"`
}

// Slots are the parts of the record that only people know, all of them empty: those of a report without a case file.
func Slots() []report.KeyValue { return new(file).slots() }

// tlps are the markings of the Traffic Light Protocol 2.0 (FIRST).
var tlps = []string{"TLP:RED", "TLP:AMBER+STRICT", "TLP:AMBER", "TLP:GREEN", "TLP:CLEAR"}

// Load reads a case file: TOML, or YAML by its ending (.yaml, .yml); "-" is standard input, in TOML.
// Unknown keys are errors, so that a misspelt one does not pass for "not supplied". Times are RFC 3339 or
// dates, in UTC.
func Load(name string) (report.Case, error) {
	src, err := config.Read(name, maxSize)
	if err != nil {
		return report.Case{}, fmt.Errorf("--case %w", err)
	}
	decode := config.TOML
	if e := strings.ToLower(filepath.Ext(name)); e == ".yaml" || e == ".yml" {
		decode = config.YAML
	}
	var f file
	if err := decode(name, src, &f); err != nil {
		return report.Case{}, fmt.Errorf("--case %w", err)
	}
	c := report.Case{ID: f.ID, Title: f.Title, TLP: strings.ToUpper(f.TLP), Analyst: f.Analyst, Contact: f.Contact,
		Tools: f.ResponderTools, Notes: f.Notes, Slots: f.slots(), TimeZone: f.TimeZone}
	if c.Decisions, err = f.decisions(); err != nil {
		return report.Case{}, fmt.Errorf("--case %s: %w", name, err)
	}
	if c.Known, err = f.known(); err != nil {
		return report.Case{}, fmt.Errorf("--case %s: %w", name, err)
	}
	if c.TLP != "" && !strings.HasPrefix(c.TLP, "TLP:") {
		c.TLP = "TLP:" + c.TLP
	}
	if c.TLP != "" && !slices.Contains(tlps, c.TLP) {
		return report.Case{}, fmt.Errorf("--case %s: unknown tlp %q: use one of %s", name, f.TLP,
			strings.Join(tlps, ", "))
	}
	if c.Window.From, err = parseTime(f.Window.From, false); err != nil {
		return report.Case{}, fmt.Errorf("--case %s: window.from: %w", name, err)
	}
	if c.Window.To, err = parseTime(f.Window.To, true); err != nil {
		return report.Case{}, fmt.Errorf("--case %s: window.to: %w", name, err)
	}
	if c.Window.From != nil && c.Window.To != nil && *c.Window.From > *c.Window.To {
		return report.Case{}, fmt.Errorf("--case %s: window: from is later than to", name)
	}
	if _, err := Zone(f.TimeZone); err != nil {
		return report.Case{}, fmt.Errorf("--case %s: time_zone: %w", name, err)
	}
	return c, nil
}

// Zone returns the time zone of a name, nil for none. It refuses the zone of this machine: another machine would show
// other times.
func Zone(name string) (*time.Location, error) {
	if name == "" {
		return nil, nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil || strings.EqualFold(name, "local") {
		return nil, fmt.Errorf("unknown time zone %q: use a name such as Europe/Berlin or America/New_York", name)
	}
	return zone, nil
}

func parseTime(s string, end bool) (report.Time, error) {
	if s == "" {
		return nil, nil
	}
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return report.TimeOf(evtx.FiletimeOf(t)), nil
	}
	t, err := time.Parse("2006-01-02", s)
	if err != nil {
		return nil, fmt.Errorf("invalid time %q: write 2026-03-02 or 2026-03-02T14:00:00Z", s)
	}
	if end {
		return report.TimeOf(evtx.FiletimeOf(t.AddDate(0, 0, 1)) - 1), nil
	}
	return report.TimeOf(evtx.FiletimeOf(t)), nil
}
