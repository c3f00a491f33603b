package rules

import (
	"fmt"
	"strings"

	"hunt/timeline"
	"hunt/timeline/ecs"
)

// The security zones of Windows. Source: Microsoft, URLZONE enumeration.
const internetZone = 3

var zoneNames = []string{"this computer", "local intranet", "trusted sites", "Internet", "restricted sites"}

// zoneOf is the lowest zone that a mark of the web in the evidence names.
func zoneOf(steps []*timeline.Event) (zone int64, known bool) {
	for _, e := range steps {
		for _, v := range e.Values(ecs.HuntZoneID, nil) {
			if v.Kind == ecs.KindInt && (!known || v.Num < zone) {
				zone, known = v.Num, true
			}
		}
	}
	return zone, known
}

// provenanceReasons say what the evidence tells of where its files came from.
func provenanceReasons(steps []*timeline.Event) []string {
	var out []string
	for _, e := range steps {
		if zone, known := zoneOf([]*timeline.Event{e}); known {
			text := fmt.Sprintf("The mark of the web says zone %d", zone)
			if zone >= 0 && int(zone) < len(zoneNames) {
				text += " (" + zoneNames[zone] + ")"
			}
			if url := first(texts(e, ecs.HuntZoneHostURL)); url != "" && !strings.EqualFold(url, "about:internet") {
				text += ": the file came from " + url
				if from := first(texts(e, ecs.HuntZoneReferrerURL)); from != "" && from != url {
					text += ", linked from " + from
				}
			}
			out = append(out, text+".")
			continue
		}
		if len(texts(e, ecs.HuntFileOwnerPath)) > 0 &&
			strings.Contains(strings.ToLower(first(texts(e, ecs.FilePath))), ":zone.identifier") {
			out = append(out, "The file was marked as coming from the web; the content of the mark, and so the "+
				"address, was not logged.")
		}
	}
	return out
}
