package pack

import (
	"slices"
	"strconv"
	"strings"

	"hunt/rules/kql"
	"hunt/rules/predicate"
	"hunt/spelling"
)

// elasticFile is the part of Elastic's published rule format that matters here; elasticKeys describes the other
// keys.
type elasticFile struct {
	Metadata struct {
		Maturity string `toml:"maturity"`
		Created  any    `toml:"creation_date"`
		Updated  any    `toml:"updated_date"`
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
		Licence        string   `toml:"license"`
		Note           string   `toml:"note"`
		Setup          string   `toml:"setup"`
		BuildingBlock  string   `toml:"building_block_type"`
		Category       string   `toml:"event_category_override"`
		Filters        []any    `toml:"filters"`
		From           string   `toml:"from"`
		MaxSignals     int64    `toml:"max_signals"`
		Suppression    *struct {
			GroupBy  []string `toml:"group_by"`
			Duration struct {
				Value int64  `toml:"value"`
				Unit  string `toml:"unit"`
			} `toml:"duration"`
			Missing string `toml:"missing_fields_strategy"`
		} `toml:"alert_suppression"`
		Exceptions []struct {
			ListID string `toml:"list_id"`
		} `toml:"exceptions_list"`
		Investigation struct {
			FieldNames []string `toml:"field_names"`
		} `toml:"investigation_fields"`
		Threshold elasticThreshold `toml:"threshold"`
		NewTerms  elasticNewTerms  `toml:"new_terms"`
		elasticTopTerms
		Threat []struct {
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
		Author: strings.Join(e.Author, ", "), Licence: e.Licence, Guidance: guidance(e.Note, e.Setup),
		BuildingBlock: e.BuildingBlock != "", LookAt: e.Investigation.FieldNames, Filters: kql.FilterTexts(e.Filters),
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
	if r.BuildingBlock {
		r.Confidence = Low // Elastic's building blocks are signals for other rules, not alerts
	}
	r.Techniques, r.Notices = f.techniques(), f.notices(d)
	es = append(es, f.run(d, r)...)
	return r, es.sort().err()
}

// run determines how the rule runs, or why it does not.
func (f *elasticFile) run(d *document, r *Rule) (es Errors) {
	e := &f.Rule
	kql := e.Language == kuery || e.Language == "" && slices.Contains(kueryTypes, e.Type)
	switch {
	case e.Type == "":
		es = append(es, missingKey(d, "rule.type", `type = "eql"`))
	case notRun(e.Type, e.Language) != "":
		r.Skip = notRun(e.Type, e.Language)
	case strings.TrimSpace(e.Query) == "" && !kql: // the empty query of KQL matches everything
		es = append(es, missingKey(d, "rule.query", "query = '''process where …'''"))
	case e.Category != "" && e.Category != "event.category":
		r.Skip = "it takes its categories from the field " + strconv.Quote(e.Category) +
			" (event_category_override); hunt supports only event.category"
	default:
		if r.Skip = needsOtherData(e.Index); r.Skip != "" {
			r.Off = OffSource
		}
	}
	r.QueryLine = d.queryLine("rule.query", e.Query)
	if kql {
		r.Language = KQL
	}
	counting, ces := f.counting(d)
	if es = append(es, ces...); counting != nil {
		r.Counting = counting.String()
	}
	r.compile = func(s predicate.Schema) (Compiled, error) { return f.compile(r, counting, s) }
	return es
}

// compile compiles the query, its filters, and what is counted among its events.
func (f *elasticFile) compile(r *Rule, counting *counting, s predicate.Schema) (Compiled, error) {
	c, err := Query{r.Language, r.Query}.compile(s, r.doc.file, r.QueryLine)
	if err != nil {
		return nil, r.queryError(err)
	}
	if len(f.Rule.Filters) > 0 {
		if c, err = r.narrowed(c, f.Rule.Filters, s); err != nil {
			return nil, err
		}
	}
	if len(r.Notices) > 0 {
		c = &noticed{c, append(slices.Clone(c.Warnings()), r.Notices...)}
	}
	if counting != nil {
		return counting.of(c, s, r)
	}
	return c, nil
}

// noticed is a compiled rule with further remarks about its file.
type noticed struct {
	Compiled
	warnings []string
}

// Warnings implements Compiled.
func (n *noticed) Warnings() []string { return n.warnings }

// techniques returns the techniques that the rule names, each before its sub-techniques.
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

// kueryTypes are the types of rules whose language is KQL unless they say otherwise.
var kueryTypes = []string{"query", typeThreshold, typeNewTerms}

// The types of rules that count.
const (
	typeThreshold = "threshold"
	typeNewTerms  = "new_terms"
)

// notRun returns why hunt does not run rules of a type in a language, or "". A type without a language has its usual
// one.
func notRun(typ, language string) string {
	switch {
	case typ == "eql" && (language == "eql" || language == ""):
		return ""
	case slices.Contains(kueryTypes, typ) && (language == kuery || language == ""):
		return ""
	case typ == "esql" || language == "esql":
		return "it is written in ES|QL, which hunt does not run"
	case language == "lucene":
		return "it is written in Lucene's query language, which hunt does not run"
	case typ == "eql" || slices.Contains(kueryTypes, typ):
		return "its query language " + strconv.Quote(language) + " is neither EQL nor KQL"
	}
	why := "hunt does not run rules of type " + strconv.Quote(typ)
	if near := spelling.Nearest(typ, append([]string{"eql"}, kueryTypes...), 2); near != "" {
		why += "; did you mean " + near + "?"
	}
	return why
}

// scalarText returns a version that may be written as a number or a string.
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
