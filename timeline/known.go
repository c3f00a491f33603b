package timeline

import (
	"hunt/evtx"
	"hunt/timeline/ledger"
)

// What a ledger counts is also what a Case tells of its hosts and files.
type (
	EventKind  = ledger.EventKind
	EventCount = ledger.EventCount
	FileStats  = ledger.FileStats
	DayCount   = ledger.DayCount
	Day        = ledger.Day
)

// ErrCounts says that counts which must agree do not.
var ErrCounts = ledger.ErrCounts

// SpanText says how long a span is, in its two largest units.
func SpanText(t evtx.Filetime) string { return ledger.Duration(t) }
