package truth

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"hunt/samples"
)

// checkedReport is the part of hunt's JSON report that is held against the truth. Source:
// docs/report.schema.json.
type checkedReport struct {
	Hosts []struct {
		ID      string `json:"id"`
		Records int    `json:"records"`
	} `json:"hosts"`
	Findings   []checkedFinding `json:"findings"`
	Accounting struct {
		Files []struct {
			File string `json:"file"`
			counts
		} `json:"files"`
		Records counts `json:"records"`
		Damage  []struct {
			File string `json:"file"`
			Kind string `json:"kind"`
		} `json:"damage"`
	} `json:"accounting"`
}

type counts struct {
	Read      int `json:"read"`
	Kept      int `json:"kept"`
	Filtered  int `json:"filtered"`
	Duplicate int `json:"duplicate"`
}

type checkedFinding struct {
	ID   string `json:"id"`
	Rule struct {
		ID string `json:"id"`
	} `json:"rule"`
	Host     string   `json:"host"`
	Status   string   `json:"status"`
	Reasons  []string `json:"reasons"`
	Evidence []struct {
		Ref  checkedRef   `json:"ref"`
		Also []checkedRef `json:"also"`
	} `json:"evidence"`
}

type checkedRef struct {
	File          string `json:"file"`
	EventRecordID uint64 `json:"event_record_id"`
}

// checker holds a report against the truth.
type checker struct {
	truth   *Fleet
	report  checkedReport
	wrong   []string
	channel map[string]string // file -> channel
	met     int
	allowed int
}

// Check returns what a report says differently from the truth.
func (t *Fleet) Check(reportJSON []byte) (wrong []string, summary string, err error) {
	c := &checker{truth: t, channel: map[string]string{}}
	if err := json.Unmarshal(reportJSON, &c.report); err != nil {
		return nil, "", err
	}
	for _, h := range t.Hosts {
		for _, f := range h.Files {
			c.channel[f.Path] = f.Channel
		}
	}
	c.totals()
	c.findings()
	planted := 0
	for _, h := range t.Hosts {
		for _, p := range h.Planted {
			planted += len(p.Matches) + len(p.Told)
		}
	}
	summary = fmt.Sprintf("%d hosts, %d records, %d planted matches, %d of them reported, %d more allowed as "+
		"noise, %d differences",
		len(t.Hosts), c.report.Accounting.Records.Read, planted, c.met, c.allowed, len(c.wrong))
	return c.wrong, summary, nil
}

func (c *checker) complain(format string, args ...any) {
	c.wrong = append(c.wrong, fmt.Sprintf(format, args...))
}

// totals holds files, records, copies and damage against the truth, and adds up what the report says.
func (c *checker) totals() {
	files := map[string]counts{}
	var sum counts
	for _, f := range c.report.Accounting.Files {
		files[f.File] = f.counts
		if f.Read != f.Kept+f.Filtered+f.Duplicate {
			c.complain("%s: %d records read are not %d kept and %d filtered and %d copies", f.File,
				f.Read, f.Kept, f.Filtered, f.Duplicate)
		}
		sum.Read, sum.Kept, sum.Filtered, sum.Duplicate = sum.Read+f.Read, sum.Kept+f.Kept,
			sum.Filtered+f.Filtered, sum.Duplicate+f.Duplicate
	}
	if sum != c.report.Accounting.Records {
		c.complain("the files' sums %+v are not the totals %+v", sum, c.report.Accounting.Records)
	}
	damage := map[string][]string{}
	for _, d := range c.report.Accounting.Damage {
		damage[d.File] = append(damage[d.File], d.Kind)
	}
	hosts := map[string]int{}
	for _, h := range c.report.Hosts {
		hosts[h.ID] = h.Records
	}
	if len(c.report.Hosts) != len(c.truth.Hosts) {
		c.complain("%d hosts, want %d", len(c.report.Hosts), len(c.truth.Hosts))
	}
	for _, h := range c.truth.Hosts {
		duplicates := 0
		for _, f := range h.Files {
			got, ok := files[f.Path]
			if !ok {
				c.complain("%s is not in the accounting", f.Path)
				continue
			}
			duplicates += got.Duplicate
			if got.Read != f.Records {
				c.complain("%s: %d records read, want %d", f.Path, got.Read, f.Records)
			}
			if f.Damage == "" && len(damage[f.Path]) > 0 || f.Damage != "" &&
				!slices.Contains(damage[f.Path], f.Damage) {
				c.complain("%s: damage %q, want %q", f.Path, damage[f.Path], f.Damage)
			}
			delete(files, f.Path)
		}
		if duplicates != h.Duplicates {
			c.complain("%s: %d copies, want %d", h.ID, duplicates, h.Duplicates)
		}
		if got, ok := hosts[h.ID]; !ok || got != h.Records-h.Duplicates {
			c.complain("%s: %d records (known: %t), want %d", h.ID, got, ok, h.Records-h.Duplicates)
		}
	}
	for name, n := range files {
		if n.Read > 0 {
			c.complain("%s: %d records of a file that was not made", name, n.Read)
		}
	}
}

// findings holds findings and suppressed matches against what was planted.
func (c *checker) findings() {
	byHost := map[string][]*checkedFinding{}
	for i := range c.report.Findings {
		f := &c.report.Findings[i]
		byHost[f.Host] = append(byHost[f.Host], f)
	}
	lures := map[string]int{}
	for _, h := range c.truth.Hosts {
		for _, p := range h.Planted {
			for _, m := range p.Matches {
				if m.Lure != "" {
					lures[m.Lure]++
				}
			}
		}
	}
	for _, h := range c.truth.Hosts {
		explained := map[*checkedFinding]bool{}
		for _, p := range h.Planted {
			for _, m := range p.Matches {
				i := slices.IndexFunc(byHost[h.ID], func(f *checkedFinding) bool {
					return !explained[f] &&
						c.shows(f, m)
				})
				if i < 0 {
					c.complain("%s: %s: %s is not reported as %s: %s; records %v", h.ID, p.Name, m.Rule,
						m.Status, m.Why, m.Stages)
					continue
				}
				f := byHost[h.ID][i]
				explained[f] = true
				c.met++
				if m.Lure != "" && len(c.truth.Hosts) >= 12 {
					told := fmt.Sprintf("A browser started %s on %d of ", m.Lure, lures[m.Lure])
					if !slices.ContainsFunc(f.Reasons, func(r string) bool { return strings.HasPrefix(r, told) }) {
						c.complain("%s: %s: no reason begins with %q: %q", h.ID, p.Name, told, f.Reasons)
					}
				}
			}
		}
		c.told(h, byHost[h.ID], explained)
		for _, f := range byHost[h.ID] {
			if explained[f] || !c.speaksOf(f) {
				continue
			}
			if c.isNoise(f, h.Allowed) {
				c.allowed++
				continue
			}
			c.complain("%s: %s reports (%s) what was not planted: %s %v", h.ID, f.Rule.ID, f.Status, f.ID, f.Evidence)
		}
		delete(byHost, h.ID)
	}
	for host, list := range byHost {
		c.complain("%d findings on %s, which was not made", len(list), host)
	}
}

// speaksOf reports whether the truth says all that there is to say about a finding.
func (c *checker) speaksOf(f *checkedFinding) bool {
	if len(c.truth.Rules) == 0 {
		return f.Status == samples.Finding
	}
	return f.Status != samples.Partial && slices.Contains(c.truth.Rules, f.Rule.ID)
}

// told looks for what rules must say about a host's shapes, and marks what they may tell.
func (c *checker) told(h Host, findings []*checkedFinding, explained map[*checkedFinding]bool) {
	for _, p := range h.Planted {
		for _, x := range p.Told {
			if !slices.ContainsFunc(findings, func(f *checkedFinding) bool {
				return f.Rule.ID == x.Rule && f.Status == samples.Finding && c.citesAny(f, x.Records)
			}) {
				c.complain("%s: %s: %s does not report it; records %v", h.ID, p.Name, x.Rule, x.Records)
				continue
			}
			c.met++
		}
		for _, f := range findings {
			own := slices.ContainsFunc(p.Told, func(x Told) bool { return x.Rule == f.Rule.ID }) ||
				slices.Contains(p.Also, f.Rule.ID)
			if own && f.Status == samples.Finding && c.citesOnly(f, p.Records) {
				explained[f] = true
			}
		}
	}
}

// citesAny reports whether one of the events of a finding is one of the records, citesOnly whether all are.
func (c *checker) citesAny(f *checkedFinding, records []Record) bool {
	for i := range f.Evidence {
		if c.cites(f, i, records) {
			return true
		}
	}
	return false
}

func (c *checker) citesOnly(f *checkedFinding, records []Record) bool {
	for i, e := range f.Evidence {
		if e.Ref.File != "" && !c.cites(f, i, records) { // else an event that had to be absent
			return false
		}
	}
	return len(f.Evidence) > 0
}

// cites reports whether a piece of evidence is one of the records.
func (c *checker) cites(f *checkedFinding, i int, records []Record) bool {
	e := f.Evidence[i]
	for _, r := range append([]checkedRef{e.Ref}, e.Also...) {
		if slices.Contains(records, Record{c.channel[r.File], r.EventRecordID}) {
			return true
		}
	}
	return false
}

// shows reports whether a finding is the match: rule, status, and for each stage one of its
// records, in order.
func (c *checker) shows(f *checkedFinding, m Match) bool {
	if f.Rule.ID != m.Rule || f.Status != m.Status || len(f.Evidence) != len(m.Stages) {
		return false
	}
	for i, s := range m.Stages {
		if !c.cites(f, i, s) {
			return false
		}
	}
	return true
}

func (c *checker) isNoise(f *checkedFinding, allowed []Allowed) bool {
	for _, a := range allowed {
		if a.Status == f.Status && slices.Contains(a.Rules, f.Rule.ID) && len(f.Evidence) > 0 &&
			c.cites(f, 0, a.Records) {
			return true
		}
	}
	return false
}
