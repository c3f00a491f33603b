package pack

import (
	"path"
	"strconv"
	"strings"

	"hunt/rules/kql"
	"hunt/rules/predicate"
)

// elasticFile is the part of Elastic's published rule format that matters here; other keys are let through.
type elasticFile struct {
	Metadata struct {
		Maturity string `toml:"maturity"`
	} `toml:"metadata"`
	Rule struct {
		RuleID         string   `toml:"rule_id"`
		Name           string   `toml:"name"`
		Description    string   `toml:"description"`
		Version        any      `toml:"version"` // a number where it is given
		Severity       string   `toml:"severity"`
		Type           string   `toml:"type"`
		Language       string   `toml:"language"`
		Index          []string `toml:"index"`
		Query          string   `toml:"query"`
		References     []string `toml:"references"`
		FalsePositives []string `toml:"false_positives"`
		Tags           []string `toml:"tags"`
		Author         []string `toml:"author"`
		License        string   `toml:"license"`
		Note           string   `toml:"note"`
		Setup          string   `toml:"setup"`
		BuildingBlock  string   `toml:"building_block_type"`
		Category       string   `toml:"event_category_override"`
		Filters        []any    `toml:"filters"`
		Threshold      any      `toml:"threshold"`
		NewTerms       any      `toml:"new_terms"`
		Threat         []struct {
			Framework string `toml:"framework"`
			Tactic    struct {
				ID   string `toml:"id"`
				Name string `toml:"name"`
			} `toml:"tactic"`
			Technique []elasticTechnique `toml:"technique"`
		} `toml:"threat"`
	} `toml:"rule"`
}

type elasticTechnique struct {
	ID           string             `toml:"id"`
	Name         string             `toml:"name"`
	SubTechnique []elasticTechnique `toml:"subtechnique"`
}

// parseElastic reads a rule as Elastic publishes it. A rule of a type that hunt does not run, or for
// data that event logs do not hold, is returned with Skip set.
func parseElastic(d *document) (*Rule, error) {
	var f elasticFile
	if err := d.decode(&f, false); err != nil {
		return nil, err
	}
	e := f.Rule
	r := &Rule{
		ID: e.RuleID, Name: e.Name, Description: strings.TrimSpace(e.Description), Version: scalarText(e.Version),
		References: e.References, FalsePositives: e.FalsePositives, Tags: e.Tags, Indexes: e.Index,
		Author: strings.Join(e.Author, ", "), License: e.License, Guidance: guidance(e.Note, e.Setup),
		Query: e.Query, Confidence: Medium, doc: d, idPath: "rule.rule_id", queryPath: "rule.query",
	}
	var es Errors
	es = append(es, checkID(d, "rule.rule_id", e.RuleID)...)
	if strings.TrimSpace(e.Name) == "" {
		es = append(es, missingKey(d, "rule.name", `name = "what the rule detects"`))
	}
	r.Severity = SeverityMedium
	if d.has("rule.severity") {
		s, err := ParseSeverity(e.Severity)
		if err != nil {
			es = append(es, d.errorIn("rule.severity", "%s", err))
		}
		r.Severity = s
	}
	if e.BuildingBlock != "" {
		r.Confidence = Low // Elastic's building blocks are signals for other rules, not alerts
	}
	r.Techniques = f.techniques()
	switch {
	case e.Type == "":
		es = append(es, missingKey(d, "rule.type", `type = "eql"`))
	case notRun(e.Type, e.Language) != "":
		r.Skip = notRun(e.Type, e.Language)
	case strings.TrimSpace(e.Query) == "":
		es = append(es, missingKey(d, "rule.query", "query = '''process where …'''"))
	case len(e.Filters) > 0 && e.Language != kuery:
		r.Skip = "it has filters, which hunt applies only to KQL, and without them it would match what they exclude: write them into the query"
	case e.Threshold != nil, e.NewTerms != nil:
		r.Skip = "it counts matches (threshold, new_terms), which hunt does not do"
	case e.Category != "" && e.Category != "event.category":
		r.Skip = "it takes its categories from the field " + strconv.Quote(e.Category) + " (event_category_override); hunt supports only event.category"
	default:
		r.Skip = needsOtherData(e.Index)
	}
	r.QueryLine = d.queryLine("rule.query", e.Query)
	if e.Language == kuery {
		r.Language = KQL
		r.compile = func(s predicate.Schema) (Compiled, error) {
			c, err := Query{KQL, r.Query}.compile(s, kql.Options{File: d.file, Line: r.QueryLine, Filters: e.Filters})
			if err != nil {
				return nil, r.queryError(err)
			}
			return c, nil
		}
	}
	return r, es.sort().err()
}

// techniques are those that the rule names, each before its sub-techniques.
func (f *elasticFile) techniques() []Technique {
	var out []Technique
	for _, t := range f.Rule.Threat {
		for _, q := range t.Technique {
			out = append(out, Technique{q.ID, q.Name, t.Tactic.ID, t.Tactic.Name})
			for _, s := range q.SubTechnique {
				out = append(out, Technique{s.ID, s.Name, t.Tactic.ID, t.Tactic.Name})
			}
		}
	}
	return out
}

// guidance joins the investigation guide of a rule and what must be set up for it.
func guidance(note, setup string) string {
	return strings.TrimSpace(strings.TrimSpace(note) + "\n\n" + strings.TrimSpace(setup))
}

// kuery is what Elastic calls KQL.
const kuery = "kuery"

// notRun returns why hunt does not run rules of a type in a language, or "". A type without a language has EQL.
func notRun(typ, language string) string {
	switch {
	case typ == "eql" && (language == "eql" || language == ""), typ == "query" && language == kuery:
		return ""
	case typ == "esql" || language == "esql":
		return "it is written in ES|QL, which hunt does not run"
	case language == "lucene":
		return "it is written in Lucene's query language, which hunt does not run"
	case typ == "threshold", typ == "new_terms":
		return "rules of type " + strconv.Quote(typ) + " count or remember matches, which hunt does not do"
	case typ == "eql" || typ == "query":
		return "its query language " + strconv.Quote(language) + " is neither EQL nor KQL"
	}
	return "hunt does not run rules of type " + strconv.Quote(typ)
}

// scalarText is a version that may be written as a number or a string.
func scalarText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return ""
}

// dataStreams are names that Elastic's agents give to what Windows event logs hold. A rule runs if one of its index
// patterns takes in one of them (docs.elastic.co: integrations windows and system; winlogbeat).
var dataStreams = []string{
	"winlogbeat-9.0.0",
	"logs-windows.forwarded-default",
	"logs-windows.sysmon_operational-default",
	"logs-windows.powershell-default",
	"logs-windows.powershell_operational-default",
	"logs-windows.windows_defender-default",
	"logs-windows.applocker_exe_and_dll-default",
	"logs-system.security-default",
	"logs-system.system-default",
	"logs-system.application-default",
	"logs-winlog.winlog-default",
}

// takesIn reports whether an index pattern takes in a stream, in whatever version or namespace:
// what stands behind its last hyphen.
func takesIn(pattern, stream string) bool {
	if ok, err := path.Match(pattern, stream); err == nil && ok {
		return true
	}
	literal, _, _ := strings.Cut(pattern, "*")
	return strings.HasPrefix(literal, stream[:strings.LastIndexByte(stream, '-')+1])
}

// needsOtherData returns why a rule with these index patterns has nothing to read in event logs, or "".
func needsOtherData(indexes []string) string {
	if len(indexes) == 0 {
		return ""
	}
	endpoint := true
	for _, pattern := range indexes {
		if i := strings.LastIndexByte(pattern, ':'); i >= 0 {
			pattern = pattern[i+1:] // a remote cluster's name
		}
		for _, stream := range dataStreams {
			if takesIn(strings.TrimPrefix(pattern, ".ds-"), stream) {
				return ""
			}
		}
		if !strings.HasPrefix(pattern, "logs-endpoint") && !strings.HasPrefix(pattern, "endgame") {
			endpoint = false
		}
	}
	if endpoint {
		return "needs endpoint data: " + strings.Join(indexes, ", ")
	}
	return "needs data that event logs do not hold: " + strings.Join(indexes, ", ")
}
