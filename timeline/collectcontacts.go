package timeline

import (
	"net/url"

	"hunt/timeline/ecs"
	"hunt/timeline/ledger"
)

// contactFields are the fields whose values are contacts; a URL has one.
var contactFields = [...]ecs.Field{ecs.DestinationIP, ecs.DestinationDomain, ecs.DNSQuestionName, ecs.HuntZoneHostURL,
	ecs.HuntZoneReferrerURL}

// recentContacts is how many texts a worker knows the contacts of.
const recentContacts = 1 << 12

// contactSlots is how many contacts a worker knows that it has added.
const contactSlots = 1 << 10

// contacts spares a worker work for contacts that repeat.
type contacts struct {
	known map[string]ledger.Contact // 0: it is none
	added [contactSlots]struct {    // by the last bits of the contact
		past    *ledger.History
		contact ledger.Contact
	}
}

// contacts adds the domains and addresses that an event names to the history of its host.
func (w *collector) contacts(ev *ecs.Event, past *ledger.History) {
	for _, f := range contactFields {
		if !ev.Class.Maps(f) {
			continue
		}
		text := w.text(ev, f)
		if text == "" || text == "-" {
			continue
		}
		c, known := w.seen.known[text]
		if !known {
			c = w.contact(text, f)
		}
		if c == 0 {
			continue
		}
		added := &w.seen.added[c%contactSlots]
		if added.past == past && added.contact == c {
			continue
		}
		added.past, added.contact = past, c
		before := past.Len()
		past.AddContacts(c)
		w.held += past.Len() - before
	}
}

// contact returns the contact that a value of a field is, 0 if it is none.
func (w *collector) contact(text string, f ecs.Field) ledger.Contact {
	host := text
	if f == ecs.HuntZoneHostURL || f == ecs.HuntZoneReferrerURL {
		u, err := url.Parse(text)
		if err != nil {
			return 0
		}
		host = u.Hostname()
	}
	c, _ := ledger.ContactOf(host)
	if len(text) <= maxInternedLen {
		if w.seen.known == nil || len(w.seen.known) >= recentContacts {
			w.seen.known = map[string]ledger.Contact{}
		}
		w.seen.known[text] = c
	}
	return c
}
