// Package lineage says how the steps of a finding are connected: by the descent of their processes, by their files and
// by the hashes of these.
package lineage

import (
	"fmt"
	"slices"
	"strings"

	"hunt/rules/fact"
	"hunt/rules/pack"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
)

// Of returns the reason for a finding of one event.
func Of(e *timeline.Event) string {
	const alone = "One event satisfies the rule by itself"
	p := e.Process()
	switch {
	case p == nil || !e.Class.ProcessStart, p.Parent == nil && p.Basis() == "":
		return alone + "; its fields are the evidence."
	case p.Parent == nil:
		return fmt.Sprintf("%s; its fields are the evidence. %s: %s.", alone, processName(p), p.Basis())
	case p.Link == host.ParentByPID:
		return fmt.Sprintf("%s: %s was probably started by %s, which the record does not name; inferred from %s.",
			alone, processName(p), processName(p.Parent), p.Basis())
	}
	return fmt.Sprintf("%s, and it names the parent: %s was started by %s.", alone, processName(p),
		processName(p.Parent))
}

// Inferred says, for the steps whose process has a parent by process id and time alone, what that rests on. If it is
// the link to the step before, Between says it.
func Inferred(steps []*timeline.Event) []string {
	var out []string
	for i, e := range steps {
		p := e.ParentByPID()
		if p == nil {
			continue
		}
		if i > 0 {
			if before := steps[i-1].Process(); before != nil && p.DescendsFrom(before) && inferred(p, before) == p {
				continue
			}
		}
		out = append(out, fmt.Sprintf("That %s was started by %s, which its record does not name, is inferred from %s.",
			processName(p), processName(p.Parent), p.Basis()))
	}
	return out
}

// Between compares two steps of a finding: how certain it is that the first led to the second, and why. i is the number
// of the first, counted from 1.
func Between(before, after *timeline.Event, i int) (pack.Confidence, string) {
	// A file is connected with its run, whoever starts it, while a common browser as origin says little. Between two
	// processes, descent says most.
	level, reason := processes(before, after, i)
	if level != pack.Low && before.Class.ProcessStart {
		return level, reason
	}
	if said := sameFile(before, after, i); said != "" {
		return pack.Medium, said
	}
	return level, reason
}

// processes compares the processes of two steps; i is the number of the first, counted from 1.
func processes(before, after *timeline.Event, i int) (pack.Confidence, string) {
	p, q := before.Process(), after.Process()
	switch {
	case p == nil || q == nil:
		which := i
		if p != nil {
			which = i + 1
		}
		return pack.Low, fmt.Sprintf("Steps %d and %d share only the host and the time: the start of the "+
			"process of step %d was not logged.", i, i+1, which)
	case p == q:
		if before.ByPIDAlone() || after.ByPIDAlone() {
			return pack.Medium,
				fmt.Sprintf("Steps %d and %d probably belong to one process: %s, inferred from the process id and "+
					"the time.", i, i+1, processName(p))
		}
		return pack.High, fmt.Sprintf("Steps %d and %d belong to one process: %s.", i, i+1, processName(p))
	case q.DescendsFrom(p):
		if n := inferred(q, p); n != nil {
			return pack.Medium,
				fmt.Sprintf("The process of step %d probably descends from that of step %d: %s. That %s was "+
					"started by %s is inferred from %s.",
					i+1, i, chain(q, p), processName(n), processName(n.Parent), n.Basis())
		}
		if before.ByPIDAlone() || after.ByPIDAlone() {
			return pack.Medium,
				fmt.Sprintf("The process of step %d probably descends from that of step %d: %s; which process "+
					"acted is inferred from its id and the time.",
					i+1, i, chain(q, p))
		}
		return pack.High, fmt.Sprintf("The process of step %d descends from that of step %d: %s.", i+1, i,
			chain(q, p))
	}
	return pack.Low, fmt.Sprintf("Steps %d and %d share only the host and the time: %s does not descend from %s.",
		i, i+1, processName(q), processName(p))
}

// maxChain bounds the processes that a reason names.
const maxChain = 6

// chain names the processes from p down to q.
func chain(q, p *host.Process) string {
	var names []string
	for n := q; n != nil && len(names) < maxChain; n = n.Parent {
		names = append(names, n.Name())
		if n.Key() == p.Key() {
			slices.Reverse(names)
			return strings.Join(names, " > ")
		}
	}
	slices.Reverse(names)
	return p.Name() + " > … > " + strings.Join(names, " > ")
}

// inferred returns the nearest process on the way from q up to its ancestor p, without p, whose parent was found by
// process id and time alone, nil if there is none.
func inferred(q, p *host.Process) *host.Process {
	if n := q.NearestByPID(); n != nil && n.Key() != p.Key() && n.DescendsFrom(p) {
		return n
	}
	return nil
}

func processName(p *host.Process) string {
	name := p.Name()
	if name == "" {
		name = "a process without a name"
	}
	if p.PID == 0 {
		return name
	}
	return fmt.Sprintf("%s (pid %d)", name, p.PID)
}

// sameFile says what the files of two steps have in common, "" if nothing.
func sameFile(before, after *timeline.Event, i int) string {
	path := fact.First(fact.Texts(before, ecs.HuntPath))
	if path != "" {
		switch other := fact.First(fact.Texts(after, ecs.HuntPath)); {
		case other == path:
			return fmt.Sprintf("Steps %d and %d are about the same file: %s.", i, i+1, path)
		case anyContains(fact.Texts(after, ecs.ProcessCommandLine), path):
			return fmt.Sprintf("The command line of step %d names the file of step %d: %s.", i+1, i, path)
		case anyContains(fact.Texts(after, ecs.ProcessParentCommandLine), path):
			return fmt.Sprintf("The program that started step %d was opened on the file of step %d: %s.", i+1, i, path)
		case outOfArchive(other, path):
			return fmt.Sprintf("The program of step %d was started from the archive of step %d: %s.", i+1, i, path)
		}
	}
	for _, h := range fact.Texts(before, fact.HashFields...) {
		if slices.ContainsFunc(fact.Texts(after, fact.HashFields...), func(o string) bool {
			return strings.EqualFold(o, h)
		}) {
			return fmt.Sprintf("Steps %d and %d are about files with the same hash: %s.", i, i+1, h)
		}
	}
	return ""
}

// outOfArchive reports whether path lies where Windows or an archiver unpacks an archive: temp\Temp1_<archive>\ or the
// folder next to the archive with its name. Both are normal paths.
func outOfArchive(path, archive string) bool {
	name := archive[strings.LastIndexByte(archive, '\\')+1:]
	for dir := range strings.SplitSeq(path, `\`) {
		if n, ok := strings.CutPrefix(dir, "temp"); ok && strings.TrimLeft(n, "0123456789") == "_"+name {
			return true
		}
	}
	dot := strings.LastIndexByte(name, '.')
	return dot > 0 && strings.HasPrefix(path, archive[:len(archive)-len(name)+dot]+`\`)
}

func anyContains(values []string, normal string) bool {
	return slices.ContainsFunc(values, func(v string) bool { return strings.Contains(strings.ToLower(v), normal) })
}
