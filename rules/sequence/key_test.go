package sequence

import (
	"testing"

	"hunt/rules/predicate"
)

func TestKeysOfWholeNumbersBeyond63BitsStayExact(t *testing.T) {
	x, y := predicate.UnsignedValue(18446744073709551615), predicate.UnsignedValue(18446744073709551614)
	if string(appendKey(nil, x)) == string(appendKey(nil, y)) {
		t.Error("they join")
	}
	if keys := decodeKeys(string(appendKey(nil, x))); len(keys) != 1 || keys[0].Text() != x.Text() {
		t.Errorf("the key of %s comes back as %v", x.Text(), keys)
	}
}
