// Command test runs "go test" on all packages, shows what it shows, and ends with the tests that were
// skipped, by reason. The go tool throws away what a package prints whose tests pass, so that no test
// can say by itself what it left out.
//
//	go run ./.ci/test                      # go test ./...
//	go run ./.ci/test -race -timeout 20m   # flags go to go test
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
)

func main() {
	cmd := exec.Command("go", append([]string{"test", "-json"}, append(os.Args[1:], "./...")...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "test:", err)
		os.Exit(1)
	}
	r := run{out: os.Stdout, tests: map[key]*test{}}
	r.read(out)
	err = cmd.Wait()
	r.listSkipped()
	var failed *exec.ExitError
	switch {
	case errors.As(err, &failed):
		os.Exit(failed.ExitCode())
	case err != nil:
		fmt.Fprintln(os.Stderr, "test:", err)
		os.Exit(1)
	}
}

// event is a line of "go test -json"; "go doc test2json" describes it.
type event struct{ Action, Package, Test, Output string }

// key names a test; the empty name stands for the package itself.
type key struct{ pkg, name string }

// test is what is known of one.
type test struct {
	output strings.Builder
	action string // the last one: pass, fail, skip
}

type run struct {
	out   io.Writer
	tests map[key]*test
	order []key // as they began
}

// read follows a run to its end.
func (r *run) read(in io.Reader) {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadString('\n')
		var e event
		switch {
		case json.Unmarshal([]byte(line), &e) != nil:
			fmt.Fprint(r.out, line) // what is not an event is for people
		case e.Action == "build-output":
			fmt.Fprint(r.out, e.Output)
		default:
			r.take(e)
		}
		if err != nil {
			return
		}
	}
}

func (r *run) take(e event) {
	k := key{e.Package, e.Test}
	t := r.tests[k]
	if t == nil {
		t = &test{}
		r.tests[k], r.order = t, append(r.order, k)
	}
	switch e.Action {
	case "output":
		t.output.WriteString(e.Output)
	case "pass", "fail", "skip":
		if t.action = e.Action; e.Test == "" {
			r.endPackage(e.Package, e.Action == "fail")
		}
	}
}

// endPackage shows the line that sums a package up, and before it what its failed tests said.
func (r *run) endPackage(pkg string, failed bool) {
	for _, k := range r.order {
		if t := r.tests[k]; failed && k.pkg == pkg && k.name != "" && t.action != "pass" && t.action != "skip" {
			fmt.Fprint(r.out, t.output.String())
		}
	}
	for line := range strings.Lines(r.tests[key{pkg, ""}].output.String()) {
		if failed || !strings.HasPrefix(line, "PASS") {
			fmt.Fprint(r.out, line)
		}
	}
}

// place is where a test says something: "    corpus_test.go:40: ".
var place = regexp.MustCompile(`^\s*[\w.-]+\.go:\d+: `)

// reason returns why a test was skipped.
func (t *test) reason() string {
	var words []string
	for line := range strings.Lines(t.output.String()) {
		if line = strings.TrimSpace(place.ReplaceAllString(line, "")); line != "" && !strings.HasPrefix(line, "=== ") &&
			!strings.HasPrefix(line, "--- ") {
			words = append(words, line)
		}
	}
	if len(words) == 0 {
		return "no reason given"
	}
	return strings.Join(words, " ")
}

// listSkipped shows the tests that were skipped, by reason.
func (r *run) listSkipped() {
	skipped := map[string][]string{}
	n := 0
	for _, k := range r.order {
		if t := r.tests[k]; t.action == "skip" && k.name != "" {
			skipped[t.reason()] = append(skipped[t.reason()], k.pkg+" "+k.name)
			n++
		}
	}
	if n == 0 {
		fmt.Fprintln(r.out, "\nNo test was skipped.")
		return
	}
	fmt.Fprintf(r.out, "\n%d tests were skipped:\n", n)
	for _, why := range slices.Sorted(maps.Keys(skipped)) {
		fmt.Fprintf(r.out, "\n  %s\n", why)
		for _, name := range skipped[why] {
			fmt.Fprintf(r.out, "    %s\n", name)
		}
	}
}
