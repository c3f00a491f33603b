package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"hunt/report"
	"hunt/report/integrity"
	"hunt/report/verify"
	"hunt/table"
	"hunt/timeline/evidence"
)

func verifyCommand() *cli.Command {
	return &cli.Command{
		Name: "verify", Usage: "check a JSON report against the evidence, with two decoders", Action: verifyAction,
		UsageText: "hunt verify REPORT.json --evtx PATH [--evtx PATH ...] [--rerun]",
		Description: `verify checks the hash of the report and hashes the evidence again. It reads every cited
record at its offset, compares its hash and everything the report says about it, and
decodes it with hunt's decoder and with golang-evtx. It names known defects of golang-evtx
and does not count them against the evidence. Values that come from other records, such as
a parent found by its process id, are taken from the report and counted. verify says what
it checked and what it did not, and exits with 1 if anything does not match.

With --rerun, verify also makes the whole report again from the evidence, with the options
that the report names, and compares the two. Give it the evidence as you gave it to the
original run, with the same --rules, --tuning, --case and --merge-hosts files, if any; it
says which of them have changed. If another version or commit of hunt wrote the report,
verify says so, but that alone is not a mismatch. A report from 'hunt merge' is made again
in one run, from all inputs of the batch (--input-list).

Examples:
   hunt verify out.json --evtx triage/
   hunt verify out.json --rerun --evtx triage/ --rules my-rules/`,
		Flags: []cli.Flag{
			&cli.StringSliceFlag{Name: "evtx", Usage: "read the evidence from `PATH` (repeatable)"},
			inputListFlag(), passwordFlag(), tempDirFlag(),
			&cli.BoolFlag{Name: "rerun", Usage: "make the whole report again from the evidence and compare"},
			&cli.StringSliceFlag{Name: "rules",
				Usage: "with --rerun, the rules in `PATH` that the report was made with (repeatable)"},
			&cli.StringFlag{Name: "placeholders",
				Usage: "with --rerun, the `FILE` of placeholders that the report was made with"},
			&cli.StringSliceFlag{Name: "tuning",
				Usage: "with --rerun, the exceptions in `FILE` that the report was made with (repeatable)"},
			&cli.StringFlag{Name: "case", Usage: "with --rerun, the case `FILE` that the report was made with"},
			&cli.StringFlag{Name: "previous", Usage: "with --rerun, the `REPORT` that the report was compared with"},
			mergeHostsFlag(), jobsFlag(), maxMemoryFlag(),
			&cli.StringFlag{Name: "format", Value: "table", Usage: "print the result in this `FORMAT`: table or json"},
		},
	}
}

// verifying is what the flags of verify ask for.
type verifying struct {
	name   string // of the report
	inputs []evidence.Input
	json   bool
	rerun  bool
}

func verifyingOf(c *cli.Context) (v verifying, err error) {
	if !c.Args().Present() {
		return v, usageError("no report given; try: hunt verify out.json --evtx triage/")
	}
	v = verifying{name: c.Args().First(), json: c.String("format") == "json", rerun: c.Bool("rerun")}
	if v.inputs, err = inputsOf(c); err != nil {
		return v, err
	}
	v.inputs = append(v.inputs, evidence.Inputs(c.Args().Tail()...)...)
	if len(v.inputs) == 0 {
		return v, usageError("no evidence given; add --evtx PATH")
	}
	if f := c.String("format"); f != "table" && f != "json" {
		return v, usageError("--format: unknown format %q; use table or json", f)
	}
	return v, nil
}

func verifyAction(c *cli.Context) error {
	x, err := verifyingOf(c)
	if err != nil {
		return err
	}
	data, rep, err := readReport(x.name)
	if err != nil {
		return err
	}
	body, err := integrity.CheckBody(data)
	if err != nil {
		return &exitError{exitFailed, fmt.Errorf("%s: %w", x.name, err)}
	}
	run, err := newRun(c)
	if err != nil {
		return err
	}
	run.quiet = true
	var again *rerun
	if x.rerun {
		if again, err = newRerun(c, run, rep); err != nil {
			return err
		}
	} else if err := onlyWithRerun(c); err != nil {
		return err
	}
	col, err := run.collect(c.Context, x.inputs)
	if err != nil {
		return err
	}
	defer func() { _ = col.Close() }() // temporary copies
	v, err := verify.Evidence(c.Context, rep, col)
	if err != nil {
		return err
	}
	v.Body, v.Match = body, v.Match && body.Holds()
	if again != nil {
		if v.Rerun, err = again.compare(c.Context, col, data); err != nil {
			return err
		}
		v.Match = v.Match && v.Rerun.Same
	}
	if err := x.print(c, v); err != nil {
		return err
	}
	return verified(x.name, rep, v)
}

// print prints what was found.
func (x *verifying) print(c *cli.Context, v *verify.Verification) error {
	if !x.json {
		return printVerification(c, v)
	}
	enc := json.NewEncoder(jsonScreen(c.App.Writer))
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// verified turns what was found into an error, nil for a report that holds.
func verified(name string, rep *report.Report, v *verify.Verification) error {
	switch {
	case v.Match:
		return nil
	case !v.Body.Holds():
		return &exitError{exitFailed,
			fmt.Errorf("%s has changed since hunt wrote it, or its hash cannot be checked", name)}
	case rep.Tool.Version != version():
		return &exitError{exitFailed,
			fmt.Errorf("%s does not match the evidence. hunt %s wrote it, and this is hunt %s. Hashes are the "+
				"same in every version, but the text about a record may differ; to be sure, verify with hunt %s",
				name, printable(rep.Tool.Version), version(), printable(rep.Tool.Version))}
	case v.Rerun != nil && !v.Rerun.Same && len(v.Rerun.Aside) > 0:
		return &exitError{exitFailed,
			fmt.Errorf("%s is not the report that this build of hunt makes from the evidence. Another build wrote "+
				"it (%s), which may find other things; to be sure, verify with that build",
				name, printable(strings.Join(v.Rerun.Aside, "; ")))}
	case v.Rerun != nil && !v.Rerun.Same:
		return &exitError{exitFailed,
			fmt.Errorf("%s is not the report that this evidence, these rules and these options give", name)}
	}
	return &exitError{exitFailed, fmt.Errorf("%s does not match the evidence", name)}
}

// maxReport bounds a report that is read; hunt writes none of a tenth of it.
const maxReport = 1 << 30

// readReport reads a JSON report, and gives it as it is written, too.
func readReport(name string) ([]byte, *report.Report, error) {
	fail := func(format string, args ...any) ([]byte, *report.Report, error) {
		return nil, nil, &exitError{exitFailed, fmt.Errorf("%s: %w", name, fmt.Errorf(format, args...))}
	}
	file, err := os.Open(name)
	if err != nil {
		return fail("cannot read the report: %w", errors.Unwrap(err))
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxReport+1))
	switch {
	case err != nil:
		return fail("cannot read the report: %w", err)
	case len(data) > maxReport:
		return fail("the file is larger than %d MiB, so it is not a report from hunt", maxReport>>20)
	}
	rep, err := report.ReadJSON(bytes.NewReader(data))
	switch {
	case errors.Is(err, report.ErrSchema):
		return fail("%w", err)
	case err != nil:
		return fail("this is not a JSON report from hunt (--report FILE.json writes one): %w", err)
	}
	return data, rep, nil
}

// printVerification says what matched in a line each, and what did not in full.
func printVerification(c *cli.Context, v *verify.Verification) error {
	w := bufio.NewWriter(c.App.Writer)
	printBody(w, v.Body)
	files := table.New("File", "Result", "Detail")
	matched, moved := 0, 0
	for _, f := range v.Files {
		switch f.Result {
		case "match":
			matched++
			continue
		case "moved":
			moved++
		}
		detail := f.Detail
		if f.Found != "" {
			detail += ": " + f.Found
		}
		files.Add(printable(f.Path), f.Result, printable(detail))
	}
	if files.Len() > 0 {
		if err := files.Write(w, terminalWidth(c.App.Writer)); err != nil {
			return err
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "%d of %d files have the hash in the report", matched+moved, len(v.Files))
	if moved > 0 {
		fmt.Fprintf(w, ", %d of them under another path", moved)
	}
	fmt.Fprintln(w, ".")

	second := map[string]int{}
	matched = 0
	for _, r := range v.Records {
		word, _, _ := strings.Cut(r.Second, ":")
		second[word]++
		if r.Result == "match" {
			matched++
			continue
		}
		place := fmt.Sprintf("%s, chunk %d, offset %#x, record %d", r.Ref.File, r.Ref.Chunk, r.Ref.Offset,
			r.Ref.EventRecordID)
		fmt.Fprintf(w, "MISMATCH %s: %s\n", printable(r.Finding), printable(place))
		for _, p := range r.Problems {
			fmt.Fprintf(w, "    %s\n", printable(p))
		}
	}
	fmt.Fprintf(w, "%d of %d cited records match the report.\n", matched, len(v.Records))
	if h := v.Hits; h.Checked+h.Wrong+h.NotAsked > 0 {
		fmt.Fprintf(w, "%d of %d places of events that findings stand for hold the record that the report names.\n",
			h.Checked, h.Checked+h.Wrong+h.NotAsked)
		for _, p := range h.Problems {
			fmt.Fprintf(w, "  %s\n", printable(p))
		}
	}
	printDerived(w, v.Derived)
	for _, word := range slices.Sorted(maps.Keys(second)) {
		fmt.Fprintf(w, "golang-evtx %s: %d records\n", word, second[word])
	}
	for _, d := range slices.Sorted(maps.Keys(v.Defects)) {
		fmt.Fprintf(w, "    known defect, not counted against the evidence: %s, %d values\n", d, v.Defects[d])
	}
	printLimits(w, v)
	return w.Flush()
}

// printLimits says what was checked, and what nobody can check.
func printLimits(w io.Writer, v *verify.Verification) {
	hash := "the hash of the report, "
	if v.Body.Result != integrity.BodyMatch && v.Body.Result != integrity.BodyMismatch {
		hash = ""
	}
	if v.Rerun != nil {
		printRerun(w, v.Rerun)
		fmt.Fprintf(w, "Checked: %sthe SHA-256 of each file, each cited record, and every member of the report "+
			"against a new one.\n", hash)
		fmt.Fprintln(w, "Not checked: what only people know (the case file is used as given), and whether the "+
			"evidence was genuine when it was collected.")
		return
	}
	fmt.Fprintf(w, "Checked: %sthe SHA-256 of each file; for each cited record, its bytes, its ids, and what the "+
		"report says about it.\n", hash)
	fmt.Fprintln(w, "Not checked: what the report concludes from many records, such as findings left out, "+
		"severities, titles, process trees, coverage and the verdict.")
	fmt.Fprintln(w, "Someone who edits a report can compute its hash again. --rerun makes the whole report again "+
		"and compares; a signature with your own tool protects the file.")
}

// printBody says whether the report is as hunt wrote it.
func printBody(w io.Writer, b *integrity.BodyCheck) {
	switch b.Result {
	case integrity.BodyMatch:
		fmt.Fprintf(w, "The report is as hunt wrote it: its hash matches its content (%s).\n", b.Have)
	case integrity.BodyMismatch:
		fmt.Fprintf(w, "MISMATCH: the report has changed since hunt wrote it. It states the hash %s, but its "+
			"content has the hash %s.\n", printable(b.Said), b.Have)
	case integrity.BodyUnknown:
		fmt.Fprintf(w, "MISMATCH: this version of hunt does not know the hash algorithm of the report, %s, so it "+
			"could not check the content.\n", printable(b.Algorithm))
	case integrity.BodyRemoved:
		fmt.Fprintln(w, "MISMATCH: the hash of the report was removed. The version of hunt that wrote it always "+
			"adds one.")
	case integrity.BodyAbsent:
		fmt.Fprintln(w, "The report has no hash of its own, because a version of hunt before 0.2 wrote it. "+
			"Everything except the cited records may have been edited.")
	}
}

// printDerived says what of the records was not compared, because the records alone do not tell it.
func printDerived(w io.Writer, d verify.Derived) {
	if d.Values > 0 {
		fmt.Fprintf(w, "%d values in %d events come from other records and were taken from the report; the "+
			"messages and facts made from them were made again and compared: %s\n",
			d.Values, d.Events, strings.Join(d.Fields, ", "))
	}
	if d.Rows > 0 {
		fmt.Fprintf(w, "%d texts in timeline rows quote such a value and were not compared.\n", d.Rows)
	}
}
