package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"hunt/evtx"
	"hunt/table"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
)

func hostsCommand() *cli.Command {
	return &cli.Command{
		Name: "hosts", Usage: "list the hosts in the evidence, their names, and why those names are one host", Action: hostsAction,
		UsageText: "hunt hosts --evtx PATH [--evtx PATH ...]",
		Description: `hosts prints the hosts in the evidence: the Computer names of each host, why hunt takes
them for one host, and how many records it has from which time.`,
		Flags: append(evidenceFlags(), &cli.StringFlag{Name: "format", Value: "table", Usage: "print the result in this `FORMAT`: table or json"}),
	}
}

// unseen is a visitor for scans that only want what the Case knows.
type unseen struct{}

// Visit implements timeline.Visitor.
func (unseen) Visit(*ecs.Event, evtx.Filetime) {}

// survey scans the evidence of a command for the Case alone.
func survey(c *cli.Context) (cs *timeline.Case, hosts []*host.Host, incomplete bool, err error) {
	if !hasInputs(c) {
		return nil, nil, false, usageError("no evidence given; add --evtx PATH")
	}
	if c.Args().Present() {
		return nil, nil, false, usageError("unexpected %q; evidence goes after --evtx", c.Args().First())
	}
	if f := c.String("format"); f != "table" && f != "json" {
		return nil, nil, false, usageError("--format: unknown format %q; use table or json", f)
	}
	run, err := newRun(c)
	if err != nil {
		return nil, nil, false, err
	}
	inputs, err := inputsOf(c)
	if err != nil {
		return nil, nil, false, err
	}
	col, err := run.collect(c.Context, inputs)
	if err != nil {
		return nil, nil, false, err
	}
	o := run.opts
	o.Meter = &timeline.Meter{}
	progress := run.watch(o.Meter)
	defer progress.stop()
	cs, err = timeline.Scan(c.Context, col, timeline.ScanOptions{Jobs: o.Jobs, Clock: o.Clock, Meter: o.Meter, MaxMemory: o.MaxMemory, TempDir: o.TempDir, Limits: o.Limits, Hosts: o.Hosts},
		func() timeline.Visitor { return unseen{} })
	if err != nil {
		return nil, nil, false, err
	}
	progress.read(cs, "write")
	if incomplete, err = run.unread(cs); err != nil {
		return nil, nil, false, err
	}
	for _, h := range cs.Hosts.All {
		if len(o.Filter.Hosts) == 0 || goesBy(h, o.Filter.Hosts) {
			hosts = append(hosts, h)
		}
	}
	if len(hosts) == 0 {
		return nil, nil, false, &exitError{exitFailed, fmt.Errorf("no host is named %s; 'hunt hosts' lists the names", strings.Join(o.Filter.Hosts, " or "))}
	}
	run.say("%d files, %d records, %d hosts", len(col.Files), cs.Records.Read, len(hosts))
	return cs, hosts, incomplete, nil
}

// goesBy reports whether a host is called by one of the names, short or full.
func goesBy(h *host.Host, names []string) bool {
	short, _, _ := strings.Cut(h.ID, ".")
	for _, n := range names {
		if strings.EqualFold(n, h.ID) || strings.EqualFold(n, short) {
			return true
		}
		for _, own := range h.Names {
			if strings.EqualFold(n, own) {
				return true
			}
		}
	}
	return false
}

func hostsAction(c *cli.Context) error {
	_, hosts, incomplete, err := survey(c)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(jsonScreen(c.App.Writer))
	if c.String("format") == "json" {
		err = hostsJSON(out, hosts)
	} else {
		err = hostsTable(out, terminalWidth(c.App.Writer), hosts)
	}
	if err != nil {
		return err
	}
	return surveyed(out, incomplete)
}

func hostsJSON(out *bufio.Writer, hosts []*host.Host) error {
	type name struct {
		Name    string `json:"name"`
		Use     string `json:"use"`
		Records int    `json:"records"`
		First   string `json:"first,omitempty"`
		Last    string `json:"last,omitempty"`
	}
	type host struct {
		ID      string   `json:"id"`
		Names   []name   `json:"names"`
		SIDs    []string `json:"machine_sids"`
		Why     []string `json:"why"`
		Records int      `json:"records"`
		First   string   `json:"first,omitempty"`
		Last    string   `json:"last,omitempty"`
	}
	all := []host{}
	for _, h := range hosts {
		x := host{ID: h.ID, Names: []name{}, SIDs: append([]string{}, h.SIDs...), Why: append([]string{}, h.Why...),
			Records: h.Records, First: when(h.First), Last: when(h.Last)}
		for _, n := range h.Aliases {
			x.Names = append(x.Names, name{n.Name, string(n.Use), n.Records, when(n.First), when(n.Last)})
		}
		all = append(all, x)
	}
	return indented(out, all)
}

// hostsTable writes a row for each name, the current one first.
func hostsTable(out *bufio.Writer, width int, hosts []*host.Host) error {
	t := table.New("Host", "Name in the events", "Use", "Records", "From (UTC)", "To (UTC)")
	for _, h := range hosts {
		for i, n := range h.Aliases {
			id := ""
			if i == 0 {
				id = printable(h.ID)
			}
			t.Add(id, printable(n.Name), string(n.Use), strconv.Itoa(n.Records), second(n.First), second(n.Last))
		}
	}
	if err := t.Write(out, width); err != nil {
		return err
	}
	for _, h := range hosts {
		if len(h.Aliases) < 2 {
			continue // nothing to explain: one name, one host
		}
		for _, w := range h.Why {
			fmt.Fprintf(out, "%s: %s\n", printable(h.ID), printable(w))
		}
	}
	return nil
}

func surveyed(out *bufio.Writer, incomplete bool) error {
	if err := out.Flush(); err != nil {
		return err
	}
	if incomplete {
		return &exitError{exitIncomplete, nil}
	}
	return nil
}

// when is a time, or nothing where there is none.
func when(t evtx.Filetime) string {
	if t == 0 {
		return ""
	}
	return t.String()
}

// second is a time cut to the second, for tables; the JSON has it in full.
func second(t evtx.Filetime) string {
	if t == 0 {
		return ""
	}
	return t.Time().Format("2006-01-02 15:04:05")
}

func indented(w *bufio.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
