package advice

import (
	"slices"
	"strings"

	"hunt/report"
	"hunt/report/indicator"
)

// hunted are the types of indicators that mean something on other hosts. SHA-256 comes first: it identifies exactly one
// file.
var hunted = []report.IndicatorType{report.IndicatorSHA256, report.IndicatorMD5, report.IndicatorDomain,
	report.IndicatorIP, report.IndicatorURL}

// How many indicators a recommendation names, and how many on the first screen; and how many hosts of each.
const (
	maxHunted      = 100
	maxHuntedBrief = 4
	maxSeenOn      = 2
)

// list is what a step names: first what belongs to the most serious incident.
type list struct{ first, others []string }

func (l *list) add(text string, first bool) {
	if first {
		l.first = append(l.first, text)
	} else {
		l.others = append(l.others, text)
	}
}

func (l *list) all() []string { return slices.Concat(l.first, l.others) }

// hunting names the indicators of the grave findings that mean something on other hosts, too, those of the most serious
// incident first. Domains and addresses of the way in come first, for they can be blocked; of the files, each hash is
// named with the name of its file, and with where it was seen. For a file with a SHA-256 no MD5 is named, unless the
// MD5 was seen on other hosts: two files may have the same name. A copy of a stock program is named by its path: its
// hash is on every host, unless its version information is forged. outside are public addresses from which somebody
// acted, in the findings outsideIDs.
func (c *Case) hunting(grave, outside, outsideIDs []string) []report.Recommendation {
	first := map[string]bool{} // findings of the most serious incident
	if len(c.Incidents) > 0 {
		for _, id := range c.Incidents[0].Findings {
			first[id] = true
		}
	}
	var ids []string
	entries := c.entries()
	var ways, contacts, files list
	blocked := map[string]bool{}
	seen := names{paths: map[string]bool{}, on: map[string][]string{}}
	for _, kind := range hunted {
		for i := range c.Indicators {
			n := &c.Indicators[i]
			copies := c.Stock[strings.ToLower(n.Value)]
			if n.Type != kind || n.Note != "" && len(copies) == 0 || !meet(n.Findings, grave) {
				continue
			}
			leads := slices.ContainsFunc(n.Findings, func(id string) bool { return first[id] })
			switch n.Type {
			case report.IndicatorDomain, report.IndicatorIP, report.IndicatorURL:
				to, text := &contacts, string(n.Type)+" "+short(n)
				if meet(n.Findings, entries) {
					seen := strings.Replace(on(n.Hosts), " on ", ", seen on ", 1)
					to, text = &ways, text+" (part of the way in"+seen+")"
				} else {
					text += " (seen" + on(n.Hosts) + ")"
				}
				to.add(text, leads)
				blocked[n.Value] = true
			default:
				text := c.file(n, copies, &seen)
				if text == "" {
					continue
				}
				files.add(text, leads)
			}
			ids = append(ids, n.Findings...)
		}
	}
	for _, a := range outside {
		if blocked[a] {
			continue
		}
		ways.add("ip "+indicator.Defang(report.IndicatorIP, a)+" (somebody acted from there)", true)
	}
	ids = append(ids, outsideIDs...)
	block := slices.Concat(ways.first, contacts.first, ways.others, contacts.others)
	search := files.all()
	if len(block)+len(search) == 0 {
		return nil
	}
	r := report.Recommendation{Kind: report.ActionHunt, Basis: distinct(ids), Text: hunts(block, search, maxHunted) +
		" The full list, with whole hashes, is under Indicators."}
	if brief := hunts(c.shortened(block), c.shortened(search), maxHuntedBrief); brief != r.Text {
		r.Brief, r.Cut = brief, len(block) > maxHuntedBrief || len(search) > maxHuntedBrief
	}
	return []report.Recommendation{r}
}

// shortened takes the common domain of all hosts from where something was seen.
func (c *Case) shortened(texts []string) []string {
	if c.Domain == "" {
		return texts
	}
	out := slices.Clone(texts)
	for i, t := range out {
		if n := strings.LastIndex(t, "seen"); n >= 0 {
			out[i] = t[:n] + strings.NewReplacer(c.Domain+",", ",", c.Domain+")", ")", c.Domain+" ", " ").Replace(t[n:])
		}
	}
	return out
}

// hunts asks for addresses to be blocked and for files to be looked for.
func hunts(block, search []string, most int) string {
	text := ""
	if len(block) > 0 {
		text = "Block at the proxy, the firewall and in DNS, and find out who else contacted: " +
			report.Few(block, most) + "."
	}
	if len(search) > 0 {
		if text != "" {
			text += " "
		}
		text += "Search the other hosts for " + report.Few(search, most) + "."
	}
	return text
}

// entries are the findings of the ways in of the incidents.
func (c *Case) entries() (ids []string) {
	for i := range c.Incidents {
		if e := &c.Incidents[i].Entry; e.Known {
			ids = append(ids, e.Finding)
		}
	}
	return ids
}

// on says on which hosts something was seen, "" if no record says so.
func on(hosts []string) string {
	if len(hosts) == 0 {
		return ""
	}
	return " on " + report.Few(hosts, maxSeenOn)
}

// meet reports whether two lists have a value in common.
func meet(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

// names are what the files that are named already are called.
type names struct {
	paths map[string]bool
	on    map[string][]string // hosts of the files with a SHA-256, by name
}

// file names the hash of a file, "" if the file is named already.
func (c *Case) file(n *report.Indicator, copies []string, seen *names) string {
	text, file := string(n.Type)+" "+short(n), c.Files[strings.ToLower(n.Value)]
	switch {
	case len(copies) > 0:
		path := report.Few(copies, maxSeenOn)
		if seen.paths[path] {
			return ""
		}
		seen.paths[path] = true
		return path + " (" + text + "; seen" + on(n.Hosts) + ")"
	case file != "":
		if n.Type == report.IndicatorMD5 && within(n.Hosts, seen.on[file]) {
			return ""
		}
		if n.Type == report.IndicatorSHA256 {
			seen.on[file] = append(seen.on[file], n.Hosts...)
		}
		return file + " (" + text + "; seen" + on(n.Hosts) + ")"
	}
	return text + " (seen" + on(n.Hosts) + ")"
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
