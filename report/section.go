package report

import (
	"strings"
)

// The rows that HTML and XLSX both show for the small parts of a report.

const notSupplied = "not supplied"

func orNotSupplied(s string) string {
	if strings.TrimSpace(s) == "" {
		return notSupplied
	}
	return s
}

func (r *Report) caseRows() []KeyValue {
	c := &r.Case
	window := notSupplied
	if c.Window.From != nil || c.Window.To != nil {
		window = spanText(c.Window.From, c.Window.To)
	}
	rows := []KeyValue{
		{"Case", orNotSupplied(c.ID)}, {"Title", orNotSupplied(c.Title)}, {"TLP", orNotSupplied(c.TLP)},
		{"Analyst", orNotSupplied(c.Analyst)}, {"Contact", orNotSupplied(c.Contact)}, {"Incident window", window},
		{"Responders' tools", orNotSupplied(strings.Join(c.Tools, ", "))},
	}
	return append(rows, c.Slots...)
}

func (r *Report) toolRows() []KeyValue {
	t := &r.Tool
	return []KeyValue{
		{"Report id", r.ID}, {"Tool", strings.TrimSpace(t.Name + " " + t.Version)}, {"Commit", t.commit()}, {"Rule pack", t.RulePack}, {"Command line", t.Options},
		{"Generated (UTC)", t.Generated}, {"Second decoder", t.EVTXSecond}, {"Report schema", r.Schema},
	}
}

// commit tells builds of one version apart.
func (t *Tool) commit() string {
	if t.Dirty {
		return t.Commit + " with uncommitted changes"
	}
	return t.Commit
}

func (r *Report) scopeRows() []KeyValue {
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
		{"Files read", thousands(s.FilesRead)}, {"Files that could not be read", thousands(s.FilesFailed)},
		{"Narrowed to", filters}, {"Ordered by", clock}, {"Users seen", orNone(strings.Join(s.Users, ", "))},
	}
}

func orNone(s string) string {
	if s == "" {
		return "none found in the logs examined"
	}
	return s
}

func (a *Accounting) rows() []KeyValue {
	n := &a.Records
	return []KeyValue{
		{"Read", thousands(n.Read)}, {"Kept", thousands(n.Kept)}, {"Filtered out", thousands(n.Filtered)}, {"Duplicates", thousands(n.Duplicate)},
		{"Damaged (beside those read)", thousands(n.Damaged)}, {"Carved (beside those read)", thousands(n.Carved)},
		{"Check", reconciles(n)},
	}
}

// reconciles says whether the counts add up.
func reconciles(n *Counts) string {
	sum := n.Kept + n.Filtered + n.Duplicate
	if sum == n.Read {
		return "read = kept + filtered + duplicate: " + thousands(n.Read) + " = " + thousands(sum)
	}
	return "read and kept + filtered + duplicate differ: " + thousands(n.Read) + " and " + thousands(sum)
}
