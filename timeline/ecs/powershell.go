package ecs

// powerShellContext are the fields in the context block of PowerShell events:
// lines "Host Application = …" in ContextInfo of 4103, "HostApplication=…" in the
// third Data of 400, 403 and 600, in the second of 800.
func powerShellContext(data string) []rule {
	return []rule{
		{field: EventSequence, op: opKeyInt, data: data, arg: "sequencenumber"},
		{field: FilePath, op: opKey, data: data, arg: "scriptname"},
		{field: FileName, op: opKeyBase, data: data, arg: "scriptname"},
		{field: FileDirectory, op: opKeyDirectory, data: data, arg: "scriptname"},
		{field: FileExtension, op: opKeyExtension, data: data, arg: "scriptname"},
		{field: ProcessArgs, op: opKeyArgs, data: data, arg: "hostapplication"},
		{field: ProcessArgsCount, op: opKeyArgsCount, data: data, arg: "hostapplication"},
		{field: ProcessCommandLine, op: opKey, data: data, arg: "hostapplication"},
		{field: ProcessEntityID, op: opKey, data: data, arg: "hostid"},
		{field: ProcessTitle, op: opKey, data: data, arg: "hostname"},
		{field: PowershellCommandName, op: opKey, data: data, arg: "commandname"},
		{field: PowershellCommandPath, op: opKey, data: data, arg: "commandpath"},
		{field: PowershellCommandType, op: opKey, data: data, arg: "commandtype"},
		{field: PowershellCommandValue, op: opKey, data: data, arg: "commandline"},
		{field: PowershellEngineNewState, op: opKey, data: data, arg: "newenginestate"},
		{field: PowershellEnginePreviousState, op: opKey, data: data, arg: "previousenginestate"},
		{field: PowershellEngineVersion, op: opKey, data: data, arg: "engineversion"},
		{field: PowershellID, op: opKey, data: data, arg: "shellid"},
		{field: PowershellPipelineID, op: opKey, data: data, arg: "pipelineid"},
		{field: PowershellProcessExecutableVersion, op: opKey, data: data, arg: "hostversion"},
		{field: PowershellProviderName, op: opKey, data: data, arg: "providername"},
		{field: PowershellProviderNewState, op: opKey, data: data, arg: "newproviderstate"},
		{field: PowershellRunspaceID, op: opKey, data: data, arg: "runspaceid"},
	}
}

// powerShellSource is Microsoft-Windows-PowerShell, channel
// Microsoft-Windows-PowerShell/Operational.
var powerShellSource = source{
	is: SourcePowerShell, provider: "Microsoft-Windows-PowerShell", channels: []string{"Microsoft-Windows-PowerShell/Operational"},
	dataset: "windows.powershell_operational", module: "windows|powershell", taskAction: true,
	rules: []rule{
		constant(EventCategory, "process"), constant(EventType, "info"),
		{field: UserID, op: opSystemUser},
		{field: RelatedUser, op: opKeyUserName, data: "ContextInfo", arg: "user"},
	},
	mappings: []mapping{
		{
			id: 4103, category: "process", types: "info", action: "Executing Pipeline",
			rules: join(powerShellContext("ContextInfo"), []rule{
				{field: UserName, op: opKeyUserName, data: "ContextInfo", arg: "user"},
				{field: UserDomain, op: opKeyUserDomain, data: "ContextInfo", arg: "user"},
				{field: SourceUserName, op: opKeyUserName, data: "ContextInfo", arg: "connecteduser"},
				{field: SourceUserDomain, op: opKeyUserDomain, data: "ContextInfo", arg: "connecteduser"},
				{field: PowershellCommandInvocationDetails, op: opLines, data: "Payload"},
			}),
			message: "PowerShell ran {powershell.command.name|powershell.command.type}[ in {file.path}][ ({user.name})][: {@Payload}]",
		},
		{
			id: 4104, role: RoleScriptBlock, category: "process", types: "info", action: "Execute a Remote Command",
			rules: []rule{
				{field: FilePath, op: opText, data: "Path"},
				{field: FileName, op: opBase, data: "Path"},
				{field: FileDirectory, op: opDirectory, data: "Path"},
				{field: FileExtension, op: opExtension, data: "Path"},
				{field: PowershellFileScriptBlockID, op: opText, data: "ScriptBlockId"},
				{field: PowershellFileScriptBlockText, op: opText, data: "ScriptBlockText"},
				{field: PowershellFileScriptBlockLength, op: opLength, data: "ScriptBlockText"},
				{field: PowershellSequence, op: opInt, data: "MessageNumber"},
				{field: PowershellTotal, op: opInt, data: "MessageTotal"},
			},
			message: "script block {powershell.sequence}/{powershell.total}[ of {file.path}]: {powershell.file.script_block_text}",
		},
		{
			id: 4105, category: "process", types: "start", action: "Starting Command", rules: powerShellInvocation,
			message: "script block {powershell.file.script_block_id} started",
		},
		{
			id: 4106, category: "process", types: "end", action: "Stopping Command", rules: powerShellInvocation,
			message: "script block {powershell.file.script_block_id} ended",
		},
	},
}

var powerShellInvocation = []rule{
	{field: PowershellFileScriptBlockID, op: opText, data: "ScriptBlockId"},
	{field: PowershellRunspaceID, op: opText, data: "RunspaceId"},
}

// windowsPowerShellSource is PowerShell, channel Windows PowerShell, whose Data
// have no names: winlogbeat calls them param1, param2, param3.
var windowsPowerShellSource = source{
	is: SourceWindowsPowerShell, provider: "PowerShell", channels: []string{"Windows PowerShell"},
	dataset: "windows.powershell", module: "windows|powershell", taskAction: true,
	rules: []rule{constant(EventCategory, "process"), constant(EventType, "info")},
	mappings: []mapping{
		{
			id: 400, category: "process", types: "start", action: "Engine Lifecycle", rules: powerShellContext("param3"),
			message: "PowerShell engine[ {powershell.engine.version}] started[ in {process.title}][: {process.command_line}]",
		},
		{
			id: 403, category: "process", types: "end", action: "Engine Lifecycle", rules: powerShellContext("param3"),
			message: "PowerShell engine[ {powershell.engine.version}] stopped[ in {process.title}][: {process.command_line}]",
		},
		{
			id: 600, category: "process", types: "info", action: "Provider Lifecycle", rules: powerShellContext("param3"),
			message: "PowerShell provider {powershell.provider.name} started[: {process.command_line}]",
		},
		{
			id: 800, category: "process", types: "info", action: "Pipeline Execution Details",
			rules: join(powerShellContext("param2"), []rule{
				{field: UserName, op: opKeyUserName, data: "param2", arg: "userid"},
				{field: UserDomain, op: opKeyUserDomain, data: "param2", arg: "userid"},
				{field: RelatedUser, op: opKeyUserName, data: "param2", arg: "userid"},
				{field: PowershellSequence, op: opKeyInt, data: "param2", arg: "detailsequence"},
				{field: PowershellTotal, op: opKeyInt, data: "param2", arg: "detailtotal"},
				{field: PowershellCommandInvocationDetails, op: opLines, data: "param3"},
			}),
			message: "PowerShell pipeline[ ({user.name})][: {powershell.command.value|@param1}]",
		},
	},
}
