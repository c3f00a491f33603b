package hint

import (
	"fmt"
	"slices"
	"strings"

	"hunt/rules/eql/syntax"
	"hunt/rules/pack"
)

// ecsCategories are the values that ECS allows for event.category.
// Source: Elastic Common Schema 8, "ECS categorization field: event.category".
var ecsCategories = []string{"api", "authentication", "configuration", "database", "driver", "email", "file", "host",
	"iam", "intrusion_detection", "library",
	"malware", "network", "package", "process", "registry", "session", "threat", "vulnerability", "web"}

// StrangeCategories says which categories of a query no event log has, each with what may be meant.
func StrangeCategories(query pack.Query) []string {
	var said []string
	for _, q := range eventQueries(query) {
		if q.Any || slices.Contains(ecsCategories, q.Category) {
			continue
		}
		text := fmt.Sprintf("no event has the category %q", q.Category)
		switch lower := strings.ToLower(q.Category); {
		case lower == "any":
			text += "; to search every category, write `any where …`"
		case slices.Contains(ecsCategories, lower):
			text += ": write " + lower + ", in lower case"
		default:
			text += "; the categories are " + strings.Join(ecsCategories, ", ") + "; to search every category, " +
				"write `any where …`"
		}
		if !slices.Contains(said, text) {
			said = append(said, text)
		}
	}
	return said
}

// ShoutedCategories says that categories are compared with regard to case, of those that are not in lower case.
func ShoutedCategories(query pack.Query) []string {
	var said []string
	for _, q := range eventQueries(query) {
		lower := strings.ToLower(q.Category)
		text := fmt.Sprintf("the case of a category matters: %q is not %q", q.Category, lower)
		if q.Any || lower == q.Category || slices.Contains(said, text) {
			continue
		}
		said = append(said, text)
	}
	return said
}

// eventQueries returns the event queries within an EQL query, in the order of the text, or none if the query does
// not parse.
func eventQueries(query pack.Query) []*syntax.EventQuery {
	if query.Language != pack.EQL {
		return nil
	}
	st, err := syntax.Parse(syntax.Source{Text: query.Text}, pack.Lists())
	if err != nil {
		return nil
	}
	if q, ok := st.Query.(*syntax.EventQuery); ok {
		return []*syntax.EventQuery{q}
	}
	var qs []*syntax.EventQuery
	for _, t := range syntax.Terms(st.Query) {
		qs = append(qs, t.Query)
	}
	return qs
}
