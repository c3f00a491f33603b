// Package localtime puts a second time zone beside times in UTC: in sentences in brackets, in JSON as a member of its
// own.
package localtime

import (
	"strings"
	"time"
)

// Beside returns a moment in another time zone, as it follows the same in UTC: in brackets, without the day if that
// is the same. It is "" without a zone.
func Beside(t time.Time, zone *time.Location) string {
	if zone == nil {
		return ""
	}
	utc, local := t.UTC(), t.In(zone)
	layout := "15:04:05 -07:00"
	if utc.Format(time.DateOnly) != local.Format(time.DateOnly) {
		layout = "2006-01-02 " + layout
	}
	return " (" + local.Format(layout) + ")"
}

// InText returns a text in which each full time in UTC, such as 2026-03-12T07:52:17.4270492Z, is followed by the same
// in another zone. Without a zone, the text stays as it is.
func InText(text string, zone *time.Location) string {
	if zone == nil {
		return text
	}
	var b strings.Builder
	rest := text
	for {
		i := strings.IndexByte(rest, 'T')
		if i < 0 {
			b.WriteString(rest)
			return b.String()
		}
		from, end := i-len(time.DateOnly), i+1
		for end < len(rest) && (rest[end] >= '0' && rest[end] <= '9' || rest[end] == ':' || rest[end] == '.') {
			end++
		}
		if end == len(rest) || rest[end] != 'Z' || from < 0 || !begins(text[:len(text)-len(rest)+from]) ||
			!ends(rest[end+1:]) {
			b.WriteString(rest[:i+1])
			rest = rest[i+1:]
			continue
		}
		end++
		b.WriteString(rest[:end])
		if t, err := time.Parse(time.RFC3339, rest[from:end]); err == nil && t.In(zone).Year() <= lastYear {
			b.WriteString(Beside(t, zone))
		}
		rest = rest[end:]
	}
}

// begins reports whether a time behind a text is a word of a sentence, rather than a part of a path or a name: evidence
// is often named after the time of its collection.
func begins(before string) bool {
	return before == "" || strings.IndexByte(" \n\t([\"'", before[len(before)-1]) >= 0
}

// ends reports the same for what is behind the time. The quotes of a text in JSON are escaped.
func ends(behind string) bool {
	behind = strings.TrimLeft(behind, `,;:.)]'"`)
	return behind == "" || strings.IndexByte(" \n\t", behind[0]) >= 0 || strings.HasPrefix(behind, `\"`)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// lastYear is the last year that RFC 3339 can say.
const lastYear = 9999

// exact is a time that stands alone, in another zone and to the same digit.
func exact(text string, zone *time.Location) (local string, ok bool) {
	if len(text) < len(time.DateTime)+1 || text[len(text)-1] != 'Z' || !isDigit(text[0]) {
		return "", false
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || t.In(zone).Year() > lastYear {
		return "", false
	}
	layout := "2006-01-02T15:04:05"
	if _, fraction, ok := strings.Cut(text[:len(text)-1], "."); ok {
		layout += "." + strings.Repeat("0", len(fraction))
	}
	return t.In(zone).Format(layout + "-07:00"), true
}
