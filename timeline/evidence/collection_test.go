package evidence

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hunt/evtx/evtxtest"
)

var noon = time.Date(2026, 3, 12, 12, 0, 0, 0, time.UTC)

// security4688 is a Security 4688; parent "" is what Windows before 10 writes.
func security4688(computer string, at time.Time, pid, ppid uint64, image, parent string) evtxtest.Event {
	e := evtxtest.Event{
		Provider: "Microsoft-Windows-Security-Auditing", GUID: "{54849625-5478-4994-A5BA-3E3B0328C30D}",
		Channel:  "Security",
		Computer: computer, EventID: 4688, Version: 2, Task: 13312, Keywords: 0x8020000000000000, Time: at,
		Data: []evtxtest.Pair{
			evtxtest.Str("SubjectUserSid", "S-1-5-21-1-2-3-1001"), evtxtest.Str("SubjectUserName", "alice"),
			evtxtest.Str("SubjectDomainName", "CORP"),
			{Name: "NewProcessId", Value: evtxtest.Hex64(pid)}, evtxtest.Str("NewProcessName", image),
			{Name: "ProcessId", Value: evtxtest.Hex64(ppid)},
		},
	}
	if parent != "" {
		e.Data = append(e.Data, evtxtest.Str("ParentProcessName", parent))
	}
	return e
}

// write puts a file into dir.
func write(t testing.TB, dir, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestEventLogsAreFoundByContentAndBadOnesAreListed(t *testing.T) {
	dir := t.TempDir()
	log := evtxtest.File(security4688("WS1", noon, 100, 50, `C:\a.exe`, `C:\b.exe`))
	write(t, dir, "deep/er/renamed.bin", log)
	write(t, dir, "Security.evtx", log)
	write(t, dir, "empty.evtx", nil)
	write(t, dir, "text.evtx", []byte("this is a text file that somebody named .evtx"))
	write(t, dir, "notes.txt", []byte("ignored"))
	write(t, dir, "old.EVTX", []byte("\x30\x00\x00\x00LfLe and so on"))
	headless := append([]byte(nil), log...)
	copy(headless, "XXXXXXXX")
	write(t, dir, "headless", headless)
	col, err := Collect(context.Background(), Inputs(dir), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		path   string
		status Status
		detail string
	}{
		{"Security.evtx", Read, ""},
		{"deep/er/renamed.bin", Read, ""},
		{"empty.evtx", NotEVTX, "0 bytes"},
		{"headless", Read, ""},
		{"old.EVTX", NotEVTX, "old .evt log"},
		{"text.evtx", NotEVTX, "does not start with ElfFile"},
	}
	if len(col.Files) != len(want) {
		t.Fatalf("%d files, want %d", len(col.Files), len(want))
	}
	for i, w := range want {
		f := col.Files[i]
		if f.Path != w.path || f.Status != w.status || !strings.Contains(f.Detail, w.detail) {
			t.Errorf("file %d is %s %s %q, want %s %s %q", i, f.Path, f.Status, f.Detail, w.path, w.status, w.detail)
		}
	}
	if col.Ignored != 1 {
		t.Errorf("%d files ignored, want 1 (notes.txt)", col.Ignored)
	}
}

func TestLinksAreFollowedOnceAndLoopsEnd(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a/Security.evtx", evtxtest.File(security4688("WS1", noon, 100, 50, `C:\a.exe`, "")))
	for name, target := range map[string]string{"a/loop": "..", "b.evtx": "a/Security.evtx",
		"dangling.evtx": "nowhere"} {
		if err := os.Symlink(target, filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			t.Skip("SKIPPED: no symbolic links here: ", err)
		}
	}
	col, err := Collect(context.Background(), Inputs(dir, filepath.Join(dir, "a")), Options{})
	if err != nil {
		t.Fatal(err)
	}
	readable := 0
	for _, f := range col.Files {
		if f.Status == Read {
			readable++
		}
	}
	if readable != 1 {
		t.Errorf("the one log was found %d times", readable)
	}
}

func TestAPathThatDoesNotExistIsAnError(t *testing.T) {
	_, err := Collect(context.Background(), Inputs(filepath.Join(t.TempDir(), "nowhere")), Options{})
	if err == nil || !strings.Contains(err.Error(), "no such file or directory") {
		t.Errorf("error %v, want one that says the path does not exist", err)
	}
}

func TestAnUnreadableFileIsListed(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("SKIPPED: root can read everything")
	}
	dir := t.TempDir()
	name := write(t, dir, "Security.evtx", evtxtest.File(security4688("WS1", noon, 100, 50, `C:\a.exe`, "")))
	if err := os.Chmod(name, 0); err != nil {
		t.Fatal(err)
	}
	col, err := Collect(context.Background(), Inputs(dir), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(col.Files) != 1 || col.Files[0].Status != Unreadable ||
		!strings.Contains(col.Files[0].Detail, "permission") {
		t.Errorf("files %+v, want one that is unreadable for want of permission", col.Files)
	}
}
