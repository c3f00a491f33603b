package main

import (
	"io"

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/flag"
	"hunt/cmd/hunt/screen"
	"hunt/report/listing"
	"hunt/timeline"
	"hunt/timeline/ecs"
)

// listingScreen returns the writer for rows; what goes to a terminal through it contains no control characters.
func listingScreen(c *cli.Context, o listing.Options) io.Writer {
	if o.Format == listing.JSONLines {
		return screen.JSON(c.App.Writer)
	}
	return c.App.Writer
}

// walk reads the evidence that the flags name, passes the chosen events to hand in order, and shows progress.
func (r *runner) walk(c *cli.Context, w timeline.Walk,
	hand func(group int, events []*timeline.Event) error) (*timeline.Walked, error) {
	inputs, err := flag.InputsOf(c)
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
