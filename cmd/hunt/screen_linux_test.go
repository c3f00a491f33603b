package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"hunt/cmd/hunt/exit"
	"hunt/cmd/hunt/screen/screentest"
	"hunt/evtx/evtxtest"
)

// terminal opens a terminal; what is written to it comes out of the first file.
func newTerminal(t *testing.T) (reader, tty *os.File) {
	t.Helper()
	reader, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no terminals here: ", err)
	}
	var n, unlock uint32
	for _, c := range []struct {
		request uintptr
		value   *uint32
	}{{syscall.TIOCSPTLCK, &unlock}, {syscall.TIOCGPTN, &n}} {
		if _, _, no := syscall.Syscall(syscall.SYS_IOCTL, reader.Fd(), c.request,
			uintptr(unsafe.Pointer(c.value))); no != 0 {
			t.Skip("no terminals here: ", no)
		}
	}
	tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no terminals here: ", err)
	}
	t.Cleanup(func() { _ = reader.Close() })
	return reader, tty
}

// Whatever a log holds, no command sends a terminal what it acts on; a file gets the text as it is.
func TestNoCommandSendsATerminalWhatItActsOn(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "evil\u202egol.evtx")
	log := evtxtest.File(evtxtest.Event{Provider: "Microsoft-Windows-Sysmon",
		Channel: "Microsoft-Windows-Sysmon/Operational", Computer: "WS1\u009b2J", EventID: 1,
		Data: []evtxtest.Pair{evtxtest.Str("Image", `C:\`+screentest.Hostile),
			evtxtest.Str("CommandLine", screentest.Hostile)}})
	if err := os.WriteFile(name, log, 0o600); err != nil {
		t.Fatal(err)
	}
	report := filepath.Join(dir, "r\u202e.json")
	if code, _, errs := hunt(t, "--evtx", name, "--report", report, "--quiet"); code != exit.OK {
		t.Fatal(code, errs)
	}
	for _, args := range [][]string{
		{"dump", name}, {"dump", "--format", "xml", name}, {"dump", "--with-ref", name},
		{"query", "--evtx", name, "any where true"}, {"query", "--evtx", name, "--format", "jsonl", "any where true"},
		{"query", "--evtx", name, "--format", "elastic", "any where true"},
		{"timeline", "--evtx", name, "--output", "-", "--format", "csv"},
		{"timeline", "--evtx", name, "--output", "-", "--format", "jsonl"},
		{"timeline", "--evtx", name, "--output", "/dev/stdout", "--format", "ecs"},
		{"timeline", "--evtx", name, "--output", "/dev/stdout", "--format", "csv"},
		{"timeline", "--evtx", name, "--output", "-", "--format", "timesketch"},
		{"coverage", "--evtx", name}, {"coverage", "--evtx", name, "--format", "json"}, {"hosts", "--evtx", name},
		{"hosts", "--evtx", name, "--format", "json"},
		{"search", "--evtx", name, "--regex", "."},
		{"search", "--evtx", name, "--regex", ".", "--format", "csv"},
		{"search", "--evtx", name, "--regex", ".", "--format", "jsonl", "--each-field"}, {"stats", "--evtx", name},
		{"stats", "--evtx", name, "--by", "process.command_line,host", "--format", "csv"},
		{"stats", "--evtx", name, "--by", "process.command_line", "--format", "jsonl"},
		{"stack", "programs", "--evtx", name},
		{"stack", "commands", "--evtx", name, "--format", "csv"},
		{"tree", "--evtx", name}, {"tree", "--evtx", name, "--format", "jsonl"}, {"logons", "--evtx", name},
		{"show", filepath.Base(name) + "#1", "--evtx", name},
		{"show", filepath.Base(name) + "#1", "--evtx", name, "--format", "json"},
		{"query", "--evtx", name, "--format", "csv", "--fields", "process.command_line,host.name", "any where true"},
		{"diff", report, report}, {"diff", report, report, "--format", "json"},
		{"scripts", "--evtx", name, "--out", filepath.Join(dir, "out\u202e\x1b[2J")},
		{"--evtx", name, "--no-color"}, {"--evtx", name, "--stix", "-", "--quiet"},
		{"--evtx", name, "--no-color", "--host", "x\u009b2J\u202e"}, {"--evtx", dir + "/x\u202e\x1b[2J"},
	} {
		reader, tty := newTerminal(t)
		got := make(chan string)
		go func() {
			b, _ := io.ReadAll(reader) // ends with an error once the terminal is closed
			got <- string(b)
		}()
		run(t.Context(), append([]string{"hunt"}, args...), tty, tty)
		_ = tty.Close()
		text := strings.ReplaceAll(<-got, "\r\n", "\n")
		screentest.Quiet(t, text)
		if len(text) == 0 {
			t.Errorf("%q: printed nothing", args)
		}
	}
	var out strings.Builder
	if code := run(t.Context(), []string{"hunt", "dump", name}, &out, io.Discard); code != exit.OK ||
		!strings.Contains(out.String(), screentest.Hostile) {
		t.Errorf("exit code %d; %s", code, out.String())
	}
}
