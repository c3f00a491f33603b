package sigma

import (
	"hunt/rules/predicate"
	"hunt/rules/sigma/logsource"
)

// Event gives predicates the fields of the record to which a view is bound.
type Event struct {
	View *logsource.View

	texts []string
}

// Values implements predicate.Event, for fields from FirstField on.
func (e *Event) Values(f predicate.FieldID, dst []predicate.Value) []predicate.Value {
	e.texts = e.View.Append(e.texts[:0], logsource.Field(f-FirstField))
	for _, s := range e.texts {
		dst = append(dst, predicate.StringValue(s))
	}
	return dst
}

// Lacks implements predicate.Parted, for the same fields.
func (e *Event) Lacks(f predicate.FieldID, s *predicate.Search) (lacks, ok bool) {
	if logsource.Field(f-FirstField) != logsource.KeywordTexts {
		return false, false
	}
	return e.View.TextsLack(s), true
}

// Once is Values without the second forms that some values have for comparisons: for grouping and
// counting, each value counts once. Trailing blanks are ignored.
func (e *Event) Once(f predicate.FieldID, dst []predicate.Value) []predicate.Value {
	e.texts = e.View.AppendOnce(e.texts[:0], logsource.Field(f-FirstField))
	for _, s := range e.texts {
		dst = append(dst, predicate.StringValue(s))
	}
	return dst
}

// Static returns the values of a field that all events of a channel, provider and event id share; ok
// is false if they depend on the event.
func Static(fs *logsource.Fields, f predicate.FieldID, channel, provider string, id uint32) (vs []predicate.Value,
	ok bool) {
	texts, ok := fs.Static(logsource.Field(f-FirstField), channel, provider, id)
	for _, s := range texts {
		vs = append(vs, predicate.StringValue(s))
	}
	return vs, ok
}

// Document gives predicates the fields of JSON documents: a logsource.Document whose fields are those
// from FirstField on.
type Document struct {
	*logsource.Document

	texts []string
}

// Values implements predicate.Event.
func (d *Document) Values(f predicate.FieldID, dst []predicate.Value) []predicate.Value {
	d.texts = d.Append(d.texts[:0], logsource.Field(f-FirstField))
	for _, s := range d.texts {
		dst = append(dst, predicate.StringValue(s))
	}
	return dst
}
