package tree

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"hunt/evtx"
	"hunt/mark"
	"hunt/table"
	"hunt/timeline/host"
	"hunt/timeline/ledger"
)

// Options say how trees are written.
type Options struct {
	Width int            // of the terminal, in characters; 0: nothing is wrapped
	Zone  *time.Location // shown beside UTC; nil: UTC alone
	Limit int            // processes of a host that are written; 0: all
	File  func(int32) string
}

// Written counts what was written of a host.
type Written struct {
	Found   int // processes that were asked for
	Shown   int // that were written, with ancestors and descendants
	Omitted int // beyond the limit
}

// Text writes the trees of a host that hold what is asked for. Nothing is written if the host has none.
func Text(w io.Writer, h *host.Host, q *Query, o Options) (Written, error) {
	out := bufio.NewWriter(w)
	found := q.Find(h)
	done := Written{Found: len(found)}
	if len(found) == 0 {
		return done, nil
	}
	fmt.Fprintf(out, "%s\n", mark.Printable(h.ID))
	f := grow(found)
	for n := range f.nodes() {
		if o.Limit > 0 && done.Shown >= o.Limit {
			done.Omitted = len(f.in) - done.Shown
			fmt.Fprintf(out, "... and %d more processes\n", done.Omitted)
			break
		}
		done.Shown++
		shown, err := h.Show(n.Process)
		if err != nil {
			return done, err
		}
		o.node(out, &n, shown.CommandLine, !q.All())
	}
	fmt.Fprintln(out)
	return done, out.Flush()
}

// The parts of branches. An edge that is inferred is dashed.
const (
	lineOn, lineEnd       = "│  ", "   "
	branch, branchLast    = "├─ ", "└─ "
	dashed, dashedLast    = "├┄ ", "└┄ "
	selected, notSelected = "» ", ""
)

// node writes a process: a line about it, its command line, and what the edge to its parent rests on.
func (o *Options) node(out *bufio.Writer, n *Node, command string, choosy bool) {
	first, rest := o.branches(n)
	head := mark.Printable(cmp.Or(n.Name(), "(unknown program)"))
	if choosy && n.Selected {
		head = selected + head
	}
	head += fmt.Sprintf(" (pid %d)  %s", n.PID, o.span(n.Process))
	if n.User != "" {
		head += "  " + mark.Printable(n.User)
	}
	o.lines(out, first, rest, head)
	line := command
	if line == "" {
		line = n.Executable
	}
	if line != "" && !strings.EqualFold(line, n.Name()) {
		if len(command) > ledger.MaxCommandLine-utf8.UTFMax {
			line += " ... (cut)"
		}
		o.lines(out, rest+"  ", rest+"  ", mark.Printable(line))
	}
	if why := n.Basis(); why != "" {
		if inferred(n.Process) {
			why = "inferred: " + why
		}
		o.lines(out, rest+"  ", rest+"  ", "["+mark.Printable(why)+"]")
	}
}

// maxDrawn is the last level whose branches are drawn. Behind it, as on narrow terminals, the level is a number.
const maxDrawn = 128

// branches are what is before the first line of a process and before the others.
func (o *Options) branches(n *Node) (first, rest string) {
	if n.Depth == 0 {
		return "", ""
	}
	if n.Depth > maxDrawn || o.Width > 0 && 3*n.Depth > max(o.Width-table.Narrowest, 12) { // no room is left for words
		mark := fmt.Sprintf("(level %d) ", n.Depth)
		return mark, "   "
	}
	var b strings.Builder
	for _, on := range n.Path[1:n.Depth] {
		if on {
			b.WriteString(lineOn)
		} else {
			b.WriteString(lineEnd)
		}
	}
	above := b.String()
	guessed := inferred(n.Process)
	switch {
	case n.Last && guessed:
		return above + dashedLast, above + lineEnd
	case n.Last:
		return above + branchLast, above + lineEnd
	case guessed:
		return above + dashed, above + lineOn
	}
	return above + branch, above + lineOn
}

// inferred reports whether the parent of a process is told by a process id and the time, not by what a record says.
func inferred(p *host.Process) bool { return p.Parent != nil && p.Link.ByPID() }

// lines writes text behind the branches, wrapped to the width. Words that are longer than a line are broken: a
// command line need not have a blank.
func (o *Options) lines(out *bufio.Writer, first, rest, text string) {
	width := 0
	if o.Width > 0 {
		width = max(o.Width-table.Width(rest), table.Narrowest-8)
	}
	for _, line := range table.Fold(text, width) {
		fmt.Fprintf(out, "%s%s\n", first, line)
		first = rest
	}
}

// span is from when to when a process ran, as far as the logs tell.
func (o *Options) span(p *host.Process) string {
	if p.Inferred {
		return "start not logged"
	}
	switch {
	case p.Start == 0 && p.End == 0:
		return "start time not known, no end logged"
	case p.Start == 0:
		return "start time not known, ended " + o.when(p.End)
	}
	text := o.when(p.Start) + " to "
	if p.End == 0 {
		return text + "no end logged"
	}
	end := p.End.Time()
	if start := p.Start.Time(); start.Truncate(24*time.Hour).Equal(end.Truncate(24*time.Hour)) && o.Zone == nil {
		return text + end.Format(time.TimeOnly)
	}
	return text + o.when(p.End)
}

func (o *Options) when(t evtx.Filetime) string {
	text := t.Time().Format(time.DateTime)
	if o.Zone != nil {
		text += " (" + t.Time().In(o.Zone).Format(time.DateTime+" -0700") + ")"
	}
	return text
}
