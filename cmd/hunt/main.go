// Command hunt analyses Windows event logs (EVTX) offline and writes incident reports.
//
// Results go to standard output and to the requested files; everything else goes to standard error, each line
// prefixed "hunt: ". Nothing is printed in colour unless standard output is a terminal. The exit code says how the
// run ended (docs/exit-codes.md).
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/argument"
	"hunt/cmd/hunt/exit"
	"hunt/cmd/hunt/help"
	"hunt/cmd/hunt/hint"
	"hunt/cmd/hunt/screen"
	"hunt/cmd/hunt/stop"
	"hunt/output"
)

func main() {
	ctx, cancel := context.WithCancel(context.Background())
	now := make(chan struct{})
	go func() {
		<-stop.Signals
		cancel()
		<-stop.Signals
		close(now)
	}()
	os.Exit(runUntil(ctx, now, os.Args, os.Stdout, os.Stderr))
}

// grace is how long an interrupted run may take to end by itself. After it, hunt ends without waiting, because a
// system call may block: a read from a terminal, a write to a pipe that nobody reads, a disk that hangs.
const grace = 700 * time.Millisecond

const interruptedText = "hunt: interrupted; no half-written file was left behind"

// runUntil executes the command line and returns the exit code. It ends at once when now is closed after ctx is done.
func runUntil(ctx context.Context, now <-chan struct{}, args []string, stdout, stderr io.Writer) int {
	stderr = screen.Shared(stderr)
	outputs := output.NewSet(stdout)
	outputs.Warn = func(text string) { screen.Complain(stderr, text) }
	defer outputs.Abandon()
	app := newApp(screen.New(stdout), stderr)
	app.Metadata = map[string]any{outputsKey: outputs}
	code := make(chan int, 1)
	go func() { code <- execute(ctx, app, args, stderr) }()
	select {
	case c := <-code:
		return c
	case <-ctx.Done():
	}
	select {
	case c := <-code:
		return c
	case <-now:
	case <-time.After(grace):
	}
	outputs.Abandon()
	fmt.Fprintln(stderr, interruptedText)
	return exit.Interrupted
}

// execute executes the command line and returns the exit code.
func execute(ctx context.Context, app *cli.App, args []string, stderr io.Writer) int {
	args, err := argument.Order(app, args)
	if err != nil {
		err = exit.With(exit.Usage, err)
	} else {
		err = app.RunContext(ctx, args)
	}
	if out, ok := app.Writer.(*screen.Output); ok && err == nil {
		err = out.Err() // the help does not return write errors
	}
	if err == nil {
		return exit.OK
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		fmt.Fprintln(stderr, interruptedText)
		return exit.Interrupted
	}
	if msg := err.Error(); msg != "" {
		screen.Complain(stderr, msg)
	}
	return exit.CodeOf(err)
}

// outputsKey is where a run keeps its outputs in the App.
const outputsKey = "outputs"

// outputsOf returns the outputs of the run, none of which may be a file that the flags name for reading.
func outputsOf(c *cli.Context) *output.Set {
	set := c.App.Metadata[outputsKey].(*output.Set)
	for _, f := range c.Command.Flags {
		switch name := f.Names()[0]; name {
		case "evtx", "rules", "tuning", "ndjson", "indicators":
			set.Reads(c.StringSlice(name)...)
		case "input-list", "expect", "plan", "case", "merge-hosts", "password-file", "mapping":
			set.Reads(c.String(name))
		}
	}
	set.Reads(c.Args().Slice()...)
	set.Stdout = screen.JSON(set.Stdout) // tables and CSV show such characters anyway
	return set
}

func newApp(stdout, stderr io.Writer) *cli.App {
	app := &cli.App{
		Name:  "hunt",
		Usage: "find attacks in Windows event logs, offline, and show the evidence",
		UsageText: "hunt --evtx PATH [--evtx PATH ...] --report FILE [--report FILE ...]\n" +
			"hunt COMMAND [options] [arguments]",
		Description: help.Of("report"),
		Version:     version(),
		Flags: append(reportFlags(),
			&cli.BoolFlag{Name: "version", Usage: "print the version, the commit and the platform"}),
		Action: mainAction,
		Commands: []*cli.Command{
			// the main job, and in parts
			reportCommand(), scanCommand(), mergeCommand(), resolveCommand(), matchCommand(), combineCommand(),
			queryCommand(), timelineCommand(), statsCommand(), stackCommand(), coverageCommand(), hostsCommand(),
			logonsCommand(),
			treeCommand(),
			scriptsCommand(),
			searchCommand(), showCommand(),
			dumpCommand(), rulesCommand(), verifyCommand(), diffCommand(),
			completionCommand(), manCommand(), versionCommand(),
		},
		Writer:                    stdout,
		ErrWriter:                 stderr,
		HideVersion:               true,
		DisableSliceFlagSeparator: true,
		ExitErrHandler:            func(*cli.Context, error) {},
		OnUsageError:              onUsageError,
		// The options of hunt without a command belong to the main job; none of them is global.
		CustomAppHelpTemplate: strings.ReplaceAll(cli.AppHelpTemplate, "GLOBAL OPTIONS:", "OPTIONS OF THE MAIN JOB:"),
	}
	hideFalse(app.Flags)
	for _, c := range app.Commands {
		prepare(c, c.Name)
	}
	return app
}

// prepare prepares a command, which is called name, and those below it.
func prepare(c *cli.Command, name string) {
	c.OnUsageError = onUsageError
	c.Description = cmp.Or(c.Description, help.Of(name))
	hideFalse(c.Flags)
	for _, s := range c.Subcommands {
		prepare(s, name+" "+s.Name)
	}
}

// hideFalse leaves "(default: false)" out of the help.
func hideFalse(flags []cli.Flag) {
	for _, f := range flags {
		if b, ok := f.(*cli.BoolFlag); ok {
			b.DisableDefaultText = true
		}
	}
}

func onUsageError(c *cli.Context, err error, _ bool) error {
	name := "hunt"
	if c.Command != nil && c.Command.HelpName != "" {
		name = c.Command.HelpName
	}
	said := hint.Mistake(err.Error())
	if typed, ok := strings.CutPrefix(said, hint.UnknownOption); ok {
		if near := hint.Name(typed, optionNames(c)); near != "" {
			return exit.Usagef("%s; did you mean --%s? See '%s --help'", said, near, name)
		}
	}
	return exit.Usagef("%s; see '%s --help'", said, name)
}

// optionNames are the names of the options of the command that runs.
func optionNames(c *cli.Context) []string {
	flags := c.App.Flags
	if c.Command != nil && len(c.Command.Flags) > 0 {
		flags = c.Command.Flags
	}
	var out []string
	for _, f := range flags {
		out = append(out, f.Names()...)
	}
	return out
}
