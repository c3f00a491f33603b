package sequence

import "hunt/rules/predicate"

// Opening tells by the first stage alone whether a match of a program can be under way. Many logs hold hundreds of
// thousands of events that could only go on with a sequence, and hardly one that begins it.
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

// Idle takes the next event of the stream, its time in nanoseconds and the hits that it has in the program, which may
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

// Open takes an event of which it is not known whether it can begin a match.
func (o *Opening) Open(time int64) { o.open, o.at = true, time }
