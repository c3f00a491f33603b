package ecs

import "strings"

// taskText returns the rendered task of a known event: the form of its action
// that Windows renders (the last one written), "" for an unknown event.
func (d *definition) taskText() string {
	if d.source == nil || !d.source.taskAction {
		return ""
	}
	s := string(d.action)
	return s[strings.LastIndexByte(s, '|')+1:]
}

// systemRules are the rules for the System element, which every event has, and
// for what is the same in all Windows events.
var systemRules = []rule{
	{field: Timestamp, op: opTimestamp},
	{field: Message, op: opMessage},
	constant(ECSVersion, "8.17.0"),
	{field: EventCode, op: opEventID},
	{field: EventCreated, op: opCreated},
	constant(EventKind, "event"),
	{field: EventProvider, op: opProvider},
	{field: EventDataset, op: opDataset},
	{field: EventOutcome, op: opOutcome},
	{field: DataStreamDataset, op: opDataset},
	constant(DataStreamNamespace, "default"),
	constant(DataStreamType, "logs"),
	{field: LogLevel, op: opLevel},
	{field: HostID, op: opPending},
	{field: HostName, op: opPending},
	{field: HostHostname, op: opPending},
	constant(HostOSFamily, "windows"),
	constant(HostOSPlatform, "windows"),
	constant(HostOSType, "windows"),
	{field: WinlogActivityID, op: opActivityID},
	constant(WinlogAPI, "wineventlog"),
	{field: WinlogChannel, op: opChannel},
	{field: WinlogComputerName, op: opComputer},
	{field: WinlogEventID, op: opEventID},
	{field: WinlogKeywords, op: opKeywords},
	{field: WinlogLevel, op: opLevel},
	{field: WinlogOpcode, op: opOpcode},
	{field: WinlogProcessPID, op: opExecutionPID},
	{field: WinlogProcessThreadID, op: opExecutionTID},
	{field: WinlogProviderGUID, op: opProviderGUID},
	{field: WinlogProviderName, op: opProvider},
	{field: WinlogRecordID, op: opRecordID},
	{field: WinlogTask, op: opTask},
	{field: WinlogTimeCreated, op: opCreated},
	{field: WinlogUserIdentifier, op: opSystemUser},
	{field: WinlogVersion, op: opVersion},
}
