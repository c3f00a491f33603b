package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"hunt/cmd/hunt/exit"
)

// A log that another process holds is named, and the other logs are read.
func TestALogThatAnotherProcessHoldsIsTold(t *testing.T) {
	dir := t.TempDir()
	sample := filepath.Join("..", "..", "samples", "scenario-3-wscript-vbs", "attack")
	if err := os.CopyFS(dir, os.DirFS(sample)); err != nil {
		t.Fatal(err)
	}
	held := filepath.Join(dir, "WS-HR-03", "C", "Windows", "System32", "winevt", "logs", "Security.evtx")
	name, err := syscall.UTF16PtrFromString(held)
	if err != nil {
		t.Fatal(err)
	}
	h, err := syscall.CreateFile(name, syscall.GENERIC_READ, 0, nil, syscall.OPEN_EXISTING, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.CloseHandle(h) }()
	var stdout, stderr bytes.Buffer
	report := filepath.Join(t.TempDir(), "r.json")
	code := run(context.Background(), []string{"hunt", "--evtx", dir, "--report", report}, &stdout, &stderr)
	if code != exit.Incomplete || !strings.Contains(stderr.String(), "Security.evtx") {
		t.Errorf("exit code %d: %s", code, stderr.String())
	}
	if data, err := os.ReadFile(report); err != nil || !bytes.Contains(data, []byte("Sysmon")) {
		t.Errorf("the other log is not in the report: %v", err)
	}
}
