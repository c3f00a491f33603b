package syntax

import (
	"fmt"
	"strings"

	"hunt/spelling"
)

// Pos is a place in a file. The zero value means no place.
type Pos struct {
	Line, Col int // counted from 1; Col counts code points
}

// Reason says why a valid document does not run. The zero value means that it is not valid.
type Reason uint8

// The reasons.
const (
	ReasonNone        Reason = iota
	ReasonModifier           // a modifier that hunt does not know
	ReasonPlaceholder        // a placeholder that the user has not defined
	ReasonRegex              // a regular expression that RE2 refuses
	ReasonAggregation        // an aggregation after a | in the condition
	ReasonCorrelation        // a correlation
	ReasonGlobal             // a document with an action, from before Sigma 2
	ReasonLogSource          // no log that hunt knows answers it
)

// Error is a mistake in a document, or a construct that hunt does not run, with its place.
type Error struct {
	Pos
	Msg    string
	Hint   string // a correction that can be typed, or ""
	Reason Reason // for something that does not run
}

// Error returns line:col: message.
func (e *Error) Error() string { return fmt.Sprintf("%d:%d: %s", e.Line, e.Col, e.Msg) }

// Errors are the mistakes of a document, in the order in which they were found.
type Errors []*Error

// Error returns the mistakes, one below the other.
func (es Errors) Error() string {
	parts := make([]string, len(es))
	for i, e := range es {
		parts[i] = e.Error()
	}
	return strings.Join(parts, "\n")
}

// nearest returns the text of a list that is most similar to a text, or "".
func nearest(text string, list []string) string { return spelling.Nearest(text, list, len(text)/3) }
