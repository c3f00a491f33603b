package main

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"hunt/report/reporttest"
)

func TestCellsOfATableAreTextWhateverTheLogsSay(t *testing.T) {
	attacks := append(reporttest.AttackList(), "", " ", "a", "a,b", `a"b`, `"`, "a\nb", "a\r\nb", "\n", "\ufeff", "\n=1")
	for _, a := range attacks {
		row := []string{a, "x", a}
		text := csvRow(nil, append([]string(nil), row...))
		if !bytes.HasSuffix(text, []byte("\r\n")) {
			t.Errorf("%q: the line does not end with CR LF", text)
		}
		// Go's reader makes LF of CR LF within a cell, as it says; nothing else may differ.
		got, err := csv.NewReader(bytes.NewReader(text)).Read()
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		want := strings.ReplaceAll(strings.ToValidUTF8(a, "\uFFFD"), "\x00", "\uFFFD")
		if want != "" && strings.ContainsAny(want[:1], "=+-@\t\r\n") || strings.HasPrefix(want, "＝") || strings.HasPrefix(want, "＋") ||
			strings.HasPrefix(want, "－") || strings.HasPrefix(want, "＠") {
			want = "'" + want
		}
		want = strings.ReplaceAll(want, "\r\n", "\n")
		if len(got) != 3 || got[0] != want || got[1] != "x" || got[2] != want {
			t.Errorf("%q is read as %q, want %q", a, got, want)
		}
	}
}
