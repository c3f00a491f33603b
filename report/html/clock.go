package html

import (
	"html/template"
	"slices"
	"time"

	"hunt/evtx"
	"hunt/report"
)

// clock shows times as people read them: to the second in UTC, and behind it in brackets in the time zone of the
// case, if it has one. The evidence has each time in full.
type clock struct {
	zone *time.Location // nil: UTC alone
}

// clockOf returns the clock of a case.
func clockOf(c *report.Case) clock { return clock{c.Zone()} }

// funcs are the functions of the templates that show times.
func (c clock) funcs() template.FuncMap {
	return template.FuncMap{"when": c.element, "moment": c.text, "span": c.span, "exact": c.exact,
		"beside": c.beside, "utc": c.utc,
		"zone": func() string {
			if c.zone == nil {
				return ""
			}
			return c.zone.String()
		}}
}

// text is a time to the second.
func (c clock) text(t report.Time) string {
	if t == nil {
		return "time not known"
	}
	return t.Time().Format(time.DateTime) + c.beside(t)
}

// beside is the same moment in the other zone, without the day where that is the same.
func (c clock) beside(t report.Time) string {
	return report.Beside(t, c.zone)
}

// element is a time to the second; the whole of it shows on hover, if there is more to it.
func (c clock) element(t report.Time) template.HTML {
	if t == nil {
		return notKnown
	}
	if *t%evtx.TicksPerSecond == 0 {
		return template.HTML("<time>" + c.text(t) + "</time>") // #nosec G203 -- a time
	}
	exact := t.String()[len("2006-01-02T"):]
	return template.HTML(`<time title="` + exact + `">` + c.text(t) + "</time>") // #nosec G203 -- a time
}

// exact is a time as the record has it.
func (c clock) exact(t report.Time) template.HTML {
	if t == nil {
		return notKnown
	}
	return template.HTML("<time>" + htmlTime(t) + c.beside(t) + "</time>") // #nosec G203 -- a time
}

// utc says behind a time what it is, where there is no other beside it.
func (c clock) utc() string {
	if c.zone != nil {
		return ""
	}
	return " UTC"
}

// span is a span of time to the second; the whole of it shows on hover.
func (c clock) span(from, to report.Time) template.HTML {
	short := "not known"
	switch {
	case from != nil && to != nil && c.text(from) == c.text(to):
		short = c.text(from) + c.utc()
	case from != nil && to != nil:
		short = c.text(from) + " to " + c.text(to) + c.utc()
	case from != nil:
		short = "from " + c.text(from) + c.utc()
	case to != nil:
		short = "until " + c.text(to) + c.utc()
	}
	return template.HTML(`<span title="` + report.SpanText(from, to) + `">` + short + `</span>`) // #nosec G203 -- times
}

// shift says how far the other zone is from UTC, from a moment on.
type shift struct {
	From    int64 `json:"from"` // ms since 1970
	Minutes int   `json:"minutes"`
}

// shiftsOf are those that some times need, given in ms since 1970, in order; the first holds for what is before it,
// too.
func (c clock) shiftsOf(times []int64) []shift {
	if c.zone == nil {
		return nil
	}
	var out []shift
	var from, to time.Time // within which the last shift holds; zero times where it has no begin or end
	for _, ms := range slices.Sorted(slices.Values(times)) {
		t := time.UnixMilli(ms).In(c.zone)
		if len(out) > 0 && !t.Before(from) && (to.IsZero() || t.Before(to)) {
			continue
		}
		from, to = t.ZoneBounds()
		_, seconds := t.Zone()
		out = append(out, shift{ms, seconds / 60})
	}
	return out
}
