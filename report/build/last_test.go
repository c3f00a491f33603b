package build_test

import (
	"bytes"
	"testing"

	"hunt/report"
	"hunt/report/build"
)

// TestTheLastReportLetsGoOfItsResult makes the report of a result that is needed no more: it says the same, and the
// result holds neither events nor hosts.
func TestTheLastReportLetsGoOfItsResult(t *testing.T) {
	var kept, last bytes.Buffer
	for _, x := range []struct {
		to   *bytes.Buffer
		last bool
	}{{&kept, false}, {&last, true}} {
		res := resultOf(t, "hosts", 12)
		r, err := build.Report(t.Context(), res, build.Options{Last: x.last})
		if err != nil {
			t.Fatal(err)
		}
		if err := report.WriteJSON(t.Context(), x.to, r); err != nil {
			t.Fatal(err)
		}
		held := len(res.Case.Hosts.All)
		for _, f := range res.Findings {
			held += len(f.Evidence)
		}
		if held == 0 != x.last {
			t.Errorf("last %v: the result holds %d hosts and events", x.last, held)
		}
	}
	if !bytes.Equal(kept.Bytes(), last.Bytes()) {
		t.Error("the last report differs from one whose result is kept")
	}
}
