package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"hunt/cmd/hunt/exit"
	"hunt/evtx/evtxtest"
	"hunt/table"
)

// sgr is a colour.
var sgr = regexp.MustCompile("\x1b\\[[0-9;]*m")

// TestTablesFitTheTerminal: no line of a table is wider than the terminal, whatever the cells hold; and none of what
// leads to a record is cut off.
func TestTablesFitTheTerminal(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("collected-from-a-host-with-a-long-name-", 3))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	const computer = "SRV-ACCOUNTING-0123456789.department.region.example"
	path := `C:\` + strings.Repeat(`Users\a.name.without.blanks\`, 6) + "program.exe"
	var events []evtxtest.Event
	first := time.Date(2026, 3, 2, 14, 15, 16, 789_000_000, time.UTC)
	for i, command := range []string{path, path + " -enc " + strings.Repeat("QUJD", 300), "short"} {
		events = append(events, evtxtest.Event{Provider: "Microsoft-Windows-Sysmon", Computer: computer, EventID: 1,
			Channel: "Microsoft-Windows-Sysmon/Operational", Time: first.Add(time.Duration(i) * time.Second),
			Data: []evtxtest.Pair{
				evtxtest.Str("UtcTime", "2026-03-02 14:15:16.789"), evtxtest.Str("Image", path),
				evtxtest.Str("CommandLine", command), evtxtest.Str("User", `DEPARTMENT\someone.with.a.long.name`),
				evtxtest.Str("ParentImage", path), evtxtest.Str("ParentCommandLine", command)}})
	}
	log := filepath.Join(dir, "Microsoft-Windows-Sysmon%4Operational.evtx")
	if err := os.WriteFile(log, evtxtest.File(events...), 0o600); err != nil {
		t.Fatal(err)
	}
	rule := filepath.Join(dir, "rule.eql")
	if err := os.WriteFile(rule, []byte("process where true"), 0o600); err != nil {
		t.Fatal(err)
	}
	evidence := []string{"--quiet", "--evtx", filepath.Dir(dir), "--evtx", "../../samples/intrusion/WS-HR-11"}
	const begins, host = "2026-03-02 14:15:16", "srv-accounting-0123456789.department.region.example"
	for _, c := range []struct {
		args string
		says string // what stands whole in some line
	}{
		{"coverage --no-default-rules", begins}, {"hosts", host}, {"hosts --tz Asia/Kathmandu", host},
		{"coverage --no-default-rules --tz Asia/Kathmandu", "(20:00:16"},
		{"report --no-default-rules --tz Asia/Kathmandu --rules " + rule, "20:00:16 +05:45"},
		{"stats", begins},
		{"stats --tz Asia/Kathmandu", begins},
		{"stats --by process.command_line", ""}, {"stats --by process.parent.command_line,user.name,host.name", host},
		{"stack programs", begins}, {"stack commands", host}, {"logons", "2026-03-12 0"},
		{"logons --timeline", "2026-03-12 0"}, {"search exe", computer}, {"tree", begins},
		{"report --no-default-rules --rules " + rule, host}, {"rules list --rules " + rule, ""},
		{"query|process where true", "2026-03-02T14:15:16."}, {"query|process where true | unique_count user.name", ""},
		{"query|sequence [process where true] [any where true]", "2026-03-02T14:15:16."},
		{"query|any where true | count process.command_line,host.name", host},
	} {
		name, argument, given := strings.Cut(c.args, "|")
		args := strings.Fields(name)
		if args[0] != "rules" {
			args = append(args, evidence...)
		}
		if given {
			args = append(args, argument)
		}
		for _, width := range []uint16{60, 80, 120} {
			text := onTerminal(t, width, args)
			found := false
			for line := range strings.Lines(text) {
				line = sgr.ReplaceAllString(strings.TrimRight(line, "\n"), "")
				if n := table.Width(line); n > int(width) {
					t.Fatalf("%s: a line of %d in a terminal of %d:\n%s", c.args, n, width, line)
				}
				found = found || strings.Contains(line, c.says)
			}
			if !found {
				t.Errorf("%s: no line of a terminal of %d holds %q:\n%s", c.args, width, c.says, text)
			}
		}
	}
}

// onTerminal returns what a command writes to a terminal of that width.
func onTerminal(t *testing.T, width uint16, args []string) string {
	t.Helper()
	reader, tty := newTerminal(t)
	size := [4]uint16{50, width}
	if _, _, no := syscall.Syscall(syscall.SYS_IOCTL, tty.Fd(), syscall.TIOCSWINSZ,
		uintptr(unsafe.Pointer(&size))); no != 0 {
		t.Skip("no terminals here: ", no)
	}
	got := make(chan string)
	go func() {
		b, _ := io.ReadAll(reader) // ends with an error once the terminal is closed
		got <- string(b)
	}()
	if code := run(t.Context(), append([]string{"hunt"}, args...), tty, os.Stderr); code != exit.OK {
		t.Fatalf("%q: exit code %d", args, code)
	}
	_ = tty.Close()
	return strings.ReplaceAll(<-got, "\r\n", "\n")
}

// TestWideTextFitsTheTerminal: hosts, accounts and paths in East Asian scripts, whose characters take two columns. XML
// and JSON are not broken, so that they can be copied.
func TestWideTextFitsTheTerminal(t *testing.T) {
	dir := t.TempDir()
	const image = `C:\Users\管理者\ダウンロード\請求書のコピー管理者ダウンロード請求書のコピー.exe`
	log := filepath.Join(dir, "調査対象のコンピューター.evtx")
	if err := os.WriteFile(log, evtxtest.File(evtxtest.Event{Provider: "Microsoft-Windows-Sysmon", EventID: 1,
		Computer: "経理部サーバー.corp.example", Channel: "Microsoft-Windows-Sysmon/Operational", RecordID: 7,
		Time: time.Date(2026, 3, 2, 14, 15, 16, 0, time.UTC), Data: []evtxtest.Pair{
			evtxtest.Str("UtcTime", "2026-03-02 14:15:16.789"), evtxtest.Str("Image", image),
			evtxtest.Str("CommandLine", image+" 사용자계정관리자암호변경요청서첨부파일열기 👍🏽👍🏽👍🏽"),
			evtxtest.Str("User", "経理部\\管理者"), evtxtest.Str("ParentImage", image)}}), 0o600); err != nil {
		t.Fatal(err)
	}
	rule := filepath.Join(dir, "rule.eql")
	if err := os.WriteFile(rule, []byte("process where true"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"report", "--no-default-rules", "--rules", rule}, {"hosts"}, {"stats"}, {"stack", "commands"},
		{"stats", "--by", "process.command_line,user.name"}, {"search", "管理者"}, {"tree"},
		{"query", "process where true"}, {"coverage", "--no-default-rules"},
		{"show", filepath.Base(log) + "#7", "--section", "fields", "--section", "ecs", "--section", "decoders",
			"--section", "hex"},
	} {
		for _, width := range []uint16{60, 80, 120} {
			text := onTerminal(t, width, append([]string{args[0], "--quiet", "--evtx", log}, args[1:]...))
			for line := range strings.Lines(text) {
				line = sgr.ReplaceAllString(strings.TrimRight(line, "\n"), "")
				if n := table.Width(line); n > int(width) {
					t.Errorf("%q: a line of %d columns in a terminal of %d:\n%s", args, n, width, line)
				}
			}
		}
	}
}

// TestNoTerminalGetsAByteOrderMark: whatever it is called.
func TestNoTerminalGetsAByteOrderMark(t *testing.T) {
	reader, tty := newTerminal(t)
	got := make(chan string)
	go func() {
		b, _ := io.ReadAll(reader) // ends with an error once the terminal is closed
		got <- string(b)
	}()
	args := []string{"hunt", "search", "--evtx", "../../samples/scenario-1-uri-handler", "--quiet", "--format", "csv",
		"--output", tty.Name(), "powershell"}
	if code := run(t.Context(), args, io.Discard, os.Stderr); code != exit.OK {
		t.Fatalf("exit code %d", code)
	}
	_ = tty.Close()
	if text := <-got; strings.Contains(text, "\ufeff") || !strings.Contains(text, ",") {
		t.Errorf("a terminal gets %.80q", text)
	}
}
