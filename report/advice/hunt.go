package advice

import (
	"slices"
	"strings"

	"hunt/report"
)

// hunted are the types of indicators that mean something on other hosts. SHA-256 comes first: it identifies exactly one
// file.
var hunted = []report.IndicatorType{report.IndicatorSHA256, report.IndicatorMD5, report.IndicatorURL,
	report.IndicatorDomain, report.IndicatorIP}

// How many indicators a recommendation names, and how many on the first screen; and how many hosts of each.
const (
	maxHunted      = 8
	maxHuntedBrief = 3
	maxSeenOn      = 2
)

// hunting names the indicators of the grave findings that mean something on other hosts, too, those of the most serious
// incident first: a hash with the name of its file, and where each was seen. For a file with a SHA-256 no MD5 is named,
// unless the MD5 was seen on other hosts: two files may have the same name. A copy of a stock program is named by its
// path: its hash is on every host, unless its version information is forged.
func (c *Case) hunting(grave []string) []report.Recommendation {
	first := map[string]bool{} // findings of the most serious incident
	if len(c.Incidents) > 0 {
		for _, id := range c.Incidents[0].Findings {
			first[id] = true
		}
	}
	var values, others, ids, paths []string
	seenOn := map[string][]string{} // hosts of the files with a SHA-256, by name
	for _, kind := range hunted {
		for i := range c.Indicators {
			n := &c.Indicators[i]
			copies := c.Stock[strings.ToLower(n.Value)]
			if n.Type != kind || n.Note != "" && len(copies) == 0 ||
				!slices.ContainsFunc(n.Findings, func(id string) bool { return slices.Contains(grave, id) }) {
				continue
			}
			text, file := string(n.Type)+" "+short(n), c.Files[strings.ToLower(n.Value)]
			open := " ("
			switch {
			case len(copies) > 0:
				path := report.Few(copies, maxSeenOn)
				if slices.Contains(paths, path) {
					continue
				}
				paths, text, open = append(paths, path), path+" ("+text, "; "
			case file != "":
				if kind == report.IndicatorMD5 && within(n.Hosts, seenOn[file]) {
					continue
				}
				if kind == report.IndicatorSHA256 {
					seenOn[file] = append(seenOn[file], n.Hosts...)
				}
				text, open = file+" ("+text, "; "
			}
			text += open + "seen on " + report.Few(n.Hosts, maxSeenOn) + ")"
			if slices.ContainsFunc(n.Findings, func(id string) bool { return first[id] }) {
				values = append(values, text)
			} else {
				others = append(others, text)
			}
			ids = append(ids, n.Findings...)
		}
	}
	values = append(values, others...)
	if len(values) == 0 {
		return nil
	}
	r := report.Recommendation{Kind: report.ActionHunt, Basis: distinct(ids),
		Text: "Search the other hosts for " + report.Few(values, maxHunted) +
			". The full list, with whole hashes, is under Indicators."}
	if len(values) > maxHuntedBrief {
		r.Brief = "Search the other hosts for " + report.Few(values, maxHuntedBrief) + "."
	}
	return []report.Recommendation{r}
}

// shownHash is how many characters of a hash a sentence has; the list of indicators has all.
const shownHash = 12

// short is an indicator as a sentence names it.
func short(n *report.Indicator) string {
	switch n.Type {
	case report.IndicatorSHA256, report.IndicatorMD5:
		return report.Ellipsis(n.Defanged, shownHash+1)
	}
	return n.Defanged
}

// within reports whether a list has all values of another.
func within(values, list []string) bool {
	return !slices.ContainsFunc(values, func(v string) bool { return !slices.Contains(list, v) })
}
