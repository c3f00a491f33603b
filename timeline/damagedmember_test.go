package timeline

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hunt/evtx/evtxtest"
	"hunt/timeline/evidence"
	"hunt/timeline/shard"
)

// A scan for a shard unpacks the members of an archive before it reads them. What it says of damaged ones is what a
// scan says that reads them while it unpacks them, whatever is damaged.
func TestDamagedMembersAreReadAlikeForAShard(t *testing.T) {
	var events []evtxtest.Event
	for i := range 200 {
		events = append(events, evtxtest.Event{Provider: "Microsoft-Windows-Security-Auditing", Channel: "Security",
			Computer: "WS1", EventID: uint16(4624 + i%7)}) // #nosec G115 -- small
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	w, err := z.Create("Security.evtx")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(evtxtest.File(events...)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	damaged := 0
	for at := 60; at < out.Len()-120; at += out.Len() / 40 {
		content := bytes.Clone(out.Bytes())
		content[at] ^= 0x55
		name := filepath.Join(t.TempDir(), "a.zip")
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
		var told [2][]string
		for i, s := range []*shard.Writer{nil, shard.NewWriter(&bytes.Buffer{})} {
			col, err := evidence.Collect(t.Context(), evidence.Inputs(name), evidence.Options{})
			if err != nil {
				t.Fatal(err)
			}
			cs, err := Of(col).Scan(t.Context(), ScanOptions{Shard: s},
				func() Visitor { return nothing{} })
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range cs.Damage {
				told[i] = append(told[i], d.Detail)
			}
			if err := col.Close(); err != nil {
				t.Fatal(err)
			}
		}
		damaged += len(told[0])
		if diff := cmp.Diff(told[0], told[1]); diff != "" {
			t.Errorf("byte %d turned: without and with a shard:\n%s", at, diff)
		}
	}
	if damaged == 0 {
		t.Error("nothing was damaged")
	}
}
