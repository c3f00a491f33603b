package main

import (
	"bufio"
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"hunt/evtx"
	"hunt/report"
	"hunt/report/build"
	"hunt/rules"
	"hunt/table"
	"hunt/timeline"
	"hunt/timeline/coverage"
	"hunt/timeline/host"
	"hunt/timeline/ledger"
)

func coverageCommand() *cli.Command {
	return &cli.Command{
		Name: "coverage", Usage: "show what the logs of each host could and could not have shown", Action: coverageAction,
		UsageText: "hunt coverage --evtx PATH [--evtx PATH ...] [--host NAME] [--from TIME] [--to TIME] [--case FILE]",
		Description: `coverage prints for each host
 - which sources its logs contain, and for which time;
 - what each channel holds;
 - where records are missing: cleared logs, logging or Sysmon stopped, missing record
   ids, silences far longer than usual;
 - what the stages of the rules could not have seen, and when;
 - what the logs say about themselves.

--from and --to set the time examined. Without them it is the incident window of --case,
and without that the time of the host's records.

Example:
   hunt coverage --evtx triage/ --host ws-042`,
		Flags: append(append(evidenceFlags(), ruleFlags()...),
			&cli.StringFlag{Name: "case", Usage: "take the incident window from `FILE` (TOML or YAML)"},
			&cli.StringFlag{Name: "format", Value: "table", Usage: "print the result in this `FORMAT`: table or json"}),
	}
}

// examined is what coverage is asked about: a time, and the needs of rules.
type examined struct {
	cs     *timeline.Case
	within ledger.Period
	needs  []rules.Need
}

func coverageAction(c *cli.Context) error {
	pack, problems, err := loadPack(packSources(c))
	if err != nil {
		return err
	}
	within, err := withinOf(c)
	if err != nil {
		return err
	}
	cs, hosts, incomplete, err := survey(c)
	if err != nil {
		return err
	}
	x := &examined{cs, within, rules.Needs(pack, cs)}
	out := bufio.NewWriter(jsonScreen(c.App.Writer))
	if c.String("format") == "json" {
		if err := x.json(out, hosts); err != nil {
			return err
		}
	} else {
		for _, h := range hosts {
			if err := x.tables(out, terminalWidth(c.App.Writer), h); err != nil {
				return err
			}
		}
	}
	if err := surveyed(out, incomplete || len(problems) > 0); err != nil {
		if len(problems) > 0 {
			return &exitError{exitIncomplete, problems}
		}
		return err
	}
	return nil
}

// withinOf is the time that --from, --to and the incident window of --case name.
func withinOf(c *cli.Context) (ledger.Period, error) {
	var p ledger.Period
	var err error
	if p.From, err = parseTime("from", c.String("from"), false); err != nil {
		return p, err
	}
	if p.To, err = parseTime("to", c.String("to"), true); err != nil {
		return p, err
	}
	name := c.String("case")
	if name == "" {
		return p, nil
	}
	known, err := build.LoadCase(name)
	if err != nil {
		return p, &exitError{exitFailed, fmt.Errorf("--case %w", err)}
	}
	if w := known.Window; w.From != nil {
		p.From = cmp.Or(p.From, *w.From)
	}
	if w := known.Window; w.To != nil {
		p.To = cmp.Or(p.To, *w.To)
	}
	return p, nil
}

func (x *examined) tables(w *bufio.Writer, width int, h *host.Host) error {
	cov := x.cs.Coverage(h, x.within)
	fmt.Fprintf(w, "%s: %d records, %s to %s\n", printable(h.ID), h.Records, when(h.First), when(h.Last))
	fmt.Fprintf(w, "time examined: %s to %s\n\n", when(cov.Window.From), when(cov.Window.To))
	t := table.New("Source", "State", "Events", "From (UTC)", "To (UTC)", "Detail")
	for _, s := range cov.Sources {
		detail := s.Detail
		if s.State == coverage.SourceAbsent {
			detail = "cannot be seen: " + s.Without + " (" + s.Detail + ")"
		}
		t.Add(s.Name, string(s.State), strconv.Itoa(s.Count), second(s.First), second(s.Last), printable(detail))
	}
	if err := t.Write(w, width); err != nil {
		return err
	}
	fmt.Fprintln(w)
	t = table.New("Channel", "Records", "From (UTC)", "To (UTC)", "Days", "Detail")
	for i := range cov.Channels {
		ch := &cov.Channels[i]
		t.Add(printable(ch.Channel), strconv.Itoa(ch.Count), second(ch.First), second(ch.Last), strconv.Itoa(len(ch.Days)), channelRemarks(ch, cov.Given))
	}
	if err := t.Write(w, width); err != nil {
		return err
	}
	if len(cov.Gaps) > 0 {
		fmt.Fprintln(w)
		t = table.New("Gap", "Channel", "From (UTC)", "To (UTC)", "Detail")
		for _, g := range cov.Gaps {
			t.Add(string(g.Kind), printable(g.Channel), second(g.From), second(g.To), printable(g.Detail))
		}
		if err := t.Write(w, width); err != nil {
			return err
		}
	}
	if err := x.sights(w, width, cov); err != nil {
		return err
	}
	if len(cov.Notes) > 0 {
		fmt.Fprintln(w)
	}
	for _, n := range cov.Notes {
		n = printable(n)
		if width > 0 {
			n = strings.Join(table.Wrap(n, max(width-2, table.Narrowest)), "\n    ")
		}
		fmt.Fprintf(w, "  %s\n", n)
	}
	_, err := fmt.Fprintln(w)
	return err
}

// channelRemarks says where a channel lags behind a time that was asked for, and where its times do not agree.
func channelRemarks(ch *coverage.Channel, given bool) string {
	var out []string
	if given && ch.Late > 0 {
		text := "begins " + ledger.Duration(ch.Late) + " into the time examined"
		if ch.Whole {
			text += ", with record 1"
		}
		out = append(out, text)
	}
	if ch.Back.Records > 0 {
		out = append(out, fmt.Sprintf("%s back in time, by up to %s", counted(ch.Back.Records, "goes", "go"), ledger.Duration(ch.Back.Most)))
	}
	if ch.Apart.Records > 0 {
		out = append(out, fmt.Sprintf("%s another time in the header, by up to %s", counted(ch.Apart.Records, "has", "have"), ledger.Duration(ch.Apart.Most)))
	}
	return strings.Join(out, "; ")
}

// counted is a number with the verb that fits it.
func counted(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// maxStagesShown bounds the stages that a row of the table names; the JSON has all.
const maxStagesShown = 4

// maxSetupShown bounds what a row of the table says about what to switch on, in characters.
const maxSetupShown = 120

// sights writes what the stages of rules could not have seen.
func (x *examined) sights(w *bufio.Writer, width int, cov *coverage.Coverage) error {
	needs := build.Needs(x.needs)
	t := table.New("Rules need", "State", "Not seen (UTC)", "Stages of rules")
	found := build.Sights(cov, x.needs)
	for _, s := range found {
		var blind []string
		for _, b := range s.Blind {
			blind = append(blind, second(*b.From)+" to "+second(*b.To)+": "+b.Why)
		}
		if s.More > 0 {
			blind = append(blind, strconv.Itoa(s.More)+" shorter spans")
		}
		n := needs[s.Need]
		stages := strings.Join(n.Stages[:min(len(n.Stages), maxStagesShown)], "; ")
		if more := len(n.Stages) - maxStagesShown; more > 0 {
			stages += fmt.Sprintf("; %d more", more)
		}
		kinds := cmp.Or(strings.Join(n.Kinds, "; "), "no known event")
		if len(n.Setup) > 0 {
			kinds += ". Authors of rules say: " + report.Ellipsis(n.Setup[0], maxSetupShown)
		}
		t.Add(printable(kinds), s.State, printable(strings.Join(blind, "; ")), printable(stages))
	}
	if len(found) == 0 {
		return nil
	}
	fmt.Fprintln(w)
	return t.Write(w, width)
}

// json writes an array of hosts.
func (x *examined) json(out *bufio.Writer, hosts []*host.Host) error {
	type source struct {
		Name    string `json:"name"`
		State   string `json:"state"`
		Count   int    `json:"count"`
		First   string `json:"first,omitempty"`
		Last    string `json:"last,omitempty"`
		Detail  string `json:"detail,omitempty"`
		Without string `json:"without"`
	}
	type gap struct {
		Channel string `json:"channel"`
		Kind    string `json:"kind"`
		From    string `json:"from,omitempty"`
		To      string `json:"to,omitempty"`
		Detail  string `json:"detail"`
		Missing uint64 `json:"missing,omitempty"`
	}
	type event struct {
		Provider        string          `json:"provider"`
		EventID         uint32          `json:"event_id"`
		Count           int             `json:"count"`
		First           string          `json:"first,omitempty"`
		Last            string          `json:"last,omitempty"`
		WithCommandLine int             `json:"with_command_line,omitempty"`
		WithParent      int             `json:"with_parent,omitempty"`
		Days            []report.DayRun `json:"days"`
	}
	type channel struct {
		Channel      string          `json:"channel"`
		Records      int             `json:"records"`
		First        string          `json:"first,omitempty"`
		Last         string          `json:"last,omitempty"`
		LateSeconds  int64           `json:"late_seconds"`
		Whole        bool            `json:"whole"`
		UsualSilence int             `json:"usual_silence"`
		Back         int             `json:"back"`
		BackMost     string          `json:"back_most,omitempty"`
		Apart        int             `json:"apart"`
		ApartMost    string          `json:"apart_most,omitempty"`
		Days         []report.DayRun `json:"days"`
		Events       []event         `json:"events"`
	}
	type sight struct {
		Kinds  []string           `json:"kinds"`
		Stages []string           `json:"stages"`
		Setup  []string           `json:"setup,omitempty"`
		State  string             `json:"state"`
		Blind  []report.Blindspot `json:"blind"`
		More   int                `json:"more,omitempty"`
	}
	type host struct {
		Host     string    `json:"host"`
		From     string    `json:"from,omitempty"`
		To       string    `json:"to,omitempty"`
		Sources  []source  `json:"sources"`
		Channels []channel `json:"channels"`
		Sights   []sight   `json:"sights"`
		Gaps     []gap     `json:"gaps"`
		Notes    []string  `json:"notes"`
	}
	needs := build.Needs(x.needs)
	all := []host{}
	for _, h := range hosts {
		cov := x.cs.Coverage(h, x.within)
		y := host{Host: h.ID, From: when(cov.Window.From), To: when(cov.Window.To), Sources: []source{}, Channels: []channel{}, Sights: []sight{}, Gaps: []gap{}, Notes: append([]string{}, cov.Notes...)}
		for _, s := range cov.Sources {
			y.Sources = append(y.Sources, source{s.Name, string(s.State), s.Count, when(s.First), when(s.Last), s.Detail, s.Without})
		}
		events := h.Events
		for i := range cov.Channels {
			ch := &cov.Channels[i]
			z := channel{ch.Channel, ch.Count, when(ch.First), when(ch.Last), int64(ch.Late / evtx.TicksPerSecond), ch.Whole, ch.Rhythm,
				ch.Back.Records, most(ch.Back), ch.Apart.Records, most(ch.Apart), build.DayRuns(ch.Days), []event{}}
			for ; len(events) > 0 && events[0].Channel == ch.Channel; events = events[1:] {
				e := &events[0]
				z.Events = append(z.Events, event{e.Provider, e.EventID, e.Count, when(e.First), when(e.Last), e.WithCommandLine, e.WithParent, build.DayRuns(e.Days)})
			}
			y.Channels = append(y.Channels, z)
		}
		for _, s := range build.Sights(cov, x.needs) {
			y.Sights = append(y.Sights, sight{needs[s.Need].Kinds, needs[s.Need].Stages, needs[s.Need].Setup, s.State, s.Blind, s.More})
		}
		for _, g := range cov.Gaps {
			y.Gaps = append(y.Gaps, gap{g.Channel, string(g.Kind), when(g.From), when(g.To), g.Detail, g.Missing})
		}
		all = append(all, y)
	}
	return indented(out, all)
}

// most is the largest difference, or nothing where there is none.
func most(d coverage.Disorder) string {
	if d.Records == 0 {
		return ""
	}
	return ledger.Duration(d.Most)
}
