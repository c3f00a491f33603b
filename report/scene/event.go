package scene

import (
	"cmp"
	"strconv"
	"strings"

	"hunt/evtx"
	"hunt/report"
	"hunt/report/incident"
	"hunt/report/indicator"
	"hunt/report/record"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
)

// Witness is an event of a finding, or one that stands beside it.
type Witness struct {
	Event    *timeline.Event
	Joint    *incident.Event // what joins it to others; nil of what stands beside a finding
	Process  *host.Process   // that it is about, nil if not known
	Parent   *host.Process
	Finding  string // "" of what stands beside one
	Severity report.Severity
}

// teller reads deeds from events.
type teller struct {
	deeds    []Deed
	first    evtx.Filetime               // of the deeds of the events themselves
	presumed map[incident.EventKey]Thing // the logons that are presumed to have made what an event shows
}

func (t *teller) add(w *Witness, d Deed) {
	d.At = w.Event.At
	d.Finding, d.Severity = w.Finding, w.Severity
	t.deeds = append(t.deeds, d)
}

// beside adds a deed that belongs to the event, but that the finding does not rest on.
func (t *teller) beside(w *Witness, d Deed) {
	d.At = w.Event.At
	t.deeds = append(t.deeds, d)
}

// tell reads what an event says was done.
func (t *teller) tell(w *Witness) {
	e := w.Event
	switch {
	case e.Class.ProcessStart:
		t.start(w)
	case e.Class.Role == ecs.RoleFileCreated || e.Class.Role == ecs.RoleFileStream:
		t.written(w)
	case e.Class.Role == ecs.RoleConnection:
		t.connection(w)
	case e.Class.Role == ecs.RoleDNSQuery:
		t.add(w, Deed{From: actor(w), Verb: verbLookedUp, To: address(record.Text(e, ecs.DNSQuestionName))})
	case e.Class.Role == ecs.RoleLogon || e.Class.Role == ecs.RoleFailedLogon || e.Class.Role == ecs.RoleSessionLogon:
		t.logon(w)
	default:
		t.other(w)
	}
}

// start tells of the start of a process.
func (t *teller) start(w *Witness) {
	e := w.Event
	started := thingOf(e.Host.ID, w.Process)
	if w.Process == nil {
		started = program(e.Host.ID, record.Text(e, ecs.ProcessExecutable), record.Text(e, ecs.ProcessEntityID))
		started.Text = report.Ellipsis(record.Text(e, ecs.ProcessCommandLine), maxText)
	}
	parent := thingOf(e.Host.ID, w.Parent)
	if path := record.Text(e, ecs.ProcessParentExecutable); w.Parent == nil && path != "" {
		parent = program(e.Host.ID, path, record.Text(e, ecs.ProcessParentEntityID))
	}
	t.add(w, Deed{From: parent, Verb: verbStarted, To: started,
		Presumed: w.Process != nil && w.Process.Link == host.ParentByPID})
}

// written tells of a file that was written, and of where it came from.
func (t *teller) written(w *Witness) {
	e := w.Event
	path := record.WithoutMark(record.First(record.Texts(e, ecs.HuntPath)))
	if path == "" {
		return
	}
	f, by := file(e.Host.ID, path), actor(w)
	if as := record.WithoutMark(record.Text(e, ecs.FilePath)); strings.EqualFold(base(as), f.Name) {
		f.Name, f.Text = base(as), as // as the record spells it
		f = named(f)
	}
	maker, ok := t.maker(w)
	if ok {
		by = maker
	}
	t.add(w, Deed{From: by, Verb: verbWrote, To: f, Presumed: ok})
	if url := record.Text(e, ecs.HuntZoneHostURL); strings.Contains(url, "://") {
		t.beside(w, Deed{From: site(url), Verb: verbSource, To: f})
	} else if url := record.Text(e, ecs.HuntZoneReferrerURL); strings.Contains(url, "://") {
		t.beside(w, Deed{From: site(url), Verb: verbLinked, To: f})
	}
}

// maker is the logon that is presumed to have made what an event shows.
func (t *teller) maker(w *Witness) (Thing, bool) {
	if w.Joint == nil {
		return Thing{}, false
	}
	by, ok := t.presumed[w.Joint.Key]
	return by, ok
}

// connection tells of a connection, in the direction in which it was opened.
func (t *teller) connection(w *Witness) {
	e := w.Event
	field := ecs.DestinationIP
	if record.Text(e, ecs.NetworkDirection) == "ingress" {
		field = ecs.SourceIP
	}
	to := cmp.Or(record.Text(e, ecs.DestinationDomain), record.Text(e, field))
	if field == ecs.SourceIP {
		to = record.Text(e, field)
	}
	if to == "" || indicator.Local(to) {
		return
	}
	there := address(to)
	if port := record.Text(e, ecs.DestinationPort); port != "" && field == ecs.DestinationIP {
		there.Text = strings.TrimSpace(record.Text(e, field) + " port " + port)
	}
	if field == ecs.SourceIP {
		t.add(w, Deed{From: there, Verb: verbConnected, To: actor(w)})
		return
	}
	t.add(w, Deed{From: actor(w), Verb: verbConnected, To: there})
}

// logon tells of a logon, or of one that failed.
func (t *teller) logon(w *Witness) {
	e := w.Event
	d := Deed{To: session(w), Verb: verbLoggedOn}
	if e.Class.Role == ecs.RoleFailedLogon {
		d.Verb = "failed to log on to"
	}
	if ip := record.Text(e, ecs.SourceIP); ip != "" && !indicator.Local(ip) {
		d.From = address(ip)
	}
	t.add(w, d)
}

// other tells of any event by its sentence: the first that it names did something to the second.
func (t *teller) other(w *Witness) {
	e := w.Event
	told, of := e.Told()
	subject, object, verb := "", told, ""
	var field int32
	switch n := of.Named; {
	case len(n) >= 2 && n[0].From == 0:
		subject, object, verb, field = told[:n[0].To], told[n[1].From:n[1].To], told[n[0].To:n[1].From], n[1].Field
	case len(n) == 1 && n[0].From == 0:
		subject = told[:n[0].To]
		verb, object = parted(told[n[0].To:])
	case len(n) > 0 && n[0].From > 0: // Windows or SYSTEM did it
		_, verb, _ = strings.Cut(told[:n[0].From], " ")
		object, field = told[n[0].From:n[0].To], n[0].Field
	}
	d := Deed{Verb: strings.TrimSpace(verb), To: t.object(w, strings.TrimSpace(object), field, told)}
	if subject != "" {
		d.From = t.subject(w, subject, of.Named[0].Field)
		if object == "" {
			d.From, d.To = Thing{}, d.From
		}
	}
	if by, ok := t.maker(w); ok {
		d.From, d.Presumed = by, true
	}
	t.add(w, d)
}

// parted are the verb and the object of what a sentence says of its subject. An object begins with an article; a
// sentence without one, such as "logged off", names the subject alone.
func parted(rest string) (verb, object string) {
	at := -1
	for _, article := range []string{" the ", " a ", " an "} {
		if n := strings.Index(rest, article); n > 0 && (at < 0 || n < at) {
			at = n
		}
	}
	if at < 0 {
		return "", ""
	}
	return rest[:at], rest[at:]
}

// family is the first part of the name of a field, such as process or user; "" for a value that has none.
func family(e *timeline.Event, field int32) string {
	if field == 0 {
		return ""
	}
	of, _, _ := strings.Cut(e.FieldName(ecs.Field(field)), ".")
	return of
}

// subject is who did something, as the sentence says it: a program that the record names may be another, such as that
// which a WMI event consumer runs.
func (t *teller) subject(w *Witness, name string, field int32) Thing {
	switch family(w.Event, field) {
	case "process":
		return actor(w)
	case "user":
		return session(w)
	case "source", "destination":
		return address(name)
	}
	return named(Thing{Kind: report.ObjectSetting, Host: w.Event.Host.ID, Key: strings.ToLower(name), Name: name})
}

// object is what an event that has no case of its own did something to.
func (t *teller) object(w *Witness, name string, field int32, told string) Thing {
	e := w.Event
	out := Thing{Kind: report.ObjectSetting, Host: e.Host.ID, Name: name, Text: told}
	switch family(e, field) {
	case "process":
		out.Kind = report.ObjectProcess
	case "file", "dll":
		if path := cmp.Or(record.First(record.Texts(e, ecs.HuntPath)), record.Text(e, ecs.DLLPath)); path != "" &&
			strings.EqualFold(base(path), base(name)) {
			return file(e.Host.ID, path)
		}
		out.Kind = report.ObjectFile
	case "source", "destination", "dns":
		return address(name)
	case "user":
		out.Kind = report.ObjectLogon
	case "registry":
		out.Text = record.Text(e, ecs.RegistryPath)
		if data := record.Text(e, ecs.RegistryDataStrings); data != "" {
			out.Text += " = " + data
		}
	default:
		if strings.HasSuffix(strings.ToLower(name), ".exe") {
			out.Kind = report.ObjectProcess
		}
	}
	out.Key = strings.ToLower(cmp.Or(out.Text, name))
	if out.Kind != report.ObjectSetting {
		out.Key, out.Text = "named "+strings.ToLower(name), ""
	}
	return named(out)
}

// actor is the process that caused an event, or, if no record names it, the account.
func actor(w *Witness) Thing {
	e := w.Event
	if w.Process != nil {
		return thingOf(e.Host.ID, w.Process)
	}
	if path := record.Text(e, ecs.ProcessExecutable); path != "" {
		return program(e.Host.ID, path, record.Text(e, ecs.ProcessEntityID))
	}
	if name := record.Text(e, ecs.ProcessName); name != "" {
		return program(e.Host.ID, name, record.Text(e, ecs.ProcessEntityID))
	}
	return session(w)
}

// session is the account of an event on its host.
func session(w *Witness) Thing {
	if w.Joint != nil && w.Joint.Account.Key != "" {
		return account(w.Event.Host.ID, w.Joint.Account)
	}
	if user := record.User(w.Event); user != "" {
		return account(w.Event.Host.ID, incident.Account{Key: strings.ToLower(user), Name: user})
	}
	return Thing{}
}

// account is an account on a host.
func account(host string, a incident.Account) Thing {
	return named(Thing{Kind: report.ObjectLogon, Host: host, Key: a.Key, Name: base(a.Name), Text: a.Name})
}

// thingOf is a process of a host's table.
func thingOf(on string, p *host.Process) Thing {
	if p == nil {
		return Thing{}
	}
	return process(on, &report.Process{EntityID: p.EntityID, PID: p.PID, Start: report.TimeOf(p.Start),
		Executable: p.Executable, CommandLine: p.CommandLine})
}

// process is a process of a tree.
func process(host string, p *report.Process) Thing {
	t := program(host, p.Executable, p.EntityID)
	if p.EntityID == "" {
		t.Key = strings.ToLower(t.Name) + " " + strconv.FormatInt(p.PID, 10)
	}
	t.Text = report.Ellipsis(cmp.Or(p.CommandLine, p.Executable), maxText)
	return t
}

// program is a process of which a record tells the program and, if it does, the id.
func program(host, path, entity string) Thing {
	return named(Thing{Kind: report.ObjectProcess, Host: host, Name: base(path), Text: path,
		Key: cmp.Or(entity, "named "+strings.ToLower(base(path)))})
}
