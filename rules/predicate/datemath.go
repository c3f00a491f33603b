package predicate

import (
	"strings"
	"time"
)

// maxDateMath bounds the number in a step: no date constant needs more than a few.
const maxDateMath = 1_000_000

// parseDateMath is parseDate for constants, which may continue with Elasticsearch's date math:
// "2024-05-01||+1M/d" is a month later, rounded to the day. A rounded date stands for its whole
// unit. ok is false for "now": what a query finds does not depend on when it is run.
//
// Source: Elasticsearch reference, "Date math".
func parseDateMath(s string) (lo, hi int64, ok bool) {
	date, math, found := strings.Cut(s, "||")
	lo, hi, ok = parseDate(date)
	if !found || !ok {
		return lo, hi, ok
	}
	from, to := time.Unix(0, lo).UTC(), time.Unix(0, hi).UTC()
	for math != "" {
		sign := math[0]
		math = math[1:]
		n, digits := 0, 0
		for digits < len(math) && math[digits] >= '0' && math[digits] <= '9' && n < maxDateMath {
			n = n*10 + int(math[digits]-'0')
			digits++
		}
		math = math[digits:]
		if math == "" || n >= maxDateMath || sign == '/' && digits > 0 {
			return 0, 0, false
		}
		unit := math[0]
		math = math[1:]
		if !strings.ContainsRune("yMwdhHms", rune(unit)) {
			return 0, 0, false
		}
		if digits == 0 {
			n = 1
		}
		switch sign {
		case '+':
			from, to = addUnits(from, n, unit), addUnits(to, n, unit)
		case '-':
			from, to = addUnits(from, -n, unit), addUnits(to, -n, unit)
		case '/':
			from, to = startOf(from, unit), addUnits(startOf(to, unit), 1, unit).Add(-1)
		default:
			return 0, 0, false
		}
	}
	return Nanos(from), Nanos(to), true
}

// addUnits adds n units. Months and years keep the day, or use the last day of a shorter month.
func addUnits(t time.Time, n int, unit byte) time.Time {
	switch unit {
	case 'y', 'M':
		if unit == 'y' {
			n *= 12
		}
		first := t.AddDate(0, 0, 1-t.Day()).AddDate(0, n, 0)
		return first.AddDate(0, 0, min(t.Day(), daysIn(first.Year(), int(first.Month())))-1)
	case 'w':
		return t.AddDate(0, 0, 7*n)
	case 'd':
		return t.AddDate(0, 0, n)
	case 'h', 'H':
		return t.Add(time.Duration(n) * time.Hour)
	case 'm':
		return t.Add(time.Duration(n) * time.Minute)
	}
	return t.Add(time.Duration(n) * time.Second)
}

// startOf rounds down to a unit; weeks begin on Monday.
func startOf(t time.Time, unit byte) time.Time {
	switch unit {
	case 'y':
		return time.Date(t.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
	case 'M':
		return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
	case 'w':
		return startOf(t, 'd').AddDate(0, 0, -(int(t.Weekday())+6)%7)
	case 'd':
		return t.Truncate(24 * time.Hour)
	case 'h', 'H':
		return t.Truncate(time.Hour)
	case 'm':
		return t.Truncate(time.Minute)
	}
	return t.Truncate(time.Second)
}
