package fact

import (
	"fmt"
	"strings"

	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/ecs/scalar"
)

// InternetZone is the security zone of the internet. Source: Microsoft, URLZONE enumeration.
const InternetZone = 3

var zoneNames = []string{"this computer", "local intranet", "trusted sites", "Internet", "restricted sites"}

// ZoneOf returns the lowest zone that a mark of the web in the evidence names.
func ZoneOf(steps []*timeline.Event) (zone int64, known bool) {
	for _, e := range steps {
		for _, v := range e.Values(ecs.HuntZoneID, nil) {
			if v.Kind == scalar.KindInt && (!known || v.Num < zone) {
				zone, known = v.Num, true
			}
		}
	}
	return zone, known
}

// ProvenanceReasons returns what the evidence says about where its files came from.
func ProvenanceReasons(steps []*timeline.Event) []string {
	var out []string
	for _, e := range steps {
		if zone, known := ZoneOf([]*timeline.Event{e}); known {
			text := fmt.Sprintf("The mark of the web says zone %d", zone)
			if zone >= 0 && int(zone) < len(zoneNames) {
				text += " (" + zoneNames[zone] + ")"
			}
			if url := First(Texts(e, ecs.HuntZoneHostURL)); url != "" && !strings.EqualFold(url, "about:internet") {
				text += ": the file came from " + url
				if from := First(Texts(e, ecs.HuntZoneReferrerURL)); from != "" && from != url {
					text += ", linked from " + from
				}
			}
			out = append(out, text+".")
			continue
		}
		if len(Texts(e, ecs.HuntFileOwnerPath)) > 0 &&
			strings.Contains(strings.ToLower(First(Texts(e, ecs.FilePath))), ":zone.identifier") {
			out = append(out, "The file was marked as coming from the web; the content of the mark, and so the "+
				"address, was not logged.")
		}
	}
	return out
}
