package timeline_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hunt/evtx/evtxtest"
	"hunt/rules"
	"hunt/rules/pack"
	"hunt/timeline"
	"hunt/timeline/evidence"
	"hunt/timeline/shard"
	"hunt/timeline/ziptest"
)

// shardOf scans a log of its own and returns its shard.
func shardOf(t *testing.T, computer string, n int) []byte {
	t.Helper()
	dir := t.TempDir()
	var events []evtxtest.Event
	for i := range n {
		events = append(events, evtxtest.Event{Provider: "Microsoft-Windows-Security-Auditing", Channel: "Security",
			Computer: computer, EventID: uint16(4624 + i)})
	}
	if err := os.WriteFile(filepath.Join(dir, "Security.evtx"), evtxtest.File(events...), 0o600); err != nil {
		t.Fatal(err)
	}
	col, err := evidence.Collect(t.Context(), evidence.Inputs(dir), evidence.Options{})
	if err != nil {
		t.Fatal(err)
	}
	pk, err := pack.Load(pack.Sources{})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := shard.NewWriter(&out)
	if _, err := rules.Run(t.Context(), timeline.Of(col), pk, rules.Options{Shard: w}); err != nil {
		t.Fatal(err)
	}
	if err := w.Finish(&shard.Manifest{Name: computer, Version: "1", Hosts: []string{computer}}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// opened opens and verifies a shard, as a merge does.
func opened(t *testing.T, content []byte) error {
	t.Helper()
	name := filepath.Join(t.TempDir(), "a.shard")
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := shard.Open(name)
	if err == nil {
		err = s.Verify(t.Context())
	}
	if err != nil && !strings.Contains(err.Error(), name) {
		t.Errorf("%v does not name the shard", err)
	}
	if err != nil && !strings.Contains(err.Error(), "scan the input again") {
		t.Errorf("%v does not say what to do", err)
	}
	return err
}

func TestAShardWhoseMembersAreNotItsOwnIsRefused(t *testing.T) {
	one, two := ziptest.Members(t, shardOf(t, "WS1", 3)), ziptest.Members(t, shardOf(t, "WS2", 3))
	if err := opened(t, ziptest.Of(t, one...)); err != nil {
		t.Fatalf("packed again as it was: %v", err)
	}
	refused := func(what string, parts []ziptest.Member) {
		t.Helper()
		err := opened(t, ziptest.Of(t, parts...))
		if !errors.Is(err, shard.ErrChanged) && !errors.Is(err, shard.ErrNoShard) {
			t.Errorf("%s: error %v", what, err)
		}
	}
	for i, p := range one {
		mixed := slices.Clone(one)
		if mixed[i] = two[i]; !bytes.Equal(one[i].Bytes, two[i].Bytes) {
			refused(p.Name+" of another shard", mixed)
		}
		flipped := slices.Clone(one)
		if flipped[i].Bytes = slices.Clone(p.Bytes); len(p.Bytes) > 0 {
			flipped[i].Bytes[len(p.Bytes)/2] ^= 1
			refused(p.Name+" with a bit turned", flipped)
			flipped[i].Bytes = p.Bytes[:len(p.Bytes)-1]
			refused(p.Name+" cut", flipped)
		}
		refused("without "+p.Name, slices.Delete(slices.Clone(one), i, i+1))
		refused(p.Name+" twice", slices.Insert(slices.Clone(one), i, p))
		other := slices.Clone(one)
		other[i].Name = "other"
		refused(p.Name+" under another name", other)
		if i > 0 {
			swapped := slices.Clone(one)
			swapped[i], swapped[i-1] = swapped[i-1], swapped[i]
			refused(p.Name+" in another place", swapped)
		}
	}
	refused("a member more", slices.Insert(slices.Clone(one), 0, ziptest.Member{Name: "notes", Bytes: []byte("x")}))
	packed := slices.Clone(one)
	packed[0].Method = zip.Deflate
	refused("a member that was compressed", packed)
}

func TestAnEditedManifestIsRefused(t *testing.T) {
	parts := ziptest.Members(t, shardOf(t, "WS1", 3))
	last := len(parts) - 1
	var fields map[string]any
	if err := json.Unmarshal(parts[last].Bytes, &fields); err != nil {
		t.Fatal(err)
	}
	for name, old := range fields {
		if name == "schema" {
			continue // another version has a message of its own
		}
		edited := map[string]any{}
		for k, v := range fields {
			edited[k] = v
		}
		switch v := old.(type) {
		case string:
			edited[name] = v + "x"
		case float64:
			edited[name] = v + 1
		case bool:
			edited[name] = !v
		default:
			edited[name] = nil
		}
		b, err := json.MarshalIndent(edited, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := opened(t, ziptest.Of(t, append(slices.Clone(parts[:last]),
			ziptest.Member{Name: parts[last].Name, Bytes: b, Method: zip.Deflate})...)); !errors.Is(err,
			shard.ErrChanged) && !errors.Is(err, shard.ErrNoShard) {
			t.Errorf("%s edited: error %v", name, err)
		}
	}
	text := string(parts[last].Bytes)
	for what, edit := range map[string]string{
		"a field more":     strings.Replace(text, "{", `{ "note": 1,`, 1),
		"a field twice":    strings.Replace(text, `"strict": false`, `"strict": true, "strict": false`, 1),
		"another case":     strings.Replace(text, `"From":`, `"FROM":`, 1),
		"text behind it":   text + "{}",
		"blanks behind it": text + "\n",
		"nothing":          "",
	} {
		if edit == text {
			t.Fatalf("%s: the manifest has changed, the test has not", what)
		}
		if err := opened(t, ziptest.Of(t, append(slices.Clone(parts[:last]),
			ziptest.Member{Name: parts[last].Name, Bytes: []byte(edit), Method: zip.Deflate})...)); err == nil {
			t.Errorf("%s: taken", what)
		}
	}
}

// A shard in the evidence is no evidence: the chunks in it must not be taken for a log.
func TestTheChunksOfAShardAreNoEventLog(t *testing.T) {
	dir := t.TempDir()
	for _, p := range ziptest.Members(t, shardOf(t, "WS1", 3)) {
		if err := os.WriteFile(filepath.Join(dir, p.Name), p.Bytes, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	col, err := evidence.Collect(t.Context(), evidence.Inputs(dir), evidence.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range col.Files {
		if f.Status == evidence.Read {
			t.Errorf("%s was read", f.Path)
		}
	}
}

func TestVerifyingAShardEndsWithItsContext(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.shard")
	if err := os.WriteFile(name, shardOf(t, "WS1", 3), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := shard.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Verify(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
