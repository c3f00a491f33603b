package survey

import (
	"cmp"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"

	"hunt/evtx"
	"hunt/mark"
	"hunt/report"
	"hunt/report/sight"
	"hunt/rules/stage"
	"hunt/table"
	"hunt/timeline/coverage"
	"hunt/timeline/ledger"
)

// Coverage is what 'hunt coverage' tells: what the logs of hosts could have shown, and what rules need of them.
type Coverage struct {
	Hosts iter.Seq[*coverage.Coverage] // made one at a time: a fleet has many
	Needs []stage.Need
	// LogSources are Sigma's that rules ask for, over all hosts: see [LogSources]. Only tables have them.
	LogSources []sight.LogSource
	Zone       *time.Location // in which tables show times beside UTC, nil for none
}

// Table writes what is called for each host as tables for people.
func (x *Coverage) Table(w io.Writer, width int) error {
	for h := range x.Hosts {
		if err := x.host(w, width, h); err != nil {
			return err
		}
	}
	return x.logSources(w, width)
}

func (x *Coverage) host(w io.Writer, width int, cov *coverage.Coverage) error {
	h := cov.Host
	line(w, width, "", fmt.Sprintf("%s: %s, %s to %s", h.ID, ledger.Count(h.Records, "record", "records"),
		x.when(h.First), x.when(h.Last)))
	line(w, width, "", fmt.Sprintf("time examined: %s to %s", x.when(cov.Window.From), x.when(cov.Window.To)))
	fmt.Fprintln(w)
	in := " (" + report.UTCIn(x.Zone) + ")"
	t := table.New("Source", "State", "Events", "From"+in, "To"+in, "Detail")
	for i := range cov.Sources {
		s := &cov.Sources[i]
		detail := s.Detail()
		if s.State == coverage.SourceAbsent {
			detail = "cannot be seen: " + s.Without + " (" + detail + ")"
		}
		t.Add(s.Name, string(s.State), strconv.Itoa(s.Count), second(s.First, x.Zone), second(s.Last, x.Zone),
			mark.Printable(detail))
	}
	if err := t.Write(w, width); err != nil {
		return err
	}
	fmt.Fprintln(w)
	t = table.New("Channel", "Records", "From"+in, "To"+in, "Days", "Detail")
	for i := range cov.Channels {
		ch := &cov.Channels[i]
		t.Add(mark.Printable(ch.Channel), strconv.Itoa(ch.Count), second(ch.First, x.Zone), second(ch.Last, x.Zone),
			strconv.Itoa(len(ch.Days)), channelRemarks(ch, cov.Given))
	}
	if err := t.Write(w, width); err != nil {
		return err
	}
	if len(cov.Gaps) > 0 {
		fmt.Fprintln(w)
		t = table.New("Gap", "Channel", "From"+in, "To"+in, "Detail")
		for _, g := range cov.Gaps {
			t.Add(string(g.Kind), mark.Printable(g.Channel), second(g.From, x.Zone), second(g.To, x.Zone),
				mark.Printable(g.Detail))
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
		line(w, width, "  ", n)
	}
	_, err := fmt.Fprintln(w)
	return err
}

// when is a time in full, in both zones.
func (x *Coverage) when(t evtx.Filetime) string {
	if t == 0 {
		return ""
	}
	return t.String() + report.Beside(&t, x.Zone)
}

// line writes text for a terminal of that width, 0 for one line. The first line is indented, the others by two more.
func line(w io.Writer, width int, indent, text string) {
	text, rest := mark.Printable(text), indent+"  "
	if width > 0 {
		text = strings.Join(table.Fold(text, max(width-len(rest), table.Narrowest)), "\n"+rest)
	}
	fmt.Fprintln(w, indent+text) // the writer keeps its first error
}

// channelRemarks says where a channel lags behind a time that was asked for, and where its times do not agree.
func channelRemarks(ch *coverage.Channel, given bool) string {
	var out []string
	if given && ch.Late > 0 {
		text := "begins " + evtx.SpanText(ch.Late) + " into the time examined"
		if ch.Whole {
			text += ", with record 1"
		}
		out = append(out, text)
	}
	if ch.Back.Records > 0 {
		out = append(out, fmt.Sprintf("%s back in time, by up to %s", verb(ch.Back.Records, "goes", "go"),
			evtx.SpanText(ch.Back.Most)))
	}
	if ch.Apart.Records > 0 {
		out = append(out, fmt.Sprintf("%s another time in the header, by up to %s",
			verb(ch.Apart.Records, "has", "have"), evtx.SpanText(ch.Apart.Most)))
	}
	return strings.Join(out, "; ")
}

// verb is a number with the verb that fits it.
func verb(n int, one, more string) string {
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
func (x *Coverage) sights(w io.Writer, width int, cov *coverage.Coverage) error {
	needs := Needs(x.Needs)
	t := table.New("Rules need", "State", "Not seen ("+report.UTCIn(x.Zone)+")", "Stages of rules")
	found := Sights(cov, x.Needs)
	for _, s := range found {
		var blind []string
		for _, b := range s.Blind {
			blind = append(blind, second(*b.From, x.Zone)+" to "+second(*b.To, x.Zone)+": "+b.Why)
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
		if s.State != string(coverage.SightPartly) && len(n.Enable) > 0 {
			blind = append(blind, "to log it, "+report.Ellipsis(strings.Join(n.Enable, "; or "), maxSetupShown))
		}
		if len(n.Setup) > 0 {
			kinds += ". Authors of rules say: " + report.Ellipsis(n.Setup[0], maxSetupShown)
		}
		t.Add(mark.Printable(kinds), s.State, mark.Printable(strings.Join(blind, "; ")), mark.Printable(stages))
	}
	if len(found) == 0 {
		return nil
	}
	fmt.Fprintln(w)
	return t.Write(w, width)
}
