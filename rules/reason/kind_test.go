package reason

import (
	"testing"

	"hunt/timeline/ledger"
)

// A rule that names no sources needs those that can satisfy its stage.
func TestARuleWithoutSourcesIsBlindForWantOfKindsOfEvents(t *testing.T) {
	t.Parallel()
	const sysmon = "Microsoft-Windows-Sysmon/Operational"
	kinds := []ledger.EventKind{
		{Channel: sysmon, EventID: 11}, {Channel: sysmon, EventID: 23}, {Channel: "Security", EventID: 4663},
	}
	if got, want := Kinds(kinds), "Sysmon 11, 23 or Security 4663"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for i := range uint32(5) {
		kinds = append(kinds, ledger.EventKind{Channel: "System", EventID: 100 + i})
	}
	if got, want := Kinds(kinds), "Sysmon 11, 23 or Security 4663 or System 100, 101, 102 or one of 2 other "+
		"kinds of events"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if Kinds(nil) != "" {
		t.Error("nothing needs something")
	}
}
