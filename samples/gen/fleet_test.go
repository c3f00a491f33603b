package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hunt/samples/gen/truth"
)

// smallFleet makes a fleet and has the program itself write a report on it.
func smallFleet(t *testing.T, o fleetOptions) (*truth.Fleet, []byte) {
	t.Helper()
	dir := t.TempDir()
	hunt := filepath.Join(dir, "hunt")
	// #nosec G204 -- a constant
	if out, err := exec.Command("go", "build", "-o", hunt, "hunt/cmd/hunt").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	o.out = filepath.Join(dir, "fleet")
	if _, err := makeFleet(o); err != nil {
		t.Fatal(err)
	}
	tr, err := truth.Load(filepath.Join(o.out, truth.FileName))
	if err != nil {
		t.Fatal(err)
	}
	report := filepath.Join(dir, "report.json")
	// #nosec G204 -- built above
	cmd := exec.Command(hunt, "--evtx", filepath.Join(o.out, evidenceDir), "--report", report)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 3) {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	b, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	return tr, b
}

func TestHuntFindsWhatWasPlantedInAFleetAndNothingElse(t *testing.T) {
	t.Parallel()
	tr, report := smallFleet(t, fleetOptions{hosts: 5, mb: 2, seed: 3, jobs: 2})
	wrong, summary, err := tr.Check(report)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range wrong {
		t.Error(w)
	}
	t.Log(summary)

	t.Run("the checker sees what is missing, too much or counted wrong", func(t *testing.T) {
		for _, c := range []struct{ what, old, new, want string }{
			{"a finding less", `"id":"` + ruleCradle + `","name"`, `"id":"other","name"`, "is not reported"},
			{"a suppressed one that is reported", `"status":"suppressed"`, `"status":"finding"`, "not planted"},
			{"a file with other counts", `"duplicate":0,`, `"duplicate":1,`, "are not"},
			{"a host by another name", `"ws-00003.corp.example"`, `"ws-00003"`, "ws-00003.corp.example: 0 records"},
		} {
			changed := bytes.ReplaceAll(report, []byte(c.old), []byte(c.new))
			if bytes.Equal(changed, report) {
				t.Errorf("%s: nothing to change", c.what)
				continue
			}
			wrong, _, err := tr.Check(changed)
			if err != nil || !strings.Contains(strings.Join(wrong, "\n"), c.want) {
				t.Errorf("%s: the checker says %.300q (%v), want %q", c.what, wrong, err, c.want)
			}
		}
	})
}

func TestTheSameSeedMakesTheSameFleet(t *testing.T) {
	t.Parallel()
	make := func(seed uint64, jobs int) map[string]string {
		dir := t.TempDir()
		if _, err := makeFleet(fleetOptions{hosts: 3, mb: 1, seed: seed, jobs: jobs, out: dir}); err != nil {
			t.Fatal(err)
		}
		files := map[string]string{}
		err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				var b []byte
				b, err = os.ReadFile(filepath.Join(dir, name)) // #nosec G304 -- made above
				files[name] = string(b)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return files
	}
	a, b, other := make(1, 1), make(1, 3), make(2, 1)
	for name, content := range a {
		if b[name] != content {
			t.Errorf("%s differs between two runs of one seed", name)
		}
		if strings.HasSuffix(name, ".evtx") && other[name] == content {
			t.Errorf("%s is the same with another seed", name)
		}
	}
	if len(a) < 10 || len(a) != len(b) {
		t.Errorf("%d and %d files", len(a), len(b))
	}
}

// TestShapesAreFoundAndTheirTwinsAreNot plants all shapes and their harmless twins, by two seeds: every rule that must
// speak of a shape does, and no rule says anything of anything else.
func TestShapesAreFoundAndTheirTwinsAreNot(t *testing.T) {
	t.Parallel()
	for _, seed := range []uint64{5, 6} {
		tr, report := smallFleet(t, fleetOptions{hosts: 7, mb: 2, seed: seed, jobs: 2, shapes: true})
		planted, twins := 0, 0
		for _, h := range tr.Hosts {
			for _, p := range h.Planted {
				switch {
				case strings.HasSuffix(p.Name, "(harmless twin)"):
					twins++
				case len(p.Told) > 0 && p.Name != clearsName:
					planted++
				}
			}
		}
		if planted != len(shapes) || twins != len(shapes) {
			t.Errorf("seed %d: %d shapes and %d twins are planted, there are %d", seed, planted, twins, len(shapes))
		}
		wrong, summary, err := tr.Check(report)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range wrong {
			t.Errorf("seed %d: %s", seed, w)
		}
		if got := severities(t, report, "landed-program-connects"); !slices.Equal(got, []string{"high", "medium"}) {
			t.Errorf("seed %d: programs that connect are %q: want high of the one that reads LSASS, medium of the "+
				"other", seed, got)
		}
		t.Logf("seed %d: %s", seed, summary)
	}
}

// severities are those of a rule's findings, sorted.
func severities(t *testing.T, b []byte, rule string) (out []string) {
	t.Helper()
	var r struct {
		Findings []struct {
			Status string
			Rule   struct{ ID, Severity string }
		}
	}
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Findings {
		if f.Status == "finding" && f.Rule.ID == rule {
			out = append(out, f.Rule.Severity)
		}
	}
	slices.Sort(out)
	return out
}
