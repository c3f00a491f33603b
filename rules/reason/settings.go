package reason

import (
	"hunt/timeline/ecs/audit"
	"hunt/timeline/ledger"
)

// Settings says what to do so that Windows logs some kinds of events: see audit.Settings.
func Settings(kinds []ledger.EventKind) []string {
	events := make([]audit.Event, len(kinds))
	for i, k := range kinds {
		events[i] = audit.Event{Channel: k.Channel, ID: k.EventID}
	}
	return audit.Settings(events)
}
