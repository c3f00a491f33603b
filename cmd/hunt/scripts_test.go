package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"hunt/cmd/hunt/exit"
	"hunt/evtx/evtxtest"
)

// blockPart is an event 4104.
func blockPart(host string, at time.Time, block string, n, total int, path, text string) evtxtest.Event {
	return evtxtest.Event{Provider: "Microsoft-Windows-PowerShell", Channel: "Microsoft-Windows-PowerShell/Operational",
		Computer: host, EventID: 4104, Time: at,
		UserID: anna, Data: []evtxtest.Pair{{Name: "MessageNumber", Value: evtxtest.Uint32(uint32(n))},
			{Name: "MessageTotal", Value: evtxtest.Uint32(uint32(total))},
			evtxtest.Str("ScriptBlockText", text), evtxtest.Str("ScriptBlockId", block), evtxtest.Str("Path", path)}}
}

// asCommand is a text as the argument of -EncodedCommand.
func asCommand(text string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(text)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return base64.StdEncoding.EncodeToString(b)
}

// scriptLogs are the logs of two hosts that ran scripts.
func scriptLogs(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	at := func(minutes int) time.Time { return time.Date(2026, 3, 2, 8, minutes, 0, 0, time.UTC) }
	inner := "powershell -enc " + asCommand("Write-Host 'the innermost layer'")
	logAt(t, dir, "a.evtx",
		blockPart("ws-1", at(1), "11111111-1111-1111-1111-111111111111", 1, 3, `C:\..\..\evil\x.ps1`,
			"function A {\r\n"),
		blockPart("ws-1", at(1), "11111111-1111-1111-1111-111111111111", 2, 3, `C:\..\..\evil\x.ps1`, " 'ä😀' "),
		blockPart("ws-1", at(1), "11111111-1111-1111-1111-111111111111", 3, 3, `C:\..\..\evil\x.ps1`, "}"),
		blockPart("ws-1", at(2), "22222222-2222-2222-2222-222222222222", 2, 3, "", "the middle"),
		blockPart("ws-1", at(3), "33333333-3333-3333-3333-333333333333", 1, 1, "", "Get-Same"),
		blockPart("ws-1", at(4), "44444444-4444-4444-4444-444444444444", 1, 1, "", "Get-Same"),
		blockPart("ws-1", at(5), "55555555-5555-5555-5555-555555555555", 1, 1, "", "powershell -enc "+asCommand(inner)),
		evtxtest.Event{Provider: "PowerShell", Channel: "Windows PowerShell", Computer: "ws-1", EventID: 400,
			Time: at(6), Classic: true,
			Data: []evtxtest.Pair{evtxtest.Str("", "Available"), evtxtest.Str("", "None"),
				evtxtest.Str("", "\tNewEngineState=Available\r\n\tPreviousEngineState=None\r\n\r\n"+
					"\tSequenceNumber=13\r\n\r\n"+
					"\tHostName=ConsoleHost\r\n\tHostVersion=5.1.19041.1\r\n"+
					"\tHostId=aaaaaaaa-0000-0000-0000-000000000000\r\n\tHostApplication=powershell.exe -nop -enc "+
					asCommand("Write-Host 'from the command line'")+"\r\n\tEngineVersion=5.1.19041.1\r\n"+
					"\tRunspaceId=bbbbbbbb-0000-0000-0000-000000000000\r\n\tPipelineId=\r\n\tCommandName=\r\n"+
					"\tCommandType=\r\n\tScriptName=\r\n\tCommandPath=\r\n\tCommandLine=")}})
	logAt(t, dir, "b.evtx", blockPart("ws-2", at(7), "66666666-6666-6666-6666-666666666666", 1, 1, "", "Get-Same"))
	logAt(t, dir, "c.evtx", securityEvent(at(1), 4624, "TargetUserName", "anna", "TargetDomainName", "CORP",
		"TargetUserSid", anna, "TargetLogonId", "0x777777", "LogonType", "2"))
	return dir
}

func TestScriptsAreWrittenWholeAndDecoded(t *testing.T) {
	out := filepath.Join(t.TempDir(), "scripts")
	code, stdout, errs := hunt(t, "scripts", "--evtx", scriptLogs(t), "--out", out)
	if code != exit.OK || stdout != "" || !strings.Contains(errs, "1 of 6 script blocks lack parts") ||
		!strings.Contains(errs, "6 script blocks and 1 command line, 5 different texts, 2 of them with encoded parts") {
		t.Fatal(code, stdout, errs)
	}
	b, err := os.ReadFile(filepath.Join(out, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	var index []struct {
		First, Host, User, Kind, Path, File, Decoded, SHA256 string
		Missing                                              string `json:"missing_parts"`
		Parts, Count                                         int
	}
	if err := json.Unmarshal(b, &index); err != nil {
		t.Fatal(err)
	}
	var got []string
	texts := map[string]string{}
	for _, x := range index {
		text, err := os.ReadFile(filepath.Join(out, filepath.FromSlash(x.File)))
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != x.SHA256 ||
			!strings.HasPrefix(filepath.Base(x.File), x.SHA256[:32]+".") {
			t.Errorf("%s is not what its hash says", x.File)
		}
		texts[x.SHA256] = string(text)
		got = append(got, fmt.Sprintf("%s %s %s %s %q of %d, missing %q, %d times, decoded %v", x.First[11:16], x.Host,
			x.User, x.Path, text[:min(len(text), 12)], x.Parts, x.Missing, x.Count, x.Decoded != ""))
	}
	want := []string{
		`08:01 ws-1 CORP\anna C:\..\..\evil\x.ps1 "function A {" of 3, missing "", 1 times, decoded false`,
		`08:02 ws-1 CORP\anna  "\n[part 1 of " of 3, missing "1, 3", 1 times, decoded false`,
		`08:03 ws-1 CORP\anna  "Get-Same" of 1, missing "", 2 times, decoded false`,
		`08:05 ws-1 CORP\anna  "powershell -" of 1, missing "", 1 times, decoded true`,
		`08:06 ws-1   "powershell.e" of 0, missing "", 1 times, decoded true`,
		`08:07 ws-2 CORP\anna  "Get-Same" of 1, missing "", 1 times, decoded false`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if texts[index[0].SHA256] != "function A {\r\n 'ä😀' }" {
		t.Errorf("%q is not the whole script", texts[index[0].SHA256])
	}
	for i, words := range map[int][]string{3: {"depth 1", "depth 2", "\nWrite-Host 'the innermost layer'\n"},
		4: {"\nWrite-Host 'from the command line'\n"}} {
		text, err := os.ReadFile(filepath.Join(out, filepath.FromSlash(index[i].Decoded)))
		for _, w := range words {
			if err != nil || !strings.Contains(string(text), w) {
				t.Errorf("%q is not in %s, %v", w, text, err)
			}
		}
	}
	table, err := os.ReadFile(filepath.Join(out, "index.csv"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(table), "\ufeff"))).ReadAll()
	if err != nil || len(rows) != len(index)+1 || rows[1][8] != index[0].SHA256 {
		t.Errorf("%q, %v", rows, err)
	}
	var names []string
	_ = filepath.WalkDir(out, func(path string, d os.DirEntry, err error) error {
		if !d.IsDir() {
			names = append(names, path)
		}
		return err
	})
	if len(names) != 2+5+2 {
		t.Errorf("files %q", names)
	}
}

func TestScriptsAreTheSameWhateverTheMemory(t *testing.T) {
	dir := scriptLogs(t)
	read := func(args ...string) (all string) {
		out := filepath.Join(t.TempDir(), "scripts")
		if code, _, errs := hunt(t,
			append([]string{"scripts", "--evtx", dir, "--out", out, "--quiet"}, args...)...); code != exit.OK {
			t.Fatal(code, errs)
		}
		for _, name := range []string{"index.csv", "index.json"} {
			b, err := os.ReadFile(filepath.Join(out, name))
			if err != nil {
				t.Fatal(err)
			}
			all += string(b)
		}
		return all
	}
	if a, b := read("--tz", "Europe/Berlin"),
		read("--tz", "Europe/Berlin", "--max-memory", "4KiB", "--jobs", "5"); a != b ||
		!strings.Contains(a, "first_local") {
		t.Errorf("%s\n%s", a, b)
	}
}

func TestScriptsAskForANewDirectory(t *testing.T) {
	dir := t.TempDir()
	if code, _, errs := hunt(t, "scripts", "--evtx", "../../samples/multi-host", "--out", dir); code == exit.OK {
		t.Error(errs)
	}
	for _, args := range [][]string{{}, {"--out", "-"}} {
		if code, _, errs := hunt(t,
			append([]string{"scripts", "--evtx", "../../samples/multi-host"}, args...)...); code != exit.Usage {
			t.Error(code, errs)
		}
	}
	out := filepath.Join(dir, "none")
	if code, _, errs := hunt(t, "scripts", "--evtx", "../../samples/multi-host/WS-PUR-10", "--out", out); code !=
		exit.OK || !strings.Contains(errs, "no scripts are in these logs") {
		t.Error(code, errs)
	}
	if b, err := os.ReadFile(filepath.Join(out, "index.json")); err != nil || string(b) != "[]\n" {
		t.Errorf("%q %v", b, err)
	}
}
