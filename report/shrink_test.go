package report_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"hunt/report"
	"hunt/report/reporttest"
)

// A report takes no more than its limit, or Shrink says by how much it is larger.
func TestAReportTakesNoMoreThanItsLimitOrSaysSo(t *testing.T) {
	t.Parallel()
	for _, most := range []int{64 << 20, 2 << 20, 1 << 20, 64 << 10} {
		r := reporttest.Large(300, 2_000)
		for i := range 400 {
			r.Rules = append(r.Rules,
				report.Rule{ID: fmt.Sprintf("rule-%d", i), Query: string(bytes.Repeat([]byte("x"), 500))})
		}
		order := make([]int, len(r.Findings))
		for i := range order {
			order[i] = i
		}
		over := r.Shrink(most, order, func(*report.Finding) {})
		var b bytes.Buffer
		if err := report.WriteJSON(context.Background(), &b, r); err != nil {
			t.Fatal(err)
		}
		if over == 0 && b.Len() > most || over > 0 && b.Len() <= most-most/16 {
			t.Errorf("%d bytes wanted, %d written, over by %d", most, b.Len(), over)
		}
		if len(r.Findings) != 300 {
			t.Errorf("%d findings are left of 300", len(r.Findings))
		}
	}
}
