package verify

import (
	"fmt"
	"strings"

	"hunt/mark"
	"hunt/report"
)

// Err is nil for a report that holds; else it says what does not. name is the file of the report, and version that of
// the hunt that verifies.
func (v *Verification) Err(name string, rep *report.Report, version string) error {
	switch {
	case v.Match:
		return nil
	case !v.Body.Holds():
		return fmt.Errorf("%s has changed since hunt wrote it, or its hash cannot be checked", name)
	case rep.Tool.Version != version:
		return fmt.Errorf("%s does not match the evidence. hunt %s wrote it, and this is hunt %s. Hashes are the "+
			"same in every version, but the text about a record may differ; to be sure, verify with hunt %s",
			name, mark.Printable(rep.Tool.Version), version, mark.Printable(rep.Tool.Version))
	case v.Rerun != nil && !v.Rerun.Same && len(v.Rerun.Aside) > 0:
		return fmt.Errorf("%s is not the report that this build of hunt makes from the evidence. Another build wrote "+
			"it (%s), which may find other things; to be sure, verify with that build",
			name, mark.Printable(strings.Join(v.Rerun.Aside, "; ")))
	case v.Rerun != nil && !v.Rerun.Same:
		return fmt.Errorf("%s is not the report that this evidence, these rules and these options give", name)
	}
	return fmt.Errorf("%s does not match the evidence", name)
}
