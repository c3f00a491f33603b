package build

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"hunt/limit"
	"hunt/report"
	"hunt/report/record"
	"hunt/timeline/evidence"
)

// defaultReportLimit bounds a report, in bytes of JSON; a page of the same report takes about as much.
const defaultReportLimit = 64 << 20

var boundReportLimit = limit.Bound{ID: "report-limit",
	Text: "beyond --report-limit (64 MiB if not given), hunt cuts the detail of the least serious findings, then the " +
		"timeline's context and the text of rules that found nothing; it never cuts a finding"}

// overText says by how many bytes a report exceeds its limit whatever is cut.
func overText(over int) string {
	return fmt.Sprintf("The report is about %s KiB larger than --report-limit: hunt never cuts the list of findings, "+
		"the records that they rest on, the incidents and the coverage. Give it a higher limit, fewer hosts (--host) "+
		"or fewer rules.", report.Thousands((over+1023)>>10))
}

// LimitText says which bound applied, and in a second sentence how often and where first. files are those of the
// collection.
func LimitText(b limit.Bite, files []*evidence.File) string {
	often, in := "once", " in "
	if b.Count > 1 {
		often, in = report.Thousands(int(b.Count))+" times", ", first in "
	}
	text := capital(b.Text) + ". This limit was reached " + often
	switch at := b.First; {
	case at.File >= 0 && int(at.File) < len(files):
		return fmt.Sprintf("%s%s%s at 0x%x.", text, in, record.Path(files[at.File].Path), at.Offset)
	case at.Name != "":
		return text + in + record.Path(at.Name) + "."
	}
	return text + "."
}

// capital begins a sentence: with a capital letter, except for the name of this program.
func capital(text string) string {
	if strings.HasPrefix(text, "hunt ") {
		return text
	}
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

// bounds returns the bounds that applied.
func (b *builder) bounds() []report.BoundNote {
	files := b.cs.Collection.Files
	out := []report.BoundNote{}
	for _, x := range b.cs.Limits.Bites() {
		n := report.BoundNote{ID: string(x.ID), Text: LimitText(x, files), Count: x.Count, Loses: x.Loses,
			Name: x.First.Name}
		if at := x.First.File; at >= 0 && int(at) < len(files) {
			n.File, n.Offset = record.Path(files[at].Path), x.First.Offset
		}
		out = append(out, n)
	}
	return out
}
