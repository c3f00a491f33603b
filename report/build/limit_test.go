package build_test

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"hunt/report"
	"hunt/report/build"
	"hunt/report/integrity"
)

var largerBy = regexp.MustCompile(`^The report is about ([0-9,]+) KiB larger than --report-limit`)

// A report is larger than its limit by as much as it says, and does not say so if it is not.
func TestTheReportSaysTrulyByHowMuchItIsLarger(t *testing.T) {
	res := resultOf(t, "hosts", 30)
	sizeOf := func(most int) (size int, says []string) {
		r, err := build.Report(t.Context(), res, build.Options{Run: report.Run{ReportLimit: int64(most)}})
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := report.WriteJSON(t.Context(), &b, r); err != nil {
			t.Fatal(err)
		}
		if check, err := integrity.CheckBody(b.Bytes()); err != nil || check.Result != integrity.BodyMatch {
			t.Errorf("limit %d: the hash of the report: %+v, %v", most, check, err)
		}
		for _, l := range r.Accounting.Limits {
			if m := largerBy.FindStringSubmatch(l); m != nil {
				says = append(says, m[1])
			}
		}
		return b.Len(), says
	}
	least, _ := sizeOf(1)
	for _, most := range []int{1, least / 2, least - 9_000, least - 1, least + 1_000, least + 30_000, 64 << 20} {
		size, says := sizeOf(most)
		want := "[]"
		if size > most {
			want = fmt.Sprintf("[%d]", (size-most+1023)>>10)
		}
		if got := strings.ReplaceAll(fmt.Sprint(says), ",", ""); got != want {
			t.Errorf("%s bytes for a limit of %d: the report says that it is larger by %s KiB, want %s",
				strconv.Itoa(size), most, got, want)
		}
	}
}
