package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hunt/cmd/hunt/exit"
)

func TestDocumentsOfAQueryAreStrictAndMarked(t *testing.T) {
	file := filepath.Join(t.TempDir(), "d.ndjson")
	text := `{"@timestamp":"2026-03-12T09:00:00Z","event":{"category":"process"},"process":{"name":"a\ud83d"}}` + "\n" +
		`{"@timestamp":"2026-03-12T09:00:01Z","event":{"category":"process"},"process":{"name":"b"}}` + "\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"jsonl", "elastic"} {
		code, stdout, stderr := hunt(t, "query", "--ndjson", file, "--format", format, "process where true")
		if code != exit.OK {
			t.Errorf("%s: exit code %d: %s", format, code, stderr)
		}
		whole := stdout
		if format == "elastic" { // one object of several lines
			whole = strings.ReplaceAll(stdout, "\n", "") + "\n"
		}
		strict(t, format, whole)
		if strings.Count(stdout, `"hunt":{"altered":true}`) != 1 || strings.Count(stdout, `"_source"`) != 2 {
			t.Errorf("%s: %s", format, stdout)
		}
	}
}
