// Package kubernetes holds the manifests of a batch to Kubernetes' own API, and runs their commands.
package kubernetes

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// steps are the jobs of a batch in their order.
var steps = []string{"scan", "resolve", "match", "combine"}

// jobs are the jobs that the base makes, decoded strictly: a field that the API does not know is an error.
func jobs(t *testing.T) map[string]*batch.Job {
	t.Helper()
	made, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), "base")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*batch.Job{}
	for _, r := range made.Resources() {
		text, err := r.AsYAML()
		if err != nil {
			t.Fatal(err)
		}
		job := new(batch.Job)
		if err := yaml.UnmarshalStrict(text, job, yaml.DisallowUnknownFields); err != nil {
			t.Fatalf("%s: %v", r.GetName(), err)
		}
		out[strings.TrimPrefix(job.Name, "hunt-")] = job
	}
	if len(out) != len(steps) {
		t.Fatalf("the base makes %d jobs, want %d", len(out), len(steps))
	}
	return out
}

func TestTheManifestsAreKubernetesJobs(t *testing.T) {
	for name, job := range jobs(t) {
		if job.APIVersion != "batch/v1" || job.Kind != "Job" {
			t.Errorf("%s is a %s of %s", name, job.Kind, job.APIVersion)
		}
		if image := job.Spec.Template.Spec.Containers[0].Image; image == "hunt" || !strings.Contains(image, "/hunt:") {
			t.Errorf("%s: the kustomization does not set the image %q", name, image)
		}
		if got := job.Spec.Suspend != nil && *job.Spec.Suspend; got != (name != "scan") {
			t.Errorf("%s: suspended %v; each job but the first waits for the one before it", name, got)
		}
		indexed := job.Spec.CompletionMode != nil && *job.Spec.CompletionMode == batch.IndexedCompletion
		if want := name == "scan" || name == "match"; indexed != want {
			t.Errorf("%s: indexed %v, want %v", name, indexed, want)
		}
		checkPod(t, name, &job.Spec.Template.Spec)
		checkFailures(t, name, job)
	}
}

// checkPod asks for what a policy on security wants of a pod, and for volumes that are there.
func checkPod(t *testing.T, name string, pod *core.PodSpec) {
	t.Helper()
	if pod.RestartPolicy != core.RestartPolicyNever {
		t.Errorf("%s: a policy on failures wants restartPolicy Never", name)
	}
	c := pod.Containers[0]
	if s := c.SecurityContext; s == nil || *s.AllowPrivilegeEscalation || !*s.ReadOnlyRootFilesystem ||
		!slices.Equal(s.Capabilities.Drop, []core.Capability{"ALL"}) || !*pod.SecurityContext.RunAsNonRoot {
		t.Errorf("%s: the pod may do more than it needs", name)
	}
	volumes := map[string]bool{}
	for _, v := range pod.Volumes {
		volumes[v.Name] = true
	}
	for _, m := range c.VolumeMounts {
		if !volumes[m.Name] {
			t.Errorf("%s mounts %s, which is no volume of it", name, m.Name)
		}
		delete(volumes, m.Name)
	}
	if len(volumes) > 0 {
		t.Errorf("%s has volumes that it does not mount: %v", name, volumes)
	}
}

// checkFailures asks that the exit codes of docs/exit-codes.md mean to Kubernetes what they mean to people.
func checkFailures(t *testing.T, name string, job *batch.Job) {
	t.Helper()
	action := func(code int32) string {
		for _, r := range job.Spec.PodFailurePolicy.Rules {
			if x := r.OnExitCodes; x != nil && x.Operator == batch.PodFailurePolicyOnExitCodesOpIn &&
				slices.Contains(x.Values, code) {
				return string(r.Action)
			}
		}
		return "Count"
	}
	last := "FailJob"
	if job.Spec.BackoffLimitPerIndex != nil {
		last = "FailIndex"
	}
	for code, want := range map[int32]string{1: last, 2: "FailJob", 75: "Count", 130: "Count", 137: "Count"} {
		if got := action(code); got != want {
			t.Errorf("%s: exit code %d means %s, want %s", name, code, got, want)
		}
	}
	first := job.Spec.PodFailurePolicy.Rules[0]
	if first.Action != batch.PodFailurePolicyActionIgnore || len(first.OnPodConditions) != 1 ||
		first.OnPodConditions[0].Type != core.DisruptionTarget {
		t.Errorf("%s: a lost node counts as a failure", name)
	}
}

// The commands of the manifests, run as local processes in their order and with the variables that Kubernetes
// sets, make the report of one run.
func TestTheCommandsMakeTheReportOfOneRun(t *testing.T) {
	dir := t.TempDir()
	run := func(work string, env []string, name string, args ...string) {
		t.Helper()
		cmd := exec.Command(name, args...) // #nosec G204 -- the test's own
		cmd.Dir, cmd.Env = work, append(os.Environ(), env...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
		}
	}
	top, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	hunt, fleet := filepath.Join(dir, "hunt"), filepath.Join(dir, "fleet")
	run(top, []string{"CGO_ENABLED=0"}, "go", "build", "-trimpath", "-o", hunt, "./cmd/hunt")
	run(top, nil, "go", "run", "./samples/gen", "fleet", "--hosts", "8", "--mb", "1", "--seed", "11", "--out", fleet)
	work, tmp := filepath.Join(dir, "work"), filepath.Join(dir, "tmp")
	for _, d := range []string{work, tmp} {
		if err := os.Mkdir(d, 0o755); err != nil { // #nosec G301 -- the test's own
			t.Fatal(err)
		}
	}
	inputs, err := os.ReadDir(filepath.Join(fleet, "evidence"))
	if err != nil {
		t.Fatal(err)
	}
	var list strings.Builder
	for _, e := range inputs {
		fmt.Fprintf(&list, "/evidence/%s,%s\n", e.Name(), e.Name())
	}
	// where the pods have volumes, the processes have folders of the test
	local := strings.NewReplacer("/work/", work+"/", "/evidence/", filepath.Join(fleet, "evidence")+"/",
		"=/tmp", "="+tmp)
	if err := os.WriteFile(filepath.Join(work, "inputs.csv"), []byte(local.Replace(list.String())), 0o600); err != nil {
		t.Fatal(err)
	}
	all := jobs(t)
	for _, name := range steps {
		spec := &all[name].Spec
		var args []string
		for _, a := range spec.Template.Spec.Containers[0].Args {
			args = append(args, local.Replace(a))
		}
		tasks := 1
		if spec.CompletionMode != nil && *spec.CompletionMode == batch.IndexedCompletion {
			tasks = int(*spec.Completions)
		}
		for i := range tasks {
			run(dir, []string{"JOB_COMPLETION_INDEX=" + strconv.Itoa(i)}, hunt, args...)
		}
	}
	run(dir, nil, hunt, "--input-list", filepath.Join(work, "inputs.csv"), "--quiet", "--report", "one.html",
		"--report", "one.json")
	for _, ext := range []string{"html", "json"} {
		one, err := os.ReadFile(filepath.Join(dir, "one."+ext)) // #nosec G304 -- the test's own
		if err != nil {
			t.Fatal(err)
		}
		batch, err := os.ReadFile(filepath.Join(work, "report."+ext)) // #nosec G304 -- the test's own
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(one, batch) {
			t.Errorf("the %s report of the batch is not that of one run: %d and %d bytes", ext, len(batch), len(one))
		}
	}
}

// The script starts each Job when the one before it is complete, and ends with the first that fails. A stand-in for
// kubectl notes what it is called with: a Job is complete when it is asked for the second time.
func TestRunStartsEachJobWhenTheOneBeforeIsComplete(t *testing.T) {
	for _, failing := range []string{"", "hunt-match"} {
		dir := t.TempDir()
		client := filepath.Join(dir, "client")
		// #nosec G306 -- it is to be executed
		if err := os.WriteFile(client, []byte(`#!/usr/bin/env bash
echo "$*" >>"$DIR/calls"
if [[ $3 == get ]]; then
  if [[ ! -e $DIR/$5 ]]; then touch "$DIR/$5"; exit; fi
  if [[ $5 == "$FAILING" ]]; then echo "FailureTarget Failed "; else echo "SuccessCriteriaMet Complete "; fi
fi
`), 0o755); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("./run", "overlay")
		cmd.Env = append(os.Environ(), "KUBECTL="+client+" -n case-7", "INTERVAL=0", "DIR="+dir, "FAILING="+failing)
		out, err := cmd.CombinedOutput()
		if (err != nil) != (failing != "") {
			t.Errorf("failing %q: error %v\n%s", failing, err, out)
		}
		text, err := os.ReadFile(filepath.Join(dir, "calls")) // #nosec G304 -- the test's own
		if err != nil {
			t.Fatal(err)
		}
		var calls []string
		for line := range strings.Lines(string(text)) {
			words := strings.Fields(strings.TrimPrefix(line, "-n case-7 "))
			calls = append(calls, strings.Join(words[:min(3, len(words))], " "))
		}
		want := []string{"apply -k overlay"}
		for _, job := range []string{"hunt-scan", "hunt-resolve", "hunt-match", "hunt-combine"} {
			want = append(want, "patch job "+job, "get job "+job, "get job "+job)
			if job == failing {
				break
			}
		}
		if !slices.Equal(calls, want) {
			t.Errorf("failing %q: calls %q, want %q", failing, calls, want)
		}
	}
}
