package build_test

import (
	"fmt"
	"strings"
	"testing"

	"hunt/report"
	"hunt/report/build"
	"hunt/report/reporttest"
	"hunt/rules"
)

// A finding shows the first five events of a run; what a later one made and somebody ran joins it all the same, and
// the edge says which record it rests on.
func TestAnEventOfARunThatIsNotShownJoins(t *testing.T) {
	t.Parallel()
	const shell, drop = `C:\Windows\explorer.exe`, `C:\ProgramData\drop.exe`
	for _, x := range []struct {
		run  int // which of the files is run
		want int // incidents
	}{{3, 1}, {9, 1}, {20, 1}, {99, 2}} {
		w := reporttest.NewWorld(t)
		w.Start("09:00:00", 100, drop, drop, 90, shell)
		for i := range 30 {
			w.Created(fmt.Sprintf("09:00:%02d", i+1), 100, drop, fmt.Sprintf(`C:\Users\Public\%d.exe`, i))
		}
		run := fmt.Sprintf(`C:\Users\Public\%d.exe`, x.run)
		w.Start("11:30:00", 300, run, run, 91, `C:\Windows\System32\svchost.exe`)
		r := w.Report(build.Options{}, rules.Options{}, "further.toml", "public.toml")
		if len(r.Findings) != 2 || len(r.Incidents) != x.want {
			t.Errorf("file %d: %d findings in %d incidents, want %d", x.run, len(r.Findings), len(r.Incidents), x.want)
			continue
		}
		if x.run < 5 || x.want > 1 {
			continue
		}
		e := r.Incidents[0].Edges[0]
		if e.Kind != report.EdgeArtefact ||
			!strings.Contains(e.Text, fmt.Sprintf("It rests on record %d of", x.run+2)) {
			t.Errorf("file %d: %+v", x.run, e)
		}
	}
}
