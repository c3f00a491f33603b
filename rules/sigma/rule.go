package sigma

import (
	"fmt"
	"strings"

	"hunt/rules/sigma/logsource"
	"hunt/rules/sigma/syntax"
)

// Rule is a Sigma rule whose log source and field names are resolved.
type Rule struct {
	Doc     *syntax.Document
	Dialect logsource.Dialect
	Sources []logsource.Source // none: all events
	Answer  logsource.Answer

	fields  map[*syntax.Item]logsource.Field
	others  map[*syntax.Value]logsource.Field // of fieldref
	parts   map[*syntax.Value][]syntax.Part   // of texts, as they compare
	where   []logsource.Field                 // by source
	filters []*syntax.Document                // whose conditions must also be true
}

// Bind gives a rule document its meaning. The document must be valid (no Mistakes). filters are documents about
// the rule.
func Bind(doc *syntax.Document, fs *logsource.Fields, filters ...*syntax.Document) *Rule {
	r := &Rule{
		Doc: doc, filters: filters, fields: map[*syntax.Item]logsource.Field{},
		others: map[*syntax.Value]logsource.Field{}, parts: map[*syntax.Value][]syntax.Part{},
	}
	src := doc.LogSource
	switch {
	case IsHayabusa(doc):
		r.Dialect = logsource.Hayabusa
	default:
		r.Sources, r.Answer = logsource.Find(src.Product, src.Category, src.Service)
		if src.Category != "" {
			r.Dialect = logsource.Viewed
		}
	}
	for _, s := range r.Sources {
		f := logsource.Field(-1)
		if s.Where != nil {
			f = fs.Field(logsource.Raw, s.Where.Field)
		}
		r.where = append(r.where, f)
	}
	for _, d := range append([]*syntax.Document{doc}, filters...) {
		for _, s := range d.Detection.Selections {
			for _, g := range s.Groups {
				for _, item := range g {
					r.fields[item] = fs.Field(r.Dialect, item.Field)
					for _, v := range item.Values {
						r.value(item, v, fs)
					}
				}
			}
		}
	}
	return r
}

// value prepares a value of an item.
func (r *Rule) value(item *syntax.Item, v *syntax.Value, fs *logsource.Fields) {
	switch {
	case v.Kind == syntax.FieldRef:
		r.others[v] = fs.Field(r.Dialect, v.Field)
	case v.Kind == syntax.Text && item.Cased:
		r.parts[v] = v.Parts
	case v.Kind == syntax.Text:
		r.parts[v] = foldParts(v.Parts)
	}
}

// IsHayabusa reports whether a rule is one of hayabusa-rules: its selections name the channel, and its log
// source says nothing more.
func IsHayabusa(doc *syntax.Document) bool {
	return strings.EqualFold(doc.RuleType, "hayabusa") || strings.EqualFold(doc.RuleType, "sigma")
}

// Unanswerable returns, in a sentence without a full stop, why no event log can answer the rule, "" if one can.
func (r *Rule) Unanswerable() string {
	src := r.Doc.LogSource
	switch r.Answer {
	case logsource.NoLog:
		return fmt.Sprintf("no event log holds the category %s: only a trace of the provider "+
			"Microsoft-Windows-Kernel-File does", src.Category)
	case logsource.OtherProduct:
		return fmt.Sprintf("it is about the product %s, not Windows", src.Product) + r.meant()
	case logsource.NoOverlap:
		return fmt.Sprintf("the service %s does not log the category %s", src.Service, src.Category)
	case logsource.Unknown:
		return "no log of this kind is known to hunt: " + describe(src) + r.meant()
	}
	return ""
}

// meant asks whether another name is meant by one that hunt does not know.
func (r *Rule) meant() string {
	src := r.Doc.LogSource
	if near := logsource.NearSource(src.Product, src.Category, src.Service); near != "" {
		return "; did you mean " + near + "?"
	}
	return ""
}

// Misnamed returns what is wrong with the name of the log source, with its place; nil if hunt knows it, or if
// nothing is near it.
func (r *Rule) Misnamed() *syntax.Error {
	src := r.Doc.LogSource
	if src.Product+src.Category+src.Service == "" {
		return &syntax.Error{Pos: src.Pos, Msg: "the log source is empty",
			Hint: "add product: windows and a category or service", Reason: syntax.ReasonLogSource}
	}
	near := logsource.NearSource(src.Product, src.Category, src.Service)
	if near == "" {
		return nil
	}
	e := &syntax.Error{Hint: "did you mean " + near + "?", Reason: syntax.ReasonLogSource}
	_, known := logsource.Find("", src.Category, "")
	switch {
	case r.Answer == logsource.OtherProduct:
		e.Pos, e.Msg = src.ProductPos, fmt.Sprintf("the product %s is not Windows", src.Product)
	case src.Category != "" && known == logsource.Unknown:
		e.Pos, e.Msg = src.CategoryPos, "hunt knows no category "+src.Category
	default:
		e.Pos, e.Msg = src.ServicePos, "hunt knows no service "+src.Service
	}
	return e
}

// Doubts returns names of fields that no event of the log source has, or that look misspelt, without
// duplicates.
func (r *Rule) Doubts() []*syntax.Error {
	if r.Dialect == logsource.Hayabusa || r.Answer != logsource.Answered {
		return nil
	}
	var out []*syntax.Error
	seen := map[string]bool{}
	for _, s := range r.Doc.Detection.Selections {
		for _, g := range s.Groups {
			for _, item := range g {
				if seen[item.Field] {
					continue
				}
				seen[item.Field] = true
				odd, meant := logsource.Doubt(r.Doc.LogSource.Category, r.Sources, item.Field)
				if odd == "" {
					continue
				}
				e := &syntax.Error{Pos: item.Pos, Msg: odd,
					Hint: "correct the name, or leave it where your events have such a field"}
				if meant != "" {
					e.Hint = "did you mean " + meant + "?"
				}
				out = append(out, e)
			}
		}
	}
	return out
}

func describe(src syntax.LogSource) string {
	var parts []string
	for _, p := range [][2]string{{"product", src.Product}, {"category", src.Category}, {"service", src.Service}} {
		if p[1] != "" {
			parts = append(parts, p[0]+" "+p[1])
		}
	}
	if len(parts) == 0 {
		return "the log source is empty"
	}
	return strings.Join(parts, ", ")
}
