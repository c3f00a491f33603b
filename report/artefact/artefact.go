// Package artefact determines what an event made and what it used: files, the programs and commands that services,
// tasks and registry keys start later, and the remote commands that are the same on many hosts. If one event made what
// another used, their findings are joined.
package artefact

import (
	"strconv"
	"strings"

	"hunt/pattern"
	"hunt/report/incident"
	"hunt/report/indicator"
	"hunt/report/record"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
	"hunt/timeline/task"
)

// Things are the artefacts of an event.
type Things struct {
	Wrote, Used []incident.Artefact
	Burst       incident.Artefact // the remote command, service or task, the same on all hosts; without a name if none
	Cut         bool              // a text names more files than are taken from it
}

// Of returns the artefacts of an event; p is the process that it is about, nil if unknown.
func Of(e *timeline.Event, p *host.Process) Things {
	var t Things
	switch {
	case e.Class.ProcessStart:
		t.start(e, p)
	case e.Class.Role == ecs.RoleFileCreated, e.Class.Role == ecs.RoleFileStream:
		t.add(&t.Wrote, incident.ArtefactFile, record.WithoutMark(record.First(record.Texts(e, ecs.HuntPath))))
	case record.Text(e, ecs.EventAction) == "network-share-object-access-checked":
		t.shared(e)
	case e.Class.Provider == sysmon && e.Class.EventID == pipeCreated:
		t.pipe(&t.Wrote, e)
	case e.Class.Provider == sysmon && e.Class.EventID == pipeConnected:
		t.pipe(&t.Used, e)
	default:
		t.add(&t.Used, incident.ArtefactFile, record.Text(e, ecs.DLLPath))
		t.later(e)
		t.consumer(e)
	}
	return t
}

// Sysmon's events of named pipes. Source: Sysmon's manifest.
const (
	sysmon        = "Microsoft-Windows-Sysmon"
	pipeCreated   = 17
	pipeConnected = 18
)

// unnamed is what Sysmon calls every pipe that has no name.
const unnamed = "<anonymous pipe>"

// pipe adds the named pipe of an event.
func (t *Things) pipe(set *[]incident.Artefact, e *timeline.Event) {
	if name := strings.ToLower(record.Text(e, ecs.FileName)); name != "" && name != unnamed {
		*set = append(*set, incident.Artefact{Kind: incident.ArtefactPipe, Name: name})
	}
}

// add adds an artefact with a path outside the directories of Windows and of installed programs.
func (t *Things) add(set *[]incident.Artefact, kind incident.ArtefactKind, path string) {
	if path = strings.ToLower(path); path != "" && !indicator.SystemProgram(path) {
		*set = append(*set, incident.Artefact{Kind: kind, Name: path})
	}
}

// start adds what the start of a process uses: its program, the files of its command line, and the command itself if a
// service or a task may have started it. A file to which it redirects output counts as made.
func (t *Things) start(e *timeline.Event, p *host.Process) {
	exe, line := record.Text(e, ecs.ProcessExecutable), record.Text(e, ecs.ProcessCommandLine)
	t.add(&t.Used, incident.ArtefactFile, exe)
	t.add(&t.Used, incident.ArtefactAutostart, exe)
	for _, path := range t.paths(line) {
		t.add(&t.Used, incident.ArtefactFile, path)
	}
	for _, path := range redirected(line) {
		t.add(&t.Wrote, incident.ArtefactFile, path)
	}
	t.named(line)
	if p == nil || p.Parent == nil || line == "" {
		return
	}
	switch strings.ToLower(p.Parent.Name()) {
	case "services.exe":
		t.command(&t.Used, line)
		t.Burst = incident.Artefact{Kind: incident.ArtefactCommand, Name: line}
	case "wmiprvse.exe", "wsmprovhost.exe":
		t.command(&t.Used, line) // of an event consumer
		t.Burst = incident.Artefact{Kind: incident.ArtefactCommand, Name: line}
	case "svchost.exe", "taskeng.exe": // of Task Scheduler
		t.command(&t.Used, line)
	}
}

// shared adds the file of this host that somebody reached over a share, such as Temp\a.tmp of ADMIN$. Who was refused
// access reached nothing.
func (t *Things) shared(e *timeline.Event) {
	if record.Text(e, ecs.EventOutcome) == "failure" {
		return
	}
	path := strings.TrimPrefix(record.Text(e, ecs.FilePath), `\??\`)
	if !fullPath().MatchString(path) { // a pipe
		return
	}
	// Source: [MS-SMB2] 2.2.13.1.1, the bits FILE_WRITE_DATA and FILE_APPEND_DATA of the access mask.
	const writes = 0x2 | 0x4
	set := &t.Used
	if v, ok := e.Record.Data("AccessMask"); ok {
		if mask, err := strconv.ParseUint(v.Text(), 0, 64); err == nil && mask&writes != 0 {
			set = &t.Wrote
		}
	}
	t.add(set, incident.ArtefactFile, path)
}

// later adds what an event arranges to be run later: by a service, a task or a key.
func (t *Things) later(e *timeline.Event) {
	texts := record.Texts(e, ecs.RegistryDataStrings)
	var commands []string
	data := func(name string) string {
		v, _ := e.Record.Data(name)
		return v.Text()
	}
	switch e.Class.Role {
	case ecs.RoleServiceInstalled:
		t.Burst = incident.Artefact{Kind: incident.ArtefactService, Name: record.Text(e, ecs.ServiceName)}
		t.name(incident.ArtefactService, t.Burst.Name)
		commands = []string{data("ImagePath"), data("ServiceFileName")}
		texts = append(texts, commands...)
	case ecs.RoleTaskRegistered:
		t.Burst = incident.Artefact{Kind: incident.ArtefactTask, Name: record.Text(e, ecs.WinlogScheduledTaskName)}
		t.name(incident.ArtefactTask, t.Burst.Name)
		for _, definition := range []string{data("TaskContent"), data("TaskContentNew")} {
			texts, commands = append(texts, definition), append(commands, task.Commands(definition)...)
		}
	}
	for _, text := range texts {
		for _, path := range t.paths(expanded(text)) {
			t.add(&t.Wrote, incident.ArtefactAutostart, path)
			t.add(&t.Used, incident.ArtefactFile, path)
		}
	}
	for _, c := range commands {
		t.command(&t.Wrote, c)
	}
}

// command adds a command with arguments, as the process has it that is started with it. One without is a file.
func (t *Things) command(set *[]incident.Artefact, line string) {
	line = variable().ReplaceAllStringFunc(expanded(line), func(v string) string {
		return values[strings.ToLower(strings.Trim(v, "%"))]
	})
	words := strings.Fields(strings.ReplaceAll(strings.ToLower(line), `"`, ""))
	if len(words) > 1 {
		*set = append(*set, incident.Artefact{Kind: incident.ArtefactCommand, Name: strings.Join(words, " ")})
	}
}

// pathInText finds the paths of files in command lines.
var pathInText = pattern.Of(
	`(?i)(?:[a-z]:|\\\\[a-z0-9._$-]+)\\[^"'<>|*?\r\n;,=]{1,250}?\.(?:exe|dll|com|scr|pif|cpl|ps1|psm1|bat|cmd|vbs|vbe|js|jse|wsf|hta|msi|msc|xll|jar|lnk|url|iso|img|vhdx?|zip|7z|rar|sys|sct|inf|one|docm|xlsm)\b`)

// maxPaths bounds the paths taken from one text.
const maxPaths = 16

// paths are the paths of files in a text.
func (t *Things) paths(text string) []string {
	out := pathInText().FindAllString(text, maxPaths+1)
	if len(out) > maxPaths {
		out, t.Cut = out[:maxPaths], true
	}
	return out
}

var (
	// fullPath is a path with its drive.
	fullPath = pattern.Of(`(?i)^[a-z]:\\.`)
	// redirection is a file that a shell writes output to; carets are taken out before.
	redirection = pattern.Of(
		`(?i)>\s*"?((?:[a-z]:|\\\\(?:127\.0\.0\.1|localhost)\\(?:admin|[a-z])\$)\\[^"'<>|&*?\r\n]{1,250}?)"?\s*(?:[&|]|\d?>|$)`)
	// ownShare is a share of the machine itself.
	ownShare = pattern.Of(`(?i)^\\\\(?:127\.0\.0\.1|localhost)\\(admin|[a-z])\$`)
)

// redirected are the files of this host that a command line writes output to.
func redirected(line string) (out []string) {
	if !strings.Contains(line, ">") {
		return nil
	}
	for _, m := range redirection().FindAllStringSubmatch(strings.ReplaceAll(expanded(line), "^", ""), maxPaths) {
		out = append(out, ownShare().ReplaceAllStringFunc(m[1], func(share string) string {
			if drive := share[strings.LastIndexByte(share, '\\')+1 : len(share)-1]; len(drive) == 1 {
				return drive + ":"
			}
			return `C:\Windows`
		}))
	}
	return out
}

var (
	// systemRoot are the ways in which services and keys write the directory of Windows.
	systemRoot = pattern.Of(`(?i)(?:%systemroot%|%windir%|\\systemroot)\\`)
	// variable matches the variables with the same value for everything that services and tasks run.
	variable = pattern.Of(`(?i)%(?:comspec|te?mp|systemdrive|programdata|allusersprofile|public)%`)
)

// values are the values of the variables if Windows is in its usual place and System runs the command.
var values = map[string]string{"comspec": `C:\Windows\system32\cmd.exe`, "temp": `C:\Windows\TEMP`,
	"tmp": `C:\Windows\TEMP`, "systemdrive": "C:", "programdata": `C:\ProgramData`,
	"allusersprofile": `C:\ProgramData`, "public": `C:\Users\Public`}

// expanded writes the directory of Windows as the records of processes and files do.
func expanded(text string) string { return systemRoot().ReplaceAllString(text, `C:\Windows\`) }
