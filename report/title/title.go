// Package title says in one sentence what the events of a finding tell.
package title

import (
	"fmt"
	"strings"
	"time"

	"hunt/report"
	"hunt/report/record"
	"hunt/timeline"
	"hunt/timeline/ecs"
)

// Max bounds a title, in characters: two long sentences. A sequence of many steps is told step by step below it.
const Max = 500

// MaxArguments bounds the arguments in a title.
const MaxArguments = 90

// Of says in one sentence what happened, from the events alone: the sentences that their mappings have for them,
// with the time between. Of a single start, what was started with is told as well: the programs alone are the same in
// a hundred findings.
func Of(chain []*timeline.Event) string {
	text, last := chain[0].Title(), chain[0]
	before := text // the sentence that the next one goes on from
	for _, e := range chain[1:] {
		next := e.Title()
		if next == before {
			continue
		}
		text += goesOn(before, next) + timeBetween(last, e)
		before, last = next, e
	}
	if args := arguments(record.Text(chain[0], ecs.ProcessCommandLine)); len(chain) == 1 &&
		chain[0].Class.ProcessStart && args != "" {
		text += ": " + report.Ellipsis(args, MaxArguments)
	}
	return report.Ellipsis(text, Max)
}

// goesOn is how a sentence goes on with the next: the same subject and object are not named again.
func goesOn(before, next string) string {
	subject, rest, ok := strings.Cut(next, " ")
	if !ok {
		return ", then " + next
	}
	first, object := firstWord(before), lastWord(before)
	switch {
	case subject == object && subject != first:
		return ", which " + rest
	case subject != first || !isProgram(subject):
		return ", then " + next
	}
	if words := strings.Fields(rest); len(words) == 2 && words[1] == object {
		rest = words[0] + " it"
	}
	return ", then " + rest
}

func firstWord(s string) string {
	w, _, _ := strings.Cut(s, " ")
	return w
}

func lastWord(s string) string { return s[strings.LastIndexByte(s, ' ')+1:] }

// isProgram reports whether a word names a program, so that what follows can be a verb.
func isProgram(word string) bool { return strings.HasSuffix(strings.ToLower(word), ".exe") }

// timeBetween says how long after another an event was, "" where the clock does not tell.
func timeBetween(a, b *timeline.Event) string {
	d := time.Duration(b.At-a.At) * 100
	switch {
	case a.At == 0 || b.At == 0 || d < 0:
		return ""
	case d < time.Second:
		return " in the same second"
	case d < 2*time.Minute:
		return fmt.Sprintf(" %d s later", int(d/time.Second))
	case d < 2*time.Hour:
		return fmt.Sprintf(" %d min later", int(d/time.Minute))
	case d < 48*time.Hour:
		return fmt.Sprintf(" %d h later", int(d/time.Hour))
	}
	return fmt.Sprintf(" %d days later", int(d/(24*time.Hour)))
}

// arguments is a command line without the program.
func arguments(line string) string {
	line = strings.TrimSpace(line)
	if quoted, ok := strings.CutPrefix(line, `"`); ok {
		_, rest, _ := strings.Cut(quoted, `"`)
		return strings.TrimSpace(rest)
	}
	_, rest, _ := strings.Cut(line, " ")
	return strings.TrimSpace(rest)
}
