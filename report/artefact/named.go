package artefact

import (
	"strings"

	"hunt/pattern"
	"hunt/report/incident"
	"hunt/report/record"
	"hunt/timeline"
	"hunt/timeline/ecs"
)

// Patterns of what commands name on the machine itself: a server after sc, schtasks or wmic is another machine, and a
// program in front of them, other than cmd.exe, may run them on another machine.
var (
	serviceMade = pattern.Of(`(?i)^\S*\bsc(?:\.exe)?"?\s+create\s+"?([^"\s]+)`)
	taskMade    = pattern.Of(`(?i)^(?:\S*\bcmd(?:\.exe)?"?\s+/\S+\s+"*)?\S*\bschtasks(?:\.exe)?"?\s.*/create\b`)
	taskName    = pattern.Of(`(?i)/tn\s+(?:"([^"]+)"|(\S+))`)
	taskServer  = pattern.Of(`(?i)\s/s\s`)
	// consumerMade matches a class of permanent WMI event consumers and the name given to one.
	consumerMade = pattern.Of(`(?i)^(?:\S*\bcmd(?:\.exe)?"?\s+/\S+\s+"*)?\S*\bwmic(?:\.exe)?"?\s.*` +
		`\b(?:CommandLine|ActiveScript)EventConsumer"?\s+create\s+Name\s*=\s*["']?([^"',;]+)`)
	wmiServer = pattern.Of(`(?i)\s/node\s*:`)
)

// named adds the service, the task or the consumer that a command line makes on this machine.
func (t *Things) named(line string) {
	if m := serviceMade().FindStringSubmatch(line); m != nil {
		t.name(incident.ArtefactService, m[1])
	}
	if taskMade().MatchString(line) && !taskServer().MatchString(line) {
		if m := taskName().FindStringSubmatch(line); m != nil {
			t.name(incident.ArtefactTask, m[1]+m[2])
		}
	}
	if m := consumerMade().FindStringSubmatch(line); m != nil && !wmiServer().MatchString(line) {
		t.name(incident.ArtefactConsumer, m[1])
	}
}

// name adds an artefact with a name under which it was made.
func (t *Things) name(kind incident.ArtefactKind, name string) {
	name = strings.ToLower(strings.TrimLeft(strings.Trim(name, ` "'`), `\`))
	if name != "" && name != "-" {
		t.Wrote = append(t.Wrote, incident.Artefact{Kind: kind, Name: name})
	}
}

// consumer adds the permanent WMI event consumer that an event reports, and the command that it runs.
func (t *Things) consumer(e *timeline.Event) {
	data := func(name string) string {
		v, _ := e.Record.Data(name)
		return v.Text()
	}
	if !strings.Contains(record.Text(e, ecs.EventAction), "WmiEventConsumer activity") ||
		strings.EqualFold(data("Operation"), "Deleted") {
		return
	}
	t.name(incident.ArtefactConsumer, data("Name"))
	t.command(&t.Wrote, strings.ReplaceAll(strings.Trim(data("Destination"), ` "`), `\\`, `\`))
}
