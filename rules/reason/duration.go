package reason

import (
	"fmt"
	"strings"
	"time"
)

// Span writes a span as rules do, in its largest whole unit: 30s, 5m, 1h, 7d.
func Span(d time.Duration) string {
	for _, u := range []struct {
		name string
		size time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}} {
		if d >= u.size && d%u.size == 0 {
			return fmt.Sprintf("%d%s", d/u.size, u.name)
		}
	}
	return d.String()
}

// Took writes how long something took: 58 s, 4 min 2 s, 3 h 5 min, 2.5 days.
func Took(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", max(d.Milliseconds(), 1))
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	case d < 24*time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return Days(d)
}

// Days writes a long time: 14 days, 1.5 days, 7 hours.
func Days(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < time.Hour:
		return fmt.Sprintf("%d minutes", int(d.Minutes()))
	case d < day:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", d.Hours()), ".0") + " hours"
	}
	text := strings.TrimSuffix(fmt.Sprintf("%.1f", d.Hours()/24), ".0")
	if text == "1" {
		return "1 day"
	}
	return text + " days"
}
