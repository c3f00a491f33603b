// Package title says in one sentence what the events of a finding tell.
package title

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"slices"
	"strings"
	"time"

	"hunt/evtx"
	"hunt/report"
	"hunt/report/record"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/task"
)

// Max bounds a title, in characters: two long sentences. A sequence of many steps is told step by step below it.
const Max = 500

// MaxArguments bounds the arguments in a title.
const MaxArguments = 90

// Title is what a finding is called.
type Title struct {
	Text string
	Act  Act
}

// Act tells what happened apart: it is the same for events of one meaning that name the same and lie equally far
// apart, on whatever host, and for no others. The zero value stands for no act.
type Act [sha256.Size]byte

// And is the act together with something else that tells it apart.
func (a Act) And(what ...string) Act {
	h := hasher{sha256.New()}
	h.bytes(a[:])
	for _, w := range what {
		h.text(w)
	}
	return h.act()
}

// Of says in one sentence what happened, from the events alone: the sentences that their mappings have for them,
// with the time between. Of a single start, what was started with is told as well, and of a script block its text: the
// programs alone are the same in a hundred findings.
func Of(chain []*timeline.Event) Title {
	var text string
	var last *timeline.Event
	var before sentence // the one that the next goes on from
	h := hasher{sha256.New()}
	for _, e := range chain {
		next := sentenceOf(e)
		switch {
		case last == nil:
			text = next.text
		case next.act == before.act:
			continue
		default:
			n, unit := between(last, e)
			text += next.after(before) + gap(n, unit)
			h.number(n)
			h.number(int(unit))
		}
		h.bytes(next.act[:])
		before, last = next, e
	}
	if what := contents(chain[0]); len(chain) == 1 && what != "" {
		text += ": " + report.Ellipsis(what, MaxArguments)
		h.text(what)
	}
	return Title{report.Ellipsis(text, Max), h.act()}
}

// hasher makes acts.
type hasher struct{ hash.Hash }

func (h hasher) bytes(b []byte) { _, _ = h.Write(b) } // a hash takes everything

func (h hasher) number(n int) { h.bytes(binary.BigEndian.AppendUint64(nil, uint64(n))) } // #nosec G115 -- hashed only

func (h hasher) text(s string) {
	h.number(len(s))
	h.bytes([]byte(s))
}

func (h hasher) act() (a Act) {
	h.Sum(a[:0])
	return a
}

// sentence returns the sentence of one event.
type sentence struct {
	text    string
	subject string // that it begins with, "" if it begins with other words
	program bool   // the subject is one
	object  string // that it ends with, "" if it ends with other words
	verb    string // one word between the two, if there is nothing else
	act     Act
}

// plain are the roles whose events say the same, whichever source logged them.
var plain = []ecs.Role{ecs.RoleProcessStart, ecs.RoleProcessEnd, ecs.RoleServiceInstalled, ecs.RoleTaskRegistered}

// programs are the fields that name the program that did something.
var programs = []ecs.Field{ecs.ProcessName, ecs.ProcessExecutable, ecs.ProcessParentName, ecs.ProcessParentExecutable}

func sentenceOf(e *timeline.Event) sentence {
	text, of := e.Told()
	out := sentence{text: text}
	h := hasher{sha256.New()}
	if slices.Contains(plain, e.Class.Role) {
		h.number(int(e.Class.Role))
	} else {
		h.text(e.Class.Provider)
		h.number(int(e.Class.EventID))
		for _, c := range of.Choices {
			h.number(c)
		}
	}
	for _, s := range of.Named {
		h.text(text[s.From:s.To])
	}
	out.act = h.act()
	if len(of.Named) == 0 {
		return out
	}
	first, last := of.Named[0], of.Named[len(of.Named)-1]
	if first.From == 0 {
		out.subject, out.program = text[:first.To], slices.Contains(programs, ecs.Field(first.Field))
	}
	if last.To == len(text) {
		out.object = text[last.From:]
	}
	if len(of.Named) == 2 && out.subject != "" && out.object != "" {
		out.verb = strings.TrimSpace(text[first.To:last.From])
	}
	return out
}

// after is how a sentence goes on from the one before: the same subject and object are not named again.
func (s sentence) after(before sentence) string {
	rest := s.text[len(s.subject):]
	switch {
	case s.subject == "":
	case s.subject == before.object && s.subject != before.subject:
		return ", which" + rest
	case !s.program || s.subject != before.subject:
	case s.object == before.object && s.verb != "" && !strings.Contains(s.verb, " "):
		return ", then " + s.verb + " it"
	default:
		return ", then" + rest
	}
	return ", then " + s.text
}

// unit is the unit in which the time between two events is given.
type unit int

const (
	noTime unit = iota // the clock does not tell
	sameSecond
	seconds
	minutes
	hours
	days
)

// between is how long after another an event was.
func between(a, b *timeline.Event) (int, unit) {
	d := time.Duration(b.At-a.At) * 100
	switch {
	case a.At == 0 || b.At == 0 || d < 0:
		return 0, noTime
	case d < time.Second:
		return 0, sameSecond
	case d < 2*time.Minute:
		if d >= 2*time.Second { // as the two times differ where people read them, without their fractions
			d = time.Duration(b.At/evtx.TicksPerSecond-a.At/evtx.TicksPerSecond) * time.Second
		}
		return int(d / time.Second), seconds
	case d < 2*time.Hour:
		return int(d / time.Minute), minutes
	case d < 48*time.Hour:
		return int(d / time.Hour), hours
	}
	return int(d / (24 * time.Hour)), days
}

// gap says it.
func gap(n int, of unit) string {
	switch of {
	case noTime:
		return ""
	case sameSecond:
		return " in the same second"
	}
	return fmt.Sprintf(" %d %s later", n, [...]string{seconds: "s", minutes: "min", hours: "h", days: "days"}[of])
}

// contents is what a single event is about beside its sentence: the arguments of a start, the text of a script block
// that belongs to no file, what a service or a task runs, the data of a registry value. It is one line.
func contents(e *timeline.Event) string {
	data := func(names ...string) string {
		for _, name := range names {
			if v, _ := e.Record.Data(name); v.Text() != "" && v.Text() != "-" {
				return strings.Join(strings.Fields(v.Text()), " ")
			}
		}
		return ""
	}
	switch {
	case e.Class.ProcessStart:
		return arguments(record.Text(e, ecs.ProcessCommandLine))
	case e.Class.Role == ecs.RoleServiceInstalled:
		return data("ImagePath", "ServiceFileName")
	case e.Class.Role == ecs.RoleTaskRegistered:
		definition, _ := e.Record.Data("TaskContent")
		return strings.Join(strings.Fields(strings.Join(task.Commands(definition.Text()), "; ")), " ")
	case record.Text(e, ecs.RegistryPath) != "":
		return data("Details", "NewValue")
	case e.Class.Role == ecs.RoleScriptBlock && record.Text(e, ecs.FilePath) == "":
		return strings.Join(strings.Fields(record.Text(e, ecs.PowershellFileScriptBlockText)), " ")
	}
	return ""
}

// arguments is a command line without the program.
func arguments(line string) string {
	line = strings.TrimSpace(line)
	if quoted, ok := strings.CutPrefix(line, `"`); ok {
		_, rest, _ := strings.Cut(quoted, `"`)
		return strings.TrimSpace(rest)
	}
	program, rest, _ := strings.Cut(line, " ")
	if strings.Contains(program, `\`) && !strings.Contains(program, ".") && strings.Contains(rest, `\`) {
		return line // a path with blanks that has no quotation marks
	}
	return strings.TrimSpace(rest)
}
