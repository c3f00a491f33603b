package report

import (
	"encoding/json"
	"strings"

	"hunt/timeline"
	"hunt/timeline/ecs"
)

// statement is what a report says of an event wherever it is evidence: it follows from the record and from the fields that the
// history of its host has settled. Verify makes it again.
func statement(e *timeline.Event) Evidence {
	out := Evidence{Time: TimeOf(e.At), Channel: e.Class.Channel, EventCode: text(e, ecs.EventCode), User: user(e), Message: e.Message(),
		Facts: facts(e), Event: json.RawMessage(e.AppendJSON(nil))}
	if created, _ := e.Record.Time(); e.UTC() != 0 && e.UTC() != created {
		out.UTCTime = TimeOf(e.UTC())
	}
	return out
}

// factFields are the fields a person wants first, in order, under short names.
var factFields = []struct {
	name  string
	field ecs.Field
}{
	{"process", ecs.ProcessExecutable}, {"command line", ecs.ProcessCommandLine}, {"pid", ecs.ProcessPID},
	{"parent", ecs.ProcessParentExecutable}, {"parent command line", ecs.ProcessParentCommandLine},
	{"working directory", ecs.ProcessWorkingDirectory}, {"original file name", ecs.ProcessPEOriginalFileName},
	{"file", ecs.FilePath}, {"host URL", ecs.HuntZoneHostURL}, {"referrer URL", ecs.HuntZoneReferrerURL}, {"zone", ecs.HuntZoneID},
	{"registry", ecs.RegistryPath}, {"destination", ecs.DestinationIP}, {"port", ecs.DestinationPort}, {"domain", ecs.DestinationDomain},
	{"DNS name", ecs.DNSQuestionName}, {"source address", ecs.SourceIP}, {"logon type", ecs.WinlogLogonType},
	{"script", ecs.PowershellFileScriptBlockText}, {"SHA-256", ecs.ProcessHashSHA256}, {"MD5", ecs.ProcessHashMD5},
	{"file SHA-256", ecs.FileHashSHA256}, {"file MD5", ecs.FileHashMD5},
}

func facts(e *timeline.Event) []KeyValue {
	var out []KeyValue
	for _, f := range factFields {
		if v := text(e, f.field); v != "" {
			out = append(out, KeyValue{f.name, v})
		}
	}
	return out
}

// rowStatement is what a row of the timeline says of its event; like statement, it follows from the event alone.
func rowStatement(e *timeline.Event) TimelineRow {
	t := e.At
	return TimelineRow{Time: &t, User: user(e), Channel: e.Class.Channel, EventCode: text(e, ecs.EventCode), Message: e.Message(),
		Category: strings.Join(texts(e, ecs.EventCategory), ", ")}
}
