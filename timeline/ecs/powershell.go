package ecs

import (
	"slices"

	"hunt/timeline/ecs/powershell"
)

// powerShellContext are the fields in the context block of PowerShell events: ContextInfo of 4103,
// the third Data of 400, 403 and 600, the second of 800. data can name a second Data, which repeats
// the last value of the block.
func powerShellContext(data string, layout *powershell.Layout) []rule {
	rules := []rule{
		{field: EventSequence, op: opKeyInt, arg: "SequenceNumber"},
		{field: FilePath, op: opKey, arg: "ScriptName"},
		{field: FileName, op: opKeyBase, arg: "ScriptName"},
		{field: FileDirectory, op: opKeyDirectory, arg: "ScriptName"},
		{field: FileExtension, op: opKeyExtension, arg: "ScriptName"},
		{field: ProcessArgs, op: opKeyArgs, arg: "HostApplication"},
		{field: ProcessArgsCount, op: opKeyArgsCount, arg: "HostApplication"},
		{field: ProcessCommandLine, op: opKey, arg: "HostApplication"},
		{field: ProcessEntityID, op: opKey, arg: "HostId"},
		{field: ProcessTitle, op: opKey, arg: "HostName"},
		{field: PowershellCommandName, op: opKey, arg: "CommandName"},
		{field: PowershellCommandPath, op: opKey, arg: "CommandPath"},
		{field: PowershellCommandType, op: opKey, arg: "CommandType"},
		{field: PowershellCommandValue, op: opKey, arg: "CommandLine"},
		{field: PowershellEngineNewState, op: opKey, arg: "NewEngineState"},
		{field: PowershellEnginePreviousState, op: opKey, arg: "PreviousEngineState"},
		{field: PowershellEngineVersion, op: opKey, arg: "EngineVersion"},
		{field: PowershellID, op: opKey, arg: "ShellId"},
		{field: PowershellPipelineID, op: opKey, arg: "PipelineId"},
		{field: PowershellProcessExecutableVersion, op: opKey, arg: "HostVersion"},
		{field: PowershellProviderName, op: opKey, arg: "ProviderName"},
		{field: PowershellProviderNewState, op: opKey, arg: "NewProviderState"},
		{field: PowershellRunspaceID, op: opKey, arg: "RunspaceId"},
		{field: PowershellSequence, op: opKeyInt, arg: "DetailSequence"},
		{field: PowershellTotal, op: opKeyInt, arg: "DetailTotal"},
		{field: UserName, op: opKeyUserName, arg: "User"},
		{field: UserDomain, op: opKeyUserDomain, arg: "User"},
		{field: RelatedUser, op: opKeyUserName, arg: "User"},
		{field: UserName, op: opKeyUserName, arg: "UserId"},
		{field: UserDomain, op: opKeyUserDomain, arg: "UserId"},
		{field: RelatedUser, op: opKeyUserName, arg: "UserId"},
		{field: SourceUserName, op: opKeyUserName, arg: "ConnectedUser"},
		{field: SourceUserDomain, op: opKeyUserDomain, arg: "ConnectedUser"},
		{field: HuntAmbiguous, op: opKeyAmbiguous, arg: layout.First()},
	}
	rules = slices.DeleteFunc(rules, func(r rule) bool { return layout.Index(r.arg) < 0 })
	for i := range rules {
		rules[i].data, rules[i].layout = data, layout
	}
	return rules
}

// powerShellSource is Microsoft-Windows-PowerShell, channel
// Microsoft-Windows-PowerShell/Operational.
var powerShellSource = source{
	is: SourcePowerShell, provider: "Microsoft-Windows-PowerShell",
	channels: []string{"Microsoft-Windows-PowerShell/Operational"},
	dataset:  "windows.powershell_operational", module: "windows|powershell", taskAction: true,
	rules: []rule{
		constant(EventCategory, "process"), constant(EventType, "info"),
		{field: UserID, op: opSystemUser},
	},
	mappings: []mapping{
		{
			id: 4103, category: "process", types: "info", action: "Executing Pipeline",
			rules: join(powerShellContext("ContextInfo", powershell.Module), []rule{
				{field: PowershellCommandInvocationDetails, op: opInvocations, data: "Payload"},
			}),
			title: "PowerShell ran [the command {powershell.command.name}|a command of the type " +
				"{powershell.command.type}|an unknown command]",
			more: "[ in {file.path}]" + byAccount + "[: {@Payload}]",
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
				{field: PowershellFileScriptBlockLength, op: opScriptLength, data: "ScriptBlockText"},
				{field: PowershellFileScriptBlockUniqueSymbols, op: opScriptSymbols, data: "ScriptBlockText"},
				{field: PowershellFileScriptBlockEntropyBits, op: opScriptEntropy, data: "ScriptBlockText"},
				{field: PowershellFileScriptBlockEntropyNormalized, op: opScriptNormalized, data: "ScriptBlockText"},
				{field: PowershellFileScriptBlockSurprisalStdev, op: opScriptDeviation, data: "ScriptBlockText"},
				{field: PowershellSequence, op: opInt, data: "MessageNumber"},
				{field: PowershellTotal, op: opInt, data: "MessageTotal"},
			},
			title: "PowerShell compiled [the script {~file.path}|a script block]",
			more:  "[, part {powershell.sequence}][ of {powershell.total}][: {powershell.file.script_block_text}]",
		},
		{
			id: 4105, category: "process", types: "start", action: "Starting Command", rules: powerShellInvocation,
			title: "PowerShell started [the script block {powershell.file.script_block_id}|an unknown script block]",
		},
		{
			id: 4106, category: "process", types: "end", action: "Stopping Command", rules: powerShellInvocation,
			title: "PowerShell completed [the script block {powershell.file.script_block_id}|an unknown script block]",
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
			id: 400, category: "process", types: "start", action: "Engine Lifecycle",
			rules: powerShellContext("param3", powershell.Engine),
			title: "the PowerShell engine[ {powershell.engine.version}] started[ in {process.title}]",
			more:  "[: {process.command_line}]",
		},
		{
			id: 403, category: "process", types: "end", action: "Engine Lifecycle",
			rules: powerShellContext("param3", powershell.Engine),
			title: "the PowerShell engine[ {powershell.engine.version}] stopped[ in {process.title}]",
			more:  "[: {process.command_line}]",
		},
		{
			id: 600, category: "process", types: "info", action: "Provider Lifecycle",
			rules: powerShellContext("param3", powershell.Provider),
			title: "PowerShell started [the provider {powershell.provider.name}|an unknown provider]",
			more:  "[: {process.command_line}]",
		},
		{
			id: 800, category: "process", types: "info", action: "Pipeline Execution Details",
			rules: join(powerShellContext("param2|param1", powershell.Pipeline), []rule{
				{field: PowershellCommandInvocationDetails, op: opInvocations, data: "param3"},
			}),
			title: `[{user.domain\user.name} ran a PowerShell pipeline|PowerShell ran a pipeline]`,
			more:  "[: {powershell.command.value|@param1}]",
		},
	},
}
