package timeline

import (
	"hunt/evtx"
	"hunt/timeline/ledger"
)

// What a ledger counts is also what a Case tells of its hosts and files.
type (
	EventKind  = ledger.EventKind
	EventCount = ledger.EventCount
	File       = ledger.File
	FileStats  = ledger.FileStats
	Clock      = ledger.Clock
	DayCount   = ledger.DayCount
	Day        = ledger.Day
)

// The clocks.
const (
	ClockCreated = ledger.ClockCreated
	ClockUTC     = ledger.ClockUTC
)

// ErrCounts says that counts which must agree do not.
var ErrCounts = ledger.ErrCounts

// SpanText says how long a span is, in its two largest units.
func SpanText(t evtx.Filetime) string { return ledger.Duration(t) }
