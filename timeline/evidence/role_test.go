package evidence

import (
	"path/filepath"
	"testing"

	"hunt/evtx/evtxtest"
)

func TestTheRoleOfALogIsTheSameWhereverTheArgumentBegins(t *testing.T) {
	log := evtxtest.File(security4688("WS1", noon, 100, 50, `C:\a.exe`, ""))
	dir := t.TempDir()
	for _, c := range []struct {
		file string
		from []string // arguments that hold it
		want string
	}{
		{"a/C/Windows/System32/winevt/Logs/Security.evtx",
			[]string{"a", "a/C", "a/C/Windows/System32", "a/C/Windows/System32/winevt/Logs",
				"a/C/Windows/System32/winevt/Logs/Security.evtx"}, "live log of C:"},
		{"b/VSS3/Windows/System32/winevt/Logs/System.evtx",
			[]string{"b", "b/VSS3", "b/VSS3/Windows/System32/winevt/Logs"}, "log, from shadow copy 3"},
		{"c/D/Windows.old/Windows/System32/winevt/Logs/System.evtx", []string{"c", "c/D/Windows.old/Windows"},
			"log of D:, of the previous installation (Windows.old)"},
		{"e/f/case/System.evtx", []string{"e/f/case"}, ""}, // no drives, but an examiner's directories
	} {
		name := write(t, dir, c.file, log)
		for _, from := range c.from {
			col, list := collectIn(t, Options{}, filepath.Join(dir, filepath.FromSlash(from)))
			if len(list) != 1 || col.Files[0].Source != c.want {
				t.Errorf("%s from %s: %q, source %q, want %q", name, from, list, col.Files[0].Source, c.want)
			}
		}
	}
}
