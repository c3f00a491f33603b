package syntax

import "hunt/rules/source"

// Places and mistakes are those of every rule language; Source and Pos are in each signature here.
type (
	Source = source.Text
	Pos    = source.Pos
	Error  = source.Error
)

// ErrUnsupported is matched (errors.Is) by errors about text that is valid EQL, or was in another
// dialect, but that hunt does not run.
var ErrUnsupported = source.ErrUnsupported
