package report

import (
	"strings"
)

// The rows that HTML and XLSX both show for the small parts of a report.

// Supplied returns what the analyst supplied about the case, or words that say that nothing was
// supplied.
func Supplied(s string) string {
	if strings.TrimSpace(s) == "" {
		return notSupplied
	}
	return s
}

func (r *Report) CaseRows() []KeyValue {
	c := &r.Case
	window := notSupplied
	if c.Window.From != nil || c.Window.To != nil {
		window = SpanText(c.Window.From, c.Window.To)
	}
	rows := []KeyValue{
		{"Case", Supplied(c.ID)}, {"Title", Supplied(c.Title)}, {"TLP", Supplied(c.TLP)},
		{"Analyst", Supplied(c.Analyst)}, {"Contact", Supplied(c.Contact)}, {"Incident window", window},
		{"Responders' tools", Supplied(strings.Join(c.Tools, ", "))},
	}
	if c.TimeZone != "" {
		rows = append(rows, KeyValue{"Time zone beside UTC", c.TimeZone})
	}
	for _, s := range c.Slots {
		rows = append(rows, KeyValue{s.Key, Supplied(s.Value)})
	}
	return rows
}

func (r *Report) ToolRows() []KeyValue {
	t := &r.Tool
	return []KeyValue{
		{"Report id", r.ID}, {"Tool", strings.TrimSpace(t.Name + " " + t.Version)}, {"Commit", t.commit()},
		{"Rule pack", t.RulePack}, {"Command line", t.Options},
		{"Generated (UTC)", t.Generated}, {"Second decoder", t.EVTXSecond}, {"Report schema", r.Schema},
	}
}

// commit distinguishes builds of one version.
func (t *Tool) commit() string {
	if t.Dirty {
		return t.Commit + " with uncommitted changes"
	}
	return t.Commit
}

func (r *Report) ScopeRows() []KeyValue {
	s := &r.Scope
	filters := "none: everything that could be read"
	if len(s.Filters) > 0 {
		filters = strings.Join(s.Filters, "; ")
	}
	clock := map[string]string{
		"":        "TimeCreated of each record",
		"created": "TimeCreated of each record",
		"utc":     "UtcTime for Sysmon, TimeCreated for the rest",
	}[s.Clock]
	if clock == "" {
		clock = s.Clock
	}
	return []KeyValue{
		{"Files read", Thousands(s.FilesRead)}, {"Files that could not be read", Thousands(s.FilesFailed)},
		{"Narrowed to", filters}, {"Ordered by", clock}, {"Users seen", orNone(strings.Join(s.Users, ", "))},
	}
}

func orNone(s string) string {
	if s == "" {
		return "none found in the logs examined"
	}
	return s
}

func (a *Accounting) Rows() []KeyValue {
	n := &a.Records
	return []KeyValue{
		{"Read", Thousands(n.Read)}, {"Kept", Thousands(n.Kept)}, {"Filtered out", Thousands(n.Filtered)},
		{"Duplicates", Thousands(n.Duplicate)},
		{"Damaged (beside those read)", Thousands(n.Damaged)}, {"Carved (beside those read)", Thousands(n.Carved)},
		{"Check", reconciles(n)},
	}
}

// reconciles says whether the counts add up.
func reconciles(n *Counts) string {
	sum := n.Kept + n.Filtered + n.Duplicate
	if sum == n.Read {
		return "read = kept + filtered + duplicate: " + Thousands(n.Read) + " = " + Thousands(sum)
	}
	return "read and kept + filtered + duplicate differ: " + Thousands(n.Read) + " and " + Thousands(sum)
}

// VerifyRows say how the report is checked.
func (r *Report) VerifyRows() []KeyValue {
	out := []KeyValue{{"Command", r.Method.Verify}}
	if r.Integrity != nil {
		out = append(out, KeyValue{"Hash of the report (" + r.Integrity.Algorithm + ")", r.Integrity.Body})
	}
	return out
}
