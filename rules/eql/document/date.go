package document

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strings"
	"time"

	"hunt/rules/predicate"
)

// dateFmt reads one date format of a mapping.
type dateFmt struct {
	kind   dateKind
	layout string // of kind datePattern, for time.Parse
}

type dateKind uint8

const (
	dateISO dateKind = iota
	dateMillis
	dateSeconds
	datePattern
)

// defaultDates are the formats that Elasticsearch's date fields accept unless the mapping says otherwise.
var defaultDates = []dateFmt{{kind: dateISO}, {kind: dateMillis}}

// parseDateFormats reads the "format" of a date field: names and patterns separated by ||.
func parseDateFormats(s string) ([]dateFmt, error) {
	if s == "" {
		return defaultDates, nil
	}
	var fs []dateFmt
	for part := range strings.SplitSeq(s, "||") {
		switch name := strings.TrimSpace(part); name {
		case "epoch_millis":
			fs = append(fs, dateFmt{kind: dateMillis})
		case "epoch_second":
			fs = append(fs, dateFmt{kind: dateSeconds})
		default:
			if strings.Contains(name, "date_") || strings.Contains(name, "strict_") || name == "iso8601" {
				fs = append(fs, dateFmt{kind: dateISO})
				continue
			}
			layout, err := layoutOf(name)
			if err != nil {
				return nil, err
			}
			fs = append(fs, dateFmt{kind: datePattern, layout: layout})
		}
	}
	return fs, nil
}

// layoutTokens are the letters of Java's date patterns that have a counterpart in Go's layouts.
var layoutTokens = map[string]string{
	"yyyy": "2006", "uuuu": "2006", "yy": "06", "MM": "01", "M": "1", "MMM": "Jan", "MMMM": "January", "dd": "02",
	"d":  "2",
	"HH": "15", "hh": "03", "h": "3", "mm": "04", "ss": "05", "a": "PM", "EEE": "Mon", "EEEE": "Monday",
	"X": "Z07", "XX": "Z0700", "XXX": "Z07:00", "Z": "-0700", "ZZ": "-0700", "xx": "-0700", "xxx": "-07:00",
}

// layoutOf translates a Java date pattern.
func layoutOf(pattern string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(pattern); {
		c := pattern[i]
		switch {
		case c == '\'':
			end := strings.IndexByte(pattern[i+1:], '\'')
			if end < 0 {
				return "", fmt.Errorf("date format %q: a quote is not closed", pattern)
			}
			b.WriteString(pattern[i+1 : i+1+end])
			i += end + 2
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			n := 1
			for i+n < len(pattern) && pattern[i+n] == c {
				n++
			}
			token, ok := layoutTokens[pattern[i:i+n]]
			if c == 'S' {
				token, ok = strings.Repeat("0", n), true
			}
			if !ok {
				return "", fmt.Errorf("date format %q: %q is not supported", pattern, pattern[i:i+n])
			}
			b.WriteString(token)
			i += n
		default:
			b.WriteByte(c)
			i++
		}
	}
	return b.String(), nil
}

// dateNanos reads a date: nanoseconds since 1970.
func dateNanos(v any, formats []dateFmt) (int64, bool) {
	switch v := v.(type) {
	case json.Number:
		for _, f := range formats {
			if f.kind == dateSeconds {
				return epochText(v.String(), 1e9)
			}
		}
		return epochText(v.String(), 0)
	case string:
		s := strings.TrimSpace(v)
		for _, f := range formats {
			if n, ok := f.parse(s); ok {
				return n, true
			}
		}
		// Exports write dates in the index's own format or in the usual one.
		if n, ok := isoNanos(s); ok {
			return n, true
		}
		return epochText(s, 0)
	}
	return 0, false
}

func (f dateFmt) parse(s string) (int64, bool) {
	switch f.kind {
	case dateISO:
		return isoNanos(s)
	case dateMillis:
		return epochText(s, 0)
	case dateSeconds:
		return epochText(s, 1e9)
	}
	t, err := time.Parse(f.layout, s)
	if err != nil {
		return 0, false
	}
	return predicate.Nanos(t), true
}

// isoNanos reads ISO 8601 text. It also accepts a blank or a slash in the places in which programs like to write one.
func isoNanos(s string) (int64, bool) {
	if len(s) > 10 && s[10] == ' ' {
		s = s[:10] + "T" + strings.TrimSpace(s[11:])
	}
	if len(s) >= 10 && s[4] == '/' && s[7] == '/' {
		s = s[:4] + "-" + s[5:7] + "-" + s[8:]
	}
	if strings.HasSuffix(s, " UTC") {
		s = strings.TrimSuffix(s, " UTC") + "Z"
	}
	if len(s) < 4 || len(s) > 4 && s[4] != '-' {
		return 0, false // parseDate reads digits alone as milliseconds: epochText is better at that
	}
	return predicate.ParseDate(s)
}

// The ranges by which the size of an epoch number shows its unit.
const (
	maxMillis    = 253_402_300_799_999         // the end of the year 9999 in milliseconds
	maxMicros    = 100_000_000_000_000_000     // in microseconds the year 5138
	minFiletime  = maxMicros                   // in FILETIME the year 1917
	maxFiletime  = 200_000_000_000_000_000     // in FILETIME the year 2234; in nanoseconds May 1976
	filetimeZero = 116_444_736_000_000_000     // 1970 in FILETIME
	hundredNanos = 100                         // one tick of FILETIME
	maxMicroInt  = math.MaxInt64 / int64(1000) // in microseconds the limit of nanoseconds
)

// epochNanos converts an epoch number to nanoseconds since 1970. Up to the year 9999 it is milliseconds, as in
// Elasticsearch. A larger number would be a date that no log holds, so it is microseconds, a Windows FILETIME or
// nanoseconds, depending on its size.
func epochNanos(n int64) int64 {
	a := n
	if a < 0 {
		a = -max(a, -math.MaxInt64)
	}
	switch {
	case a <= maxMillis:
		switch {
		case n > math.MaxInt64/int64(1e6):
			return math.MaxInt64
		case n < math.MinInt64/int64(1e6):
			return math.MinInt64 + 1
		}
		return n * 1e6
	case a < maxMicros:
		switch {
		case n > maxMicroInt:
			return math.MaxInt64
		case n < -maxMicroInt:
			return math.MinInt64 + 1
		}
		return n * 1000
	case minFiletime <= n && n < maxFiletime:
		return (n - filetimeZero) * hundredNanos
	}
	return n
}

// epochText reads an epoch number, with an optional fraction as Elasticsearch writes date_nanos (milliseconds and their
// fraction). unit is its unit in nanoseconds; 0 means that its size decides.
func epochText(s string, unit int64) (int64, bool) {
	whole, fraction, hasFraction := strings.Cut(s, ".")
	digits := strings.TrimPrefix(whole, "-")
	if digits == "" || strings.Trim(digits, "0123456789") != "" || strings.Trim(fraction, "0123456789") != "" ||
		hasFraction && fraction == "" {
		return exponentText(s, unit)
	}
	var n big.Int
	if _, ok := n.SetString(whole, 10); !ok || !n.IsInt64() {
		return 0, false
	}
	v := n.Int64()
	if unit == 0 && !hasFraction {
		return epochNanos(v), true
	}
	if unit == 0 {
		unit = 1e6
	}
	if v > math.MaxInt64/unit-1 || v < math.MinInt64/unit+1 {
		return 0, false
	}
	v *= unit
	sub, scale := int64(0), unit
	for _, c := range fraction {
		if scale /= 10; scale == 0 {
			break
		}
		sub += int64(c-'0') * scale
	}
	if strings.HasPrefix(whole, "-") {
		sub = -sub
	}
	return v + sub, true
}

// exponentText reads a number such as 1.7e12.
func exponentText(s string, unit int64) (int64, bool) {
	if !strings.ContainsAny(s, "eE") {
		return 0, false
	}
	f, err := json.Number(s).Float64()
	if err != nil || math.Abs(f) > 9e15 {
		return 0, false
	}
	if unit == 0 {
		return epochNanos(int64(f)), true
	}
	if math.Abs(f) > 9e9 {
		return 0, false
	}
	return int64(f * float64(unit)), true
}
