package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hunt/cmd/hunt/exit"
)

// What a scan learns of one input has no part in the shard of the next.
func TestAShardDoesNotDependOnWhatWasScannedBefore(t *testing.T) {
	dir := t.TempDir()
	inputs := groupFleet(t, 4)
	var list strings.Builder
	for _, in := range inputs {
		fmt.Fprintf(&list, "%q,%q\n", in.Path, in.Name)
	}
	name := filepath.Join(dir, "list.csv")
	if err := os.WriteFile(name, []byte(list.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	scan := func(out, part string) {
		t.Helper()
		if code, _, errs := hunt(t, "scan", "--quiet", "--input-list", name, "--part", part, "--out",
			filepath.Join(dir, out)); code != exit.OK {
			t.Fatalf("exit code %d\n%s", code, errs)
		}
	}
	scan("together", "0/1")
	for i := range inputs {
		scan("alone", fmt.Sprintf("%d/%d", i, len(inputs)))
	}
	names, err := filepath.Glob(filepath.Join(dir, "together", "*.shard"))
	if err != nil || len(names) != len(inputs) {
		t.Fatal(names, err)
	}
	for _, n := range names {
		if !bytes.Equal(mustRead(t, n), mustRead(t, filepath.Join(dir, "alone", filepath.Base(n)))) {
			t.Errorf("%s: another shard when it is scanned after others", filepath.Base(n))
		}
	}
}
