package fact

import (
	"slices"
	"strings"
	"unicode/utf8"

	"hunt/limit"
	"hunt/timeline"
	"hunt/timeline/ecs"
)

// Spread holds the values that the events of a run of hits have in a field.
type Spread struct {
	Field  ecs.Field
	Values []string // the first different ones
	More   int      // events whose value is not among them
}

const (
	// maxSpread bounds the values of a Spread.
	maxSpread = 8
	// maxSpreadValue bounds each, in bytes.
	maxSpreadValue = 256
)

// BoundSpread says that not all values of a field are listed.
var BoundSpread = limit.Bound{ID: "rules-different-values",
	Text: "a finding lists the first 8 values, of up to 256 bytes each, that its events have in a field"}

// spreadFields are the fields whose values are compared, in the order in which they are shown.
var spreadFields = [...]ecs.Field{
	ecs.ProcessExecutable, ecs.ProcessCommandLine, ecs.ProcessParentExecutable, ecs.UserName, ecs.SourceIP,
	ecs.WinlogLogonType,
	ecs.DestinationIP, ecs.DNSQuestionName, ecs.FilePath, ecs.RegistryPath, ecs.ServiceName,
}

// Look is what the events of a run are compared by: the values of spreadFields, and a mark that is equal for events
// with the same values.
type Look struct {
	values [len(spreadFields)]string
	mark   uint64
}

// LookOf returns the look of an event.
func LookOf(e *timeline.Event) *Look {
	l := &Look{}
	for i, field := range spreadFields {
		l.values[i] = Text(e, field)
		l.mark = Mark(l.mark, l.values[i])
	}
	return l
}

// Spreads adds the look of an event to what it returned for the events before, nil for the first, and returns the
// event's mark.
func Spreads(list []Spread, l *Look) ([]Spread, uint64) {
	if list == nil {
		list = make([]Spread, len(spreadFields))
	}
	for i, v := range l.values {
		if v == "" {
			continue
		}
		d := &list[i]
		d.Field = spreadFields[i]
		v = cutText(v)
		switch {
		case slices.Contains(d.Values, v):
		case len(d.Values) < maxSpread:
			d.Values = append(d.Values, strings.Clone(v)) // the event's text is not kept
		default:
			d.More++
		}
	}
	return list, l.mark
}

// cutText cuts a text to maxSpreadValue bytes.
func cutText(s string) string {
	if len(s) <= maxSpreadValue {
		return s
	}
	n := maxSpreadValue
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

// Different returns the fields whose values differ.
func Different(list []Spread) []Spread {
	return slices.DeleteFunc(list, func(d Spread) bool { return len(d.Values) < 2 })
}

// Spreading reports whether a field can have a Spread.
func Spreading(f ecs.Field) bool { return slices.Contains(spreadFields[:], f) }
