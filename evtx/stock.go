package evtx

import (
	"hunt/evtx/binxml"
	"hunt/limit"
)

// Stock holds template definitions that carved records may borrow: what Decoder.Learn found, usually in all of one
// input. It is safe for concurrent use. A nil Stock lends nothing.
type Stock struct{ templates binxml.Stock }

// Add adds definitions that Lent or Definitions returned, perhaps read from a file that somebody else wrote. It
// returns an error if one of them is not a definition.
func (s *Stock) Add(definitions []string) error { return s.templates.Add(definitions) }

// Definitions returns all definitions, in a fixed order.
func (s *Stock) Definitions() []string { return s.templates.Definitions() }

// Before makes next lend what s cannot.
func (s *Stock) Before(next *Stock) { s.templates.Next = next.parserStock() }

// Lent returns the definitions that were lent, each once, in a fixed order. A Stock of these alone lends the same
// ones to the same records.
func (s *Stock) Lent() []string { return s.templates.Lent() }

// Full reports whether there was no room for some definitions.
func (s *Stock) Full() bool { return s.templates.Full() }

// BoundStock is the bound that Full reports.
var BoundStock = limit.Bound{ID: "carve-definitions", Loses: true, Text: "carved records borrow from " +
	"32,768 template definitions of their input, 16 MiB with every name written out"}

func (s *Stock) parserStock() *binxml.Stock {
	if s == nil {
		return nil
	}
	return &s.templates
}
