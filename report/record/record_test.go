package record_test

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"hunt/report/record"
	"hunt/timeline/ecs"
)

// No two names of files become one, and each survives JSON.
func TestPathsStayApartAsText(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for path, want := range map[string]string{
		"C/Windows/a.evtx": "C/Windows/a.evtx",
		"caf\u00e9.evtx":   "caf\u00e9.evtx",
		"caf\xe9.evtx":     `caf\xe9.evtx`,
		`caf\xe9.evtx`:     `caf\x5cxe9.evtx`,
		`a\b`:              `a\b`,
		"\xff\xfe":         `\xff\xfe`,
		"\ufffd":           "\ufffd",
	} {
		got := record.Path(path)
		if got != want {
			t.Errorf("%q: %q, want %q", path, got, want)
		}
		if !utf8.ValidString(got) {
			t.Errorf("%q is not UTF-8", got)
		}
		b, err := json.Marshal(got)
		var back string
		if err != nil || json.Unmarshal(b, &back) != nil || back != got {
			t.Errorf("%q does not survive JSON: %q", got, back)
		}
		if other, twice := seen[got]; twice {
			t.Errorf("%q and %q are both written %q", path, other, got)
		}
		seen[got] = path
	}
}

func TestTheMarkOfTheWebIsOfTheFileItStandsAt(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		`C:\a.exe:Zone.Identifier`: `C:\a.exe`,
		`C:\a.exe:zone.identifier`: `C:\a.exe`,
		`C:\a.exe`:                 `C:\a.exe`,
		`C:\a.exe:stream`:          `C:\a.exe:stream`,
		":Zone.Identifier":         ":Zone.Identifier",
		"":                         "",
	} {
		if got := record.WithoutMark(path); got != want {
			t.Errorf("%q: %q, want %q", path, got, want)
		}
	}
}

func TestFactsHaveShortNames(t *testing.T) {
	t.Parallel()
	for f, want := range map[ecs.Field]string{
		ecs.SourceIP: "source address", ecs.UserName: "user", ecs.ServiceName: "service", ecs.EventCode: "",
	} {
		if got := record.FactName(f); got != want {
			t.Errorf("field %d: %q, want %q", f, got, want)
		}
	}
	if record.First(nil) != "" || record.First([]string{"a", "b"}) != "a" {
		t.Error("the first of some values is not theirs")
	}
}
