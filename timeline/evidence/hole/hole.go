// Package hole holds what the readers of compressed streams share that continue after damage: how they report it, and
// how much they may search for the next whole part.
//
// A reader that finds damage returns an [Error] with the bytes before it; its next Read returns what follows the
// damage. Before each search it asks its [Search]; beyond the bound it ends with [ErrSearched].
package hole

import (
	"errors"
	"fmt"
)

// Error says that a part of a compressed stream is damaged, and that the next read returns what follows it. It does
// not unwrap: that a part ends too early does not mean that the stream does.
type Error struct{ Err error }

func (h *Error) Error() string {
	return fmt.Sprintf("damaged (%v); hunt continued with its next part", h.Err)
}

// Is reports whether an error reports damage after which reading continues.
func Is(err error) bool { return errors.As(err, new(*Error)) }

// ErrSearched says that a Search reached its bound.
var ErrSearched = errors.New("it is damaged in so many places that hunt stopped searching for whole parts; unpack " +
	"it with another tool")

// What searching a damaged stream may cost. Real damage stays far below: each damaged part is read twice.
const (
	searchBytes = 64 << 20
	searchRatio = 4        // bytes per byte of the stream
	searchCost  = 64 << 10 // bytes for each attempt
)

// Search counts the bytes that searching one stream has cost so far. The zero value is ready for use.
type Search struct{ spent int64 }

// Spend adds a search that goes back so many bytes from the farthest offset of a stream. It reports whether the bound
// allows it.
func (s *Search) Spend(back, farthest int64) bool {
	s.spent += max(back, 0) + searchCost
	return s.spent <= searchBytes+searchRatio*farthest
}

// MaxPadding is how many zeros may follow the end of a stream: tapes and disks fill up their blocks with them. More
// may be the remains of damaged data.
const MaxPadding = 1 << 20
