package predicate

// ParseDate reads a date as comparisons do: ISO 8601 text, in which all parts from the month on may
// be left out, or epoch milliseconds of more than four digits. It returns the first nanosecond
// (since 1970) of the period that the text names.
func ParseDate(s string) (nanos int64, ok bool) {
	nanos, _, ok = parseDate(s)
	return nanos, ok
}
