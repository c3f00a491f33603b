// Package hole is what the readers of compressed streams share that continue after damage: how they report it, and
// what searching for the next whole part may cost.
//
// A reader that meets damage returns an [Error] with the bytes before it, and what it returns next follows it.
// Before each search it asks its [Search]; beyond the bound it ends with [ErrSearched].
package hole

import (
	"errors"
	"fmt"
)

// Error says that a part of a compressed stream is damaged, and that what is read next follows it. It does not
// unwrap: where a part ends too early, the stream does not.
type Error struct{ Err error }

func (h *Error) Error() string {
	return fmt.Sprintf("damaged (%v); hunt continued with its next part", h.Err)
}

// Is reports whether an error reports damage behind which reading goes on.
func Is(err error) bool { return errors.As(err, new(*Error)) }

// ErrSearched says that a Search reached its bound.
var ErrSearched = errors.New("it is damaged in so many places that hunt stopped searching for whole parts; unpack " +
	"it with another tool")

// What searching a damaged stream may cost. Real damage stays far below: each damaged part is gone
// through twice.
const (
	searchBytes = 64 << 20
	searchRatio = 4        // bytes for each byte of the stream
	searchCost  = 64 << 10 // of each attempt
)

// Search is what searching one stream has cost so far, in bytes. The zero value is for a stream that was not searched.
type Search struct{ spent int64 }

// Spend adds a search that goes back so many bytes from the farthest offset of a stream. It reports
// whether the stream may be searched so far.
func (s *Search) Spend(back, farthest int64) bool {
	s.spent += max(back, 0) + searchCost
	return s.spent <= searchBytes+searchRatio*farthest
}

// MaxPadding is how many zeros may be behind the end of a stream: tapes and disks fill up their blocks with them.
// More of them can be what damage left of something.
const MaxPadding = 1 << 20
