package rules

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestACaseFailsUnlessExactlyWhatItWantsIsFound(t *testing.T) {
	finding, low := &Finding{Status: StatusFinding, Confidence: High}, &Finding{Status: StatusFinding, Confidence: Low}
	suppressed, partial := &Finding{Status: StatusSuppressed, Confidence: High, Exception: &Exception{ID: "x"}}, &Finding{Status: StatusPartial, Confidence: Low}
	for _, c := range []struct {
		name  string
		want  Case
		found []*Finding
		why   string // part of the complaint; "" = passes
	}{
		{"it fires", Case{Want: StatusFinding}, []*Finding{finding}, ""},
		{"it fires beside a partial chain", Case{Want: StatusFinding}, []*Finding{partial, finding}, ""},
		{"it does not fire", Case{Want: StatusFinding}, nil, "want a finding, there is nothing"},
		{"it is suppressed instead", Case{Want: StatusFinding}, []*Finding{suppressed}, "there is a suppressed (high confidence) by exception x"},
		{"it stays quiet", Case{}, nil, ""},
		{"it does not stay quiet", Case{}, []*Finding{finding}, "must not fire, but there is a finding"},
		{"a partial chain is not quiet", Case{}, []*Finding{partial}, "must not fire, but there is a partial"},
		{"it is suppressed", Case{Want: StatusSuppressed}, []*Finding{suppressed}, ""},
		{"it is suppressed once and fires once", Case{Want: StatusSuppressed}, []*Finding{suppressed, finding}, "want only a suppressed"},
		{"it is partial", Case{Want: StatusPartial}, []*Finding{partial}, ""},
		{"it is complete, not partial", Case{Want: StatusPartial}, []*Finding{finding}, "want a partial"},
		{"the confidence is right", Case{Want: StatusFinding, Confidence: Low}, []*Finding{finding, low}, ""},
		{"the confidence is wrong", Case{Want: StatusFinding, Confidence: Low}, []*Finding{finding}, "want confidence low"},
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
	write(t, map[string]string{"r.toml": ruleText("r") + "[[case]]\nname = \"one that passes\"\nfires = false\n[[case.event]]\n" + plainStart +
		"\n[[case]]\nname = \"one that fails\"\nfires = true\n[[case.event]]\n" + plainStart + "\n[[case]]\nname = \"one that cannot run\"\nfires = true\nevtx = \"none.evtx\"\n",
		"s.toml": ruleText("s")})
	p, err := loadMixed([]string{"."})
	if err != nil {
		t.Fatal(err)
	}
	tester := caseTester{pack: p, run: func(_ context.Context, c *Case, _ string, _ *Pack) ([]*Finding, error) {
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
  r.toml:13:8: one that fails: want a finding, there is nothing
  r.toml:21:8: one that cannot run: no such file
2 rules, 3 cases: 1 passed, 2 failed; 1 rules have no case
`
	if out != want {
		t.Errorf("have\n%swant\n%s", out, want)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	tester.run = func(ctx context.Context, _ *Case, _ string, _ *Pack) ([]*Finding, error) { return nil, ctx.Err() }
	if _, err := tester.all(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("an interrupted test says %v", err)
	}
}

func TestARuleWithoutCasesWhoseQueryIsWrongFailsItsTest(t *testing.T) {
	write(t, map[string]string{"r.eql": "process where process.name = \"x\"\n"})
	var out strings.Builder
	if failed, err := Test(t.Context(), &out, []string{"r.eql"}, t.TempDir()); !failed || err != nil || !strings.Contains(out.String(), "FAIL r: r.eql:1:") {
		t.Errorf("failed %t, %v:\n%s", failed, err, out.String())
	}
}
