// Package libevtx reads logs with libevtx's evtxexport (Debian: libevtx-utils), which shares
// nothing with hunt, so that tests can compare the two.
package libevtx

import (
	"errors"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// A Record is what evtxexport says about one record, as it spells it: hexadecimal
// numbers are padded, times have nine digits.
type Record struct {
	EventRecordID string
	EventID       string
	Provider      string
	Channel       string
	Computer      string
	SystemTime    string
	Data          []Field
}

// A Field is one item of EventData or UserData; Name is "" for unnamed Data, and
// the element's name for elements that are not Data.
type Field struct{ Name, Text string }

// Require skips the test, with a message, if evtxexport is not installed; with HUNT_REQUIRE=1
// it fails the test instead.
func Require(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("evtxexport"); err != nil {
		if os.Getenv("HUNT_REQUIRE") == "1" {
			t.Fatalf("evtxexport is required (Debian: libevtx-utils): %v", err)
		}
		t.Skipf("SKIPPED: no evtxexport (Debian: libevtx-utils): %v", err)
	}
}

// Read returns the live records of a file in order. evtxexport stops at the first thing that it
// cannot read; if it says so, Read returns what it got before.
func Read(t testing.TB, file []byte) []Record {
	t.Helper()
	name := filepath.Join(t.TempDir(), "log.evtx")
	if err := os.WriteFile(name, file, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("evtxexport", "-f", "xml", name) // #nosec G204 -- a test's own file
	out, err := cmd.Output()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		t.Fatalf("evtxexport: %v", err)
	}
	records, err := parse(out)
	if err != nil {
		t.Fatal(err)
	}
	return records
}

var (
	eventPattern    = regexp.MustCompile(`(?s)<Event xmlns=.*?\n</Event>`)
	providerPattern = regexp.MustCompile(`<Provider Name="([^"]*)"`)
	timePattern     = regexp.MustCompile(`<TimeCreated SystemTime="([^"]*)"`)
	payloadPattern  = regexp.MustCompile(`(?s)\n  <(?:EventData|UserData)>\n(.*)\n  </(?:EventData|UserData)>`)
	fieldPattern    = regexp.MustCompile(`(?s)<(\w+)(?: Name="([^"]*)")?(?:/>|>([^<]*)</\w+>)`)
)

func parse(out []byte) ([]Record, error) {
	var records []Record
	for _, e := range eventPattern.FindAll(out, -1) {
		r := Record{
			EventRecordID: element(e, "EventRecordID"), EventID: element(e, "EventID"),
			Channel: element(e, "Channel"), Computer: element(e, "Computer"),
			Provider: submatch(providerPattern, e), SystemTime: submatch(timePattern, e),
		}
		if r.EventRecordID == "" {
			return nil, fmt.Errorf("evtxexport: no EventRecordID in %.300q", e)
		}
		if payload := payloadPattern.FindSubmatch(e); payload != nil {
			for _, f := range fieldPattern.FindAllSubmatch(payload[1], -1) {
				field := Field{Name: html.UnescapeString(string(f[2])), Text: html.UnescapeString(string(f[3]))}
				if element := string(f[1]); element != "Data" {
					field.Name = element
				}
				r.Data = append(r.Data, field)
			}
		}
		records = append(records, r)
	}
	return records, nil
}

func element(event []byte, name string) string {
	return submatch(regexp.MustCompile(`<`+name+`[^>]*>([^<]*)</`+name+`>`), event)
}

func submatch(re *regexp.Regexp, b []byte) string {
	if m := re.FindSubmatch(b); m != nil {
		return html.UnescapeString(string(m[1]))
	}
	return ""
}
