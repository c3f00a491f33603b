package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSoundJSONIsWhatStrictReadersTake(t *testing.T) {
	for in, want := range map[string]string{
		`{"a":"plain"}`:              `{"a":"plain"}`,
		`{"a":"x\ud83dy"}`:           `{"a":"x\ufffdy"}`,
		`{"a":"\ud83d\udca9"}`:       `{"a":"\ud83d\udca9"}`,
		`{"a":"\uD83D\uDCA9\uDCA9"}`: `{"a":"\uD83D\uDCA9\ufffd"}`,
		`{"a":"\ud83d\ud83d\udca9"}`: `{"a":"\ufffd\ud83d\udca9"}`,
		`{"a":"\\ud83d"}`:            `{"a":"\\ud83d"}`,
		`{"a":"\\\ud83d"}`:           `{"a":"\\\ufffd"}`,
		`{"a":"\ud83d"}`:             `{"a":"\ufffd"}`,
		"{\"a\":\"\xff\u00e9\"}":     "{\"a\":\"\ufffd\u00e9\"}",
		`{"a":"\u0041"}`:             `{"a":"\u0041"}`,
	} {
		got, altered := soundJSON([]byte(in))
		if string(got) != want || altered != (in != want) {
			t.Errorf("%s: %s, altered %t; want %s", in, got, altered, want)
		}
	}
}

func TestDocumentsOfAQueryAreStrictAndMarked(t *testing.T) {
	file := filepath.Join(t.TempDir(), "d.ndjson")
	text := `{"@timestamp":"2026-03-12T09:00:00Z","event":{"category":"process"},"process":{"name":"a\ud83d"}}` + "\n" +
		`{"@timestamp":"2026-03-12T09:00:01Z","event":{"category":"process"},"process":{"name":"b"}}` + "\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"jsonl", "elastic"} {
		code, stdout, stderr := hunt(t, "query", "--ndjson", file, "--format", format, "process where true")
		if code != exitOK {
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
