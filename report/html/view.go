package html

import (
	"bytes"
	"html/template"
	"io"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"hunt/mark"
	"hunt/report"
	"hunt/report/outline"
	"hunt/report/sight"
)

// Limits of the page. A browser lays out this much in well under a second; beyond it the
// page says how much is left out and where it is.
const (
	maxCards      = 1_500    // findings shown as full cards; the rest are lines of a table
	maxStaticRows = 500      // timeline rows in the table for paper and for readers without scripts
	maxLanes      = 60       // hosts in the swim lanes
	maxMarks      = 3_000    // marks in the swim lanes
	maxOthers     = 5        // findings of the same incident that a card links to
	defaultLimit  = 64 << 20 // bytes of a page
	messageChars  = 1_000    // of a timeline row; the finding and the JSON have the whole text
)

// view is what the templates see.
type view struct {
	*report.Report
	Policy     string
	Style      template.CSS
	HeadScript template.JS
	Script     template.JS

	Contents                                  []entry
	Differences                               []changesView
	CaseRows, ToolRows, ScopeRows, RecordRows []report.KeyValue
	Tales                                     []incidentView
	drawn                                     int // objects of their pictures
	IncidentsLeftOut                          int
	Domain                                    string   // that all hosts have in common, with its dot; "" if none
	HostsWith, HostsPartial                   []string // with open findings; with nothing but partial chains
	Confidence                                []report.KeyValue
	Cards                                     []card
	Listed                                    []card // those beyond the cards
	Groups                                    []group
	Rows                                      []int // indices of the timeline rows in the page
	RowsLeftOut                               int
	StaticRows                                []*report.TimelineRow
	StaticLeftOut                             int
	Histogram                                 histogramView
	Lanes                                     lanesView
	ByRisk                                    []sight.HostCoverage // by the risk of the host
	Matrix                                    matrix
	UnseenHosts                               []unseenView
	SkippedRules                              []*report.Rule
	BlindRules                                []blindRules
	ToldRules                                 []*report.Rule
	SilentRules                               []silentRules
	SilentCount                               int
	Filters                                   filters
	RawIndicators                             string

	hostOf map[string]string // finding -> its host
	clock  clock

	Shortened int // cards without their detail, for want of room

	print      func(io.Writer, card) error // writes the card
	printShort func(io.Writer, card) error // writes its line alone
	written    int64                       // bytes of cards
	most       int64                       // of these
	printed    []template.HTML             // cards that are written and have not come into the page yet
}

// entry is a section in the table of contents.
type entry struct {
	outline.Section
	Counted bool
	Count   int
}

// contents are the sections with what they count. The page holds the rows that it has room for.
func (v *view) contents() []entry {
	sections := outline.SectionsOf(v.Report)
	out := make([]entry, len(sections))
	for i, s := range sections {
		out[i] = entry{Section: s, Counted: s.Count != nil}
		switch {
		case s.ID == outline.SectionTimeline:
			out[i].Count = len(v.Rows)
		case s.Count != nil:
			out[i].Count = s.Count(v.Report)
		}
	}
	return out
}

// printAhead is how many cards are written at the same time and wait for their place in the page; one is some 40 KB.
const printAhead = 64

// Print returns the element of a card. It is asked for each of Cards, in order, and writes the next ones
// with it on all cores: with many findings they are most of the time that the page takes.
func (v *view) Print(c card) (template.HTML, error) {
	if len(v.printed) == 0 {
		next := v.Cards[c.Index:min(c.Index+printAhead, len(v.Cards))]
		v.printed = make([]template.HTML, len(next))
		var group errgroup.Group
		group.SetLimit(runtime.GOMAXPROCS(0))
		for i := range next {
			group.Go(func() error {
				var b strings.Builder
				err := v.print(&b, next[i])
				v.printed[i] = template.HTML(b.String()) // #nosec G203 -- a template's output
				return err
			})
		}
		if err := group.Wait(); err != nil {
			return "", err
		}
	}
	out := v.printed[0]
	v.printed = v.printed[1:]
	if v.written += int64(len(out)); v.written <= v.most {
		return out, nil
	}
	v.Shortened++
	var b strings.Builder
	err := v.printShort(&b, c)
	return template.HTML(b.String()), err // #nosec G203 -- a template's output
}

func newView(r *report.Report, maxRows int) *view {
	v := &view{
		Report: r, CaseRows: r.CaseRows(), ToolRows: r.ToolRows(), ScopeRows: r.ScopeRows(),
		RecordRows: r.Accounting.Rows(), clock: clockOf(&r.Case),
	}
	v.most = defaultLimit
	if run := r.Tool.Run; run != nil && run.ReportLimit > 0 {
		v.most = run.ReportLimit
	}
	v.most = v.most * 3 / 4 // rows and tables take the rest
	v.incidents()
	v.findings()
	v.rows(maxRows)
	v.Contents, v.Differences = v.contents(), v.differences()
	v.Histogram = newHistogramView(r.Timeline)
	v.Lanes = newLanesView(r)
	v.ByRisk = byRisk(r.Coverage, r.Hosts, func(c *sight.HostCoverage) string { return c.Host })
	v.Matrix = newMatrix(v.ByRisk)
	v.UnseenHosts = v.unseen()
	v.setFilters()
	for i := range r.Rules {
		if rule := &r.Rules[i]; rule.Status == report.RuleSkipped {
			v.SkippedRules = append(v.SkippedRules, rule)
		}
	}
	v.BlindRules = blindTogether(r.Rules)
	v.ToldRules, v.SilentRules = split(r.Rules)
	v.SilentCount = len(r.Rules) - len(v.ToldRules)
	var raw bytes.Buffer
	for i := range r.Indicators {
		raw.WriteString(r.Indicators[i].Value + "\n")
	}
	v.RawIndicators = raw.String()
	return v
}

// findings sorts the findings into cards: by status, then in the order of the model.
func (v *view) findings() {
	v.Groups = []group{
		{Status: report.StatusFinding, Title: "Findings", None: "None found in the logs examined."},
		{Status: report.StatusPartial, Title: "Partial chains", None: "None found in the logs examined."},
		{Status: report.StatusSuppressed, Title: "Suppressed by tuning", None: "None: no finding was suppressed."},
	}
	incidents := map[string]*report.Incident{}
	for i := range v.Report.Incidents {
		incidents[v.Report.Incidents[i].ID] = &v.Report.Incidents[i]
	}
	loaded, shows := v.RuleByID(), above{map[string]string{}, map[string]string{}, map[string]string{}}
	confidence, hosts, shown := map[report.Confidence]int{}, map[string]bool{}, map[string][]*card{}
	for n, i := range v.order() {
		f := &v.Report.Findings[i]
		if f.Status == report.StatusFinding {
			confidence[f.Confidence]++
		}
		if f.Status != report.StatusSuppressed && !hosts[f.Host] { // open findings come first
			hosts[f.Host] = true
			if f.Status == report.StatusPartial {
				v.HostsPartial = append(v.HostsPartial, f.Host)
			} else {
				v.HostsWith = append(v.HostsWith, f.Host)
			}
		}
		if n >= maxCards {
			v.Listed = append(v.Listed, card{Finding: f, Loaded: loaded[f.Rule.ID]})
			continue
		}
		c := card{Finding: f, Index: n, Open: n == 0 && f.Status != report.StatusSuppressed,
			Loaded: loaded[f.Rule.ID]}
		in := incidents[f.Incident]
		if in != nil {
			v.surround(&c, in.Findings)
		} else {
			v.surround(&c, nil)
		}
		shows.once(&c, len(v.Report.Findings) > manyTexts)
		if f.Incident != "" {
			c.seen(shown[f.Incident])
			shown[f.Incident] = append(shown[f.Incident], &c)
		}
		v.Groups[f.Status.Rank()].add(c, in)
		v.Cards = append(v.Cards, c)
	}
	for _, level := range report.Confidences {
		if n := confidence[level]; n > 0 {
			v.Confidence = append(v.Confidence, report.KeyValue{Key: string(level), Value: report.Thousands(n)})
		}
	}
}

// maxTold is how many incidents the first screen describes.
const maxTold = 5

// Told holds the incidents on the first screen; Untold counts the others.
func (v *view) Told() []incidentView { return firstOf(v.Tales[:len(v.Tales)-v.Dismissed()], maxTold) }

// Dismissed counts the incidents that the case file dismisses; they come after the others.
func (v *view) Dismissed() int {
	n := 0
	for i := range v.Tales {
		if v.Tales[i].Dismissed() {
			n++
		}
	}
	return n
}

// Identified reports whether a case file names the case, the analyst or the sharing.
func (v *view) Identified() bool {
	return strings.TrimSpace(v.Case.ID+v.Case.Title+v.Case.Analyst+v.Case.TLP) != ""
}

// Dated reports whether the report says when it was made.
func (v *view) Dated() bool { return !strings.HasPrefix(v.Tool.Generated, "not ") }

// Also holds the incidents that the verdict tells in a line each: one more rather than a line that there is one more.
func (v *view) Also() []incidentView {
	told := v.Told()
	if v.Unlisted() == 1 && len(v.Further()) == 1 {
		told = v.Tales[:len(told)+1]
	}
	return told[min(len(told), 1):]
}

// Check is what to check before acting on the rest of what the verdict names, nil if there is nothing.
func (v *view) Check() *report.Recommendation {
	i := slices.IndexFunc(v.Recommendations, func(r report.Recommendation) bool { return r.Kind == report.ActionCheck })
	if i < 3 { // among the first, or nowhere
		return nil
	}
	return &v.Recommendations[i]
}

// Further holds the incidents that the first screen does not describe, for a line each.
func (v *view) Further() []incidentView { return v.Tales[len(v.Told()) : len(v.Tales)-v.Dismissed()] }

// Unlisted counts them, and those that the page leaves out.
func (v *view) Unlisted() int { return len(v.Incidents) - len(v.Told()) - v.Dismissed() }

// rows chooses the timeline rows of the page: first those of findings, then the context of findings, then the rest
// in order of time.
func (v *view) rows(most int) {
	all := v.Timeline
	var chosen []int
	if len(all) <= most {
		chosen = make([]int, len(all))
		for i := range chosen {
			chosen[i] = i
		}
	} else {
		chosen = v.chooseRows(most)
		v.RowsLeftOut = len(all) - len(chosen)
	}
	v.Rows = chosen
	for _, i := range chosen {
		if len(all[i].Findings) == 0 {
			continue
		}
		if len(v.StaticRows) == maxStaticRows {
			v.StaticLeftOut++
			continue
		}
		v.StaticRows = append(v.StaticRows, &all[i])
	}
}

func (v *view) chooseRows(most int) []int {
	taken := make([]bool, len(v.Timeline))
	n := 0
	take := func(i int) {
		if i >= 0 && i < len(taken) && !taken[i] && n < most {
			taken[i] = true
			n++
		}
	}
	for i := range v.Timeline {
		if len(v.Timeline[i].Findings) > 0 {
			take(i)
		}
	}
	for i := range v.Report.Findings {
		for _, row := range v.Report.Findings[i].Context {
			take(row)
		}
	}
	for i := range v.Timeline {
		take(i)
	}
	out := make([]int, 0, n)
	for i, t := range taken {
		if t {
			out = append(out, i)
		}
	}
	return out
}

// filters are the values that the page can be narrowed to.
type filters struct{ Hosts, Users, Techniques []string }

// setFilters collects the values that the page can be narrowed to.
func (v *view) setFilters() {
	hosts, users, techniques := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for i := range v.Report.Hosts {
		hosts[v.Report.Hosts[i].ID] = true
	}
	for i := range v.Report.Findings {
		f := &v.Report.Findings[i]
		hosts[f.Host], users[f.User] = true, true
		for _, t := range f.Techniques {
			techniques[t.ID] = true
		}
	}
	for i := range v.Timeline {
		hosts[v.Timeline[i].Host], users[v.Timeline[i].User] = true, true
	}
	v.Filters = filters{Hosts: sortedKeys(hosts), Users: sortedKeys(users), Techniques: sortedKeys(techniques)}
}

func sortedKeys(m map[string]bool) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		if k != "" {
			out = append(out, mark.Printable(k))
		}
	}
	slices.Sort(out)
	return out
}
