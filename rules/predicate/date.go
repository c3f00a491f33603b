package predicate

import (
	"math"
	"strconv"
	"time"
)

// parseDate parses a date constant: ISO 8601 text with optional parts
// (Elasticsearch's strict_date_optional_time) or epoch milliseconds as text. The parts that
// are not given make a range: lo is its first nanosecond and hi its last, so
// that `@timestamp <= "2024-05-01"` includes the whole day, as in Elasticsearch.
func parseDate(s string) (lo, hi int64, ok bool) {
	if len(s) > 4 {
		if ms, err := strconv.ParseInt(s, 10, 64); err == nil {
			lo, hi = millisRange(ms)
			return lo, hi, true
		}
	}
	p := dateParser{rest: s}
	year := p.digits(4)
	month, day := 1, 1
	var hour, minute, second int
	var fraction, precision int64
	last := "year"
	if p.take('-') {
		month, last = p.digits(2), "month"
		if p.take('-') {
			day, last = p.digits(2), "day"
			if p.take('T') && p.rest != "" {
				hour, last = p.digits(2), "hour"
				if p.take(':') {
					minute, last = p.digits(2), "minute"
					if p.take(':') {
						second, last = p.digits(2), "second"
						if p.take('.') || p.take(',') {
							fraction, precision = p.fraction()
							last = "fraction"
						}
					}
				}
			}
		}
	}
	offset := p.zone()
	if p.bad || p.rest != "" || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 ||
		minute > 59 || second > 59 {
		return 0, 0, false
	}
	from := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC).Add(-offset)
	var to time.Time
	switch last {
	case "year":
		to = from.AddDate(1, 0, 0)
	case "month":
		to = from.AddDate(0, 1, 0)
	case "day":
		to = from.AddDate(0, 0, 1)
	case "hour":
		to = from.Add(time.Hour)
	case "minute":
		to = from.Add(time.Minute)
	case "second":
		to = from.Add(time.Second)
	default:
		lo = Nanos(from) + fraction
		return lo, lo + precision - 1, true
	}
	return Nanos(from), Nanos(to) - 1, true
}

// Nanos returns nanoseconds since 1970, held at the limits of int64 (years 1678 to 2262).
func Nanos(t time.Time) int64 {
	switch s := t.Unix(); {
	case s >= math.MaxInt64/int64(time.Second):
		return math.MaxInt64
	case s <= math.MinInt64/int64(time.Second):
		return math.MinInt64 + 1
	}
	return t.UnixNano()
}

// millisRange returns the nanoseconds that one epoch millisecond covers: dates in Elasticsearch have no finer part.
func millisRange(ms int64) (lo, hi int64) {
	switch {
	case ms > math.MaxInt64/int64(time.Millisecond)-1:
		return math.MaxInt64, math.MaxInt64
	case ms < math.MinInt64/int64(time.Millisecond):
		return math.MinInt64, math.MinInt64
	}
	return ms * 1e6, ms*1e6 + 1e6 - 1
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

type dateParser struct {
	rest string
	bad  bool
}

func (p *dateParser) take(c byte) bool {
	if p.bad || p.rest == "" || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

// digits reads exactly n digits.
func (p *dateParser) digits(n int) int {
	if len(p.rest) < n {
		p.bad = true
		return 0
	}
	v := 0
	for i := range n {
		c := p.rest[i]
		if c < '0' || c > '9' {
			p.bad = true
			return 0
		}
		v = v*10 + int(c-'0')
	}
	p.rest = p.rest[n:]
	return v
}

// fraction reads one to nine digits and returns nanoseconds and the width of the last digit.
func (p *dateParser) fraction() (value, width int64) {
	width = 1e9
	for width > 1 && p.rest != "" && p.rest[0] >= '0' && p.rest[0] <= '9' {
		width /= 10
		value += int64(p.rest[0]-'0') * width
		p.rest = p.rest[1:]
	}
	if width == 1e9 {
		p.bad = true
	}
	return value, width
}

// zone reads Z, +hh:mm, +hhmm, +hh or nothing.
func (p *dateParser) zone() time.Duration {
	if p.take('Z') || p.rest == "" {
		return 0
	}
	sign := time.Duration(1)
	if p.take('-') {
		sign = -1
	} else if !p.take('+') {
		p.bad = true
		return 0
	}
	h, m := p.digits(2), 0
	if p.take(':') || p.rest != "" {
		m = p.digits(2)
	}
	if h > 18 || m > 59 {
		p.bad = true
	}
	return sign * (time.Duration(h)*time.Hour + time.Duration(m)*time.Minute)
}
