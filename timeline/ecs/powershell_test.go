package ecs

import (
	"slices"
	"strings"
	"testing"

	"hunt/evtx/evtxtest"
	"hunt/evtx/recordtest"
)

// The blocks of PowerShell's events as version 5.1 writes them: the first keys differ between events.
var (
	engineBlock   = classicBlock("NewEngineState=Available\nPreviousEngineState=None\n\nSequenceNumber=16\n")
	providerBlock = classicBlock("ProviderName=Registry\nNewProviderState=Started\n\nSequenceNumber=16\n")
	pipelineBlock = strings.NewReplacer("CommandName=Get-Item\n\tCommandType=Cmdlet\n\t", "",
		"CommandPath=C:\\t\\x.ps1\n\t", "").
		Replace(classicBlock("DetailSequence=1\nDetailTotal=1\n\nSequenceNumber=16\n\nUserId=CORP\\anna\n"))
	moduleBlock = strings.Join([]string{"        Severity = Informational", "        Host Name = ConsoleHost",
		"        Host Version = 5.1", "        Host ID = cd8cafb9-7c03-4e5e-9d54-914780550df1",
		"        Host Application = powershell.exe", "        Engine Version = 5.1",
		"        Runspace ID = d94c9947-fce3-4f7e-9a49-18ff6724f22b", "        Pipeline ID = 156",
		"        Command Name = Get-Item", "        Command Type = Cmdlet", `        Script Name = C:\t\x.ps1`,
		`        Command Path = C:\t\x.ps1`, "        Sequence Number = 16", `        User = CORP\anna`,
		`        Connected User = CORP\bob`, "        Shell ID = Microsoft.PowerShell", ""}, "\r\n")
)

func classicBlock(head string) string {
	return "\t" + strings.ReplaceAll(head, "\n", "\n\t") + `
	HostName=ConsoleHost
	HostVersion=5.1
	HostId=cd8cafb9-7c03-4e5e-9d54-914780550df1
	HostApplication=powershell.exe
	EngineVersion=5.1
	RunspaceId=d94c9947-fce3-4f7e-9a49-18ff6724f22b
	PipelineId=156
	CommandName=Get-Item
	CommandType=Cmdlet
	ScriptName=C:\t\x.ps1
	CommandPath=C:\t\x.ps1
	CommandLine=Get-Item a`
}

func TestAnAmbiguousBlockIsSaidToBeOne(t *testing.T) {
	forged := "powershell\n" + strings.ReplaceAll(engineBlock, "5.1", "9.9") + "\nx"
	block := strings.Replace(engineBlock, "powershell.exe", forged, 1)
	event := evtxtest.Event{
		Provider: "PowerShell",
		Channel:  "Windows PowerShell",
		EventID:  400,
		Time:     caseTime,
		Classic:  true,
		Data:     []evtxtest.Pair{evtxtest.Str("", "Available"), evtxtest.Str("", "None"), evtxtest.Str("", block)},
	}
	m := NewMapper(NewSchema())
	e := m.Map(recordtest.Of(t, event)[0])
	for f, want := range map[Field]string{ProcessCommandLine: forged, PowershellEngineVersion: "5.1",
		ProcessTitle: "ConsoleHost"} {
		for _, e := range []*Event{e, e.Clone()} {
			if got := texts(e.Values(f, nil)); !slices.Equal(got, []string{want}) {
				t.Errorf("%s = %q, want %q", fieldTable[f].name, got, want)
			}
		}
	}
	if got := texts(e.Values(HuntAmbiguous, nil)); !slices.Contains(got, "EngineVersion") ||
		!slices.Contains(got, "HostApplication") {
		t.Errorf("hunt.ambiguous = %q", got)
	}
}

// The second field asked for must not take the block of the event before.
func TestAnEventWithoutItsBlockHasNothingOfTheOneBefore(t *testing.T) {
	start := func(block string) evtxtest.Event {
		return evtxtest.Event{
			Provider: "PowerShell",
			Channel:  "Windows PowerShell",
			EventID:  400,
			Time:     caseTime,
			Classic:  true,
			Data:     []evtxtest.Pair{evtxtest.Str("", "Available"), evtxtest.Str("", "None"), evtxtest.Str("", block)},
		}
	}
	m := NewMapper(NewSchema())
	for i, r := range recordtest.Of(t, start(engineBlock), start("")) {
		e := m.Map(r)
		for _, f := range []Field{ProcessCommandLine, ProcessTitle, PowershellEngineVersion} {
			if got := texts(e.Values(f, nil)); (len(got) > 0) != (i == 0) {
				t.Errorf("event %d: %s = %q", i, fieldTable[f].name, got)
			}
		}
	}
}
