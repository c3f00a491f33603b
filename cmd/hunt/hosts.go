package main

import (
	"bufio"
	"cmp"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/exit"
	"hunt/cmd/hunt/flag"
	"hunt/cmd/hunt/screen"
	"hunt/evtx"
	"hunt/localtime"
	"hunt/report/survey"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
	"hunt/timeline/ledger"
)

func hostsCommand() *cli.Command {
	return &cli.Command{
		Name: "hosts", Usage: "list the hosts in the evidence, their names, and why these belong to one host",
		Action:    hostsAction,
		UsageText: "hunt hosts --evtx PATH [--evtx PATH ...]",
		Description: `hosts prints the hosts in the evidence: the Computer names of each host, why hunt takes
them for one host, and how many records it has from which time.`,
		Flags: append(flag.Evidence(),
			&cli.StringFlag{Name: "format", Value: "table", Usage: "print the result in this `FORMAT`: table or json"},
			flag.Zone()),
	}
}

// unseen is a visitor for scans that only need the Case.
type unseen struct{}

// Visit implements timeline.Visitor.
func (unseen) Visit(*ecs.Event, evtx.Filetime) {}

// surveyOf scans the evidence of a command for the Case alone.
func surveyOf(c *cli.Context) (cs *timeline.Case, hosts []*host.Host, incomplete bool, err error) {
	if !flag.HasInputs(c) {
		return nil, nil, false, exit.Usagef("no evidence given; add --evtx PATH")
	}
	if c.Args().Present() {
		return nil, nil, false, exit.Usagef("unexpected %q; evidence goes after --evtx", c.Args().First())
	}
	if f := c.String("format"); f != "table" && f != "json" {
		return nil, nil, false, exit.Usagef("--format: unknown format %q; use table or json", f)
	}
	run, err := newRun(c)
	if err != nil {
		return nil, nil, false, err
	}
	return run.survey(c, ledger.AskedAll)
}

// survey scans the evidence for the Case alone, and returns the hosts that the flags name.
func (r *runner) survey(c *cli.Context, asked ledger.Asked) (cs *timeline.Case, hosts []*host.Host, incomplete bool,
	err error) {
	inputs, err := flag.InputsOf(c)
	if err != nil {
		return nil, nil, false, err
	}
	col, err := r.collect(c.Context, inputs)
	if err != nil {
		return nil, nil, false, err
	}
	defer func() { _ = col.Close() }() // temporary copies
	o := r.opts
	o.Meter = &timeline.Meter{}
	watching := r.watch(o.Meter)
	defer watching.Stop()
	cs, err = timeline.Scan(c.Context, col,
		timeline.ScanOptions{Jobs: o.Jobs, Clock: o.Clock, Meter: o.Meter, MaxMemory: o.MaxMemory, TempDir: o.TempDir,
			Limits: o.Limits, Hosts: o.Hosts, Asked: asked},
		func() timeline.Visitor { return unseen{} })
	if err != nil {
		return nil, nil, false, err
	}
	watching.Read(cs, "write")
	if incomplete, err = r.unread(cs); err != nil {
		return nil, nil, false, err
	}
	for _, h := range cs.Hosts.All {
		if len(o.Filter.Hosts) == 0 || h.GoesBy(o.Filter.Hosts...) {
			hosts = append(hosts, h)
		}
	}
	if len(hosts) == 0 {
		return nil, nil, false, exit.With(exit.Failed,
			fmt.Errorf("no host is named %s; 'hunt hosts' lists the names", strings.Join(o.Filter.Hosts, " or ")))
	}
	r.say("%s, %s", readText(len(col.Files), cs.Records.Read), ledger.Count(len(hosts), "host", "hosts"))
	return cs, hosts, incomplete, nil
}

func hostsAction(c *cli.Context) error {
	zone, err := flag.ZoneOf(c)
	if err != nil {
		return err
	}
	_, hosts, incomplete, err := surveyOf(c)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(screen.JSON(c.App.Writer))
	if c.String("format") == "json" {
		err = survey.Hosts(hosts).JSON(localtime.InJSON(out, zone, ""))
	} else {
		err = survey.Hosts(hosts).Table(out, screen.Width(c.App.Writer), zone)
	}
	return surveyed(out, err, incomplete)
}

// surveyed ends the output of a survey, which failed if there is an error.
func surveyed(out *bufio.Writer, failed error, incomplete bool) error {
	if err := cmp.Or(failed, out.Flush()); err != nil {
		return err
	}
	if incomplete {
		return exit.With(exit.Incomplete, nil)
	}
	return nil
}
