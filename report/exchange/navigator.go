package exchange

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"hunt/mark"
	"hunt/pattern"
	"hunt/report"
)

// The layer format of the ATT&CK Navigator. Source: mitre-attack/attack-navigator, layers/spec/v4.5/layerformat.md.
const (
	navigatorLayer  = "4.5"
	navigatorLeast  = "4.9.0" // the oldest Navigator that reads the format
	navigatorDomain = "enterprise-attack"
)

type navigatorFile struct {
	Name        string               `json:"name"`
	Versions    navigatorVersions    `json:"versions"`
	Domain      string               `json:"domain"`
	Description string               `json:"description"`
	Filters     navigatorFilters     `json:"filters"`
	Sorting     int                  `json:"sorting"`
	Layout      navigatorLayout      `json:"layout"`
	Techniques  []navigatorTechnique `json:"techniques"`
	Gradient    navigatorGradient    `json:"gradient"`
	Metadata    []navigatorMetadata  `json:"metadata"`
}

type navigatorVersions struct {
	Navigator string `json:"navigator"`
	Layer     string `json:"layer"`
}

type navigatorFilters struct {
	Platforms []string `json:"platforms"`
}

type navigatorLayout struct {
	Layout   string `json:"layout"`
	ShowID   bool   `json:"showID"`
	ShowName bool   `json:"showName"`
	Expanded string `json:"expandedSubtechniques"`
}

type navigatorTechnique struct {
	ID       string              `json:"techniqueID"`
	Tactic   string              `json:"tactic,omitempty"`
	Score    int                 `json:"score"`
	Comment  string              `json:"comment"`
	Metadata []navigatorMetadata `json:"metadata"`
}

type navigatorGradient struct {
	Colors []string `json:"colors"`
	Min    int      `json:"minValue"`
	Max    int      `json:"maxValue"`
}

type navigatorMetadata struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// navigatorScores is the score of a technique by the gravest of its findings; one that only partial chains
// show gets the least.
var navigatorScores = map[report.Severity]int{report.SeverityCritical: 100, report.SeverityHigh: 75,
	report.SeverityMedium: 50, report.SeverityLow: 25, report.SeverityInfo: 10}

const navigatorPartial = 5

// navigatorTactics are the Navigator's names of the tactics of enterprise ATT&CK.
var navigatorTactics = map[string]string{
	"TA0043": "reconnaissance", "TA0042": "resource-development", "TA0001": "initial-access", "TA0002": "execution",
	"TA0003": "persistence",
	"TA0004": "privilege-escalation", "TA0005": "defense-evasion", "TA0006": "credential-access",
	"TA0007": "discovery", "TA0008": "lateral-movement",
	"TA0009": "collection", "TA0011": "command-and-control", "TA0010": "exfiltration", "TA0040": "impact",
}

var techniqueID = pattern.Of(`^T\d{4}(?:\.\d{3})?$`)

// maxNavigatorIDs bounds the finding ids in a comment, which the Navigator shows as a tooltip.
const maxNavigatorIDs = 30

// cellKey is a cell of the matrix: a technique below a tactic.
type cellKey struct{ id, tactic string }

// cell is what the findings say of a technique.
type cell struct {
	score         int
	ids, partials []string
	hosts         []string
	authors       []string // of the rules
}

// add adds a finding to the cell.
func (c *cell) add(f *report.Finding) {
	if f.Status == report.StatusPartial {
		c.partials = insertNew(c.partials, f.ID)
		c.score = max(c.score, navigatorPartial)
	} else {
		c.ids = insertNew(c.ids, f.ID)
		c.score = max(c.score, navigatorScores[f.Rule.Severity])
	}
	if f.Rule.Author != "" {
		c.authors = append(c.authors, f.Rule.Author)
	}
	if f.Host != "" {
		c.hosts = append(c.hosts, f.Host)
	}
}

// technique is the cell as the Navigator takes it.
func (c *cell) technique(k cellKey) navigatorTechnique {
	var parts []string
	if len(c.ids) > 0 {
		parts = append(parts, report.Count(len(c.ids), "finding", "findings")+": "+
			report.Few(c.ids, maxNavigatorIDs))
	}
	if len(c.partials) > 0 {
		parts = append(parts, report.Count(len(c.partials), "partial chain", "partial chains")+": "+
			report.Few(c.partials, maxNavigatorIDs))
	}
	t := navigatorTechnique{ID: k.id, Tactic: k.tactic, Score: c.score, Comment: strings.Join(parts, "\n"),
		Metadata: []navigatorMetadata{{"hosts", mark.Printable(report.Few(sorted(c.hosts), maxNavigatorIDs))}}}
	if len(c.authors) > 0 {
		t.Metadata = append(t.Metadata, navigatorMetadata{"authors of the rules",
			mark.Printable(report.Few(sorted(c.authors), maxNavigatorIDs))})
	}
	return t
}

// WriteNavigator writes the techniques of the findings as a layer for the ATT&CK Navigator. Suppressed
// findings are left out.
func WriteNavigator(w io.Writer, r *report.Report) error {
	cells := map[cellKey]*cell{}
	var keys []cellKey
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Status == report.StatusSuppressed {
			continue
		}
		for _, t := range f.Techniques {
			if !techniqueID().MatchString(t.ID) {
				continue
			}
			k := cellKey{t.ID, navigatorTactics[t.TacticID]}
			c := cells[k]
			if c == nil {
				c = &cell{}
				cells[k] = c
				keys = append(keys, k)
			}
			c.add(f)
		}
	}
	slices.SortFunc(keys, func(a, b cellKey) int { return strings.Compare(a.id+" "+a.tactic, b.id+" "+b.tactic) })
	layer := navigatorFile{
		Name: "hunt " + r.ID, Domain: navigatorDomain, Versions: navigatorVersions{navigatorLeast, navigatorLayer},
		Description: mark.Printable(r.Summary.Headline), Filters: navigatorFilters{[]string{"Windows"}}, Sorting: 3,
		Layout:     navigatorLayout{"side", true, true, "annotated"},
		Techniques: []navigatorTechnique{},
		Gradient:   navigatorGradient{[]string{"#ffffff", "#ffe766", "#ff6666"}, 0, 100},
		Metadata: []navigatorMetadata{{"report", r.ID}, {"rule pack", r.Tool.RulePack},
			{"score", "critical 100, high 75, medium 50, low 25, info 10; partial chains only 5"}},
	}
	if r.Case.ID != "" {
		layer.Name = "hunt: case " + mark.Printable(r.Case.ID)
	}
	for _, k := range keys {
		layer.Techniques = append(layer.Techniques, cells[k].technique(k))
	}
	return writeExport(w, layer)
}

// insertNew appends an id that was not the last one: a finding can name a technique twice, by itself and as
// the parent of another.
func insertNew(ids []string, id string) []string {
	if n := len(ids); n > 0 && ids[n-1] == id {
		return ids
	}
	return append(ids, id)
}

// writeExport writes one JSON document, with every invisible character escaped.
func writeExport(w io.Writer, v any) error {
	b, err := indented(v)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	_, err = w.Write(report.EscapeJSON(nil, b))
	return err
}
