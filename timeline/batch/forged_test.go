package batch

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hunt/timeline"
	"hunt/timeline/shard"
	"hunt/timeline/ziptest"
)

// bundleOf writes members and a manifest, which it completes.
func bundleOf(t *testing.T, m shard.BundleManifest, members ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := shard.NewBundle(&out)
	for i, content := range members {
		to, err := w.Member(fmt.Sprintf("member %d", i))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(to, content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Finish(&m); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// saved writes a file.
func saved(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// edits returns a JSON value with one of its leaves changed, for each of them, by the leaf's path.
func edits(path string, value any) map[string]any {
	out := map[string]any{}
	switch v := value.(type) {
	case map[string]any:
		for k, x := range v {
			for where, edited := range edits(path+"."+k, x) {
				other := map[string]any{}
				for k, x := range v {
					other[k] = x
				}
				other[k] = edited
				out[where] = other
			}
		}
	case []any:
		for i, x := range v {
			for where, edited := range edits(fmt.Sprintf("%s[%d]", path, i), x) {
				other := slices.Clone(v)
				other[i] = edited
				out[where] = other
			}
		}
		out[path+" without its first"] = v[1:]
	case string:
		out[path] = v + "x"
	case float64:
		out[path] = v + 1
	}
	return out
}

// kinds are a plan and a match, each with what opens it.
var kinds = []struct {
	name     string
	manifest shard.BundleManifest
	open     func(string) (*shard.Bundle, error)
}{
	{"plan", shard.BundleManifest{Schema: shard.PlanSchema, Version: "1", Build: "b", RulePack: "r", HostMap: "h",
		Options: "o", Shards: []shard.Planned{{Name: "a", Checksum: "1"}, {Name: "b", Checksum: "2"}},
		Hosts: []shard.Weighed{{ID: "ws1", Records: 3}, {ID: "ws2", Records: 4}}}, shard.OpenPlan},
	{"match", shard.BundleManifest{Schema: shard.MatchSchema, Version: "1", Build: "b", RulePack: "r", HostMap: "h",
		Options: "o", Plan: "p", Group: 1, Groups: 3}, shard.OpenMatch},
}

func TestAPlanOrMatchWithOtherMembersIsRefusedByName(t *testing.T) {
	for _, k := range kinds {
		one := ziptest.Members(t, bundleOf(t, k.manifest, "some", "thing"))
		two := ziptest.Members(t, bundleOf(t, k.manifest, "what", "else"))
		if b, err := k.open(saved(t, "x", ziptest.Of(t, one...))); err != nil {
			t.Fatalf("%s, packed again as it was: %v", k.name, err)
		} else if len(b.Manifest.Members) != 2 {
			t.Fatalf("%s has members %v", k.name, b.Manifest.Members)
		}
		refused := func(what string, members []ziptest.Member) {
			t.Helper()
			path := saved(t, "x", ziptest.Of(t, members...))
			if _, err := k.open(path); err == nil || !strings.Contains(err.Error(), path) ||
				!strings.Contains(err.Error(), "run that step again") {
				t.Errorf("%s, %s: error %v", k.name, what, err)
			}
		}
		for i, m := range one {
			with := func(change func(*ziptest.Member)) []ziptest.Member {
				out := slices.Clone(one)
				change(&out[i])
				return out
			}
			refused(m.Name+" of another", with(func(x *ziptest.Member) { *x = two[i] }))
			refused(m.Name+" with a bit turned", with(func(x *ziptest.Member) {
				x.Bytes = bytes.Clone(x.Bytes)
				x.Bytes[len(x.Bytes)/2] ^= 1
			}))
			refused(m.Name+" cut", with(func(x *ziptest.Member) { x.Bytes = x.Bytes[:len(x.Bytes)-1] }))
			refused(m.Name+" under another name", with(func(x *ziptest.Member) { x.Name = "other" }))
			refused("without "+m.Name, slices.Delete(slices.Clone(one), i, i+1))
			refused(m.Name+" twice", slices.Insert(slices.Clone(one), i, m))
		}
		refused("members in another order", []ziptest.Member{one[1], one[0], one[2]})
		refused("a member that was compressed", []ziptest.Member{
			{Name: one[0].Name, Bytes: one[0].Bytes, Method: zip.Deflate}, one[1], one[2]})
	}
}

func TestAPlanOrMatchWithAnEditedManifestIsRefusedByName(t *testing.T) {
	for _, k := range kinds {
		members := ziptest.Members(t, bundleOf(t, k.manifest, "some", "thing"))
		last := len(members) - 1
		var manifest any
		if err := json.Unmarshal(members[last].Bytes, &manifest); err != nil {
			t.Fatal(err)
		}
		texts := map[string]string{}
		for where, edited := range edits("", manifest) {
			b, err := json.MarshalIndent(edited, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			texts[where] = string(b) + "\n"
		}
		if len(texts) < 16 {
			t.Fatalf("%s: %d edits: the test edits too little", k.name, len(texts))
		}
		text := string(members[last].Bytes)
		texts["a field more"] = strings.Replace(text, "{", `{ "note": 1,`, 1)
		texts["a field twice"] = strings.Replace(text, `"group": `, `"group": 7, "group": `, 1)
		texts["text behind it"] = text + "{}"
		texts["nothing"] = ""
		for what, edited := range texts {
			path := saved(t, "x", ziptest.Of(t, append(slices.Clone(members[:last]),
				ziptest.Member{Name: members[last].Name, Bytes: []byte(edited), Method: zip.Deflate})...))
			if _, err := k.open(path); err == nil || !strings.Contains(err.Error(), path) {
				t.Errorf("%s, %s: error %v", k.name, what, err)
			}
		}
	}
}

// The hashes of a match that is forged as a whole fit it: what it claims is held against the plan and the others.
func TestAMatchThatDoesNotBelongToTheBatchIsRefusedByName(t *testing.T) {
	w := Making{Version: "1", Build: "b", RulePack: "r", HostMap: "h"}
	plan := &shard.Bundle{Path: "the.plan", Manifest: shard.BundleManifest{Options: "o", Checksum: "p"}}
	good := *w.Manifest("o")
	good.Schema, good.Plan, good.Groups = shard.MatchSchema, "p", 2
	other := good
	other.Group = 1
	second := saved(t, "second", bundleOf(t, other))
	first := saved(t, "first", bundleOf(t, good))
	for _, paths := range [][]string{{first, second}, {second, first, first}} {
		if found, err := w.OpenMatches(paths, plan); err != nil || len(found) != 2 || found[0].Path != first {
			t.Fatalf("%v: %v, error %v", paths, found, err)
		}
	}
	for what, change := range map[string]func(*shard.BundleManifest){
		"version":            func(m *shard.BundleManifest) { m.Version = "2" },
		"build":              func(m *shard.BundleManifest) { m.Build = "c" },
		"rules":              func(m *shard.BundleManifest) { m.RulePack = "s" },
		"hosts file":         func(m *shard.BundleManifest) { m.HostMap = "" },
		"options":            func(m *shard.BundleManifest) { m.Options = "--carved" },
		"plan":               func(m *shard.BundleManifest) { m.Plan = "q" },
		"number of groups":   func(m *shard.BundleManifest) { m.Groups = 3 },
		"no groups":          func(m *shard.BundleManifest) { m.Groups = 0 },
		"group below all":    func(m *shard.BundleManifest) { m.Group = -1 },
		"group beyond all":   func(m *shard.BundleManifest) { m.Group = 2 },
		"form of its schema": func(m *shard.BundleManifest) { m.Schema = shard.PlanSchema },
	} {
		bad := good
		change(&bad)
		path := saved(t, "forged", bundleOf(t, bad))
		for _, paths := range [][]string{{path, second}, {first, second, path}} {
			if _, err := w.OpenMatches(paths, plan); err == nil || !strings.Contains(err.Error(), path) {
				t.Errorf("%s: error %v", what, err)
			}
		}
	}
	if _, err := w.OpenMatches([]string{second}, plan); err == nil || !strings.Contains(err.Error(), "group 0 of 2") {
		t.Errorf("without a group: error %v", err)
	}
	forged := saved(t, "forged", bundleOf(t, good, "other findings"))
	if _, err := w.OpenMatches([]string{first, second, forged}, plan); err == nil ||
		!strings.Contains(err.Error(), first) || !strings.Contains(err.Error(), forged) {
		t.Errorf("another match of a group: error %v", err)
	}
}

func TestAShardThatDoesNotBelongToTheBatchIsRefusedByName(t *testing.T) {
	w := Making{Version: "1", Build: "b", RulePack: "r", HostMap: "h"}
	first := &shard.Shard{Path: "one.shard", Manifest: shard.Manifest{Name: "a", Version: "1", Build: "b",
		RulePack: "r", HostMap: "h", Options: "o", Checksum: "1"}}
	plan := &shard.Bundle{Path: "the.plan", Manifest: *w.Manifest("o")}
	plan.Manifest.Shards = []shard.Planned{{Name: "a", Checksum: "1"}, {Name: "b", Checksum: "2"}}
	second := *first
	second.Path, second.Manifest.Name, second.Manifest.Checksum = "two.shard", "b", "2"
	if err := w.Planned(timeline.Batch{first, &second}, plan); err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(*shard.Manifest){
		"version":      func(m *shard.Manifest) { m.Version = "2" },
		"build":        func(m *shard.Manifest) { m.Build = "c" },
		"rules":        func(m *shard.Manifest) { m.RulePack = "s" },
		"hosts file":   func(m *shard.Manifest) { m.HostMap = "" },
		"options":      func(m *shard.Manifest) { m.Options = "--carved" },
		"input":        func(m *shard.Manifest) { m.Name = "c" },
		"its evidence": func(m *shard.Manifest) { m.Checksum = "3" },
	} {
		bad := second
		change(&bad.Manifest)
		if err := w.Planned(timeline.Batch{first, &bad}, plan); err == nil || !strings.Contains(err.Error(), bad.Path) {
			t.Errorf("%s: error %v", what, err)
		}
	}
	if err := w.Planned(timeline.Batch{first}, plan); err == nil || !strings.Contains(err.Error(), `"b"`) {
		t.Errorf("without a shard of the plan: error %v", err)
	}
	for what, change := range map[string]func(*shard.BundleManifest){
		"version":    func(m *shard.BundleManifest) { m.Version = "2" },
		"build":      func(m *shard.BundleManifest) { m.Build = "c" },
		"rules":      func(m *shard.BundleManifest) { m.RulePack = "s" },
		"hosts file": func(m *shard.BundleManifest) { m.HostMap = "" },
		"options":    func(m *shard.BundleManifest) { m.Options = "--carved" },
	} {
		bad := *plan
		change(&bad.Manifest)
		if err := w.Planned(timeline.Batch{first, &second}, &bad); err == nil ||
			!strings.Contains(err.Error(), bad.Path) {
			t.Errorf("%s of the plan: error %v", what, err)
		}
	}
}
