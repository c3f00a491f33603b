package report_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"testing"

	"hunt/report"
	"hunt/report/reporttest"
)

// A report takes no more than its limit where what may be cut is more than that.
func TestAReportTakesNoMoreThanItsLimit(t *testing.T) {
	t.Parallel()
	for _, most := range []int{64 << 20, 5 << 20, 4 << 20, 3 << 20, 64 << 10} {
		r := reporttest.Large(300, 2_000)
		for i := range 400 {
			r.Rules = append(r.Rules,
				report.Rule{ID: fmt.Sprintf("rule-%d", i), Query: string(bytes.Repeat([]byte("x"), 500))})
		}
		order := make([]int, len(r.Findings))
		for i := range order {
			order[i] = i
		}
		r.Shrink(most, order, func(*report.Finding) {})
		size, err := r.Size(t.Context())
		var b bytes.Buffer
		if err := cmp.Or(err, report.WriteJSON(context.Background(), &b, r)); err != nil {
			t.Fatal(err)
		}
		if size != b.Len() {
			t.Errorf("%d bytes are written, and Size says %d", b.Len(), size)
		}
		if most >= 3<<20 && size > most {
			t.Errorf("%d bytes wanted, %d written", most, size)
		}
		if len(r.Findings) != 300 {
			t.Errorf("%d findings are left of 300", len(r.Findings))
		}
	}
}
