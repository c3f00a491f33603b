package evtx

import (
	"fmt"
	"math"
	"time"

	"hunt/evtx/binxml/digits"
)

// Filetime is a Windows FILETIME: 100 ns ticks since 1601-01-01T00:00:00Z. All of hunt orders
// by it; values compare with < and keep the full precision of the log. The zero value means "no
// time".
//
// Source: MS-DTYP 2.3.3.
type Filetime uint64

const (
	// TicksPerSecond is the resolution of a Filetime.
	TicksPerSecond = 10_000_000
	// unixEpoch is 1970-01-01T00:00:00Z as a Filetime.
	unixEpoch = 116_444_736_000_000_000
)

// FiletimeOf returns t as a Filetime, cut to 100 ns; times before 1601 give 0.
func FiletimeOf(t time.Time) Filetime {
	ticks := t.Unix()*TicksPerSecond + int64(t.Nanosecond())/100 + unixEpoch
	if ticks < 0 {
		return 0
	}
	return Filetime(ticks)
}

// Time returns f in UTC. Values after the year 9999, which only damage or malice produces, are
// clamped to 9999-12-31T23:59:59.9999999Z.
func (f Filetime) Time() time.Time {
	const last = 2_650_467_743_999_999_999 // 9999-12-31T23:59:59.9999999Z
	if f > last {
		f = last
	}
	rel := int64(f) - unixEpoch
	sec, tick := rel/TicksPerSecond, rel%TicksPerSecond
	if tick < 0 {
		sec, tick = sec-1, tick+TicksPerSecond
	}
	return time.Unix(sec, tick*100).UTC()
}

// SpanText returns the length of a span of ticks in its two largest units: 3 d 7 min, 58 s 120
// ms.
func SpanText(span Filetime) string {
	const second Filetime = TicksPerSecond
	units := []struct {
		size Filetime
		name string
	}{{86_400 * second, "d"}, {3600 * second, "h"}, {60 * second, "min"}, {second, "s"}, {second / 1000, "ms"}}
	for i, u := range units {
		if span < u.size {
			continue
		}
		s := fmt.Sprintf("%d %s", span/u.size, u.name)
		if i+1 < len(units) {
			if rest := span % u.size / units[i+1].size; rest > 0 {
				s += fmt.Sprintf(" %d %s", rest, units[i+1].name)
			}
		}
		return s
	}
	return "under 1 ms"
}

// UnixNano returns f in nanoseconds since 1970, saturating at the bounds of int64
// (the years 1677 and 2262).
func (f Filetime) UnixNano() int64 {
	const span = math.MaxInt64 / 100
	switch rel := int64(min(f, math.MaxInt64)) - unixEpoch; {
	case rel > span:
		return math.MaxInt64
	case rel < -span:
		return math.MinInt64
	default:
		return rel * 100
	}
}

// AppendText appends f as RFC 3339 in UTC with seven digits of fraction, as
// Windows and the report show it: 2019-06-15T07:22:05.6917590Z.
func (f Filetime) AppendText(dst []byte) []byte {
	return digits.AppendTicks(dst, uint64(f))
}

// String returns what AppendText appends.
func (f Filetime) String() string { return string(f.AppendText(nil)) }

// MarshalText implements encoding.TextMarshaler with the format of AppendText.
func (f Filetime) MarshalText() ([]byte, error) { return f.AppendText(nil), nil }

// UnmarshalText reads RFC 3339 with any fraction.
func (f *Filetime) UnmarshalText(b []byte) error {
	t, err := time.Parse(time.RFC3339Nano, string(b))
	if err != nil {
		return err
	}
	*f = FiletimeOf(t)
	return nil
}
