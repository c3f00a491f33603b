package record

import (
	"strings"

	"hunt/report"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/ecs/document"
)

// Statement is what a report says about an event wherever it is evidence: it follows from the record and from the
// fields that the history of its host has settled. Verify makes it again.
func Statement(e *timeline.Event) report.Evidence {
	out := report.Evidence{Time: report.TimeOf(e.At), Channel: e.Class.Channel, EventCode: Text(e, ecs.EventCode),
		User: User(e), Message: e.Message(),
		Facts: facts(e), Document: document.Of(e.Event)}
	if created, _ := e.Record.Time(); e.UTC() != 0 && e.UTC() != created {
		out.UTCTime = report.TimeOf(e.UTC())
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
	{"file", ecs.FilePath}, {"host URL", ecs.HuntZoneHostURL}, {"referrer URL", ecs.HuntZoneReferrerURL},
	{"zone", ecs.HuntZoneID},
	{"registry", ecs.RegistryPath}, {"destination", ecs.DestinationIP}, {"port", ecs.DestinationPort},
	{"domain", ecs.DestinationDomain},
	{"DNS name", ecs.DNSQuestionName}, {"source address", ecs.SourceIP}, {"logon type", ecs.WinlogLogonType},
	{"script", ecs.PowershellFileScriptBlockText}, {"SHA-256", ecs.ProcessHashSHA256}, {"MD5", ecs.ProcessHashMD5},
	{"file SHA-256", ecs.FileHashSHA256}, {"file MD5", ecs.FileHashMD5},
}

// FactName is the short name of a field among the facts.
func FactName(f ecs.Field) string {
	for _, n := range factFields {
		if n.field == f {
			return n.name
		}
	}
	return map[ecs.Field]string{ecs.UserName: "user", ecs.ServiceName: "service"}[f]
}

func facts(e *timeline.Event) []report.KeyValue {
	var out []report.KeyValue
	for _, f := range factFields {
		if v := Text(e, f.field); v != "" {
			out = append(out, report.KeyValue{Key: f.name, Value: v})
		}
	}
	return out
}

// Row is what a row of the timeline says about its event; like statement, it follows from the event alone.
func Row(e *timeline.Event) report.TimelineRow {
	return report.TimelineRow{Time: report.TimeOf(e.At), User: User(e), Channel: e.Class.Channel,
		EventCode: Text(e, ecs.EventCode), Message: e.Message(),
		Category: strings.Join(Texts(e, ecs.EventCategory), ", ")}
}
