// Package stamp has a set of small numbers that can be emptied in one step.
package stamp

// A Set holds small numbers. It takes as much memory as the largest number that was ever in it. The zero value is
// ready after Empty.
type Set struct {
	of  []uint32 // by number: the round in which it was added last
	now uint32
}

// Empty takes all numbers out of the set.
func (s *Set) Empty() {
	if s.now++; s.now == 0 {
		clear(s.of)
		s.now = 1
	}
}

// Add adds a number, and reports whether it was not there.
func (s *Set) Add(n int) bool {
	if n >= len(s.of) {
		s.of = append(s.of, make([]uint32, n+1-len(s.of))...)
	}
	if s.of[n] == s.now {
		return false
	}
	s.of[n] = s.now
	return true
}
