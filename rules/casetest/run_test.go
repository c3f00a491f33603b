package casetest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hunt/rules"
	"hunt/rules/pack"
)

func TestACaseFailsUnlessExactlyWhatItWantsIsFound(t *testing.T) {
	finding, low := &rules.Finding{Status: pack.StatusFinding, Confidence: pack.High},
		&rules.Finding{Status: pack.StatusFinding, Confidence: pack.Low}
	suppressed, partial := &rules.Finding{Status: pack.StatusSuppressed, Confidence: pack.High,
		Exception: &pack.Exception{ID: "x"}}, &rules.Finding{Status: pack.StatusPartial, Confidence: pack.Low}
	for _, c := range []struct {
		name  string
		want  pack.Case
		found []*rules.Finding
		why   string // part of the complaint; "" = passes
	}{
		{"it fires", pack.Case{Want: pack.StatusFinding}, []*rules.Finding{finding}, ""},
		{"it fires beside a partial chain", pack.Case{Want: pack.StatusFinding},
			[]*rules.Finding{partial, finding}, ""},
		{"it does not fire", pack.Case{Want: pack.StatusFinding}, nil, "expected a finding, got nothing"},
		{"it is suppressed instead", pack.Case{Want: pack.StatusFinding}, []*rules.Finding{suppressed},
			"got a suppressed (high confidence) by exception x"},
		{"it stays quiet", pack.Case{}, nil, ""},
		{"it does not stay quiet", pack.Case{}, []*rules.Finding{finding}, "must not fire, but there is a finding"},
		{"a partial chain is not quiet", pack.Case{}, []*rules.Finding{partial},
			"must not fire, but there is a partial"},
		{"it is suppressed", pack.Case{Want: pack.StatusSuppressed}, []*rules.Finding{suppressed}, ""},
		{"it is suppressed once and fires once", pack.Case{Want: pack.StatusSuppressed},
			[]*rules.Finding{suppressed, finding}, "expected only a suppressed"},
		{"it is partial", pack.Case{Want: pack.StatusPartial}, []*rules.Finding{partial}, ""},
		{"it is complete, not partial", pack.Case{Want: pack.StatusPartial}, []*rules.Finding{finding},
			"expected a partial"},
		{"the confidence is right", pack.Case{Want: pack.StatusFinding, Confidence: pack.Low},
			[]*rules.Finding{finding, low}, ""},
		{"the confidence is wrong", pack.Case{Want: pack.StatusFinding, Confidence: pack.Low},
			[]*rules.Finding{finding},
			"expected confidence low"},
	} {
		t.Run(c.name, func(t *testing.T) {
			why := judgeCase(&c.want, c.found)
			if (why == "") != (c.why == "") || !strings.Contains(why, c.why) {
				t.Errorf("says %q, want %q", why, c.why)
			}
		})
	}
}

// start is an event of a case.
const start = "[[case.event]]\ntime = 2026-03-02T09:00:00Z\nlog = \"sysmon\"\nid = 1\n" +
	"data = { Image = 'C:\\a.exe', CommandLine = 'a' }\n"

// write makes files in a new directory and the directory the current one, so that messages hold no temporary name.
func write(t *testing.T, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func ruleText(id string) string {
	return "id = \"" + id + "\"\nname = \"A rule\"\nquery = 'process where true'\n"
}

func TestFailedCasesAreNamedWithTheirPlaceAndCounted(t *testing.T) {
	write(t, map[string]string{"r.toml": ruleText("r") + "[[case]]\nname = \"one that passes\"\nfires = " +
		"false\n" + start +
		"[[case]]\nname = \"one that fails\"\nfires = true\n" + start +
		"[[case]]\nname = \"one that cannot run\"\nfires = true\nevtx = \"none.evtx\"\n",
		"s.toml": ruleText("s")})
	p, err := pack.LoadMixed([]string{"."})
	if err != nil {
		t.Fatal(err)
	}
	tester := caseTester{pack: p,
		run: func(_ context.Context, c *pack.Case, _ string, _ *pack.Pack) ([]*rules.Finding, error) {
			if c.EVTX != "" {
				return nil, errors.New("no such file")
			}
			return nil, nil
		}}
	out, err := tester.all(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := `FAIL r: 3 cases
  r.toml:13:8: one that fails: expected a finding, got nothing
  r.toml:21:8: one that cannot run: no such file
2 rules, 3 cases: 1 passed, 2 failed; 1 rules have no case
`
	if out != want {
		t.Errorf("have\n%swant\n%s", out, want)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	tester.run = func(ctx context.Context, _ *pack.Case, _ string, _ *pack.Pack) ([]*rules.Finding, error) {
		return nil, ctx.Err()
	}
	if _, err := tester.all(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("an interrupted test says %v", err)
	}
}

func TestARuleWithoutCasesWhoseQueryIsWrongFailsItsTest(t *testing.T) {
	write(t, map[string]string{"r.eql": "process where process.name = \"x\"\n"})
	var out strings.Builder
	if failed, err := Run(t.Context(), &out, []string{"r.eql"}, t.TempDir()); !failed || err != nil ||
		!strings.Contains(out.String(), "FAIL r: r.eql:1:") {
		t.Errorf("failed %t, %v:\n%s", failed, err, out.String())
	}
}
