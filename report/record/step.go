package record

import (
	"cmp"
	"slices"
	"strings"

	"hunt/report"
	"hunt/timeline"
	"hunt/timeline/ecs"
)

// Steps are the steps that one event reports, without its reference; they follow from the event alone.
func Steps(e *timeline.Event) []report.Provenance {
	var out []report.Provenance
	source := strings.TrimPrefix(e.Class.Provider, "Microsoft-Windows-") + " " + Text(e, ecs.EventCode)
	add := func(kind report.StepKind, what, source string) {
		out = append(out, report.Provenance{Kind: kind, Time: report.TimeOf(e.At), Text: what, Source: source})
	}
	for _, f := range []ecs.Field{ecs.HuntZoneReferrerURL, ecs.HuntZoneHostURL} {
		if url := Text(e, f); url != "" && !strings.EqualFold(url, "about:internet") {
			kind := " Zone.Identifier"
			if f == ecs.HuntZoneReferrerURL {
				kind += ", referrer"
			}
			add(report.StepURL, url, source+kind)
		}
	}
	cats := Texts(e, ecs.EventCategory)
	switch {
	case e.Class.ProcessStart:
		add(report.StepExecution, cmp.Or(Text(e, ecs.ProcessCommandLine), Text(e, ecs.ProcessExecutable)), source)
	case slices.Contains(cats, "file"):
		if path := WithoutMark(Text(e, ecs.FilePath)); path != "" {
			add(report.StepFile, path, source)
		}
	case slices.Contains(cats, "network"):
		if to := Destination(e); to != "" {
			add(report.StepNetwork, to, source)
		}
	}
	return out
}

// Destination is where a network event went, by name if there is one.
func Destination(e *timeline.Event) string {
	return cmp.Or(Text(e, ecs.DNSQuestionName), Text(e, ecs.DestinationDomain), Text(e, ecs.DestinationIP))
}

// WithoutMark is the path of a file whose stream with the mark of the web was written.
func WithoutMark(path string) string {
	if n := len(path) - len(":Zone.Identifier"); n > 0 && strings.EqualFold(path[n:], ":Zone.Identifier") {
		return path[:n]
	}
	return path
}
