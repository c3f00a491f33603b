package syntax

import (
	"fmt"
	"strings"

	"hunt/spelling"
)

// Pos is a place in a file. The zero value means no place.
type Pos struct {
	Line, Col int // from 1; Col counts code points
}

// Reason says why a document that is sound does not run. The zero value: it is not sound.
type Reason uint8

// The reasons.
const (
	ReasonNone        Reason = iota
	ReasonModifier           // a modifier that hunt does not know
	ReasonPlaceholder        // a placeholder that the user has not defined
	ReasonRegex              // a regular expression that RE2 refuses
	ReasonAggregation        // an aggregation behind a | of the condition
	ReasonCorrelation        // a correlation
	ReasonGlobal             // a document with an action, from before Sigma 2
	ReasonLogSource          // no log answers it that hunt knows
)

// Error is a mistake in a document, or a construct that hunt does not run, with its place.
type Error struct {
	Pos
	Msg    string
	Hint   string // a correction that can be typed, or ""
	Reason Reason // of what does not run
}

// Error returns line:col: message.
func (e *Error) Error() string { return fmt.Sprintf("%d:%d: %s", e.Line, e.Col, e.Msg) }

// Errors are the mistakes of a document, in the order in which they were found.
type Errors []*Error

// Error returns the mistakes one below the other.
func (es Errors) Error() string {
	parts := make([]string, len(es))
	for i, e := range es {
		parts[i] = e.Error()
	}
	return strings.Join(parts, "\n")
}

// nearest returns the text of a list that is most like one that is not in it, or "".
func nearest(text string, list []string) string { return spelling.Nearest(text, list, len(text)/3) }
