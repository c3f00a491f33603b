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
	"unicode/utf8"
	"unsafe"

	"hunt/evtx/evtxtest"
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
		{"coverage --no-default-rules", begins}, {"hosts", host}, {"stats", begins},
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
				if n := utf8.RuneCountInString(line); n > int(width) {
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
	if code := run(t.Context(), append([]string{"hunt"}, args...), tty, io.Discard); code != exitOK {
		t.Fatalf("%q: exit code %d", args, code)
	}
	_ = tty.Close()
	return strings.ReplaceAll(<-got, "\r\n", "\n")
}
