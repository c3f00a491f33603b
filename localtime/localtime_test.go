package localtime

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"
)

var kathmandu = time.FixedZone("", 5*3600+45*60)

func TestTimesInTextsAreFollowedByTheSameInAnotherZone(t *testing.T) {
	for text, want := range map[string]string{
		"at 2026-03-12T07:52:17.4270492Z, later": "at 2026-03-12T07:52:17.4270492Z (13:37:17 +05:45), later",
		"2026-03-12T18:15:00Z":                   "2026-03-12T18:15:00Z (2026-03-13 00:00:00 +05:45)",
		"2026-03-12T18:14:59Z to 2026-03-12T18:15:00Z": "2026-03-12T18:14:59Z (23:59:59 +05:45) to " +
			"2026-03-12T18:15:00Z (2026-03-13 00:00:00 +05:45)",
		"TTT T1204.001 2026-03-12T07:52Z 12026-03-12T07:52:17Z 2026-13-12T07:52:17Z 2026-03-12T07:52:17": "TTT " +
			"T1204.001 2026-03-12T07:52Z 12026-03-12T07:52:17Z 2026-13-12T07:52:17Z 2026-03-12T07:52:17",
		"(2026-03-12T07:52:17Z)": "(2026-03-12T07:52:17Z (13:37:17 +05:45))",
		"/c/2026-03-12T07:52:17Z/a, dc1-2026-03-12T07:52:17Z, T2026-03-12T07:52:17Z": "/c/2026-03-12T07:52:17Z/a, " +
			"dc1-2026-03-12T07:52:17Z, T2026-03-12T07:52:17Z", // names, no words
		`C:\2026-03-12T07:52:17Z\b, 2026-03-12T07:52:17Z.zip`: `C:\2026-03-12T07:52:17Z\b, 2026-03-12T07:52:17Z.zip`,
	} {
		if got := InText(text, kathmandu); got != want {
			t.Errorf("%q\nwant %q", got, want)
		}
		if got := InText(text, nil); got != text {
			t.Errorf("without a zone: %q", got)
		}
	}
}

func TestMembersThatAreTimesAreFollowedByTheSameInAnotherZone(t *testing.T) {
	in := `{
  "first": "2026-03-12T07:52:17.4270492Z",
  "list": ["2026-03-12T07:52:17Z", "from 2026-03-12T07:52:17Z on", {"last":"2026-03-12T18:15:00Z","n":1}],
  "quote": "a \"2026-03-12T07:52:17Z\" \\", "2026-03-12T07:52:17Z": null,
  "never": "9999-12-31T23:59:59Z",
  "event": {"at": "2026-03-12T07:52:17Z", "deep": [{"event": "2026-03-12T07:52:17Z"}]},
  "end": "2026-03-12T07:52:17Z"
}
`
	want := `{
  "first": "2026-03-12T07:52:17.4270492Z",
  "first_local": "2026-03-12T13:37:17.4270492+05:45",
  "list": ["2026-03-12T07:52:17Z", "from 2026-03-12T07:52:17Z (13:37:17 +05:45) on", {"last":"2026-03-12T18:15:00Z",` +
		`"last_local":"2026-03-13T00:00:00+05:45","n":1}],
  "quote": "a \"2026-03-12T07:52:17Z (13:37:17 +05:45)\" \\", "2026-03-12T07:52:17Z": null,
  "never": "9999-12-31T23:59:59Z",
  "event": {"at": "2026-03-12T07:52:17Z", "deep": [{"event": "2026-03-12T07:52:17Z"}]},
  "end": "2026-03-12T07:52:17Z",
  "end_local": "2026-03-12T13:37:17+05:45"
}
`
	for size := 1; size < len(in); size += 7 {
		var b bytes.Buffer
		j := &JSON{W: &b, Zone: kathmandu, Keep: "event", Prose: true}
		for rest := []byte(in); len(rest) > 0; rest = rest[min(size, len(rest)):] {
			if n, err := j.Write(rest[:min(size, len(rest))]); err != nil || n != min(size, len(rest)) {
				t.Fatal(n, err)
			}
		}
		if b.String() != want || !json.Valid(b.Bytes()) {
			t.Fatalf("in parts of %d: %s", size, b.String())
		}
	}
}
