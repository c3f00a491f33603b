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
		{id: 7030, category: "configuration", types: "info", action: "service-interactive-blocked", rules: []rule{{field: ServiceName, op: opText, data: "param1"}}, message: "service {service.name} may not interact with the desktop"},
		{id: 7034, category: "process", types: "end", action: "service-crashed", rules: []rule{{field: ServiceName, op: opText, data: "param1"}}, message: "service {service.name} ended unexpectedly[ ({@param2} times)]"},
		{
			id: 7036, category: "process", types: "change", action: "service-state-changed",
			rules:   []rule{{field: ServiceName, op: opText, data: "param1"}, {field: ServiceState, op: opText, data: "param2"}},
			message: "service {service.name}: {service.state}",
		},
		{
			id: 7040, category: "configuration", types: "change", action: "service-start-type-changed",
			rules:   []rule{{field: ServiceName, op: opText, data: "param4|param1"}},
			message: "service {@param1}: start type changed[ from {@param2}][ to {@param3}]",
		},
		{
			id: 7045, category: "iam|configuration", types: "admin|change", action: "service-installed",
			rules:   []rule{{field: ServiceType, op: opText, data: "ServiceType"}},
			message: "service installed: {service.name}[ ({@AccountName})][: {@ImagePath}]",
		},
	},
}

// eventLogServiceSource is EventLog, channel System: start and stop of the
// machine as the event log service sees them.
var eventLogServiceSource = source{
	is: SourceEventLog, provider: "EventLog", channels: systemChannel, dataset: "system.system", module: "system",
	mappings: []mapping{
		{id: 6005, role: RoleLogServiceStarted, category: "host", types: "start", action: "event-log-started", message: "event log service started (system start)"},
		{id: 6006, role: RoleLogServiceStopped, category: "host", types: "end", action: "event-log-stopped", message: "event log service stopped (clean shutdown)"},
		{id: 6008, role: RoleUnexpectedShutdown, category: "host", types: "end|error", action: "unexpected-shutdown", message: "the previous shutdown was unexpected[: {@param2}][ {@param1}]"},
		{id: 6009, category: "host", types: "info", action: "os-version-at-start", message: "Windows version at start[: {@param1}][ {@param2}]"},
		{id: 6013, category: "host", types: "info", action: "uptime", message: "system uptime: {@param5} seconds"},
	},
}

// kernelGeneralSource is Microsoft-Windows-Kernel-General, channel System.
var kernelGeneralSource = source{
	provider: "Microsoft-Windows-Kernel-General", channels: systemChannel, dataset: "system.system", module: "system",
	mappings: []mapping{
		{id: 1, role: RoleTimeChanged, category: "configuration", types: "change", action: "system-time-changed", message: "system time changed[ from {@OldTime}][ to {@NewTime}]"},
		{id: 12, role: RoleBoot, category: "host", types: "start", action: "os-started", message: "operating system started[ at {@StartTime}]"},
		{id: 13, role: RoleShutdown, category: "host", types: "end", action: "os-stopped", message: "operating system is shutting down[ at {@StopTime}]"},
	},
}

// userInitiatedShutdownSource is User32, channel System.
var userInitiatedShutdownSource = source{
	provider: "User32", channels: systemChannel, dataset: "system.system", module: "system",
	mappings: []mapping{
		{
			id: 1074, category: "host", types: "end", action: "shutdown-initiated",
			rules: []rule{
				{field: ProcessExecutable, op: opText, data: "param1"}, {field: ProcessName, op: opBase, data: "param1"},
				{field: UserName, op: opUserName, data: "param7"}, {field: UserDomain, op: opUserDomain, data: "param7"},
			},
			message: "{@param5} initiated by {process.executable}[ ({user.name})][: {@param3}]",
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
	{field: FilePath, op: opDefenderPath, data: "Path"},
	{field: FileName, op: opDefenderName, data: "Path"},
	{field: HuntPath, op: opDefenderNormal, data: "Path"},
	{field: RelatedUser, op: opEachAccount, data: "Detection User|Remediation User"},
}

// defenderSource is Microsoft-Windows-Windows Defender.
var defenderSource = source{
	provider: "Microsoft-Windows-Windows Defender", channels: []string{"Microsoft-Windows-Windows Defender/Operational"},
	dataset: "windows.windows_defender", module: "windows",
	mappings: []mapping{
		{id: 1006, category: "malware", types: "info", action: "malware-detected", rules: defenderThreat, message: "Defender found {threat.indicator.name}[ in {@Path}]"},
		{id: 1007, category: "malware", types: "change", action: "malware-action-taken", rules: defenderThreat, message: "Defender acted on {threat.indicator.name}[: {@Action Name}][ in {@Path}]"},
		{id: 1008, category: "malware", types: "error", action: "malware-action-failed", rules: defenderThreat, message: "Defender failed to act on {threat.indicator.name}[ in {@Path}]"},
		{id: 1013, category: "configuration", types: "deletion", action: "malware-history-deleted", message: "Defender's history was deleted[ by {@User}]"},
		{id: 1015, category: "malware", types: "info", action: "behavior-detected", rules: defenderThreat, message: "Defender found suspicious behaviour[: {threat.indicator.name}][ in {@Path}]"},
		{id: 1116, category: "malware", types: "info", action: "malware-detected", rules: defenderThreat, message: "Defender found {threat.indicator.name}[ ({@Severity Name})][ in {@Path}][ ({user.name})]"},
		{id: 1117, category: "malware", types: "change", action: "malware-action-taken", rules: defenderThreat, message: "Defender acted on {threat.indicator.name}[: {@Action Name}][ in {@Path}]"},
		{id: 1118, category: "malware", types: "error", action: "malware-action-failed", rules: defenderThreat, message: "Defender failed to act on {threat.indicator.name}[: {@Error Description}][ in {@Path}]"},
		{id: 1119, category: "malware", types: "error", action: "malware-action-failed", rules: defenderThreat, message: "Defender failed critically on {threat.indicator.name}[: {@Error Description}][ in {@Path}]"},
		{id: 1121, category: "intrusion_detection", types: "denied", action: "asr-blocked", rules: defenderThreat, message: "attack surface rule {@ID} blocked {process.name}[: {@Path}][ ({@User})]"},
		{id: 1122, category: "intrusion_detection", types: "allowed", action: "asr-audited", rules: defenderThreat, message: "attack surface rule {@ID} would block {process.name}[: {@Path}][ ({@User})]"},
		{id: 2001, category: "configuration", types: "error", action: "definition-update-failed", message: "Defender's definitions could not be updated[: {@Error Description}]"},
		{id: 5001, category: "configuration", types: "change", action: "real-time-protection-disabled", message: "Defender's real-time protection was disabled"},
		{id: 5004, category: "configuration", types: "change", action: "real-time-protection-changed", message: "Defender's real-time protection was changed[: {@Feature Name}]"},
		{id: 5007, category: "configuration", types: "change", action: "configuration-changed", message: "Defender's configuration changed[ from {@Old Value}][ to {@New Value}]"},
		{id: 5010, category: "configuration", types: "change", action: "scanning-disabled", message: "Defender's scanning for malware was disabled"},
		{id: 5012, category: "configuration", types: "change", action: "virus-scanning-disabled", message: "Defender's scanning for viruses was disabled"},
		{id: 5013, category: "configuration", types: "denied", action: "tamper-protection-blocked", message: "tamper protection blocked a change[: {@Value}]"},
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
		{id: 106, category: "iam|configuration", types: "creation|admin", action: "scheduled-task-created", message: "scheduled task registered: {winlog.scheduled_task.name}[ ({user.name})]"},
		{id: 129, category: "process", types: "start", action: "scheduled-task-process-created", rules: taskAction, message: "scheduled task {winlog.scheduled_task.name} started {process.executable}[ (pid {process.pid})]"},
		{id: 140, category: "iam|configuration", types: "change|admin", action: "scheduled-task-updated", message: "scheduled task changed: {winlog.scheduled_task.name}[ ({user.name})]"},
		{id: 141, category: "iam|configuration", types: "deletion|admin", action: "scheduled-task-deleted", message: "scheduled task deleted: {winlog.scheduled_task.name}[ ({user.name})]"},
		{id: 142, category: "iam|configuration", types: "change|admin", action: "scheduled-task-disabled", message: "scheduled task disabled: {winlog.scheduled_task.name}[ ({user.name})]"},
		{id: 200, category: "process", types: "info", action: "scheduled-task-action-started", rules: taskAction, message: "scheduled task {winlog.scheduled_task.name} started its action[: {@ActionName}]"},
		{id: 201, category: "process", types: "info", action: "scheduled-task-action-completed", rules: taskAction, message: "scheduled task {winlog.scheduled_task.name} ended its action[: {@ActionName}][, result {@ResultCode}]"},
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
		{field: UserDomain, op: opUserDomain, data: "User"},
		{field: UserID, op: opSystemUser},
		{field: ProcessPID, op: opInt, data: "ClientProcessId|processid|ProcessId|Processid"},
	},
	mappings: []mapping{
		{id: 5857, category: "process", types: "info", action: "wmi-provider-loaded", rules: []rule{{field: DLLPath, op: opText, data: "ProviderPath"}, {field: DLLName, op: opBase, data: "ProviderPath"}}, message: "WMI provider {@ProviderName} loaded[: {@ProviderPath}]"},
		{id: 5858, category: "process", types: "error", action: "wmi-operation-failed", message: "WMI operation failed[: {@Operation}][ ({user.name})][, result {@ResultCode}]"},
		{id: 5859, category: "configuration", types: "creation", action: "wmi-filter-registered", message: "WMI event filter registered[ in {@NamespaceName}][: {@Query}][ ({user.name})]"},
		{id: 5860, category: "configuration", types: "creation", action: "wmi-temporary-consumer-registered", message: "WMI temporary consumer registered[ in {@NamespaceName}][: {@Query}][ ({user.name})]"},
		{id: 5861, category: "configuration", types: "creation", action: "wmi-permanent-consumer-registered", message: "WMI permanent consumer registered[ in {@Namespace}][: {@ESS}][ = {@CONSUMER}]"},
	},
}

// bitsTransfer is a file that BITS transfers.
var bitsTransfer = []rule{
	{field: URLFull, op: opText, data: "url|RemoteName"},
	{field: FilePath, op: opText, data: "LocalName"},
	{field: FileName, op: opBase, data: "LocalName"},
	{field: HuntPath, op: opPath, data: "LocalName"},
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
				{field: ProcessExecutable, op: opText, data: "processPath"}, {field: ProcessName, op: opBase, data: "processPath"},
				{field: ProcessPID, op: opInt, data: "processId|ClientProcessId"},
				{field: UserName, op: opUserName, data: "jobOwner|string2"}, {field: UserDomain, op: opUserDomain, data: "jobOwner|string2"},
			},
			message: "BITS job created: {@jobTitle|@string}[ by {process.name}][ ({user.name})]",
		},
		{id: 4, category: "network", types: "end", action: "bits-job-completed", message: "BITS job completed: {@jobTitle|@string}"},
		{id: 59, category: "network", types: "connection|start", action: "bits-transfer-started", rules: bitsTransfer, message: "BITS transfer started: {url.full}[ ({@name})]"},
		{id: 60, category: "network", types: "connection|end", action: "bits-transfer-stopped", rules: bitsTransfer, message: "BITS transfer ended: {url.full}[ ({@name})][, {@bytesTransferred} bytes]"},
		{id: 61, category: "network", types: "connection|error", action: "bits-transfer-failed", rules: bitsTransfer, message: "BITS transfer failed: {url.full}[ ({@name})]"},
		{id: 16403, category: "network", types: "info", action: "bits-file-added", rules: join(bitsTransfer, []rule{
			{field: UserName, op: opUserName, data: "User"}, {field: UserDomain, op: opUserDomain, data: "User"},
		}), message: "BITS job {@jobTitle}: {url.full} to {file.path}[ ({user.name})]"},
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
	provider: "Microsoft-Windows-TerminalServices-LocalSessionManager", channels: []string{"Microsoft-Windows-TerminalServices-LocalSessionManager/Operational"},
	dataset: "winlog.winlog", module: "windows",
	rules: terminalSession,
	mappings: []mapping{
		{id: 21, category: "authentication|session", types: "start", action: "session-logged-in", message: "session {@SessionID}: logon of {user.name}[ from {@Address}]"},
		{id: 22, category: "session", types: "start", action: "session-shell-started", message: "session {@SessionID}: shell of {user.name} started[ from {@Address}]"},
		{id: 23, category: "authentication|session", types: "end", action: "session-logged-out", message: "session {@SessionID}: logoff of {user.name}"},
		{id: 24, category: "authentication|session", types: "end", action: "session-disconnected", message: "session {@SessionID} of {user.name} disconnected[ from {@Address}]"},
		{id: 25, category: "authentication|session", types: "start", action: "session-reconnected", message: "session {@SessionID} of {user.name} connected again[ from {@Address}]"},
		{id: 39, category: "session", types: "end", action: "session-disconnected-by-session", message: "session {@TargetSession} disconnected by session {@Source}"},
		{id: 40, category: "session", types: "end", action: "session-disconnect-reason", message: "session {@Session} disconnected, reason {@Reason}"},
	},
}

// remoteConnectionSource is Microsoft-Windows-TerminalServices-RemoteConnectionManager.
// The Params of 1149 are user, domain and address; it tells of a connection, not
// of a logon that succeeded.
var remoteConnectionSource = source{
	provider: "Microsoft-Windows-TerminalServices-RemoteConnectionManager", channels: []string{"Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational"},
	dataset: "winlog.winlog", module: "windows",
	mappings: []mapping{
		{
			id: 1149, category: "session|network", types: "start|connection", action: "remote-desktop-connection",
			rules: []rule{
				{field: UserName, op: opText, data: "Param1"}, {field: UserDomain, op: opText, data: "Param2"},
				{field: SourceIP, op: opIP, data: "Param3"}, {field: RelatedIP, op: opEachIP, data: "Param3"},
				{field: RelatedUser, op: opEachAccount, data: "Param1"},
			},
			message: "remote desktop connection[ as {user.name}][ ({user.domain})][ from {source.ip}]",
		},
	},
}
