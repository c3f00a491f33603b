package main

import (
	"io"
	"slices"

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/exit"
	"hunt/cmd/hunt/flag"
	"hunt/cmd/hunt/screen"
	"hunt/evtx"
	"hunt/report/show"
	"hunt/report/tree"
	"hunt/timeline"
	"hunt/timeline/host"
	"hunt/timeline/ledger"
)

// usualTree is how many processes of a host a tree shows by default (--limit).
const usualTree = 2000

func treeCommand() *cli.Command {
	return &cli.Command{
		Name: "tree", Usage: "show processes with their ancestors and descendants", Action: treeAction,
		UsageText: "hunt tree --evtx PATH [--evtx PATH ...] [--pid N | --guid GUID | --name NAME | --logon ID | " +
			"--finding F-...] [--host NAME] [--at TIME]",

		Flags: append(append(flag.Evidence(), flag.Rules()...),
			&cli.Int64Flag{Name: "pid", Usage: "show the processes with this process `ID`", DefaultText: "any"},
			&cli.StringFlag{Name: "guid",
				Usage: "show the process with this ProcessGuid, or the `ID` that hunt gave it"},
			&cli.StringFlag{Name: "name",
				Usage: "show the processes of this program `NAME`, such as powershell or rundll*"},
			&cli.StringFlag{Name: "logon", Usage: "show the processes of the session with this logon `ID`"},
			&cli.StringFlag{Name: "finding", Usage: "show the processes of the finding `F-...` of a report"},
			&cli.StringFlag{Name: "at", Usage: "show what ran at this `TIME`"},
			&cli.IntFlag{Name: "limit", Value: usualTree, Usage: "show at most `N` processes of a host; 0 is all"},
			&cli.StringFlag{Name: "format", Value: "text", Usage: "print the trees in this `FORMAT`: text or jsonl"},
			flag.Zone(), flag.ECS(),
		),
	}
}

// treeQuery reads what the flags ask for. The times narrow the processes, not the evidence: a tree needs the whole
// history.
func treeQuery(c *cli.Context, run *runner) (*tree.Query, error) {
	q := &tree.Query{GUID: c.String("guid"), Name: c.String("name"), Logon: c.String("logon"),
		From: run.opts.Filter.From, To: run.opts.Filter.To}
	if c.IsSet("pid") {
		pid := c.Int64("pid")
		q.PID = &pid
	}
	if c.String("finding") != "" && (q.GUID != "" || q.Name != "" || q.Logon != "" || q.PID != nil) {
		return nil, exit.Usagef("--finding cannot be used with --pid, --guid, --name or --logon: " +
			"the finding names the processes")
	}
	if c.String("finding") == "" {
		if err := flag.OnlyWith(c, "--finding", append(flag.RuleNames(), "ecs")...); err != nil {
			return nil, err
		}
	}
	if c.Int("limit") < 0 {
		return nil, exit.Usagef("--limit: %d processes are not possible; use 0 for all", c.Int("limit"))
	}
	var err error
	q.At, err = flag.TimeOf(c, "at", false)
	return q, err
}

func treeAction(c *cli.Context) error {
	if err := flag.EvidenceGiven(c); err != nil {
		return err
	}
	write, out := tree.Text, c.App.Writer
	switch f := c.String("format"); f {
	case "text":
	case "jsonl":
		write, out = tree.JSON, screen.JSON(c.App.Writer)
	default:
		return exit.Usagef("--format: unknown format %q; use text or jsonl", f)
	}
	o := tree.Options{Width: screen.Width(c.App.Writer), Limit: c.Int("limit")}
	var err error
	if o.Zone, err = flag.ZoneOf(c); err != nil {
		return err
	}
	run, err := newRun(c)
	if err != nil {
		return err
	}
	q, err := treeQuery(c, run)
	if err != nil {
		return err
	}
	var cs *timeline.Case
	var hosts []*host.Host
	incomplete := false
	if id := c.String("finding"); id != "" {
		if cs, hosts, err = run.findingProcesses(c, id, q); err == nil {
			incomplete, err = run.unread(cs)
		}
	} else {
		cs, hosts, incomplete, err = run.survey(c, ledger.AskedTrees)
	}
	if err != nil {
		return err
	}
	o.File = func(i int32) string { return cs.Files[i].Path }
	shown, err := run.trees(out, write, hosts, q, o)
	if err != nil {
		return err
	}
	if shown == 0 {
		run.warn("%s", q.NoneText(hosts))
	}
	if err := cs.Err(); err != nil {
		return err
	}
	if incomplete {
		return exit.With(exit.Incomplete, nil)
	}
	return nil
}

// trees writes the trees of the hosts.
func (r *runner) trees(w io.Writer, write func(io.Writer, *host.Host, *tree.Query, tree.Options) (tree.Written, error),
	hosts []*host.Host, q *tree.Query,
	o tree.Options) (found int, err error) {
	for _, h := range hosts {
		done, err := write(w, h, q, o)
		if err != nil {
			return found, err
		}
		found += done.Found
		if done.Omitted > 0 {
			r.warn("%s: %s not shown; --limit 0 shows all", h.ID,
				ledger.Count(done.Omitted, "more process", "more processes"))
		}
		if q.PID != nil && q.At == 0 && done.Found > 1 {
			r.say("%s: %d processes had the id %d; --at TIME picks the one that had it then", h.ID, done.Found, *q.PID)
		}
	}
	return found, nil
}

// findingProcesses runs the rules, and selects the processes of one finding.
func (r *runner) findingProcesses(c *cli.Context, id string, q *tree.Query) (*timeline.Case, []*host.Host, error) {
	inputs, err := flag.InputsOf(c)
	if err != nil {
		return nil, nil, err
	}
	col, err := r.collect(c.Context, inputs)
	if err != nil {
		return nil, nil, err
	}
	res, err := r.found(c, col)
	if err != nil {
		return nil, nil, err
	}
	f, err := show.Finding(res, id)
	if err != nil {
		return nil, nil, err
	}
	var hosts []*host.Host
	q.Keys = map[host.ProcessKey]bool{}
	for _, e := range f.Evidence {
		if e.Event == nil {
			continue
		}
		if !slices.Contains(hosts, e.Event.Host) {
			hosts = append(hosts, e.Event.Host)
		}
		if p := e.Event.Process(); p != nil {
			q.Keys[p.Key()] = true
		}
	}
	q.From, q.To = evtx.Filetime(0), evtx.Filetime(0)
	if len(q.Keys) == 0 {
		r.warn("the events of %s name no process", id)
	}
	return res.Case, hosts, nil
}
