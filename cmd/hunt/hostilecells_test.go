package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"hunt/cmd/hunt/exit"
	"hunt/cmd/hunt/screen/screentest"
	"hunt/evtx/evtxtest"
)

// spreadsheetLog holds values that spreadsheets take for formulas, and that terminals and readers of lines act on.
func spreadsheetLog(t *testing.T) (name string) {
	t.Helper()
	const computer = "=WS1\u009b2J"
	const line = "\r\n=cmd|' /C calc'!A0\x1b]0;x\a\u2066"
	at := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	sysmon := func(id uint16, pairs ...evtxtest.Pair) evtxtest.Event {
		return evtxtest.Event{Provider: "Microsoft-Windows-Sysmon", Channel: "Microsoft-Windows-Sysmon/Operational",
			Computer: computer, Time: at, EventID: id, Data: pairs}
	}
	logon := func(id uint16, account string) evtxtest.Event {
		return evtxtest.Event{Provider: "Microsoft-Windows-Security-Auditing", Channel: "Security",
			Computer: computer,
			Time:     at.Add(time.Duration(id%4624) * -time.Minute), EventID: id, Data: []evtxtest.Pair{
				evtxtest.Str("TargetUserName", account), evtxtest.Str("TargetDomainName", "@SUM(1)"),
				evtxtest.Str("LogonType", "10"), evtxtest.Str("IpAddress", "203.0.113.7"),
				evtxtest.Str("WorkstationName", "+1"+screentest.Hostile), evtxtest.Str("TargetLogonId", "0x1234")}}
	}
	service := evtxtest.Event{Provider: "Service Control Manager", Channel: "System", Computer: computer, Time: at,
		EventID: 7045, Data: []evtxtest.Pair{evtxtest.Str("ServiceName", "=HYPERLINK(\"x\")"),
			evtxtest.Str("ImagePath", "\t@SUM(A1)"+line)}}
	script := evtxtest.Event{Provider: "Microsoft-Windows-PowerShell",
		Channel: "Microsoft-Windows-PowerShell/Operational", Computer: computer, Time: at, EventID: 4104,
		Data: []evtxtest.Pair{evtxtest.Str("MessageNumber", "1"), evtxtest.Str("MessageTotal", "1"),
			evtxtest.Str("ScriptBlockText", "=1+1"+line), evtxtest.Str("ScriptBlockId", "-1"+screentest.Hostile),
			evtxtest.Str("Path", "+x;=y"+screentest.Hostile)}}
	name = filepath.Join(t.TempDir(), "=evil\u202egol.evtx")
	log := evtxtest.File(sysmon(1, evtxtest.Str("Image", `=C:\`+screentest.Hostile),
		evtxtest.Str("CommandLine", "=1"+line),
		evtxtest.Str("User", "-2+3\\@x")), sysmon(22, evtxtest.Str("QueryName", "=x;@y"+line)),
		logon(4625, "=cmd|' /C calc'!A0"), logon(4625, "=cmd|' /C calc'!A0"),
		logon(4625, "=cmd|' /C calc'!A0"), logon(4624, "=cmd|' /C calc'!A0"),
		logon(4624, "\u00a0-3"+line), service, script)
	if err := os.WriteFile(name, log, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// harmlessCell fails if a spreadsheet or a terminal would act on a cell of CSV.
func harmlessCell(t *testing.T, command []string, cell string) {
	t.Helper()
	screentest.Quiet(t, cell)
	if strings.ContainsAny(cell, "\r\n\t") {
		t.Errorf("%q: a cell of several lines: %q", command, cell)
	}
	if strings.HasPrefix(cell, "'") {
		return // marked as text
	}
	for part := range strings.FieldsFuncSeq(cell, func(r rune) bool { return r == ';' || r == ',' }) {
		begin := strings.TrimLeft(strings.TrimSpace(part), `"'`)
		if begin != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(begin)[0]) {
			t.Errorf("%q: a spreadsheet takes %q for a formula", command, cell)
		}
	}
}

// TestNoCellIsAFormula: whatever a log holds, rows are text in tables, CSV and workbooks, and JSON has it whole.
func TestNoCellIsAFormula(t *testing.T) {
	name := spreadsheetLog(t)
	evidence := []string{"--evtx", name, "--quiet"}
	for _, command := range [][]string{
		{"search", "--regex", ".", "--each-field"}, {"search", "--regex", "calc"}, {"stats"},
		{"stats", "--by", "process.command_line,host,user,process.executable"}, {"stack", "services", "--exact"},
		{"stack", "programs", "--exact"}, {"stack", "commands", "--exact"}, {"stack", "domains"},
		{"stack", "process.executable"}, {"logons"}, {"logons", "--external"}, {"logons", "--view", "guessed"},
		{"logons", "--view", "sessions"}, {"logons", "--timeline"},
		{"query", "any where true", "--fields", "process.command_line,user.name,host.name,service.name"},
		{"query", "any where true | count process.command_line, user.name"},
		{"query", "any where true | unique_count user.name"},
	} {
		format := func(f string) (args []string) {
			args = append(append(args, command...), evidence...)
			if f == "jsonl" || f == "table" {
				for i, a := range args {
					if a == "--fields" {
						args = append(args[:i:i], args[i+2:]...)
						break
					}
				}
			}
			return append(args, "--format", f)
		}
		code, out, errs := hunt(t, format("csv")...)
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(out, "\ufeff"))).ReadAll()
		if code != exit.OK || err != nil || len(rows) < 2 {
			t.Errorf("%q: exit %d, %d rows, %v: %s", command, code, len(rows), err, errs)
		}
		for _, row := range rows {
			for _, cell := range row {
				harmlessCell(t, command, cell)
			}
		}
		_, out, _ = hunt(t, format("table")...)
		screentest.Quiet(t, out)
		_, out, _ = hunt(t, format("jsonl")...)
		for line := range strings.Lines(out) {
			if !json.Valid([]byte(line)) {
				t.Errorf("%q: no JSON: %s", command, line)
			}
		}
		_, out, _ = hunt(t, format("xlsx")...)
		textCells(t, command, []byte(out))
	}
	dir := filepath.Join(t.TempDir(), "scripts")
	if code, _, errs := hunt(t, append([]string{"scripts", "--out", dir}, evidence...)...); code != exit.OK {
		t.Fatal(code, errs)
	}
	text, err := os.ReadFile(filepath.Join(dir, "index.csv"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff")))).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatal(len(rows), err)
	}
	for _, row := range rows {
		for _, cell := range row {
			harmlessCell(t, []string{"scripts"}, cell)
		}
	}
}

// textCells fails if a workbook has a formula, or a cell with characters that act on a reader.
func textCells(t *testing.T, command []string, book []byte) {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(book))
	if err != nil {
		t.Errorf("%q: %v", command, err)
		return
	}
	defer func() { _ = f.Close() }()
	cells := 0
	for _, sheet := range f.GetSheetList() {
		rows, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for r, row := range rows {
			for c, cell := range row {
				cells++
				screentest.Quiet(t, cell)
				at, _ := excelize.CoordinatesToCellName(c+1, r+1)
				if formula, err := f.GetCellFormula(sheet, at); err != nil || formula != "" {
					t.Errorf("%q: %s!%s is the formula %q, %v", command, sheet, at, formula, err)
				}
			}
		}
	}
	if cells < 4 {
		t.Errorf("%q: %d cells", command, cells)
	}
}
