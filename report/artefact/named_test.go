package artefact

import (
	"slices"
	"testing"

	"hunt/report/incident"
)

// made is what a command makes.
func made(kind incident.ArtefactKind, name string) incident.Artefact {
	return incident.Artefact{Kind: kind, Name: name}
}

func TestCommandsNameWhatTheyMakeOnTheMachineItself(t *testing.T) {
	const service, task, consumer = incident.ArtefactService, incident.ArtefactTask, incident.ArtefactConsumer
	for line, want := range map[string]incident.Artefact{
		`sc create Upd binPath= "C:\a.exe"`:                                        made(service, "upd"),
		`"C:\Windows\system32\sc.exe" create "Upd" binPath= x`:                     made(service, "upd"),
		`sc.exe \\srv-02 create Upd binPath= x`:                                    {},
		`sc.exe query Upd`:                                                         {},
		`schtasks /create /sc minute /tn "\Upd Task" /tr x`:                        made(task, "upd task"),
		`schtasks.exe /create /s srv-02 /tn Upd /tr x`:                             {},
		`cmd.exe /c schtasks /create /tn Upd /tr x`:                                made(task, "upd"),
		`psexec.exe \\srv-02 schtasks /create /tn Upd /tr x`:                       {},
		`wmic /node:srv-02 process call create "schtasks /create /tn Upd /tr x"`:   {},
		`winrs -r:srv-02 wmic PATH CommandLineEventConsumer CREATE Name="B"`:       {},
		`schtasks /run /tn Upd`:                                                    {},
		`wmic /namespace:"\\root\s" PATH CommandLineEventConsumer CREATE Name="B"`: made(consumer, "b"),
		`wmic /node:srv-02 PATH CommandLineEventConsumer CREATE Name="B"`:          {},
		`wmic PATH CommandLineEventConsumer WHERE Name="B" DELETE`:                 {},
	} {
		var things Things
		things.named(line)
		var all []incident.Artefact
		if want != (incident.Artefact{}) {
			all = []incident.Artefact{want}
		}
		if !slices.Equal(things.Wrote, all) {
			t.Errorf("%s: %v, want %v", line, things.Wrote, all)
		}
	}
}
