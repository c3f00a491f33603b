package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"

	"hunt/limit"
	"hunt/timeline/spill"
)

// Contact is a domain or an address that events of a host name, as the first 64 bits of its SHA-256: nobody can make
// a domain that counts as a given other one.
type Contact uint64

// MaxContacts bounds the contacts that are kept of a host. Those with the lowest hashes are kept, so that the same
// ones are kept whatever the order of the records, and a contact is either kept on all hosts that name as much, or on
// none.
const MaxContacts = 1 << 14

// BoundContacts says that the count of the hosts that name something may be too low.
var BoundContacts = limit.Bound{ID: "history-contacts", Text: "of the domains and public addresses that the events " +
	"of a host name, hunt keeps 16,384: a value can be on more hosts than an incident says"}

const (
	contactsPerFact = FactSize / 8
	longestDomain   = 255
)

// carrierNAT is the shared address space of RFC 6598.
var carrierNAT = netip.MustParsePrefix("100.64.0.0/10")

// ContactOf returns the contact that a domain or an address is. Private addresses and names without a domain are none:
// they mean something within one network only.
func ContactOf(text string) (c Contact, ok bool) {
	text = strings.TrimSuffix(text, ".")
	if text == "" || len(text) > longestDomain {
		return 0, false
	}
	if end := text[len(text)-1]; strings.Contains(text, ":") || '0' <= end && end <= '9' {
		if a, err := netip.ParseAddr(text); err == nil {
			a = a.Unmap().WithZone("")
			if !a.IsGlobalUnicast() || a.IsPrivate() || carrierNAT.Contains(a) {
				return 0, false
			}
			return contact(a.String()), true
		}
	}
	text = strings.ToLower(text)
	if !strings.Contains(text, ".") || strings.HasSuffix(text, ".arpa") || strings.HasSuffix(text, ".localhost") {
		return 0, false
	}
	return contact(text), true
}

func contact(text string) Contact {
	sum := sha256.Sum256([]byte(text))
	return Contact(binary.BigEndian.Uint64(sum[:]))
}

// AddContacts adds contacts to the history.
func (h *History) AddContacts(all ...Contact) {
	h.Contacts = append(h.Contacts, all...)
	if len(h.Contacts) >= 2*MaxContacts {
		h.Contacts = lowest(h.Contacts)
	}
}

// lowest sorts contacts and returns those that are kept.
func lowest(all []Contact) []Contact {
	slices.Sort(all)
	all = slices.Compact(all)
	return all[:min(len(all), MaxContacts)]
}

// codeContacts codes sorted contacts by their distances.
func codeContacts(c *spill.Coder, all *[]Contact) {
	last := Contact(0)
	spill.Values(c, all, func(c *spill.Coder, x *Contact) {
		d := uint64(*x - last)
		c.Uint(&d)
		if c.Reading() {
			*x = last + Contact(d)
		}
		last = *x
	})
}
