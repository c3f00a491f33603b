package report

import (
	"cmp"
	"slices"
	"strings"

	"hunt/timeline"
	"hunt/timeline/ecs"
)

// stepsOf are the steps that one event tells of, without its reference; they follow from the event alone.
func stepsOf(e *timeline.Event) []Provenance {
	var out []Provenance
	source := strings.TrimPrefix(e.Class.Provider, "Microsoft-Windows-") + " " + text(e, ecs.EventCode)
	add := func(kind, what, source string) {
		out = append(out, Provenance{Kind: kind, Time: TimeOf(e.At), Text: what, Source: source})
	}
	for _, f := range []ecs.Field{ecs.HuntZoneReferrerURL, ecs.HuntZoneHostURL} {
		if url := text(e, f); url != "" && !strings.EqualFold(url, "about:internet") {
			kind := " Zone.Identifier"
			if f == ecs.HuntZoneReferrerURL {
				kind += ", referrer"
			}
			add("url", url, source+kind)
		}
	}
	cats := texts(e, ecs.EventCategory)
	switch {
	case e.Class.ProcessStart:
		add("execution", cmp.Or(text(e, ecs.ProcessCommandLine), text(e, ecs.ProcessExecutable)), source)
	case slices.Contains(cats, "file"):
		if path := withoutMark(text(e, ecs.FilePath)); path != "" {
			add("file", path, source)
		}
	case slices.Contains(cats, "network"):
		if to := destination(e); to != "" {
			add("network", to, source)
		}
	}
	return out
}

// destination is where a network event went, by name if there is one.
func destination(e *timeline.Event) string {
	return cmp.Or(text(e, ecs.DNSQuestionName), text(e, ecs.DestinationDomain), text(e, ecs.DestinationIP))
}

// withoutMark is the path of a file whose stream with the mark of the web was written.
func withoutMark(path string) string {
	if n := len(path) - len(":Zone.Identifier"); n > 0 && strings.EqualFold(path[n:], ":Zone.Identifier") {
		return path[:n]
	}
	return path
}
