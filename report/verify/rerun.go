package verify

import (
	"cmp"
	"fmt"
	"slices"

	"hunt/report"
)

// ChangedFiles tells how files of rules, tuning, case and hosts differ from those that the report names.
func ChangedFiles(was, now []report.RunFile) []string {
	out := []string{}
	left := slices.Clone(now)
	take := func(match func(report.RunFile) bool) (f report.RunFile, ok bool) {
		i := slices.IndexFunc(left, match)
		if i < 0 {
			return f, false
		}
		f = left[i]
		left = slices.Delete(left, i, i+1)
		return f, true
	}
	var changed []report.RunFile
	for _, w := range was {
		if _, ok := take(func(f report.RunFile) bool { return f == w }); !ok {
			changed = append(changed, w)
		}
	}
	for _, w := range changed {
		if f, ok := take(func(f report.RunFile) bool { return f.Option == w.Option && f.Name == w.Name }); ok {
			out = append(out, fmt.Sprintf("--%s: %s has the SHA-256 %s, but the report has %s", w.Option, w.Name,
				cmp.Or(f.SHA256, "(not read)"), cmp.Or(w.SHA256, "(not read)")))
		} else {
			out = append(out, fmt.Sprintf("--%s: the report was made with %s, which was not given", w.Option, w.Name))
		}
	}
	for _, f := range left {
		out = append(out, fmt.Sprintf("--%s: the report was made without %s", f.Option, f.Name))
	}
	return out
}
