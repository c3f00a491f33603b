package export

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"hunt/evtx"
	"hunt/timeline/ledger"
)

// Timesketch requires message, datetime (ISO 8601) and timestamp_desc for every event, and accepts timestamp in
// microseconds. The other names are those that Plaso gives to event logs, if it has them, so that Timesketch's
// analyzers find what they look for. Sources: Timesketch, "Import from JSON or CSV"; Plaso, winevtx.

// sketchColumns returns the columns after those that Timesketch requires.
func (v *view) sketchColumns() []named { return v.arranged(func(c *column) string { return c.sketch }) }

// sketchHead is what Timesketch requires, and data_type.
var sketchHead = []string{"message", "datetime", "timestamp", "timestamp_desc", "data_type"}

const sketchType = "windows:evtx:record"

// sketchLine writes events for Timesketch, as JSON lines.
type sketchLine struct {
	view
	clock   ledger.Clock
	further []named
}

// stamp returns when an event happened, in microseconds since 1970 and as text, and what that time means.
func (l sketchLine) stamp(f *facts) (micros int64, datetime, desc string) {
	desc = "Event Logged"
	if l.clock == ledger.ClockUTC && f.event.UTC() != 0 {
		desc = "Event Time"
	}
	switch f.timeSource {
	case evtx.TimeWritten.String():
		desc = "Record Written"
	case evtx.TimeNone.String():
		desc = "Not a time" // as Plaso calls it
	}
	if f.event.At != 0 {
		micros = unixMicro(f.event.At)
	}
	return micros, time.UnixMicro(micros).UTC().Format("2006-01-02T15:04:05.000000-07:00"), desc
}

func (l sketchLine) append(dst []byte, f *facts) []byte {
	micros, datetime, desc := l.stamp(f)
	dst = append(dst, '{')
	f.cell = f.event.AppendMessage(f.cell[:0])
	dst = appendString(appendName(dst, "message"), f.cell)
	dst = appendString(appendName(dst, "datetime"), datetime)
	dst = strconv.AppendInt(appendName(dst, "timestamp"), micros, 10)
	dst = appendString(appendName(dst, "timestamp_desc"), desc)
	dst = appendString(appendName(dst, "data_type"), sketchType)
	for _, c := range l.further {
		dst = c.appendMember(dst, c.as, f, flat)
	}
	if tags := f.tags(); len(tags) > 0 {
		dst = append(appendName(dst, "tag"), '[')
		for i, tag := range tags {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendString(dst, tag)
		}
		dst = append(dst, ']')
	}
	return append(dst, "}\n"...)
}

// sketchRow writes events for Timesketch, as a table.
type sketchRow struct{ sketchLine }

func (l sketchRow) append(dst []byte, f *facts) []byte {
	micros, datetime, desc := l.stamp(f)
	f.cell = f.event.AppendMessage(f.cell[:0])
	dst = AppendCell(dst, f.cell)
	for _, cell := range []string{datetime, strconv.FormatInt(micros, 10), desc, sketchType} {
		dst = AppendCell(append(dst, ','), cell)
	}
	for _, c := range l.further {
		dst = AppendCell(append(dst, ','), f.read(c.column))
	}
	if l.marks != nil {
		dst = AppendCell(append(dst, ','), strings.Join(f.tags(), ","))
	}
	return append(dst, "\r\n"...)
}

// sketchNames are the titles of the table.
func (l sketchLine) names() []string {
	out := append([]string(nil), sketchHead...)
	for _, c := range l.further {
		out = append(out, c.as)
	}
	if l.marks != nil {
		out = append(out, "tag")
	}
	return out
}

// tags returns what Timesketch shows as tags of an event: severity, status, techniques, rules, findings and incidents
// that no tuning suppresses. No tag has a comma, which separates tags in tables.
func (f *facts) tags() (tags []string) {
	add := func(tag string) {
		if tag = strings.ReplaceAll(tag, ",", " "); tag != "" && !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	add(severityOf(f))
	for i := range f.marks {
		if m := &f.marks[i]; !m.Suppressed {
			for _, tag := range slices.Concat(m.Techniques, []string{m.Rule, m.Finding, m.Incident}) {
				add(tag)
			}
		}
	}
	return tags
}

// unixMicro returns t in microseconds since 1970.
func unixMicro(t evtx.Filetime) int64 {
	const epoch = 11_644_473_600_000_000 // from 1601, in microseconds
	return int64(uint64(t)/10) - epoch
}
