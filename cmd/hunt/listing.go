package main

import (
	"io"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // Windows has no time zones by these names

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/screen"
	"hunt/report/casefile"
	"hunt/report/listing"
	"hunt/timeline"
	"hunt/timeline/ecs"
)

// listingFlags returns the flags of commands that print rows.
func listingFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "format", Value: string(listing.Table),
			Usage: "print the rows in this `FORMAT`: table, csv, jsonl or xlsx"},
		&cli.BoolFlag{Name: "csv-bom", Value: true,
			Usage: "begin CSV with a byte order mark for Excel; --csv-bom=false leaves it out"},
		zoneFlag(),
	}
}

func zoneFlag() cli.Flag {
	return &cli.StringFlag{Name: "tz", Usage: "show times in this `ZONE`, too, such as Europe/Berlin; UTC always stays"}
}

// zoneOf returns the second time zone, nil if there is none.
func zoneOf(c *cli.Context) (*time.Location, error) {
	zone, err := casefile.Zone(c.String("tz"))
	if err != nil {
		return nil, usageError("--tz: %v", err)
	}
	return zone, nil
}

// listingOf reads the flags of a command that prints rows; name says what the rows are, for a workbook.
func listingOf(c *cli.Context, name string) (listing.Options, error) {
	o := listing.Options{Format: listing.Format(c.String("format")), Name: name, Version: version(),
		TempDir: c.String("temp-dir"),
		Screen:  screen.Width(c.App.Writer), BOM: bom(c, c.String("output"))}
	if name := c.String("output"); name != "" && name != "-" {
		o.Screen = 0 // a file is no terminal
	}
	if !slices.Contains(listing.Formats, o.Format) {
		return o, usageError("--format: unknown format %q; use one of %s", o.Format, listed(listing.Formats))
	}
	if o.Format == listing.XLSX && o.Screen > 0 {
		return o, usageError("a terminal cannot show a workbook; redirect the output to a file")
	}
	var err error
	o.Zone, err = zoneOf(c)
	return o, err
}

// bom reports whether CSV begins with a byte order mark in the file name, where "" and "-" are standard output:
// never on a terminal, whatever its name, because it would show it.
func bom(c *cli.Context, name string) bool {
	if !c.Bool("csv-bom") {
		return false
	}
	if name == "" || name == "-" || name == "/dev/stdout" {
		return !screen.Terminal(c.App.Writer)
	}
	return !screen.TerminalAt(name)
}

// listed are formats in a row, as a message names them.
func listed[F ~string](formats []F) string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = string(f)
	}
	return strings.Join(names, ", ")
}

// listingScreen returns the writer for rows; what goes to a terminal through it contains no control characters.
func listingScreen(c *cli.Context, o listing.Options) io.Writer {
	if o.Format == listing.JSONLines {
		return screen.JSON(c.App.Writer)
	}
	return c.App.Writer
}

// evidenceGiven returns an error unless the command line names evidence and nothing else.
func evidenceGiven(c *cli.Context) error {
	switch {
	case !hasInputs(c):
		return usageError("no evidence given; add --evtx PATH")
	case c.Args().Present():
		return usageError("unexpected %q; evidence goes after --evtx", c.Args().First())
	}
	return nil
}

// walk reads the evidence that the flags name, passes the chosen events to hand in order, and shows progress.
func (r *runner) walk(c *cli.Context, w timeline.Walk,
	hand func(group int, events []*timeline.Event) error) (*timeline.Walked, error) {
	inputs, err := inputsOf(c)
	if err != nil {
		return nil, err
	}
	if w.Evidence, err = r.collect(c.Context, inputs); err != nil {
		return nil, err
	}
	defer func() { _ = w.Evidence.Close() }() // temporary copies
	asked := w.Scan.Asked
	w.Scan = r.scan(ecs.NewSchema())
	w.Scan.Asked = asked
	watching := r.watch(w.Scan.Meter)
	defer watching.Stop()
	scanned := w.Scanned
	w.Scanned = func(cs *timeline.Case) {
		watching.Read(cs, "write")
		r.unknownHosts(cs.Hosts.All)
		if scanned != nil {
			scanned(cs)
		}
	}
	return w.Run(c.Context, hand)
}

// walked reports the problems of a walk, and whether some evidence could not be read.
func (r *runner) walked(done *timeline.Walked) (incomplete bool, err error) {
	r.changed(done.Changes)
	incomplete, err = r.unread(done.Case)
	if err != nil {
		return false, err
	}
	if done.Lost > 0 {
		r.warn("%d carved records could not be decoded again and are missing", done.Lost)
	}
	return incomplete || done.Lost > 0, nil
}
