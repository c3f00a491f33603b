package rules

import (
	"context"
	"errors"
	"strings"
	"testing"

	"hunt/rules/pack"
)

func TestACaseFailsUnlessExactlyWhatItWantsIsFound(t *testing.T) {
	finding, low := &Finding{Status: pack.StatusFinding, Confidence: pack.High},
		&Finding{Status: pack.StatusFinding, Confidence: pack.Low}
	suppressed, partial := &Finding{Status: pack.StatusSuppressed, Confidence: pack.High,
		Exception: &pack.Exception{ID: "x"}}, &Finding{Status: pack.StatusPartial, Confidence: pack.Low}
	for _, c := range []struct {
		name  string
		want  pack.Case
		found []*Finding
		why   string // part of the complaint; "" = passes
	}{
		{"it fires", pack.Case{Want: pack.StatusFinding}, []*Finding{finding}, ""},
		{"it fires beside a partial chain", pack.Case{Want: pack.StatusFinding}, []*Finding{partial, finding}, ""},
		{"it does not fire", pack.Case{Want: pack.StatusFinding}, nil, "expected a finding, got nothing"},
		{"it is suppressed instead", pack.Case{Want: pack.StatusFinding}, []*Finding{suppressed},
			"got a suppressed (high confidence) by exception x"},
		{"it stays quiet", pack.Case{}, nil, ""},
		{"it does not stay quiet", pack.Case{}, []*Finding{finding}, "must not fire, but there is a finding"},
		{"a partial chain is not quiet", pack.Case{}, []*Finding{partial}, "must not fire, but there is a partial"},
		{"it is suppressed", pack.Case{Want: pack.StatusSuppressed}, []*Finding{suppressed}, ""},
		{"it is suppressed once and fires once", pack.Case{Want: pack.StatusSuppressed},
			[]*Finding{suppressed, finding}, "expected only a suppressed"},
		{"it is partial", pack.Case{Want: pack.StatusPartial}, []*Finding{partial}, ""},
		{"it is complete, not partial", pack.Case{Want: pack.StatusPartial}, []*Finding{finding}, "expected a partial"},
		{"the confidence is right", pack.Case{Want: pack.StatusFinding, Confidence: pack.Low},
			[]*Finding{finding, low}, ""},
		{"the confidence is wrong", pack.Case{Want: pack.StatusFinding, Confidence: pack.Low}, []*Finding{finding},
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

func TestFailedCasesAreNamedWithTheirPlaceAndCounted(t *testing.T) {
	write(t, map[string]string{"r.toml": ruleText("r") + "[[case]]\nname = \"one that passes\"\nfires = false\n" +
		"[[case.event]]\n" + plainStart +
		"\n[[case]]\nname = \"one that fails\"\nfires = true\n[[case.event]]\n" + plainStart +
		"\n[[case]]\nname = \"one that cannot run\"\nfires = true\nevtx = \"none.evtx\"\n",
		"s.toml": ruleText("s")})
	p, err := pack.LoadMixed([]string{"."})
	if err != nil {
		t.Fatal(err)
	}
	tester := caseTester{pack: p,
		run: func(_ context.Context, c *pack.Case, _ string, _ *pack.Pack) ([]*Finding, error) {
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
	tester.run = func(ctx context.Context, _ *pack.Case, _ string, _ *pack.Pack) ([]*Finding, error) {
		return nil, ctx.Err()
	}
	if _, err := tester.all(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("an interrupted test says %v", err)
	}
}

func TestARuleWithoutCasesWhoseQueryIsWrongFailsItsTest(t *testing.T) {
	write(t, map[string]string{"r.eql": "process where process.name = \"x\"\n"})
	var out strings.Builder
	if failed, err := Test(t.Context(), &out, []string{"r.eql"}, t.TempDir()); !failed || err != nil ||
		!strings.Contains(out.String(), "FAIL r: r.eql:1:") {
		t.Errorf("failed %t, %v:\n%s", failed, err, out.String())
	}
}
