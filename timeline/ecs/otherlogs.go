package ecs

// The providers of the System log and of the operational logs that Windows rules
// use. Elastic's agent sends them with their rendered task as event.action and
// without a category; the categories here are hunt's own, chosen as the
// Security events of the same matter have them (docs/ecs-mapping.md).

// systemChannel is the log of the system and its services.
var systemChannel = []string{"System"}

// serviceControlSource is Service Control Manager, channel System.
var serviceControlSource = source{
	provider: "Service Control Manager", channels: systemChannel, dataset: "system.system", module: "system",
	rules: []rule{{field: UserID, op: opSystemUser}, {field: ServiceName, op: opText, data: "ServiceName"}},
	mappings: []mapping{
		{id: 7030, category: "configuration", types: "info", action: "service-interactive-blocked",
			rules: []rule{{field: ServiceName, op: opText, data: "param1"}},
			title: "Windows keeps " + theService + " from interacting with the desktop"},
		{id: 7034, category: "process", types: "end", action: "service-crashed",
			rules: []rule{{field: ServiceName, op: opText, data: "param1"}},
			title: theService + " ended unexpectedly", more: "[, count so far: {@param2}]"},
		{
			id: 7036, category: "process", types: "change", action: "service-state-changed",
			rules: []rule{{field: ServiceName, op: opText, data: "param1"},
				{field: ServiceState, op: opText, data: "param2"}},
			title: theService + " [entered the state {service.state}|changed its state]",
		},
		{
			id: 7040, category: "configuration", types: "change", action: "service-start-type-changed",
			rules: []rule{{field: ServiceName, op: opText, data: "param4|param1"}},
			title: "the start type of [the service {@param1|service.name}|an unknown service] changed",
			more:  "[ from {@param2}][ to {@param3}]",
		},
		{
			id: 7045, role: RoleServiceInstalled, category: "iam|configuration", types: "admin|change",
			action: "service-installed",
			rules:  []rule{{field: ServiceType, op: opText, data: "ServiceType"}},
			title:  "[?user.id=S-1-5-18?SYSTEM|{user.id}|an unknown account] installed " + theService,
			more:   "[, to run as {@AccountName}][: {@ImagePath}]",
		},
	},
}

// eventLogServiceSource is EventLog, channel System: start and stop of the
// machine as the event log service sees them.
var eventLogServiceSource = source{
	is: SourceEventLog, provider: "EventLog", channels: systemChannel, dataset: "system.system", module: "system",
	mappings: []mapping{
		{id: 6005, role: RoleLogServiceStarted, category: "host", types: "start",
			action: "event-log-started", title: "the event log service started", more: " (system start)"},
		{id: 6006, role: RoleLogServiceStopped, category: "host", types: "end",
			action: "event-log-stopped", title: "the event log service stopped", more: " (clean shutdown)"},
		{id: 6008, role: RoleUnexpectedShutdown, category: "host", types: "end|error",
			action: "unexpected-shutdown", title: "the previous shutdown was unexpected",
			more: "[: {@param2}][ {@param1}]"},
		{id: 6009, category: "host", types: "info", action: "os-version-at-start",
			title: "the event log service noted the version of Windows", more: "[: {@param1}][ {@param2}]"},
		{id: 6013, category: "host", types: "info", action: "uptime",
			title: "the system reported its uptime", more: "[: {@param5} seconds]"},
	},
}

// kernelGeneralSource is Microsoft-Windows-Kernel-General, channel System.
var kernelGeneralSource = source{
	provider: "Microsoft-Windows-Kernel-General", channels: systemChannel, dataset: "system.system", module: "system",
	mappings: []mapping{
		{id: 1, role: RoleTimeChanged, category: "configuration", types: "change",
			action: "system-time-changed", title: "[{~@ProcessName} changed the system time|the system time changed]",
			more: "[ from {@OldTime}][ to {@NewTime}]"},
		{id: 12, role: RoleBoot, category: "host", types: "start", action: "os-started",
			title: "Windows started", more: "[ at {@StartTime}]"},
		{id: 13, role: RoleShutdown, category: "host", types: "end", action: "os-stopped",
			title: "Windows shut down", more: "[ at {@StopTime}]"},
	},
}

// userInitiatedShutdownSource is User32, channel System.
var userInitiatedShutdownSource = source{
	provider: "User32", channels: systemChannel, dataset: "system.system", module: "system",
	mappings: []mapping{
		{
			id: 1074, category: "host", types: "end", action: "shutdown-initiated",
			rules: []rule{
				{field: ProcessExecutable, op: opText, data: "param1"},
				{field: ProcessName, op: opBase, data: "param1"},
				{field: UserName, op: opUserName, data: "param7"},
				{field: UserDomain, op: opUserDomain, data: "param7"},
			},
			title: aProcess + " initiated a [{@param5}|shutdown]",
			more:  byAccount + "[: {@param3}]",
		},
	},
}

// defenderThreat is what Defender found, and where.
var defenderThreat = []rule{
	{field: ThreatIndicatorName, op: opText, data: "Threat Name"},
	{field: ProcessExecutable, op: opText, data: "Process Name"},
	{field: ProcessName, op: opBase, data: "Process Name"},
	{field: UserName, op: opUserName, data: "Detection User"},
	{field: UserDomain, op: opUserDomain, data: "Detection User"},
	{field: FilePath, op: opDefenderPath, data: "Path"}, {field: FileName, op: opDefenderName, data: "Path"},
	{field: HuntPath, op: opDefenderNormal, data: "Path"},
	{field: RelatedUser, op: opEachAccount, data: "Detection User|Remediation User"},
}

// defenderSource is Microsoft-Windows-Windows Defender.
var defenderSource = source{
	provider: "Microsoft-Windows-Windows Defender",
	channels: []string{"Microsoft-Windows-Windows Defender/Operational"},
	dataset:  "windows.windows_defender", module: "windows",
	mappings: []mapping{
		{id: 1006, category: "malware", types: "info", action: "malware-detected", rules: defenderThreat,
			title: "Defender detected " + theThreat + "[ in {~file.path}]", more: byAccount},
		{id: 1007, category: "malware", types: "change", action: "malware-action-taken",
			rules: defenderThreat, title: "Defender acted on " + theThreat + "[ ({@Action Name})][ in {~file.path}]",
			more: byAccount},
		{id: 1008, category: "malware", types: "error", action: "malware-action-failed",
			rules: defenderThreat, title: "Defender failed to act on " + theThreat + "[ in {~file.path}]",
			more: byAccount},
		{id: 1013, category: "configuration", types: "deletion", action: "malware-history-deleted",
			title: `{@Domain\@User|'an unknown account'} deleted Defender's malware history`},
		{id: 1015, category: "malware", types: "info", action: "behavior-detected", rules: defenderThreat,
			title: "Defender detected suspicious behavior[ ({threat.indicator.name})]" + "[ in {~file.path}]",
			more:  byAccount},
		{id: 1116, category: "malware", types: "info", action: "malware-detected", rules: defenderThreat,
			title: "Defender detected " + theThreat + "[ in {~file.path}]",
			more:  "[ ({@Severity Name})]" + byAccount},
		{id: 1117, category: "malware", types: "change", action: "malware-action-taken",
			rules: defenderThreat, title: "Defender acted on " + theThreat + "[ ({@Action Name})][ in {~file.path}]",
			more: byAccount},
		{id: 1118, category: "malware", types: "error", action: "malware-action-failed",
			rules: defenderThreat, title: "Defender failed to act on " + theThreat + "[ in {~file.path}]",
			more: "[: {@Error Description}]" + byAccount},
		{id: 1119, category: "malware", types: "error", action: "malware-action-failed",
			rules: defenderThreat,
			title: "Defender had a critical error when it acted on " + theThreat + "[ in {~file.path}]",
			more:  "[: {@Error Description}]" + byAccount},
		{id: 1121, category: "intrusion_detection", types: "denied", action: "asr-blocked",
			rules: defenderThreat, title: "an attack surface reduction rule of Defender blocked " + aProcess,
			more: "[ (rule {@ID})][: {@Path}][ ({@User})]"},
		{id: 1122, category: "intrusion_detection", types: "allowed", action: "asr-audited",
			rules: defenderThreat, title: "an attack surface reduction rule of Defender would have blocked " + aProcess,
			more: "[ (rule {@ID})][: {@Path}][ ({@User})]"},
		{id: 2001, category: "configuration", types: "error", action: "definition-update-failed",
			title: "Defender failed to update its definitions", more: "[: {@Error Description}]"},
		{id: 5001, category: "configuration", types: "change", action: "real-time-protection-disabled",
			title: "Defender's real-time protection was disabled"},
		{id: 5004, category: "configuration", types: "change", action: "real-time-protection-changed",
			title: "the configuration of Defender's real-time protection changed", more: "[: {@Feature Name}]"},
		{id: 5007, category: "configuration", types: "change", action: "configuration-changed",
			title: "the configuration of Defender changed[ to {@New Value}]", more: "[ from {@Old Value}]"},
		{id: 5010, category: "configuration", types: "change", action: "scanning-disabled",
			title: "Defender's scanning for malware was disabled"},
		{id: 5012, category: "configuration", types: "change", action: "virus-scanning-disabled",
			title: "Defender's scanning for viruses was disabled"},
		{id: 5013, category: "configuration", types: "denied", action: "tamper-protection-blocked",
			title: "tamper protection blocked a change to Defender", more: "[: {@Value}]"},
	},
}

// taskSchedulerSource is Microsoft-Windows-TaskScheduler.
var taskSchedulerSource = source{
	provider: "Microsoft-Windows-TaskScheduler", channels: []string{"Microsoft-Windows-TaskScheduler/Operational"},
	dataset: "winlog.winlog", module: "windows",
	rules: []rule{
		{field: WinlogScheduledTaskName, op: opText, data: "TaskName"},
		{field: UserName, op: opUserName, data: "UserContext|UserName"},
		{field: UserDomain, op: opUserDomain, data: "UserContext|UserName"},
		{field: RelatedUser, op: opEachAccount, data: "UserContext|UserName"},
	},
	mappings: []mapping{
		{id: 106, role: RoleTaskRegistered, category: "iam|configuration", types: "creation|admin",
			action: "scheduled-task-created", title: aUser + " registered " + theTask},
		{id: 129, category: "process", types: "start", action: "scheduled-task-process-created",
			rules: taskAction, title: theTask + " started " + aProcess, more: "[ (pid {process.pid})]"},
		{id: 140, category: "iam|configuration", types: "change|admin", action: "scheduled-task-updated",
			title: aUser + " changed " + theTask},
		{id: 141, category: "iam|configuration", types: "deletion|admin",
			action: "scheduled-task-deleted", title: aUser + " deleted " + theTask},
		{id: 142, category: "iam|configuration", types: "change|admin", action: "scheduled-task-disabled",
			title: aUser + " disabled " + theTask},
		{id: 200, category: "process", types: "info", action: "scheduled-task-action-started",
			rules: taskAction, title: theTask + " started [its action {~@ActionName}|its action]"},
		{id: 201, category: "process", types: "info", action: "scheduled-task-action-completed",
			rules: taskAction, title: theTask + " completed [its action {~@ActionName}|its action]",
			more: "[, result {@ResultCode}]"},
	},
}

// taskAction is the program that a task ran.
var taskAction = []rule{
	{field: ProcessExecutable, op: opText, data: "Path|ActionName"},
	{field: ProcessName, op: opBase, data: "Path|ActionName"},
	{field: ProcessPID, op: opInt, data: "ProcessID|EnginePID"},
}

// wmiActivitySource is Microsoft-Windows-WMI-Activity, whose data are in UserData.
var wmiActivitySource = source{
	provider: "Microsoft-Windows-WMI-Activity", channels: []string{"Microsoft-Windows-WMI-Activity/Operational"},
	dataset: "winlog.winlog", module: "windows",
	rules: []rule{
		{field: UserName, op: opUserName, data: "User|PossibleCause_User"},
		{field: UserDomain, op: opUserDomain, data: "User"}, {field: UserID, op: opSystemUser},
		{field: ProcessPID, op: opInt, data: "ClientProcessId|processid|ProcessId|Processid"},
	},
	mappings: []mapping{
		{id: 5857, category: "process", types: "info", action: "wmi-provider-loaded",
			rules: []rule{{field: DLLPath, op: opText, data: "ProviderPath"},
				{field: DLLName, op: opBase, data: "ProviderPath"}},
			title: "WMI loaded [the provider {@ProviderName}|an unknown provider]", more: "[: {@ProviderPath}]"},
		{id: 5858, category: "process", types: "error", action: "wmi-operation-failed",
			title: "a WMI operation of " + aUser + " failed", more: "[: {@Operation}][, result {@ResultCode}]"},
		{id: 5859, category: "configuration", types: "creation", action: "wmi-filter-registered",
			title: aUser + " registered a WMI event filter", more: "[ in {@NamespaceName}][: {@Query}]"},
		{id: 5860, category: "configuration", types: "creation", action: "wmi-temporary-consumer-registered",
			title: aUser + " registered a temporary WMI event consumer", more: "[ in {@NamespaceName}][: {@Query}]"},
		{id: 5861, category: "configuration", types: "creation", action: "wmi-permanent-consumer-registered",
			title: `[{user.domain\user.name} registered a permanent WMI event consumer` +
				`|a permanent WMI event consumer was registered]`,
			more: "[ in {@Namespace}][: {@ESS}][ = {@CONSUMER}]"},
	},
}

// bitsTransfer is a file that BITS transfers.
var bitsTransfer = []rule{
	{field: URLFull, op: opText, data: "url|RemoteName"}, {field: FilePath, op: opText, data: "LocalName"},
	{field: FileName, op: opBase, data: "LocalName"}, {field: HuntPath, op: opPath, data: "LocalName"},
}

// bitsSource is Microsoft-Windows-Bits-Client.
var bitsSource = source{
	provider: "Microsoft-Windows-Bits-Client", channels: []string{"Microsoft-Windows-Bits-Client/Operational"},
	dataset: "winlog.winlog", module: "windows",
	rules: []rule{{field: UserID, op: opSystemUser}},
	mappings: []mapping{
		{
			id: 3, category: "network", types: "info", action: "bits-job-created",
			rules: []rule{
				{field: ProcessExecutable, op: opText, data: "processPath"},
				{field: ProcessName, op: opBase, data: "processPath"},
				{field: ProcessPID, op: opInt, data: "processId|ClientProcessId"},
				{field: UserName, op: opUserName, data: "jobOwner|string2"},
				{field: UserDomain, op: opUserDomain, data: "jobOwner|string2"},
			},
			title: aUser + " created [the BITS job {@jobTitle|@string}|an unknown BITS job]",
			more:  "[ with {process.name}]",
		},
		{id: 4, category: "network", types: "end", action: "bits-job-completed",
			title: "BITS completed [the job {@jobTitle|@string}|an unknown job]"},
		{id: 59, category: "network", types: "connection|start", action: "bits-transfer-started",
			rules: bitsTransfer, title: "BITS started to transfer {url.full|'an unknown file'}",
			more: "[ ({@name})]"},
		{id: 60, category: "network", types: "connection|end", action: "bits-transfer-stopped",
			rules: bitsTransfer, title: "BITS stopped transferring {url.full|'an unknown file'}",
			more: "[ ({@name})][, {@bytesTransferred} bytes]"},
		{id: 61, category: "network", types: "connection|error", action: "bits-transfer-failed",
			rules: bitsTransfer, title: "BITS failed to transfer {url.full|'an unknown file'}", more: "[ ({@name})]"},
		{id: 16403, category: "network", types: "info", action: "bits-file-added", rules: join(bitsTransfer, []rule{
			{field: UserName, op: opUserName, data: "User"}, {field: UserDomain, op: opUserDomain, data: "User"},
		}), title: aUser + " added {url.full|'an unknown file'} to [the BITS job {@jobTitle}|an unknown BITS job]",
			more: "[ as {file.path}]"},
	},
}

// terminalSession are the fields of a session in UserData.
var terminalSession = []rule{
	{field: UserName, op: opUserName, data: "User"},
	{field: UserDomain, op: opUserDomain, data: "User"},
	{field: SourceIP, op: opIP, data: "Address"},
	{field: RelatedIP, op: opEachIP, data: "Address"},
	{field: RelatedUser, op: opEachAccount, data: "User"},
}

// localSessionSource is Microsoft-Windows-TerminalServices-LocalSessionManager.
var localSessionSource = source{
	provider: "Microsoft-Windows-TerminalServices-LocalSessionManager",
	channels: []string{"Microsoft-Windows-TerminalServices-LocalSessionManager/Operational"},
	dataset:  "winlog.winlog", module: "windows",
	rules: terminalSession,
	mappings: []mapping{
		{id: 21, role: RoleSessionLogon, category: "authentication|session", types: "start",
			action: "session-logged-in",
			title:  aUser + " logged on to [session {@SessionID}|an unknown session][ from {@Address}]"},
		{id: 22, role: RoleSessionShell, category: "session", types: "start", action: "session-shell-started",
			title: "the desktop shell of " + aUser + " started in [session {@SessionID}|an unknown session][ from " +
				"{@Address}]"},
		{id: 23, role: RoleSessionLogoff, category: "authentication|session", types: "end",
			action: "session-logged-out",
			title:  aUser + " logged off from [session {@SessionID}|an unknown session]"},
		{id: 24, role: RoleSessionDisconnected, category: "authentication|session", types: "end",
			action: "session-disconnected",
			title:  aUser + " disconnected from [session {@SessionID}|an unknown session][ from {@Address}]"},
		{id: 25, role: RoleSessionReconnected, category: "authentication|session", types: "start",
			action: "session-reconnected",
			title:  aUser + " reconnected to [session {@SessionID}|an unknown session][ from {@Address}]"},
		{id: 39, role: RoleSessionDisconnected, category: "session", types: "end",
			action: "session-disconnected-by-session",
			title: "[session {@Source}|an unknown session] disconnected [session {@TargetSession}|an unknown " +
				"session]"},
		{id: 40, role: RoleSessionDisconnected, category: "session", types: "end", action: "session-disconnect-reason",
			title: "[session {@Session}|an unknown session] was disconnected", more: "[, reason {@Reason}]"},
	},
}

// remoteConnectionSource is Microsoft-Windows-TerminalServices-RemoteConnectionManager. The Params of 1149 are
// user, domain and address; it reports a connection, not a logon that succeeded.
var remoteConnectionSource = source{
	provider: "Microsoft-Windows-TerminalServices-RemoteConnectionManager",
	channels: []string{"Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational"},
	dataset:  "winlog.winlog", module: "windows",
	mappings: []mapping{
		{
			id: 1149, role: RoleRemoteConnection, category: "session|network", types: "start|connection",
			action: "remote-desktop-connection",
			rules: []rule{
				{field: UserName, op: opText, data: "Param1"}, {field: UserDomain, op: opText, data: "Param2"},
				{field: SourceIP, op: opIP, data: "Param3"}, {field: RelatedIP, op: opEachIP, data: "Param3"},
				{field: RelatedUser, op: opEachAccount, data: "Param1"},
			},
			title: `a Remote Desktop client connected[ as {user.domain\user.name}]` + fromIP,
		},
	},
}

// virtualDiskSource is Microsoft-Windows-VHDMP, which mounts disk images and virtual hard disks. That a handle was
// made (12) does not say that the disk came up: Windows also opens images only to look into them.
var virtualDiskSource = source{
	provider: "Microsoft-Windows-VHDMP", channels: []string{"Microsoft-Windows-VHDMP-Operational"},
	dataset: "winlog.winlog", module: "windows",
	rules: []rule{
		{field: UserID, op: opSystemUser},
		{field: FilePath, op: opText, data: "VhdFileName|VhdFile"},
		{field: FileName, op: opBase, data: "VhdFileName|VhdFile"},
		{field: FileDirectory, op: opDirectory, data: "VhdFileName|VhdFile"},
		{field: FileExtension, op: opExtension, data: "VhdFileName|VhdFile"},
	},
	mappings: []mapping{
		{id: 1, category: "host", types: "change", action: "virtual-disk-attached",
			title: "Windows attached " + theImage + "[ as disk {@VhdDiskNumber}]"},
		{id: 2, category: "host", types: "change", action: "virtual-disk-detached",
			title: "Windows detached " + theImage + "[, which was disk {@VhdDiskNumber}]"},
		{id: 12, category: "host", types: "info", action: "virtual-disk-opened",
			title: "{user.id|'an unknown account'} opened " + theImage, more: "[ (read-only: {@ReadOnly})]"},
	},
}
