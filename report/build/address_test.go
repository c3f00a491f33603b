package build

import (
	"fmt"
	"testing"

	"hunt/evtx"
	"hunt/report/identity"
)

// An address that two hosts show as their own is nobody's.
func TestAnAddressOfTwoHostsIsNobodys(t *testing.T) {
	t.Parallel()
	const at = 1_000_000 * evtx.TicksPerSecond
	b := &builder{own: map[string]map[string]bool{}}
	addresses := identity.Addresses{}
	b.owns(addresses, "a", "10.0.2.15", at)
	b.owns(addresses, "a", "10.0.0.5", at)
	b.owns(addresses, "b", "10.0.2.15", at)
	if addresses.At("10.0.2.15", at) != "" || addresses.At("10.0.0.5", at) != "a" {
		t.Errorf("10.0.2.15 is %q, 10.0.0.5 %q", addresses.At("10.0.2.15", at), addresses.At("10.0.0.5", at))
	}
}

// A host that shows more addresses than are listed: the rest is counted.
func TestAddressesBeyondTheListAreCounted(t *testing.T) {
	t.Parallel()
	b := &builder{own: map[string]map[string]bool{}}
	for i := range maxOwn + 3 {
		for range 2 { // the same twice
			b.owns(identity.Addresses{}, "a", fmt.Sprintf("10.0.0.%d", i), evtx.TicksPerSecond)
		}
		if named, more := b.addressesOf("a"); len(named) != min(i+1, maxOwn) || more != max(i+1-maxOwn, 0) {
			t.Fatalf("of %d addresses %d are named, %d counted", i+1, len(named), more)
		}
	}
}
