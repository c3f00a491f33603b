package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/exit"
	"hunt/cmd/hunt/flag"
	"hunt/report/listing"
	"hunt/report/logon"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/ledger"
	"hunt/timeline/spill"
)

func logonsCommand() *cli.Command {
	return &cli.Command{
		Name: "logons", Usage: "show who logged on, from where, and how often it failed", Action: logonsAction,
		UsageText: "hunt logons --evtx PATH [--evtx PATH ...] [--external] [--timeline | --view VIEW] [--user " +
			"NAME] [--host NAME] [--from TIME] [--to TIME]",

		Flags: append(append(flag.Evidence(), flag.Listing()...),
			&cli.BoolFlag{Name: "external", Usage: "show only what came from the internet"},
			&cli.BoolFlag{Name: "timeline", Usage: "show each event in order of time, as --view timeline does"},
			&cli.StringFlag{Name: "view", Usage: "show this `VIEW`: summary, guessed, sessions or timeline"},
			&cli.StringSliceFlag{Name: "user",
				Usage: "show only the account `NAME`: a name, DOMAIN\\name or a SID (repeatable)"},
		),
	}
}

// viewsOf returns the views that the flags ask for.
func viewsOf(c *cli.Context, format listing.Format) ([]logon.View, error) {
	view := logon.View(c.String("view"))
	switch {
	case c.Bool("timeline") && view != "" && view != logon.ViewTimeline:
		return nil, exit.Usagef("--timeline and --view %s cannot be used together", view)
	case c.Bool("timeline"):
		view = logon.ViewTimeline
	case view == "" && format == listing.Table:
		return []logon.View{logon.ViewSummary, logon.ViewRuns, logon.ViewSessions}, nil
	}
	view = cmp.Or(view, logon.ViewSummary)
	if !slices.Contains(logon.Views, view) {
		return nil, exit.Usagef("--view: unknown view %q; use summary, guessed, sessions or timeline", view)
	}
	return []logon.View{view}, nil
}

func logonsAction(c *cli.Context) (err error) {
	if err := flag.EvidenceGiven(c); err != nil {
		return err
	}
	form, err := flag.ListingOf(c, "Logons")
	if err != nil {
		return err
	}
	views, err := viewsOf(c, form.Format)
	if err != nil {
		return err
	}
	run, err := newRun(c)
	if err != nil {
		return err
	}
	o := logon.Options{Memory: run.opts.MaxMemory.Of(spill.Candidates), TempDir: run.opts.TempDir,
		External: c.Bool("external"),
		Users:    c.StringSlice("user"), Records: slices.Contains(views, logon.ViewTimeline)}
	var book *logon.Book
	defer func() {
		if book != nil {
			err = errors.Join(err, book.Close())
		}
	}()
	own := &logon.Own{}
	done, err := run.walk(c, timeline.Walk{
		Scan:   timeline.ScanOptions{Asked: ledger.AskedAccounts},
		Choose: func() func(*ecs.Event) timeline.Choice { return own.Chooser() },
		Scanned: func(cs *timeline.Case) {
			o.Own = own.Addresses()
			book = logon.NewBook(cs.Hosts.All, o)
		},
	}, func(_ int, events []*timeline.Event) error {
		for _, e := range events {
			if err := book.Add(e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	incomplete, err := run.walked(done)
	if err != nil {
		return err
	}
	if err := showLogons(c, book, views, form, done.Case); err != nil {
		return err
	}
	run.say("%s, %d of them about logons", readText(len(done.Case.Files), done.Case.Records.Read), done.Events)
	if incomplete {
		return exit.With(exit.Incomplete, nil)
	}
	return nil
}

// showLogons writes the views.
func showLogons(c *cli.Context, book *logon.Book, views []logon.View, form listing.Options, cs *timeline.Case) error {
	out := listingScreen(c, form)
	file := func(i int32) string { return cs.Files[i].Path }
	for i, v := range views {
		form.Name = v.Title()
		if len(views) > 1 {
			fmt.Fprintf(out, "%s%s\n\n", strings.Repeat("\n", min(i, 1)), v.Title())
		}
		w, err := listing.New(out, v.Columns(), form)
		if err != nil {
			return err
		}
		err = book.Write(c.Context, w, v, file)
		if failed := w.Close(); err == nil {
			err = failed
		}
		if err != nil {
			return err
		}
		if w.Rows() == 0 && form.Format == listing.Table {
			fmt.Fprintln(out, "none")
		}
	}
	return nil
}
