package report_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hunt/report"
	"hunt/report/reporttest"
)

var endings = []string{".html", ".xlsx", ".json"}

func TestWritingTwiceGivesTheSameBytes(t *testing.T) {
	for _, ending := range endings {
		var files [3][]byte
		for i := range files {
			name := filepath.Join(t.TempDir(), "report"+ending)
			if err := report.Write(t.Context(), name, reporttest.Rich(), report.Options{}); err != nil {
				t.Fatal(err)
			}
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files[i] = b
		}
		if !bytes.Equal(files[0], files[1]) || !bytes.Equal(files[0], files[2]) {
			t.Errorf("%s: the bytes differ from write to write", ending)
		}
	}
}

func TestWritingAllAtOnceGivesTheBytesOfOneAfterTheOther(t *testing.T) {
	dir := t.TempDir()
	var names []string
	for _, ending := range append(endings, ".pdf") {
		names = append(names, filepath.Join(dir, "all"+ending))
	}
	errs := report.WriteAll(t.Context(), names, reporttest.Rich(), report.Options{})
	if len(errs) != 4 || !errors.Is(errs[3], report.ErrFormat) || errors.Join(errs[:3]...) != nil {
		t.Fatalf("errors %v, want ErrFormat for the last alone", errs)
	}
	for i, ending := range endings {
		one := filepath.Join(dir, "one"+ending)
		if err := report.Write(t.Context(), one, reporttest.Rich(), report.Options{}); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(readFile(t, one), readFile(t, names[i])) {
			t.Errorf("%s: other bytes", ending)
		}
	}
}

func TestAnUnknownEndingIsRefusedBeforeAnythingIsWritten(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"report.pdf", "report", "report.html.txt"} {
		err := report.Write(t.Context(), filepath.Join(dir, name), reporttest.Rich(), report.Options{})
		if !errors.Is(err, report.ErrFormat) {
			t.Errorf("%s: error %v, want ErrFormat", name, err)
		}
	}
	left(t, dir)
}

func TestACancelledContextLeavesTheOldReportAndNothingElse(t *testing.T) {
	for _, ending := range endings {
		dir := t.TempDir()
		name := filepath.Join(dir, "report"+ending)
		if err := os.WriteFile(name, []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := report.Write(ctx, name, reporttest.Large(50, 5000), report.Options{}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v, want canceled", ending, err)
		}
		if b, err := os.ReadFile(name); err != nil || string(b) != "old" {
			t.Errorf("%s: the old report is now %q, %v", ending, b, err)
		}
		left(t, dir, filepath.Base(name))
	}
}

func TestAReportThatCannotBeRenamedLeavesNoTemporaryFile(t *testing.T) {
	for _, ending := range endings {
		dir := t.TempDir()
		name := filepath.Join(dir, "report"+ending)
		if err := os.MkdirAll(filepath.Join(name, "in the way"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := report.Write(t.Context(), name, reporttest.Rich(), report.Options{}); err == nil {
			t.Errorf("%s: a directory was overwritten", ending)
		}
		left(t, dir, filepath.Base(name))
	}
}

func TestAMissingDirectoryIsAnErrorThatNamesTheReport(t *testing.T) {
	name := filepath.Join(t.TempDir(), "missing", "report.json")
	err := report.Write(t.Context(), name, reporttest.Rich(), report.Options{})
	if err == nil || !bytes.Contains([]byte(err.Error()), []byte(name)) {
		t.Errorf("error %v does not name %s", err, name)
	}
}

// left fails if dir holds anything else than the named files.
func left(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var have []string
	for _, e := range entries {
		have = append(have, e.Name())
	}
	if diff := cmp.Diff(names, have); diff != "" {
		t.Errorf("left in the directory (-want +have):\n%s", diff)
	}
}

// failing fails after n bytes.
type failing struct{ n int }

var errFull = errors.New("disk full")

func (f *failing) Write(b []byte) (int, error) {
	if f.n -= len(b); f.n < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestWritersReportAWriterThatFails(t *testing.T) {
	for name, write := range map[string]func(io.Writer, *report.Report) error{
		"html": report.WriteHTML, "xlsx": report.WriteXLSX, "json": report.WriteJSON,
		"terminal": func(w io.Writer, r *report.Report) error { return report.WriteTerminal(w, r, report.TerminalOptions{}) },
	} {
		for _, n := range []int{0, 100, 1000} {
			if err := write(&failing{n}, reporttest.Rich()); !errors.Is(err, errFull) {
				t.Errorf("%s, %d bytes: error %v, want %v", name, n, err, errFull)
			}
		}
	}
}

func TestReadJSONGivesBackWhatWriteJSONWrote(t *testing.T) {
	for name, want := range map[string]*report.Report{"rich": reporttest.Rich(), "empty": reporttest.Empty(), "blind": reporttest.Blind()} {
		first := writeJSON(t, want)
		have, err := report.ReadJSON(bytes.NewReader(first))
		if err != nil {
			t.Fatal(err)
		}
		// An event may be spelt with or without \u escapes; it is the same event.
		sameEvent := cmp.Transformer("event", func(raw json.RawMessage) any {
			var v any
			if len(raw) > 0 && json.Unmarshal(raw, &v) != nil {
				return string(raw)
			}
			return v
		})
		if diff := cmp.Diff(want, have, sameEvent); diff != "" {
			t.Errorf("%s (-want +have):\n%s", name, diff)
		}
		if second := writeJSON(t, have); !bytes.Equal(first, second) {
			t.Errorf("%s: written again, the JSON differs", name)
		}
	}
}

func TestReadJSONRefusesAnotherSchema(t *testing.T) {
	for _, text := range []string{``, `{`, `{}`, `{"schema":"hunt.report/2"}`, `[]`} {
		if _, err := report.ReadJSON(bytes.NewReader([]byte(text))); err == nil {
			t.Errorf("%s was read", text)
		}
	}
}

func TestADirectoryIsWrittenWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "out")
	fill := func(d string) error { return os.WriteFile(filepath.Join(d, "part"), []byte("x"), 0o600) }
	left := func() (names []string) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			names = append(names, e.Name())
		}
		return names
	}
	broken := errors.New("broken")
	if err := report.WriteDir(t.Context(), name, func(d string) error { return errors.Join(fill(d), broken) }); !errors.Is(err, broken) || len(left()) > 0 {
		t.Errorf("%v; %q is left", err, left())
	}
	ctx, cancel := context.WithCancel(t.Context())
	if err := report.WriteDir(ctx, name, func(d string) error { cancel(); return fill(d) }); !errors.Is(err, context.Canceled) || len(left()) > 0 {
		t.Errorf("%v; %q is left", err, left())
	}
	if err := report.WriteDir(t.Context(), name, fill); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(filepath.Join(name, "part")); err != nil || string(b) != "x" || len(left()) != 1 {
		t.Errorf("%q, %v; %q", b, err, left())
	}
	// What is there stays, also if it came while the directory was being filled.
	if err := report.WriteDir(t.Context(), name, fill); !errors.Is(err, os.ErrExist) || len(left()) != 1 {
		t.Errorf("%v; %q", err, left())
	}
}
