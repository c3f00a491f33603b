package verify

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"hunt/localtime"
	"hunt/mark"
	"hunt/report/integrity"
	"hunt/report/record"
	"hunt/table"
	"hunt/timeline/ledger"
)

// JSON writes the result as JSON.
func (v *Verification) JSON(to io.Writer) error {
	enc := json.NewEncoder(to)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// Print says what matched in a line each, and what did not in full, laid out for width columns; 0 is no terminal.
// Times in it are shown in zone, too, if it is not nil.
func (v *Verification) Print(to io.Writer, width int, zone *time.Location) error {
	w := bufio.NewWriter(to)
	printBody(w, v.Body)
	if err := printFiles(w, v.Files, width); err != nil {
		return err
	}
	second := map[record.Saying]int{}
	matched := 0
	for _, r := range v.Records {
		second[r.Second.Says]++
		if r.Result == resultMatch {
			matched++
			continue
		}
		place := fmt.Sprintf("%s, chunk %d, offset %#x, record %d", r.Ref.File, r.Ref.Chunk, r.Ref.Offset,
			r.Ref.EventRecordID)
		fmt.Fprintf(w, "MISMATCH %s: %s\n", mark.Printable(r.Finding), mark.Printable(place))
		for _, p := range r.Problems {
			fmt.Fprintf(w, "    %s\n", mark.Printable(localtime.InText(p, zone)))
		}
	}
	fmt.Fprintf(w, "%d of %d cited records match the report.\n", matched, len(v.Records))
	if h := v.Hits; h.Checked+h.Wrong+h.NotAsked > 0 {
		fmt.Fprintf(w, "%d of %d places of events that findings stand for hold the record that the report names.\n",
			h.Checked, h.Checked+h.Wrong+h.NotAsked)
		for _, p := range h.Problems {
			fmt.Fprintf(w, "  %s\n", mark.Printable(localtime.InText(p, zone)))
		}
	}
	printDerived(w, v.Derived)
	for _, says := range slices.Sorted(maps.Keys(second)) {
		fmt.Fprintf(w, "golang-evtx %s: %s\n", says, ledger.Count(second[says], "record", "records"))
	}
	for _, d := range slices.Sorted(maps.Keys(v.Defects)) {
		fmt.Fprintf(w, "    known defect, not counted against the evidence: %s, %d values\n", d, v.Defects[d])
	}
	printLimits(w, v)
	return w.Flush()
}

// printFiles says which files are not as the report has them.
func printFiles(w io.Writer, list []FileCheck, width int) error {
	files := table.New("File", "Result", "Detail")
	matched, moved := 0, 0
	for _, f := range list {
		switch f.Result {
		case resultMatch:
			matched++
			continue
		case resultMoved:
			moved++
		}
		detail := f.Detail
		if f.Found != "" {
			detail += ": " + f.Found
		}
		files.Add(mark.Printable(f.Path), string(f.Result), mark.Printable(detail))
	}
	if files.Len() > 0 {
		if err := files.Write(w, width); err != nil {
			return err
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "%d of %d files have the hash in the report", matched+moved, len(list))
	if moved > 0 {
		fmt.Fprintf(w, ", %d of them under another path", moved)
	}
	fmt.Fprintln(w, ".")
	return nil
}

// printLimits says what was checked, and what nobody can check.
func printLimits(w io.Writer, v *Verification) {
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
			"content has the hash %s.\n", mark.Printable(b.Said), b.Have)
	case integrity.BodyUnknown:
		fmt.Fprintf(w, "MISMATCH: this version of hunt does not know the hash algorithm of the report, %s, so it "+
			"could not check the content.\n", mark.Printable(b.Algorithm))
	case integrity.BodyRemoved:
		fmt.Fprintln(w, "MISMATCH: the hash of the report was removed. The version of hunt that wrote it always "+
			"adds one.")
	case integrity.BodyAbsent:
		fmt.Fprintln(w, "The report has no hash of its own, because a version of hunt before 0.2 wrote it. "+
			"Everything except the cited records may have been edited.")
	}
}

// printDerived says what of the records was not compared, because the records alone do not tell it.
func printDerived(w io.Writer, d Derived) {
	if d.Values > 0 {
		fmt.Fprintf(w, "Taken from the report, because they come from other records: %s in %s; the messages and "+
			"facts made from them were made again and compared: %s\n", ledger.Count(d.Values, "value", "values"),
			ledger.Count(d.Events, "event", "events"), strings.Join(d.Fields, ", "))
	}
	if d.Rows > 0 {
		fmt.Fprintf(w, "%d texts in timeline rows quote such a value and were not compared.\n", d.Rows)
	}
}

// maxShownFiles bounds the changed rule files that are printed; JSON has all.
const maxShownFiles = 20

// printRerun says how the report made again differs.
func printRerun(w io.Writer, c *Comparison) {
	for _, text := range c.Aside {
		fmt.Fprintf(w, "Not compared: %s\n", mark.Printable(text))
	}
	for i, text := range c.Files {
		if i == maxShownFiles {
			fmt.Fprintf(w, "and %d more files that differ from those of the report; --format json lists them\n",
				len(c.Files)-i)
			break
		}
		fmt.Fprintf(w, "Different file: %s\n", mark.Printable(text))
	}
	if c.Same {
		fmt.Fprintln(w, "hunt made the report again from the evidence, and every member is the same.")
		return
	}
	fmt.Fprintf(w, "MISMATCH: hunt made the report again from the evidence, and it differs in %d places:\n",
		len(c.Differences)+c.More)
	for _, d := range c.Differences {
		switch where := mark.Printable(d.Where); {
		case d.Have == "":
			fmt.Fprintf(w, "    %s: only in the report: %s\n", where, mark.Printable(d.Said))
		case d.Said == "":
			fmt.Fprintf(w, "    %s: missing from the report: %s\n", where, mark.Printable(d.Have))
		default:
			fmt.Fprintf(w, "    %s: the report says %s, the new one says %s\n", where, mark.Printable(d.Said),
				mark.Printable(d.Have))
		}
	}
	if c.More > 0 {
		fmt.Fprintf(w, "    and %d more\n", c.More)
	}
}
