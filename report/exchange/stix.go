package exchange

import (
	"io"
	"slices"
	"strings"
	"time"

	"hunt/report"
)

// STIX 2.1 export. Source: OASIS, STIX Version 2.1 (stix-v2.1-os). Nothing depends on the wall clock or on
// chance: ids are version 5 UUIDs, times are those of the evidence, so that the same report gives the same
// bundle.

// stixObservables is the namespace that the standard sets for the ids of observables (section 2.9).
var stixObservables = namespace{0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c, 0x9c, 0x01, 0xfe, 0xd2, 0x33, 0x15,
	0xa9, 0xb7}

// stixHunt is hunt's own namespace, for everything else: the standard forbids its own there.
var stixHunt = namespace{0x8d, 0x1c, 0x0b, 0x62, 0x3e, 0x57, 0x5a, 0x4b, 0x9f, 0x0a, 0x6b, 0x71, 0xd4, 0x2e, 0x95,
	0xc3}

// stixFixed is the time of the objects that are the same in every bundle: the tool and the techniques. Were
// it another each time, two bundles would hold different versions of one object.
const stixFixed = "2026-01-01T00:00:00.000Z"

// The marking definitions of TLP 2.0. Source: OASIS, cti-stix-common-objects,
// extension-definition-specifications/tlp-2.0.
const stixTLPExtension = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"

var stixTLP = map[string]string{
	"TLP:CLEAR":        "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
	"TLP:GREEN":        "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
	"TLP:AMBER":        "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
	"TLP:AMBER+STRICT": "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
	"TLP:RED":          "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}

// stixObject is an object of a bundle; JSON sorts its members.
type stixObject map[string]any

func (o stixObject) id() string { return o["id"].(string) }

// stixBundle is a bundle being made.
type stixBundle struct {
	r       *report.Report
	asOf    string // the newest time of the evidence
	tool    string // id of the identity
	marking string // id, or ""
	objects []stixObject
	have    map[string]bool
}

// WriteSTIX writes the report's indicators, what was observed, and the techniques as a STIX 2.1 bundle.
// Suppressed findings are left out, and so are as indicators the values that say little by themselves;
// those are in what was observed.
func WriteSTIX(w io.Writer, r *report.Report) error {
	b := &stixBundle{r: r, have: map[string]bool{}}
	b.asOf = stixTime(b.newest())
	tool := stixObject{"type": "identity", "spec_version": "2.1", "id": "identity--" + stixHunt.uuid5("hunt"),
		"created": stixFixed, "modified": stixFixed,
		"name": "hunt", "identity_class": "system",
		"description": "Offline forensic analyzer for Windows event logs."}
	b.tool = tool.id()
	b.add(tool)
	if id := stixTLP[r.Case.TLP]; id != "" {
		b.add(stixObject{"type": "marking-definition", "spec_version": "2.1", "id": id,
			"created": "2022-10-01T00:00:00.000Z", "name": r.Case.TLP,
			"extensions": stixObject{stixTLPExtension: stixObject{"extension_type": "property-extension",
				"tlp_2_0": strings.ToLower(strings.TrimPrefix(r.Case.TLP, "TLP:"))}}})
		b.marking = id
	}
	findings := b.findings()
	refs := b.indicators(findings)
	for _, f := range findings {
		if f.observed != "" {
			refs = append(refs, f.observed)
		}
		refs = append(refs, f.patterns...)
	}
	b.report(sorted(append(refs, b.incidents(findings)...)))
	return writeExport(w, stixObject{"type": "bundle", "id": "bundle--" + stixHunt.uuid5("bundle "+r.ID),
		"objects": b.objects})
}

func (b *stixBundle) add(o stixObject) {
	if !b.have[o.id()] {
		b.have[o.id()] = true
		b.objects = append(b.objects, o)
	}
}

// own makes an object of this report; key tells it from the others of its type. The id covers the report, too: what
// another report says about the same value is a different statement.
func (b *stixBundle) own(kind, key string, more stixObject) stixObject {
	o := stixObject{"type": kind, "spec_version": "2.1", "id": kind + "--" + stixHunt.uuid5(b.r.ID+" "+kind+" "+key),
		"created": b.asOf, "modified": b.asOf, "created_by_ref": b.tool}
	if b.marking != "" {
		o["object_marking_refs"] = []string{b.marking}
	}
	for k, v := range more {
		o[k] = v
	}
	return o
}

// newest is the newest time of the evidence, nil if there is none.
func (b *stixBundle) newest() report.Time {
	var first, last report.Time
	for i := range b.r.Hosts {
		report.Widen(&first, &last, b.r.Hosts[i].Last)
	}
	for i := range b.r.Evidence { // the list of hosts can be cut
		report.Widen(&first, &last, b.r.Evidence[i].Last)
	}
	for i := range b.r.Findings {
		report.Widen(&first, &last, b.r.Findings[i].End)
	}
	return last
}

// stixTime is a time as STIX writes it, cut to milliseconds; the beginning of the Unix epoch stands in for none.
// Log times can be anything; STIX takes four digits of year.
func stixTime(t report.Time) string {
	if t == nil {
		return "1970-01-01T00:00:00.000Z"
	}
	u := t.Time().UTC()
	if u.Year() > 9999 {
		u = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	}
	return u.Format("2006-01-02T15:04:05.000Z")
}

// stixFinding is what a finding became.
type stixFinding struct {
	*report.Finding
	observed string   // id of its observed-data, or ""
	patterns []string // ids of its attack patterns
}

// findings adds what was observed and the techniques of each finding that is not suppressed.
func (b *stixBundle) findings() map[string]*stixFinding {
	open := map[string]bool{}
	for i := range b.r.Findings {
		open[b.r.Findings[i].ID] = b.r.Findings[i].Status != report.StatusSuppressed
	}
	observables := map[string][]string{}
	for i := range b.r.Indicators {
		n := &b.r.Indicators[i]
		if !slices.ContainsFunc(n.Findings, func(f string) bool { return open[f] }) {
			continue
		}
		if id := b.observable(n); id != "" {
			for _, f := range n.Findings {
				observables[f] = append(observables[f], id)
			}
		}
	}
	out := map[string]*stixFinding{}
	for i := range b.r.Findings {
		f := &stixFinding{Finding: &b.r.Findings[i]}
		if f.Status == report.StatusSuppressed {
			continue
		}
		out[f.ID] = f
		for _, t := range f.Techniques {
			if !techniqueID().MatchString(t.ID) {
				continue
			}
			o := stixObject{"type": "attack-pattern", "spec_version": "2.1", "id": "attack-pattern--" +
				stixHunt.uuid5("attack-pattern "+t.ID), "created": stixFixed, "modified": stixFixed,
				"created_by_ref": b.tool, "name": validText(t.Name, t.ID),
				"external_references": []stixObject{{"source_name": "mitre-attack", "external_id": t.ID,
					"url": "https://attack.mitre.org/techniques/" + strings.Replace(t.ID, ".", "/", 1)}}}
			b.add(o)
			f.patterns = append(f.patterns, o.id())
		}
		if refs := sorted(observables[f.ID]); len(refs) > 0 && f.Start != nil && f.End != nil {
			first, last := f.Start, f.End
			if *last < *first {
				first, last = last, first
			}
			n := 0
			for _, e := range f.Evidence {
				if !e.Missing {
					n++
				}
			}
			o := b.own("observed-data", f.ID,
				stixObject{"first_observed": stixTime(first), "last_observed": stixTime(last),
					"number_observed": max(n, 1), "object_refs": refs,
					"external_references": append(b.reference(f.ID), ruleReference(&f.Rule))})
			b.add(o)
			f.observed = o.id()
		}
	}
	return out
}

// reference leads back to the finding in the report.
func (b *stixBundle) reference(finding string) []stixObject {
	return []stixObject{{"source_name": "hunt", "external_id": finding, "description": "finding " + finding +
		" of report " + b.r.ID}}
}

// ruleReference names a rule with its authors and its licence, as licences such as the DRL ask of whoever reports a
// match.
func ruleReference(r *report.RuleRef) stixObject {
	text := "rule " + r.Name
	if c := r.Credit(); c != "" {
		text += " (" + c + ")"
	}
	return stixObject{"source_name": "rule", "external_id": validText(r.ID, "unnamed"),
		"description": validText(text, "rule")}
}

// maxRuleReferences bounds the rules that one indicator names.
const maxRuleReferences = 20

// maxBasedOn bounds the observations that one indicator is said to rest on; one browser can be in every finding.
const maxBasedOn = 20

// stixConfidence is the middle of Low, Med and High on the scale of the standard (appendix A).
var stixConfidence = map[report.Confidence]int{report.ConfidenceHigh: 85, report.ConfidenceMedium: 50,
	report.ConfidenceLow: 15}

// stixSure is how sure an indicator is, and what its description ends with: if the version information of a hash is
// true, it matches on every host.
func stixSure(n *report.Indicator, of report.Confidence) (confidence int, note string) {
	if n.Stock {
		return stixConfidence[report.ConfidenceLow], " Note: " + n.Note + "."
	}
	return stixConfidence[of], ""
}

// indicators adds an indicator for each value that says something by itself, and its relationships. It
// returns their ids.
func (b *stixBundle) indicators(findings map[string]*stixFinding) []string {
	var out []string
	for i := range b.r.Indicators {
		n := &b.r.Indicators[i]
		pattern := stixPattern(n)
		if pattern == "" || n.Note != "" && !n.Stock {
			continue
		}
		var lead *stixFinding // the weightiest open finding with this value
		var refs, patterns, observed []string
		var rules []stixObject
		named := map[string]bool{}
		for _, id := range n.Findings {
			f := findings[id]
			if f == nil {
				continue
			}
			refs = append(refs, id)
			if !named[f.Rule.ID] {
				named[f.Rule.ID] = true
				if len(rules) < maxRuleReferences {
					rules = append(rules, ruleReference(&f.Rule))
				}
			}
			patterns = append(patterns, f.patterns...)
			if f.observed != "" {
				observed = append(observed, f.observed)
			}
			if lead == nil || slices.Compare(weightOf(f.Finding), weightOf(lead.Finding)) < 0 {
				lead = f
			}
		}
		if lead == nil {
			continue
		}
		kind := "anomalous-activity"
		if lead.Status == report.StatusFinding && lead.Rule.Severity.AtLeast(report.SeverityHigh) &&
			lead.Confidence != report.ConfidenceLow {
			kind = "malicious-activity"
		}
		confidence, note := stixSure(n, lead.Confidence)
		o := b.own("indicator", string(n.Type)+" "+n.Value, stixObject{
			"name":            string(n.Type) + " " + strings.ToValidUTF8(n.Defanged, "\ufffd"),
			"indicator_types": []string{kind}, "pattern": pattern, "pattern_type": "stix", "pattern_version": "2.1",
			"valid_from": stixTime(n.First), "confidence": confidence,
			"description": "Seen in " + report.Few(refs, 10) + " of hunt report " + b.r.ID + ", at most of " +
				string(lead.Rule.Severity) + " severity." + leftOut(len(named)-len(rules), len(observed)-maxBasedOn) +
				note,
			"external_references": rules,
		})
		b.add(o)
		out = append(out, o.id())
		for _, p := range sorted(patterns) {
			out = append(out, b.relate(o.id(), "indicates", p))
		}
		for _, d := range observed[:min(len(observed), maxBasedOn)] {
			out = append(out, b.relate(o.id(), "based-on", d))
		}
	}
	return out
}

// leftOut says how many rules and observations of an indicator are not named.
func leftOut(rules, observed int) (text string) {
	if rules > 0 {
		text += " " + report.Count(rules, "further rule is", "further rules are") + " not named."
	}
	if observed > 0 {
		text += " " + report.Count(observed, "further observation is", "further observations are") + " not linked."
	}
	return text
}

func weightOf(f *report.Finding) []int {
	return []int{f.Status.Rank(), f.Rule.Severity.Rank(), f.Confidence.Rank()}
}

func (b *stixBundle) relate(from, how, to string) string {
	o := b.own("relationship", from+" "+how+" "+to,
		stixObject{"relationship_type": how, "source_ref": from, "target_ref": to})
	b.add(o)
	return o.id()
}

func (b *stixBundle) report(refs []string) {
	name := "hunt report " + b.r.ID
	if b.r.Case.Title != "" {
		name = strings.ToValidUTF8(b.r.Case.Title, "\ufffd")
	}
	if len(refs) == 0 {
		refs = []string{b.tool} // a report names at least one object
	}
	types := []string{"observed-data"}
	if slices.ContainsFunc(refs, func(id string) bool { return strings.HasPrefix(id, "indicator--") }) {
		types = []string{"indicator", "observed-data"}
	}
	lines := append([]string{"Verdict: " + b.r.Summary.Headline + "."}, b.r.Summary.Lines...)
	if len(b.r.Summary.NotSeen) > 0 {
		lines = append(append(lines, "What could not be seen:"), b.r.Summary.NotSeen...)
	}
	b.add(b.own("report", "", stixObject{"name": name,
		"description": strings.ToValidUTF8(strings.Join(lines, "\n"), "\ufffd"), "report_types": types,
		"published": b.asOf, "object_refs": refs}))
}

// sorted sorts a set in place and drops repetitions.
func sorted(set []string) []string {
	slices.Sort(set)
	return slices.Compact(set)
}
