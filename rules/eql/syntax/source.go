package syntax

import "hunt/rules/source"

// Places and mistakes are those of every rule language; the aliases Source and Pos keep signatures
// short.
type (
	Source = source.Text
	Pos    = source.Pos
	Error  = source.Error
)

// ErrUnsupported matches, with errors.Is, errors about text that is valid EQL, or was in another
// dialect, but that hunt does not run.
var ErrUnsupported = source.ErrUnsupported
