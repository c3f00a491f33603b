package stamp

import (
	"math"
	"testing"
)

func TestASetIsEmptiedAlsoWhereItsRoundsBeginAgain(t *testing.T) {
	var s Set
	for _, round := range []uint32{0, 1, math.MaxUint32 - 1, math.MaxUint32} {
		s.now = round
		s.Empty()
		if !s.Add(7) || s.Add(7) || !s.Add(2) || s.Add(2) {
			t.Errorf("after round %d the set holds what it should not, or lacks what it should hold", round)
		}
	}
}
