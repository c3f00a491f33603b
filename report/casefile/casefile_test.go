package casefile_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"hunt/report"
	"hunt/report/casefile"
)

func caseFile(t *testing.T, name, text string) (report.Case, error) {
	t.Helper()
	p := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return casefile.Load(p)
}

const caseTOML = `
id = "IR-7"
title = "Links in the accounting department"
tlp = "amber+strict"
analyst = "K. Vos"
status = "contained"
custody = "disk image 4711, sealed"
responder_tools = ["velociraptor", 'C:\Tools\kape']
time_zone = "Europe/Berlin"

[window]
from = "2026-03-12"
to = "2026-03-12T12:00:00+01:00"

[notes]
F-1234 = "Seen with the user: he clicked."
`

const caseYAML = `
id: IR-7
title: Links in the accounting department
tlp: TLP:AMBER+STRICT
analyst: K. Vos
status: contained
custody: disk image 4711, sealed
responder_tools: [velociraptor, 'C:\Tools\kape']
time_zone: Europe/Berlin
window:
  from: 2026-03-12
  to: "2026-03-12T12:00:00+01:00"
notes:
  F-1234: "Seen with the user: he clicked."
`

func TestCaseFilesReadAlikeInBothLanguages(t *testing.T) {
	t.Parallel()
	a, err := caseFile(t, "case.toml", caseTOML)
	if err != nil {
		t.Fatal(err)
	}
	b, err := caseFile(t, "case.yaml", caseYAML)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("%+v\n%+v", a, b)
	}
	if a.Slots[0] != (report.KeyValue{Key: "Status", Value: "contained"}) ||
		a.Slots[3].Value != "disk image 4711, sealed" || a.Slots[1].Value != "" {
		t.Errorf("%+v", a.Slots)
	}
	if a.TLP != "TLP:AMBER+STRICT" || a.Window.From.String() != "2026-03-12T00:00:00.0000000Z" ||
		a.Window.To.String() != "2026-03-12T11:00:00.0000000Z" || a.Tools[1] != `C:\Tools\kape` ||
		a.TimeZone != "Europe/Berlin" {
		t.Errorf("%+v", a)
	}
}

func TestMistakesInCaseFilesNameTheirPlace(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, text, want string }{
		"misspelt key":        {"c.toml", "id = \"1\"\nanalist = \"x\"\n", "c.toml:2:1: unknown key analist"},
		"misspelt nested key": {"c.toml", "[window]\nform = \"2026-03-12\"\n", "c.toml:2:1: unknown key window.form"},
		"broken TOML":         {"c.toml", "id = \"1\"\ntitle = \n", "c.toml:2:"},
		"wrong type":          {"c.toml", "id = 7\n", "c.toml:1:"},
		"misspelt YAML key":   {"c.yaml", "id: a\nanalist: x\n", "c.yaml:2:1: unknown field \"analist\""},
		"broken YAML":         {"c.yml", "id: [a\n", "c.yml:1:"},
		"unknown zone": {"c.toml", "time_zone = \"Mars/Olympus\"\n",
			`time_zone: unknown time zone "Mars/Olympus"`},
		"zone of the machine": {"c.toml", "time_zone = \"Local\"\n", `unknown time zone "Local"`},
		"unknown TLP":         {"c.toml", "tlp = \"purple\"\n", `unknown tlp "purple": use one of TLP:RED, `},
		"no time": {"c.toml", "[window]\nfrom = \"yesterday\"\n",
			`window.from: invalid time "yesterday": write 2026-03-02 or 2026-03-02T14:00:00Z`},
		"reversed window": {"c.toml", "[window]\nfrom = \"2026-03-13\"\nto = \"2026-03-11\"\n",
			"window: from is later than to"},
	} {
		_, err := caseFile(t, c.file, c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "\n\n\n") {
			t.Errorf("%s: %q", name, err)
		}
	}
	if _, err := casefile.Load(filepath.Join(t.TempDir(), "none.toml")); err == nil ||
		!strings.Contains(err.Error(), "cannot read the file") {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := caseFile(t, "big.toml", "id = \""+strings.Repeat("x", 5<<20)+"\""); err == nil ||
		!strings.Contains(err.Error(), "is it the right file?") {
		t.Errorf("a file of 5 MiB: %v", err)
	}
}
