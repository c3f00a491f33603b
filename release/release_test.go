package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"aead.dev/minisign"
)

// clone makes a clone of this repository's last commit.
func clone(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "hunt")
	for _, args := range [][]string{{"clone", "--quiet", "--no-hardlinks", "..", dir}} {
		if out, err := exec.Command("git", args...).CombinedOutput(); err != nil {
			t.Skipf("SKIPPED: not in a git clone: %v: %s", err, out)
		}
	}
	return dir
}

// make builds a release of a clone and returns its files by name.
func makeRelease(t *testing.T, repo string, args ...string) map[string][]byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "dist")
	if err := run(context.Background(), append([]string{"-repo", repo, "-out", out}, args...)); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	entries, err := os.ReadDir(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if files[e.Name()], err = os.ReadFile(filepath.Join(out, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func TestAReleaseReproduces(t *testing.T) {
	pub, key, err := minisign.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := minisign.EncryptKey("secret", key)
	if err != nil {
		t.Fatal(err)
	}
	keyFile := filepath.Join(t.TempDir(), "hunt.key")
	if err := os.WriteFile(keyFile, sealed, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("MINISIGN_PASSWORD", "secret")
	// This machine's platform, so that the program can be run, and another one.
	targets := "-targets=windows-amd64," + runtime.GOOS + "-" + runtime.GOARCH
	repo := clone(t)
	first := makeRelease(t, repo, targets, "-key", keyFile)

	t.Run("twice", func(t *testing.T) {
		t.Setenv("GOCACHE", t.TempDir()) // nothing of the first build is used again
		second := makeRelease(t, clone(t), targets, "-key", keyFile)
		if len(second) != len(first) {
			t.Errorf("%d files, then %d", len(first), len(second))
		}
		for name, data := range first {
			if !bytes.Equal(data, second[name]) {
				t.Errorf("%s differs", name)
			}
		}
	})
	if !minisign.Verify(pub, first["SHA256SUMS"], first["SHA256SUMS.minisig"]) {
		t.Error("the signature of SHA256SUMS does not verify")
	}
	sums := ""
	for _, name := range sortedNames(first) {
		if !strings.HasPrefix(name, "SHA256SUMS") {
			sum := sha256.Sum256(first[name])
			sums += hex.EncodeToString(sum[:]) + "  " + name + "\n"
		}
	}
	if string(first["SHA256SUMS"]) != sums {
		t.Errorf("SHA256SUMS:\n%s\nwant\n%s", first["SHA256SUMS"], sums)
	}
	t.Run("archives", func(t *testing.T) { checkArchives(t, repo, first) })
}

func sortedNames(files map[string][]byte) []string {
	var names []string
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// checkArchives unpacks the archives as a user would and holds them against the repository and the bill of materials.
func checkArchives(t *testing.T, repo string, files map[string][]byte) {
	head, err := output(context.Background(), repo, nil, "git", "rev-parse", "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	materials := map[string]bool{}
	for name, data := range files {
		if strings.HasSuffix(name, ".cdx.json") {
			var bom struct {
				Components []struct {
					Name, Version string
					Licenses      []struct{ License struct{ ID string } }
				}
			}
			if err := json.Unmarshal(data, &bom); err != nil {
				t.Fatal(err)
			}
			for _, c := range bom.Components {
				materials[c.Name+" "+c.Version] = len(c.Licenses) > 0 && c.Licenses[0].License.ID != ""
			}
		}
	}
	archives := 0
	for name, data := range files {
		var members map[string][]byte
		switch {
		case strings.HasSuffix(name, ".tar.gz"):
			members = untar(t, data)
		case strings.HasSuffix(name, ".zip"):
			members = unzip(t, data)
		default:
			continue
		}
		archives++
		base := strings.TrimSuffix(strings.TrimSuffix(name, ".zip"), ".tar.gz")
		for _, want := range []string{"README.md", "LICENSE", "CHANGELOG.md", "hunt.1", "completions/hunt.bash",
			"licenses/std/LICENSE"} {
			if len(members[path.Join(base, want)]) == 0 {
				t.Errorf("%s: no %s", name, want)
			}
		}
		program := filepath.Join(t.TempDir(), "hunt.exe")
		binary := members[path.Join(base, "hunt")]
		if strings.HasSuffix(name, ".zip") {
			binary = members[path.Join(base, "hunt.exe")]
		}
		if err := os.WriteFile(program, binary, 0o755); err != nil {
			t.Fatal(err)
		}
		info, err := buildinfo.ReadFile(program)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range info.Deps {
			if !materials[m.Path+" "+m.Version] {
				t.Errorf("%s: the bill of materials lacks %s %s or its licence", name, m.Path, m.Version)
			}
			found := false
			for member := range members {
				found = found || strings.HasPrefix(member, path.Join(base, "licenses", m.Path)+"/")
			}
			if !found {
				t.Errorf("%s: no licence of %s", name, m.Path)
			}
		}
		if strings.Contains(name, runtime.GOOS+"-"+runtime.GOARCH) {
			said, err := output(context.Background(), ".", nil, program, "version")
			if err != nil || !strings.Contains(said, head) || strings.Contains(said, "uncommitted") {
				t.Errorf("%s: %q, %v; want commit %s", name, said, err, head)
			}
		}
	}
	if archives != 2 {
		t.Errorf("%d archives", archives)
	}
}

func untar(t *testing.T, data []byte) map[string][]byte {
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	members := map[string][]byte{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			return members
		}
		if err != nil {
			t.Fatal(err)
		}
		if members[h.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
}

func unzip(t *testing.T, data []byte) map[string][]byte {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	members := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if members[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	return members
}

func TestUncommittedChangesAreNotReleased(t *testing.T) {
	repo := clone(t)
	if err := os.WriteFile(filepath.Join(repo, "new.go"), []byte("package hunt\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := run(context.Background(), []string{"-repo", repo, "-out", filepath.Join(t.TempDir(), "dist")})
	if err == nil || !strings.Contains(err.Error(), "not committed") || !strings.Contains(err.Error(), "new.go") {
		t.Error(err)
	}
}

func TestTheDirectoryOfAReleaseIsEmpty(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "old"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(context.Background(), []string{"-out", dir}); err == nil ||
		!strings.Contains(err.Error(), "holds files already") {
		t.Error(err)
	}
	if _, err := targetsOf("linux-amd64,plan9-386"); err == nil || !strings.Contains(fmt.Sprint(err), "plan9-386") {
		t.Error(err)
	}
}
