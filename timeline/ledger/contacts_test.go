package ledger_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"hunt/timeline/ledger"
)

func TestWhatIsAContact(t *testing.T) {
	same := map[string]string{"CDN.Example.": "cdn.example", "::ffff:203.0.113.9": "203.0.113.9",
		"2001:DB8::1": "2001:db8:0::1"}
	for a, b := range same {
		x, ok := ledger.ContactOf(a)
		if y, _ := ledger.ContactOf(b); !ok || x != y {
			t.Errorf("%s and %s are not the same", a, b)
		}
	}
	for _, text := range []string{"", "ws01", "localhost", "a.localhost", "9.113.0.203.in-addr.arpa", "127.0.0.1",
		"::1", "10.1.2.3", "192.168.0.1", "169.254.1.1", "fe80::1%3", "224.0.0.251", "0.0.0.0", "255.255.255.255",
		"100.64.3.4", "fd00::1", "::ffff:10.0.0.1", string(make([]byte, 300)) + ".example"} {
		if _, ok := ledger.ContactOf(text); ok {
			t.Errorf("%q is a contact", text)
		}
	}
}

// Whichever parts a history is gathered in, the same contacts are kept.
func TestTheContactsThatAreKeptDoNotDependOnTheOrder(t *testing.T) {
	var all []ledger.Contact
	for i := range ledger.MaxContacts + 1000 {
		c, _ := ledger.ContactOf(fmt.Sprintf("%d.example", i))
		all = append(all, c, c)
	}
	want := slices.Sorted(slices.Values(all))
	want = slices.Compact(want)[:ledger.MaxContacts]
	random := rand.New(rand.NewPCG(1, 2))
	for parts := 1; parts < 6; parts += 2 {
		random.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
		whole, away := &ledger.History{}, ledger.NewPasts(t.TempDir(), 1<<30)
		owner := ledger.Owner{Computer: "ws01", File: -1}
		for part := range slices.Chunk(all, len(all)/parts+1) {
			h := &ledger.History{}
			for _, c := range part {
				h.AddContacts(c)
			}
			for piece := range h.Parts() {
				if err := away.Put(owner, piece); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := away.Get(owner, whole); err != nil {
			t.Fatal(err)
		}
		if whole.Order(); !slices.Equal(whole.Contacts, want) {
			t.Errorf("%d parts: %d contacts, or other ones", parts, len(whole.Contacts))
		}
	}
}
