package sequence

import "hunt/rules/predicate"

// Opening decides by the first stage alone whether a match of a program can be in progress. Many logs have hundreds
// of thousands of events that could only continue a sequence, and hardly any that begins one.
type Opening struct {
	watched bool  // every match begins with an event, and ends with another within maxSpan
	maxSpan int64 // nanoseconds, 0 if unlimited
	open    bool
	at      int64 // of the last event that can begin a match
}

// NewOpening returns the opening of a program before the first event of a stream.
func (p *Program) NewOpening() Opening {
	return Opening{watched: p.form == Sequence && !p.terms[0].Missing && !p.Late(), maxSpan: p.maxSpan}
}

// Idle processes the next event of the stream, given its time in nanoseconds and its hits in the program, which may
// be Maybe. It reports whether a matcher of the program would do nothing with the event.
func (o *Opening) Idle(time int64, hits []predicate.Hit) bool {
	if !o.watched {
		return false
	}
	for _, h := range hits {
		if h.Stage == 0 {
			o.open, o.at = true, time
			return false
		}
	}
	return !o.open || o.maxSpan > 0 && elapsed(o.at, time) > o.maxSpan
}

// Open processes an event of which it is unknown whether it can begin a match.
func (o *Opening) Open(time int64) { o.open, o.at = true, time }
