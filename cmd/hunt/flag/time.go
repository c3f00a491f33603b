package flag

import (
	"time"
	_ "time/tzdata" // Windows has no time zones by these names

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/exit"
	"hunt/evtx"
	"hunt/report/casefile"
)

// TimeOf reads an option that is a date or a time, 0 without it; a date as an end means the end of that day.
func TimeOf(c *cli.Context, name string, end bool) (evtx.Filetime, error) {
	s := c.String(name)
	if s == "" {
		return 0, nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04",
		"2006-01-02 15:04"} {
		if t, err := time.Parse(layout, s); err == nil {
			return evtx.FiletimeOf(t), nil
		}
	}
	t, err := time.Parse("2006-01-02", s)
	if err != nil {
		return 0, exit.Usagef("--%s: invalid time %q: write 2026-03-02 or 2026-03-02T14:00:00Z (UTC)", name, s)
	}
	if end {
		return evtx.FiletimeOf(t.AddDate(0, 0, 1)) - 1, nil
	}
	return evtx.FiletimeOf(t), nil
}

// ZoneOf returns the time zone of --tz, or nil without the option.
func ZoneOf(c *cli.Context) (*time.Location, error) {
	zone, err := casefile.Zone(c.String("tz"))
	if err != nil {
		return nil, exit.Usagef("--tz: %v", err)
	}
	return zone, nil
}
