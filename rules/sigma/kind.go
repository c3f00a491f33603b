package sigma

import (
	"slices"
	"strings"

	"hunt/rules/sigma/syntax"
)

// Kind is a kind of events that a rule names. Without a provider, it covers all; EventID 0 covers all ids, or
// those with that id.
type Kind struct {
	Channel, Provider string
	EventID           uint32
}

// maxKinds bounds the kinds of one rule.
const maxKinds = 256

// Kinds returns the kinds of events that the rule names: the channels and event ids of its log source, and those
// with which its selections compare, alone and with each provider. It does not say which of them can satisfy the
// rule. The order is that of the rule. A rule that names no channel has none.
func (r *Rule) Kinds() []Kind {
	channels, providers := r.named("Channel"), append([]string{""}, r.named("Provider_Name")...)
	var ids []uint32
	for _, id := range r.named("EventID") {
		if n, ok := syntax.ParseNumber(id); ok && n.Abs <= 0xffff_ffff {
			ids = append(ids, uint32(n.Abs)) // #nosec G115 -- within its bounds
		}
	}
	var out []Kind
	add := func(channels []string, ids []uint32) {
		if len(ids) == 0 {
			ids = []uint32{0}
		}
		for _, c := range channels {
			for _, id := range ids {
				for _, p := range providers {
					if k := (Kind{c, p, id}); len(out) < maxKinds && !slices.Contains(out, k) {
						out = append(out, k)
					}
				}
			}
		}
	}
	for _, s := range r.Sources {
		if len(s.EventIDs) > 0 {
			add(s.Channels, s.EventIDs)
		} else {
			add(s.Channels, ids)
		}
	}
	add(channels, ids)
	return out
}

// named returns the whole texts and numbers with which the rule compares a field.
func (r *Rule) named(field string) []string {
	var out []string
	for _, s := range r.Doc.Detection.Selections {
		for _, g := range s.Groups {
			for _, item := range g {
				if !strings.EqualFold(item.Field, field) || item.Not || len(item.Modifiers) > 0 {
					continue
				}
				for _, v := range item.Values {
					if whole(v) && !slices.Contains(out, v.Source) {
						out = append(out, v.Source)
					}
				}
			}
		}
	}
	return out
}

// whole reports whether a value is a single text or number, without wildcards.
func whole(v *syntax.Value) bool {
	switch v.Kind {
	case syntax.Integer:
		return true
	case syntax.Text:
		return len(v.Parts) == 1 && v.Parts[0].Kind == syntax.Literal
	}
	return false
}
