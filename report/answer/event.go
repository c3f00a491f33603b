package answer

import (
	"encoding/json"

	"hunt/rules/eql/document"
	"hunt/rules/hits"
	"hunt/rules/predicate"
	"hunt/timeline"
	ecsdocument "hunt/timeline/ecs/document"
	"hunt/timeline/export"
)

// documentEvent is a JSON document of a result.
type documentEvent struct{ *document.Event }

// DocumentID implements hits.Event.
func (e documentEvent) DocumentID() string { return e.ID }

// Document implements hits.Event.
func (e documentEvent) Document() (json.RawMessage, error) { return e.Source() }

// When implements hits.Shown.
func (e documentEvent) When() string {
	if !e.Timed {
		return ""
	}
	return predicate.TimeValue(e.Nanos).Text()
}

// Sentence implements hits.Shown: a document is shown as it is.
func (e documentEvent) Sentence() string { return "" }

func shownDocument(e *document.Event) hits.Shown { return documentEvent{e} }

// logEvent is a record of an event log of a result.
type logEvent struct{ *timeline.Event }

// DocumentID implements hits.Event.
func (e logEvent) DocumentID() string { return export.DocumentID(e.Event) }

// Document implements hits.Event.
func (e logEvent) Document() (json.RawMessage, error) {
	return ecsdocument.Append(nil, e.Event.Event), nil
}

// When implements hits.Shown.
func (e logEvent) When() string { return e.At.String() }

// Sentence implements hits.Shown.
func (e logEvent) Sentence() string { return e.Message() }

func shownRecord(e *timeline.Event) hits.Shown { return logEvent{e} }
