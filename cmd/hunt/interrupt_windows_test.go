package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"hunt/cmd/hunt/exit"
)

// Ctrl-Break ends a run as Ctrl-C does. Another process group can be sent no Ctrl-C.
func TestCtrlBreakEndsARun(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "hunt.exe") // the test's program is hunt under that name
	data, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, data, 0o755); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(program, "query", "--ndjson", "-", "any where true")
	c.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
	var stderr bytes.Buffer
	c.Stderr = &stderr
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	// More than the pipe holds: once it is written, hunt reads, and waits for more.
	line := `{"@timestamp":1,"event":{"category":"process"}}` + "\n"
	if _, err := io.WriteString(in, strings.Repeat(line, 1<<20/len(line))); err != nil {
		t.Fatal(err)
	}
	send := syscall.NewLazyDLL("kernel32.dll").NewProc("GenerateConsoleCtrlEvent")
	if ok, _, err := send.Call(syscall.CTRL_BREAK_EVENT, uintptr(c.Process.Pid)); ok == 0 {
		_ = c.Process.Kill()
		_ = c.Wait()
		t.Skipf("SKIPPED: no console: %v", err)
	}
	var ended *exec.ExitError
	if err := c.Wait(); !errors.As(err, &ended) || ended.ExitCode() != exit.Interrupted {
		t.Errorf("%v: %s", err, stderr.String())
	}
}
