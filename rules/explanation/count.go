package explanation

import (
	"fmt"
	"strings"
	"time"

	"hunt/evtx"
	"hunt/rules/pack"
	"hunt/rules/reason"
	"hunt/rules/window"
	"hunt/timeline/ledger"
)

// counts says how far each group of events came.
func counts(b *strings.Builder, r *pack.Rule, c *CountWhy) {
	satisfy := "events satisfy"
	if c.Events == 1 {
		satisfy = "event satisfies"
	}
	fmt.Fprintf(b, "\nCounted over all hosts, %s to %s: %d %s the conditions\n", c.From, c.To, c.Events, satisfy)
	if r.Counting != "" {
		fmt.Fprintf(b, "  The rule wants %s.\n", r.Counting)
	}
	if c.Omitted > 0 {
		fmt.Fprintf(b, "  %s farther from --at left out\n", ledger.Count(c.Omitted, "event", "events"))
	}
	if len(c.Reaches) == 0 {
		b.WriteString("  No group has any event: either none satisfies the conditions, or those that do lack a " +
			"field that groups them.\n")
	}
	for i := range c.Reaches {
		if c.Node.Kind == window.NewTerms {
			newTerm(b, c, &c.Reaches[i])
		} else {
			reach(b, c, &c.Reaches[i])
		}
	}
	if c.More > 0 {
		fmt.Fprintf(b, "  and %d more groups, which got less far\n", c.More)
	}
}

// group names a group by its keys.
func group(c *CountWhy, r *window.Reach) string {
	if len(r.Keys) == 0 {
		return "all events"
	}
	parts := make([]string, len(r.Keys))
	for i, k := range r.Keys {
		parts[i] = c.Node.KeyNames[i] + " = " + k
	}
	return strings.Join(parts, ", ")
}

func reach(b *strings.Builder, c *CountWhy, r *window.Reach) {
	verdict := "falls short"
	if r.Holds {
		verdict = "holds"
	}
	fmt.Fprintf(b, "  %s  %s\n      %s to %s, within %s\n", verdict, group(c, r), r.First, r.Last,
		reason.Span(c.Node.Span))
	for _, p := range r.Parts {
		sign := "-"
		if p.Holds {
			sign = "+"
		}
		fmt.Fprintf(b, "    %s %s: %s, wanted: %s\n", sign, p.What, p.Have, p.Want)
	}
}

func newTerm(b *strings.Builder, c *CountWhy, r *window.Reach) {
	switch {
	case r.Holds && r.Before != 0:
		fmt.Fprintf(b, "  new  %s\n      %s; seen before at %s, %s earlier\n", group(c, r), r.First, r.Before,
			reason.Span(span(r.Before, r.First)))
	case r.Holds:
		fmt.Fprintf(b, "  new  %s\n      %s; no event before it in the %s before\n", group(c, r), r.First,
			reason.Span(c.Node.Span))
	default:
		fmt.Fprintf(b, "  not new  %s\n      %s; seen before at %s, %s earlier\n", group(c, r), r.First, r.Before,
			reason.Span(span(r.Before, r.First)))
	}
}

func span(from, to evtx.Filetime) time.Duration {
	return time.Duration(min(to-from, 1<<62/100)) * 100 // #nosec G115 -- bounded
}
