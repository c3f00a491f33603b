package format_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hunt/report"
	"hunt/report/format"
	"hunt/report/html"
	"hunt/report/reporttest"
	"hunt/report/terminal"
	"hunt/report/xlsx"
)

var endings = []string{".html", ".xlsx", ".json"}

func TestWritingTwiceGivesTheSameBytes(t *testing.T) {
	for _, ending := range endings {
		var files [3][]byte
		for i := range files {
			name := filepath.Join(t.TempDir(), "report"+ending)
			reporttest.Write(t, name, reporttest.Rich(), format.Options{})
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

func TestAnUnknownEndingIsRefusedBeforeAnythingIsWritten(t *testing.T) {
	for _, name := range []string{"report.pdf", "report", "report.html.txt"} {
		err := format.Write(t.Context(), &failing{0}, name, reporttest.Rich(), format.Options{})
		if !errors.Is(err, format.ErrFormat) {
			t.Errorf("%s: error %v, want ErrFormat", name, err)
		}
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
		"html": func(w io.Writer, r *report.Report) error {
			return html.Write(t.Context(), w, r, html.Options{})
		},
		"xlsx": func(w io.Writer, r *report.Report) error {
			return xlsx.Write(t.Context(), w, r, xlsx.Options{})
		},
		"json":     func(w io.Writer, r *report.Report) error { return report.WriteJSON(t.Context(), w, r) },
		"terminal": func(w io.Writer, r *report.Report) error { return terminal.Write(w, r, terminal.Options{}) },
	} {
		for _, n := range []int{0, 100, 1000} {
			if err := write(&failing{n}, reporttest.Rich()); !errors.Is(err, errFull) {
				t.Errorf("%s, %d bytes: error %v, want %v", name, n, err, errFull)
			}
		}
	}
}

func TestReadJSONGivesBackWhatWriteJSONWrote(t *testing.T) {
	for name, want := range map[string]*report.Report{"rich": reporttest.Rich(), "empty": reporttest.Empty(),
		"blind": reporttest.Blind()} {
		first := reporttest.WriteJSON(t, want)
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
		if second := reporttest.WriteJSON(t, have); !bytes.Equal(first, second) {
			t.Errorf("%s: written again, the JSON differs", name)
		}
	}
}

func TestReadJSONRefusesAnotherSchema(t *testing.T) {
	for _, text := range []string{``, `{`, `{}`, `{"schema":"hunt.report/1"}`, `[]`} {
		if _, err := report.ReadJSON(bytes.NewReader([]byte(text))); err == nil {
			t.Errorf("%s was read", text)
		}
	}
}
