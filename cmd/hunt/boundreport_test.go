package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hunt/evtx/evtxtest"
	"hunt/limit"
)

// excessOfReports are findings beyond the bounds of what a report lists and shows.
func excessOfReports() map[limit.ID]excess {
	const start = `eql process where event.code == "1"`
	var hashed, rewritten, named []evtxtest.Event
	for i := range 7_000 {
		parent := evtxtest.GUID(fmt.Sprintf("{912F8223-0000-0000-0001-%012X}", i))
		hashed = append(hashed, sysmonEvent(1, i, i+1, evtxtest.Str("CommandLine", "x"),
			evtxtest.Pair{Name: "ParentProcessGuid", Value: parent},
			evtxtest.Str("Hashes", fmt.Sprintf("SHA1=%040x,MD5=%032x,SHA256=%064x", i, i, i))))
	}
	for i := range 100 {
		rewritten = append(rewritten, sysmonEvent(11, i, 2, evtxtest.Str("TargetFilename", `C:\Users\a\tool1.exe`)))
	}
	line := ""
	for i := range 60 {
		path := fmt.Sprintf(`C:\Users\a\part%d.txt`, i)
		named = append(named, sysmonEvent(11, i, 2, evtxtest.Str("TargetFilename", path)))
		line += path + " "
	}
	var ancestors []evtxtest.Event
	paths := ""
	for i := range 17 {
		ancestors = append(ancestors, sysmonEvent(1, i, i+1, evtxtest.Str("CommandLine", "x"), evtxtest.Pair{
			Name:  "ParentProcessGuid",
			Value: evtxtest.GUID(fmt.Sprintf("{912F8223-0000-0000-0000-%012X}", i))}))
		paths += fmt.Sprintf(`C:\Users\a\tool%d.exe `, i)
	}
	return map[limit.ID]excess{
		"history-contacts": crowdedContacts(),
		"report-lineage":   {write: logged(0, ancestors...), rules: []string{start}},
		"report-paths": {write: logged(0, sysmonEvent(1, 0, 1, evtxtest.Str("CommandLine", paths))),
			rules: []string{start}},
		"report-destinations":    {write: grown("network", 40)},
		"report-urls":            {write: grown("parts", 400)},
		"report-hosts":           {write: grown("quiet-hosts", 10_001)},
		"report-accounts":        {write: grown("accounts", 10_001)},
		"report-movement":        {write: grown("accounts", 10_001)},
		"report-context-windows": {write: logged(0, hashed[:2_100]...), rules: []string{start}},
		"report-indicators":      {write: logged(0, hashed...), rules: []string{start}},
		"report-reread":          {write: logged(3, hashed...), rules: []string{start}},
		"report-limit": {write: logged(0, hashed[:400]...), rules: []string{start},
			args: []string{"--report-limit", "1MiB"}},
		"report-around-findings":   {write: grown("ancestors", 400)},
		"report-script-parts":      {write: logged(0, scriptParts(5_100)...), rules: []string{firstPart}},
		"report-script-references": {write: logged(0, scriptParts(300)...), rules: []string{firstPart}},
		"report-context-events":    {write: grown("network", 60)},
		"report-surroundings":      {write: logged(0, append(rewritten, hashed[0])...), rules: []string{start}},
		"report-provenance": {write: logged(0,
			append(named, sysmonEvent(1, 100, 1, evtxtest.Str("CommandLine", line)))...),
			rules: []string{start}},
		"report-decoded": {write: logged(0, sysmonEvent(1, 0, 1, evtxtest.Str("CommandLine", encodedParts(40)))),
			rules: []string{start}},
	}
}

// What tells of a finding's files and connections is looked for among the nearest events, and more are counted.
func TestEventsThatTellOfAFindingAreBounded(t *testing.T) {
	for _, n := range []int{1_000, 1_001} {
		events := []evtxtest.Event{sysmonEvent(1, 0, 1, evtxtest.Str("CommandLine", "x"))}
		for i := range n {
			events = append(events, sysmonEvent(11, i+1, 2,
				evtxtest.Str("TargetFilename", fmt.Sprintf(`C:\Users\a\file%d.txt`, i))))
		}
		dir, rule := t.TempDir(), filepath.Join(t.TempDir(), "start.eql")
		logged(0, events...)(t, dir)
		if err := os.WriteFile(rule, []byte(`process where event.code == "1"`), 0o600); err != nil {
			t.Fatal(err)
		}
		_, _, stderr := hunt(t, "--evtx", dir, "--rules", rule, "--no-default-rules", "--report",
			filepath.Join(t.TempDir(), "r.json"))
		if told := strings.Contains(stderr, "at the 1,000 nearest events"); told != (n > 1_000) {
			t.Errorf("%d events: told %v: %s", n, told, stderr)
		}
	}
}

// firstPart matches one event of a script block.
const firstPart = "eql any where powershell.`sequence` == 1"

// scriptParts are the parts of one script block, logged at once.
func scriptParts(n int) []evtxtest.Event {
	var out []evtxtest.Event
	for i := range n {
		out = append(out, evtxtest.Event{Provider: "Microsoft-Windows-PowerShell",
			Channel:  "Microsoft-Windows-PowerShell/Operational",
			Computer: "ws01", EventID: 4104, Version: 1, Level: 3,
			Time: boundNoon.Add(time.Duration(i) * time.Millisecond),
			// #nosec G115 -- small
			Data: []evtxtest.Pair{{Name: "MessageNumber", Value: evtxtest.Uint32(uint32(i + 1))},
				// #nosec G115 -- small
				{Name: "MessageTotal", Value: evtxtest.Uint32(uint32(n))}, evtxtest.Str("ScriptBlockText", "x"),
				evtxtest.Str("ScriptBlockId", "00000000-0000-0000-0000-000000000001"), evtxtest.Str("Path", "")}})
	}
	return out
}

// encodedParts is a command line with n encoded texts.
func encodedParts(n int) string {
	var parts []string
	for i := range n {
		text := fmt.Sprintf("Write-Host 'this is part %d, which is long enough to be found'", i)
		parts = append(parts, base64.StdEncoding.EncodeToString([]byte(text)))
	}
	return "tool.exe " + strings.Join(parts, " ")
}
