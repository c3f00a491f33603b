package build

import (
	"fmt"

	"hunt/report"
	"hunt/timeline/ledger"
)

// SetAside says in sentences which live records have another time than the log gives them, or come after the end
// that the log gives.
func SetAside(s *ledger.FileStats) []string {
	var out []string
	say := func(n int, one, many, text string) {
		if n > 0 {
			out = append(out, fmt.Sprintf("%s %s", report.Count(n, one, many), text))
		}
	}
	say(s.HeaderTime, "record has no TimeCreated that can be used", "records have no TimeCreated that can be used",
		"(absent, unreadable or impossible): the time in the record's header serves, and the event is marked "+
			"(hunt.time).")
	say(s.NoTime, "record has no time at all that can be used, neither TimeCreated nor that of the record's header:",
		"records have no time at all that can be used, neither TimeCreated nor that of the record's header:",
		"marked (hunt.time), ordered before all others, and let through by --from and --to.")
	say(s.NoUTC, "Sysmon record has no UtcTime that can be used:", "Sysmon records have no UtcTime that can be used:",
		"TimeCreated serves, and the event is marked (hunt.time).")
	say(s.Continued, "record stands", "records stand",
		"behind the end that the header of a chunk gives. By number and time they run on from the last one before "+
			"it, so they count as live and are marked (hunt.continued).")
	return out
}
