package spill

import (
	"math"
	"testing"
)

func TestTheSharesAreTheWholeBudget(t *testing.T) {
	sum := int64(0)
	for s, n := range shares {
		if n <= 0 {
			t.Errorf("share %d has nothing", s)
		}
		sum += n
	}
	if sum != parts {
		t.Errorf("the shares are %d of %d parts", sum, parts)
	}
	for _, b := range []Budget{0, 1000, 16 << 20, 1<<40 + 63, math.MaxInt64} {
		whole := int64(b)
		if b == 0 {
			whole = int64(DefaultBudget)
		}
		sum := int64(0)
		for s := range shareCount {
			sum += b.Of(s)
		}
		if sum > whole || sum < whole-int64(shareCount) {
			t.Errorf("a budget of %d gives out %d", whole, sum)
		}
	}
}

func TestNoShareIsNothing(t *testing.T) {
	for s := range shareCount {
		if n := Budget(1).Of(s); n != 1 {
			t.Errorf("share %d of one byte is %d", s, n)
		}
	}
}
