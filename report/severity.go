package report

// severities are the rule severities from the gravest down, as reports order them.
var severities = []string{"critical", "high", "medium", "low", "info"}

// severityRank orders severities: 0 is the gravest; unknown and empty come last.
func severityRank(s string) int {
	for i, name := range severities {
		if s == name {
			return i
		}
	}
	return len(severities)
}

// statusRank orders findings in every output: open, partial, suppressed.
func statusRank(s string) int {
	switch s {
	case "finding":
		return 0
	case "partial":
		return 1
	}
	return 2
}
