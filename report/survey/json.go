package survey

import (
	"encoding/json"
	"io"
	"time"

	"hunt/evtx"
	"hunt/report"
	"hunt/report/sight"
	"hunt/timeline/coverage"
)

// The JSON of 'hunt coverage': an array of hosts. A time that is not known is left out.
type (
	hostJSON struct {
		Host     string        `json:"host"`
		From     string        `json:"from,omitempty"`
		To       string        `json:"to,omitempty"`
		Sources  []sourceJSON  `json:"sources"`
		Channels []channelJSON `json:"channels"`
		Sights   []sightJSON   `json:"sights"`
		Gaps     []gapJSON     `json:"gaps"`
		Notes    []string      `json:"notes"`
	}
	sourceJSON struct {
		ID      string `json:"id"`
		Name    string `json:"name"`
		State   string `json:"state"`
		Count   int    `json:"count"`
		First   string `json:"first,omitempty"`
		Last    string `json:"last,omitempty"`
		Detail  string `json:"detail,omitempty"`
		Without string `json:"without"`
	}
	gapJSON struct {
		Channel string `json:"channel"`
		Kind    string `json:"kind"`
		From    string `json:"from,omitempty"`
		To      string `json:"to,omitempty"`
		Detail  string `json:"detail"`
		Missing uint64 `json:"missing,omitempty"`
	}
	channelJSON struct {
		Channel      string         `json:"channel"`
		Records      int            `json:"records"`
		First        string         `json:"first,omitempty"`
		Last         string         `json:"last,omitempty"`
		LateSeconds  int64          `json:"late_seconds"`
		Whole        bool           `json:"whole"`
		UsualSilence int            `json:"usual_silence"`
		Back         int            `json:"back"`
		BackMost     string         `json:"back_most,omitempty"`
		Apart        int            `json:"apart"`
		ApartMost    string         `json:"apart_most,omitempty"`
		Days         []sight.DayRun `json:"days"`
		Events       []eventJSON    `json:"events"`
	}
	eventJSON struct {
		Provider        string         `json:"provider"`
		EventID         uint32         `json:"event_id"`
		Count           int            `json:"count"`
		First           string         `json:"first,omitempty"`
		Last            string         `json:"last,omitempty"`
		WithCommandLine int            `json:"with_command_line,omitempty"`
		WithParent      int            `json:"with_parent,omitempty"`
		Days            []sight.DayRun `json:"days"`
	}
	sightJSON struct {
		Kinds  []string          `json:"kinds"`
		Stages []string          `json:"stages"`
		Setup  []string          `json:"setup,omitempty"`
		State  string            `json:"state"`
		Blind  []sight.Blindspot `json:"blind"`
		More   int               `json:"more,omitempty"`
	}
)

// JSON writes an array of hosts.
func (x *Coverage) JSON(out io.Writer) error {
	needs := Needs(x.Needs)
	all := []hostJSON{}
	for c := range x.Hosts {
		h := hostJSON{
			Host: c.Host.ID, From: when(c.Window.From), To: when(c.Window.To), Sources: []sourceJSON{},
			Channels: channelsJSON(c), Sights: []sightJSON{}, Gaps: []gapJSON{}, Notes: append([]string{}, c.Notes...),
		}
		for i := range c.Sources {
			s := &c.Sources[i]
			h.Sources = append(h.Sources,
				sourceJSON{ID: string(s.ID), Name: s.Name, State: string(s.State), Count: s.Count,
					First: when(s.First), Last: when(s.Last), Detail: s.Detail(), Without: s.Without})
		}
		for _, s := range Sights(c, x.Needs) {
			n := needs[s.Need]
			h.Sights = append(h.Sights, sightJSON{Kinds: n.Kinds, Stages: n.Stages, Setup: n.Setup, State: s.State,
				Blind: s.Blind, More: s.More})
		}
		for _, g := range c.Gaps {
			h.Gaps = append(h.Gaps, gapJSON{Channel: g.Channel, Kind: string(g.Kind), From: when(g.From),
				To: when(g.To), Detail: g.Detail, Missing: g.Missing})
		}
		all = append(all, h)
	}
	return indented(out, all)
}

func channelsJSON(c *coverage.Coverage) []channelJSON {
	out := []channelJSON{}
	events := c.Host.Events
	for i := range c.Channels {
		ch := &c.Channels[i]
		x := channelJSON{
			Channel: ch.Channel, Records: ch.Count, First: when(ch.First), Last: when(ch.Last),
			LateSeconds: int64(ch.Late / evtx.TicksPerSecond), Whole: ch.Whole, UsualSilence: ch.Rhythm,
			Back: ch.Back.Records, BackMost: most(ch.Back), Apart: ch.Apart.Records, ApartMost: most(ch.Apart),
			Days: DayRuns(ch.Days), Events: []eventJSON{},
		}
		for ; len(events) > 0 && events[0].Channel == ch.Channel; events = events[1:] {
			e := &events[0]
			x.Events = append(x.Events, eventJSON{Provider: e.Provider, EventID: e.EventID, Count: e.Count,
				First: when(e.First), Last: when(e.Last), WithCommandLine: e.WithCommandLine,
				WithParent: e.WithParent, Days: DayRuns(e.Days)})
		}
		out = append(out, x)
	}
	return out
}

// most is the largest difference, or nothing where there is none.
func most(d coverage.Disorder) string {
	if d.Records == 0 {
		return ""
	}
	return evtx.SpanText(d.Most)
}

// when is a time, or nothing where there is none.
func when(t evtx.Filetime) string {
	if t == 0 {
		return ""
	}
	return t.String()
}

// second is a time cut to the second, for tables, with that in another zone behind it; the JSON has it in full.
func second(t evtx.Filetime, zone *time.Location) string {
	if t == 0 {
		return ""
	}
	return t.Time().Format(time.DateTime) + report.Beside(&t, zone)
}

func indented(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
