package ecs

import "hunt/timeline/ecs/code"

// sysmonProcess are the fields of the process that an event is about or that
// caused it.
var sysmonProcess = []rule{
	{field: ProcessEntityID, op: opText, data: "ProcessGuid|SourceProcessGuid|SourceProcessGUID"},
	{field: ProcessPID, op: opInt, data: "ProcessId|SourceProcessId"},
	{field: ProcessThreadID, op: opInt, data: "SourceThreadId"},
	{field: ProcessExecutable, op: opText, data: "Image|SourceImage"},
	{field: ProcessName, op: opBase, data: "Image|SourceImage"},
}

// sysmonUser is the user of the process: name and domain as logged, the SID from the host's
// logons.
var sysmonUser = []rule{
	{field: UserDomain, op: opUserDomain, data: "User|SourceUser"},
	{field: UserName, op: opUserName, data: "User|SourceUser"}, {field: UserID, op: opPendingUser},
	{field: RelatedUser, op: opEachAccount, data: "User|SourceUser|TargetUser|ParentUser"},
}

var sysmonProcessHash = []rule{
	{field: ProcessHashMD5, op: opHash, data: "Hashes|Hash", arg: "MD5"},
	{field: ProcessHashSHA1, op: opHash, data: "Hashes|Hash", arg: "SHA1"},
	{field: ProcessHashSHA256, op: opHash, data: "Hashes|Hash", arg: "SHA256"},
	{field: ProcessHashSHA512, op: opHash, data: "Hashes|Hash", arg: "SHA512"},
	{field: ProcessPEImphash, op: opHash, data: "Hashes|Hash", arg: "IMPHASH"},
	{field: RelatedHash, op: opEachHash, data: "Hashes|Hash"},
}

var sysmonFileHash = []rule{
	{field: FileHashMD5, op: opHash, data: "Hashes|Hash", arg: "MD5"},
	{field: FileHashSHA1, op: opHash, data: "Hashes|Hash", arg: "SHA1"},
	{field: FileHashSHA256, op: opHash, data: "Hashes|Hash", arg: "SHA256"},
	{field: FileHashSHA512, op: opHash, data: "Hashes|Hash", arg: "SHA512"},
	{field: FilePEImphash, op: opHash, data: "Hashes|Hash", arg: "IMPHASH"},
	{field: RelatedHash, op: opEachHash, data: "Hashes|Hash"},
}

// sysmonFile are the fields of the file that an event is about.
var sysmonFile = []rule{
	{field: FilePath, op: opText, data: "TargetFilename|Device|ImageLoaded"},
	{field: FileName, op: opBase, data: "TargetFilename|Device|ImageLoaded"},
	{field: FileDirectory, op: opDirectory, data: "TargetFilename|Device|ImageLoaded"},
	{field: FileExtension, op: opExtension, data: "TargetFilename|Device|ImageLoaded"},
	{field: HuntPath, op: opPath, data: "TargetFilename|ImageLoaded"},
	{field: HuntFileOwnerPath, op: opOwnerPath, data: "TargetFilename"},
}

// sysmonFileEvent is what all events about a file on disk have.
var sysmonFileEvent = join(sysmonProcess, sysmonUser, sysmonFile, []rule{
	{field: SysmonFileArchived, op: opBool, data: "Archived"},
	{field: SysmonFileIsExecutable, op: opBool, data: "IsExecutable"},
	{field: FileCreated, op: opTime, data: "CreationUtcTime"},
})

var sysmonSignature = []rule{
	{field: FileCodeSignatureSubjectName, op: opText, data: "Signature"},
	{field: FileCodeSignatureStatus, op: opText, data: "SignatureStatus"},
	{field: FileCodeSignatureSigned, op: opBool, data: "Signed"},
	{field: FileCodeSignatureExists, op: opBool, data: "Signed"},
	{field: FileCodeSignatureValid, op: opEqual, data: "SignatureStatus", arg: "Valid"},
}

// sysmonDLL shows the loaded image as Elastic Endpoint's library events do,
// beside the file.* fields of Elastic's Sysmon mapping.
var sysmonDLL = []rule{
	{field: DLLPath, op: opText, data: "ImageLoaded"}, {field: DLLName, op: opBase, data: "ImageLoaded"},
	{field: DLLHashMD5, op: opHash, data: "Hashes", arg: "MD5"},
	{field: DLLHashSHA1, op: opHash, data: "Hashes", arg: "SHA1"},
	{field: DLLHashSHA256, op: opHash, data: "Hashes", arg: "SHA256"},
	{field: DLLHashSHA512, op: opHash, data: "Hashes", arg: "SHA512"},
	{field: DLLPECompany, op: opText, data: "Company"},
	{field: DLLPEDescription, op: opText, data: "Description"},
	{field: DLLPEFileVersion, op: opText, data: "FileVersion"},
	{field: DLLPEImphash, op: opHash, data: "Hashes", arg: "IMPHASH"},
	{field: DLLPEOriginalFileName, op: opText, data: "OriginalFileName"},
	{field: DLLPEProduct, op: opText, data: "Product"},
	{field: DLLCodeSignatureSubjectName, op: opText, data: "Signature"},
	{field: DLLCodeSignatureStatus, op: opBoth, data: "SignatureStatus", table: endpointSignature},
	{field: DLLCodeSignatureExists, op: opBool, data: "Signed"},
	{field: DLLCodeSignatureTrusted, op: opEqual, data: "SignatureStatus", arg: "Valid"},
	{field: DLLCodeSignatureValid, op: opEqual, data: "SignatureStatus", arg: "Valid"},
}

// endpointSignature maps Sysmon's SignatureStatus to Elastic Endpoint's terms.
var endpointSignature = code.New(map[string]string{"valid": "trusted", "expired": "errorExpired",
	"revoked": "errorRevoked", "unavailable": "noSignature"})

var sysmonPipe = []rule{{field: FileName, op: opText, data: "PipeName"}}

var sysmonRegistry = []rule{
	{field: RegistryPath, op: opText, data: "TargetObject"},
	{field: RegistryHive, op: opHive, data: "TargetObject"},
	{field: RegistryKey, op: opKeyPath, data: "TargetObject"},
	{field: RegistryValue, op: opValueName, data: "TargetObject"},
	{field: RegistryDataType, op: opRegType, data: "Details"},
	{field: RegistryDataStrings, op: opRegStrings, data: "Details"},
}

// sysmonTarget names the target process as one of Elastic's pipelines does.
var sysmonTarget = []rule{{field: EventDataTargetProcessGUID, op: opText, data: "TargetProcessGUID|TargetProcessGuid"}}

// sysmonSource is Microsoft-Windows-Sysmon, all events up to version 15.
// Actions are the integration's, then the rendered task that winlogbeat leaves.
var sysmonSource = source{
	is: SourceSysmon, provider: "Microsoft-Windows-Sysmon", channels: []string{"Microsoft-Windows-Sysmon/Operational"},
	dataset: "windows.sysmon_operational", module: "windows|sysmon", taskAction: true,
	rules: []rule{
		{field: RuleName, op: opText, data: "RuleName"},
		{field: HuntShifted, op: opShifted}, {field: UserID, op: opSystemUser},
	},
	mappings: []mapping{
		{
			id: 1, role: RoleProcessStart, category: "process", types: "start",
			action: "Process creation|Process Create (rule: ProcessCreate)",
			rules: join(sysmonProcess, sysmonUser, sysmonProcessHash, []rule{
				{field: ProcessCommandLine, op: opText, data: "CommandLine"},
				{field: ProcessArgs, op: opArgs, data: "CommandLine"},
				{field: ProcessArgsCount, op: opArgsCount, data: "CommandLine"},
				{field: ProcessWorkingDirectory, op: opText, data: "CurrentDirectory"},
				{field: ProcessParentEntityID, op: opText, data: "ParentProcessGuid"},
				{field: ProcessParentPID, op: opInt, data: "ParentProcessId"},
				{field: ProcessParentExecutable, op: opText, data: "ParentImage"},
				{field: ProcessParentName, op: opBase, data: "ParentImage"},
				{field: ProcessParentCommandLine, op: opText, data: "ParentCommandLine"},
				{field: ProcessParentArgs, op: opArgs, data: "ParentCommandLine"},
				{field: ProcessParentArgsCount, op: opArgsCount, data: "ParentCommandLine"},
				{field: ProcessPECompany, op: opText, data: "Company"},
				{field: HuntPELogged, op: opLogged, data: "Company"},
				{field: ProcessPEDescription, op: opText, data: "Description"},
				{field: ProcessPEFileVersion, op: opText, data: "FileVersion"},
				{field: ProcessPEOriginalFileName, op: opText, data: "OriginalFileName"},
				{field: ProcessPEProduct, op: opText, data: "Product"},
				{field: WinlogLogonID, op: opText, data: "LogonId"},
				{field: HuntPath, op: opPath, data: "Image"},
			}),
			title: "[{process.parent.name|~process.parent.executable} started " + aProcess + "|" +
				aProcess + " started]",
			more: byAccount + "[: {process.command_line}]",
		},
		{
			id: 2, category: "file", types: "change",
			action: "A process changed a file creation time|File creation time changed (rule: FileCreateTime)",
			rules:  sysmonFileEvent,
			title:  aProcess + " changed the creation time of " + aFile,
			more:   "[ from {@PreviousCreationUtcTime}][ to {@CreationUtcTime}]" + byAccount,
		},
		{
			id: 3, role: RoleConnection, category: "network", types: "start|connection|protocol",
			action: "Network connection|Network connection detected (rule: NetworkConnect)",
			rules: join(sysmonProcess, sysmonUser, []rule{
				{field: NetworkTransport, op: opText, data: "Protocol"},
				{field: NetworkProtocol, op: opText, data: "DestinationPortName|SourcePortName"},
				{field: NetworkDirection, op: opDirection, data: "Initiated"},
				{field: NetworkType, op: opIPVersion, data: "SourceIsIpv6"},
				{field: NetworkCommunityID, op: opCommunityID,
					data: "Protocol|SourceIp|SourcePort|DestinationIp|DestinationPort"},
				{field: SourceIP, op: opIP, data: "SourceIp"},
				{field: SourcePort, op: opInt, data: "SourcePort"},
				{field: SourceDomain, op: opText, data: "SourceHostname"},
				{field: DestinationIP, op: opIP, data: "DestinationIp"},
				{field: DestinationPort, op: opInt, data: "DestinationPort"},
				{field: DestinationDomain, op: opText, data: "DestinationHostname"},
				{field: RelatedIP, op: opEachIP, data: "SourceIp|DestinationIp"},
				{field: RelatedHosts, op: opEachText, data: "SourceHostname|DestinationHostname"},
			}),
			title: "[?network.direction=ingress?" + aProcess +
				" accepted a connection from {source.domain:source.port|source.ip:source.port|'an unknown address'}|" +
				aProcess + " connected to " +
				"{destination.domain:destination.port|destination.ip:destination.port|'an unknown address'}]",
			more: byAccount + "[: {network.transport|network.type}][ from {source.ip:source.port}][ to " +
				"{destination.ip:destination.port}]",
		},
		{
			id: 4, role: RoleSysmonState, category: "process", types: "change",
			action: "Sysmon service state changed",
			title: "the Sysmon service [?@State=Started?started|?@State=Stopped?stopped|changed its state[ to " +
				"{@State}]]",
			more: "[, version {@Version}]",
		},
		{
			id: 5, role: RoleProcessEnd, category: "process", types: "end",
			action: "Process terminated|Process terminated (rule: ProcessTerminate)",
			rules:  join(sysmonProcess, sysmonUser),
			title:  aProcess + " ended",
			more:   "[ (pid {process.pid})]" + byAccount,
		},
		{
			id: 6, category: "driver", types: "start", action: "Driver loaded|Driver loaded (rule: DriverLoad)",
			rules: join(sysmonFile, sysmonFileHash, sysmonSignature),
			title: "Windows loaded [the driver {~file.path|file.name}|an unknown driver]",
			more:  "[, signed by {file.code_signature.subject_name}][ ({file.code_signature.status})]",
		},
		{
			id: 7, loud: true, category: "process", types: "change",
			action: "Image loaded|Image loaded (rule: ImageLoad)",
			rules: join(sysmonProcess, sysmonUser, sysmonFile, sysmonFileHash, sysmonSignature, sysmonDLL, []rule{
				{field: FilePECompany, op: opText, data: "Company"},
				{field: FilePEDescription, op: opText, data: "Description"},
				{field: FilePEFileVersion, op: opText, data: "FileVersion"},
				{field: FilePEOriginalFileName, op: opText, data: "OriginalFileName"},
				{field: FilePEProduct, op: opText, data: "Product"},
			}),
			title: aProcess + " loaded " + aFile,
			more:  "[, signed by {file.code_signature.subject_name}][ ({file.code_signature.status})]",
		},
		{
			id: 8, category: "process", types: "change",
			action: "CreateRemoteThread|CreateRemoteThread detected (rule: CreateRemoteThread)",
			rules:  join(sysmonProcess, sysmonUser, sysmonTarget),
			title:  aProcess + " started a thread in {~@TargetImage|'an unknown process'}",
			more:   "[ at {@StartAddress}][ ({@StartModule})]",
		},
		{
			id: 9, loud: true, category: "process", types: "access",
			action: "RawAccessRead|RawAccessRead detected (rule: RawAccessRead)",
			rules:  join(sysmonProcess, sysmonUser, sysmonFile),
			title:  aProcess + " read [the device {@Device}|an unknown device] directly",
			more:   byAccount,
		},
		{
			id: 10, loud: true, category: "process", types: "access",
			action: "ProcessAccess|Process accessed (rule: ProcessAccess)",
			rules:  join(sysmonProcess, sysmonUser, sysmonTarget),
			title:  aProcess + " opened {~@TargetImage|'an unknown process'}",
			more:   "[ with access {@GrantedAccess}]",
		},
		{
			id: 11, role: RoleFileCreated, category: "file", types: "creation",
			action: "FileCreate|File created (rule: FileCreate)",
			rules:  sysmonFileEvent,
			title:  aProcess + " created " + aFile,
			more:   byAccount,
		},
		{
			id: 12, loud: true, category: "configuration|registry", types: "change",
			action: "RegistryEvent (Object create and delete)|Registry object added or deleted (rule: RegistryEvent)",
			rules:  join(sysmonProcess, sysmonUser, sysmonRegistry),
			title: aProcess + " [?@EventType=CreateKey?created the registry key|?@EventType=DeleteKey?deleted " +
				"the registry key|?@EventType=CreateValue?created the registry " +
				"value|?@EventType=DeleteValue?deleted the registry value|created or deleted the registry object] " +
				aRegistry,
			more: byAccount,
		},
		{
			id: 13, loud: true, category: "configuration|registry", types: "change",
			action: "RegistryEvent (Value Set)|Registry value set (rule: RegistryEvent)",
			rules:  join(sysmonProcess, sysmonUser, sysmonRegistry),
			title:  aProcess + " set the registry value " + aRegistry,
			more:   "[ to {@Details}]" + byAccount,
		},
		{
			id: 14, loud: true, category: "configuration|registry", types: "change",
			action: "RegistryEvent (Key and Value Rename)|Registry object renamed (rule: RegistryEvent)",
			rules:  join(sysmonProcess, sysmonUser, sysmonRegistry),
			title: aProcess + " renamed the registry " +
				"[?@EventType=RenameKey?key|?@EventType=RenameValue?value|object] " + aRegistry,
			more: "[ to {@NewName}]" + byAccount,
		},
		{
			id: 15, role: RoleFileStream, category: "file", types: "access",
			action: "FileCreateStreamHash|File stream created (rule: FileCreateStreamHash)",
			rules: join(sysmonFileEvent, sysmonFileHash, []rule{
				{field: FileOriginURL, op: opZone, data: "Contents", arg: "HostUrl"},
				{field: FileOriginReferrerURL, op: opZone, data: "Contents", arg: "ReferrerUrl"},
				{field: HuntZoneID, op: opZoneInt, data: "Contents", arg: "ZoneId"},
				{field: HuntZoneHostURL, op: opZone, data: "Contents", arg: "HostUrl"},
				{field: HuntZoneReferrerURL, op: opZone, data: "Contents", arg: "ReferrerUrl"},
			}),
			title: aProcess + "[?hunt.zone.host_url=about:internet? marked " + aMarkedFile +
				" as downloaded from the internet|" +
				" marked " + aMarkedFile + " as downloaded from {~hunt.zone.host_url}|" +
				" marked " + aMarkedFile + " as coming from zone {hunt.zone.id}|" +
				"{!hunt.file.owner_path} created the stream {~file.path}| created a stream of {~file.path}| " +
				"created an unknown stream]",
			more: "[, zone {hunt.zone.id}][, referrer {hunt.zone.referrer_url}]" + byAccount,
		},
		{
			id: 16, role: RoleSysmonConfig, category: "configuration", types: "change",
			action: "ServiceConfigurationChange|Sysmon config state changed",
			rules:  sysmonFileHashOf("ConfigurationFileHash"),
			title:  "the Sysmon configuration changed",
			more:   "[: {@Configuration}]",
		},
		{
			id: 17, loud: true, category: "file", types: "creation",
			action: "PipeEvent (Pipe Created)|Pipe Created (rule: PipeEvent)",
			rules:  join(sysmonProcess, sysmonUser, sysmonPipe),
			title:  aProcess + " created [the pipe {file.name}|an unknown pipe]",
			more:   byAccount,
		},
		{
			id: 18, loud: true, category: "file", types: "access",
			action: "PipeEvent (Pipe Connected)|Pipe Connected (rule: PipeEvent)",
			rules:  join(sysmonProcess, sysmonUser, sysmonPipe),
			title:  aProcess + " connected to [the pipe {file.name}|an unknown pipe]",
			more:   byAccount,
		},
		{
			id: 19, category: "process", types: "creation",
			action: "WmiEvent (WmiEventFilter activity detected)|WmiEventFilter activity detected (rule: WmiEvent)",
			rules:  sysmonUser,
			title:  theWMI("[the WMI event filter {@Name}|an unknown WMI event filter]"),
			more:   "[: {@Query}]",
		},
		{
			id: 20, category: "process", types: "creation",
			action: "WmiEvent (WmiEventConsumer activity detected)|WmiEventConsumer activity detected (rule: WmiEvent)",
			rules: join(sysmonUser, []rule{
				{field: ProcessExecutable, op: opText, data: "Destination"},
				{field: ProcessName, op: opBase, data: "Destination"},
			}),
			title: theWMI("[the WMI event consumer {@Name}|an unknown WMI event consumer]"),
			more:  "[: {@Destination}]",
		},
		{
			id: 21, category: "process", types: "access",
			action: "WmiEvent (WmiEventConsumerToFilter activity detected)|WmiEventConsumerToFilter activity " +
				"detected (rule: WmiEvent)",
			rules: sysmonUser,
			title: theWMI("the binding of [the WMI event filter {@Filter}|an unknown WMI event filter] to [the " +
				"consumer {@Consumer}|an unknown consumer]"),
		},
		{
			id: 22, role: RoleDNSQuery, category: "network", types: "connection|protocol|info",
			action: "DNSEvent (DNS query)|Dns query (rule: DnsQuery)",
			rules: join(sysmonProcess, sysmonUser, []rule{
				constant(NetworkProtocol, "dns"),
				{field: DNSQuestionName, op: opText, data: "QueryName"},
				{field: DNSQuestionRegisteredDomain, op: opDomain, data: "QueryName"},
				{field: DNSQuestionSubdomain, op: opSubdomain, data: "QueryName"},
				{field: DNSQuestionTopLevelDomain, op: opTLD, data: "QueryName"},
				{field: DNSAnswersData, op: opAnswerData, data: "QueryResults"},
				{field: DNSAnswersType, op: opAnswerType, data: "QueryResults"},
				{field: DNSResolvedIP, op: opResolvedIP, data: "QueryResults"},
				{field: SysmonDNSStatus, op: opTableOrText, data: "QueryStatus", table: code.DNSStatus},
				{field: RelatedHosts, op: opEachText, data: "QueryName"},
				{field: RelatedIP, op: opResolvedIP, data: "QueryResults"},
			}),
			title: aProcess + " looked up {dns.question.name|'an unknown name'}",
			more:  "[: {@QueryResults}][ (status {sysmon.dns.status})]" + byAccount,
		},
		{
			id: 23, category: "file", types: "deletion",
			action: "FileDelete (File Delete archived)|File Delete archived (rule: FileDelete)",
			rules:  join(sysmonFileEvent, sysmonProcessHash, sysmonFileHash),
			title:  aProcess + " deleted " + aFile,
			more:   "[?sysmon.file.archived=true? (archived)]" + byAccount,
		},
		{
			id: 24, types: "change", action: "ClipboardChange (New content in the clipboard)|Clipboard changed " +
				"(rule: ClipboardChange)",
			rules: join(sysmonProcess, sysmonUser, sysmonProcessHash, []rule{
				{field: SysmonFileArchived, op: opBool, data: "Archived"},
			}),
			title: aProcess + " changed the clipboard",
			more:  "[ ({@ClientInfo})]" + byAccount,
		},
		{
			id: 25, category: "process", types: "change",
			action: "ProcessTampering (Process image change)|Process Tampering (rule: ProcessTampering)",
			rules:  join(sysmonProcess, sysmonUser, sysmonProcessHash),
			title:  "Sysmon detected tampering with the image of " + aProcess,
			more:   "[: {@Type}]" + byAccount,
		},
		{
			id: 26, category: "file", types: "deletion",
			action: "FileDeleteDetected (File Delete logged)|File Delete logged (rule: FileDeleteDetected)",
			rules:  join(sysmonFileEvent, sysmonProcessHash, sysmonFileHash),
			title:  aProcess + " deleted " + aFile,
			more:   byAccount,
		},
		{
			id: 27, category: "file", types: "creation|denied",
			action: "FileBlockExecutable|File Block Executable (rule: FileBlockExecutable)",
			rules:  join(sysmonFileEvent, sysmonFileHash),
			title: "Sysmon blocked " + aProcess +
				" from creating [the executable {~file.path|file.name}|an unknown executable]",
			more: byAccount,
		},
		{
			id: 28, category: "file", types: "deletion|denied",
			action: "FileBlockShredding|File Block Shredding (rule: FileBlockShredding)",
			rules:  join(sysmonFileEvent, sysmonFileHash),
			title:  "Sysmon blocked " + aProcess + " from shredding " + aFile,
			more:   byAccount,
		},
		{
			id: 29, category: "file", types: "creation",
			action: "FileExecutableDetected|File Executable Detected (rule: FileExecutableDetected)",
			rules:  join(sysmonFileEvent, sysmonFileHash),
			title:  aProcess + " created [the executable {~file.path|file.name}|an unknown executable]",
			more:   byAccount,
		},
		{
			id: 255, role: RoleSysmonError, category: "process", types: "error", action: "Error",
			rules: []rule{
				{field: ErrorCode, op: opText, data: "ID"},
				{field: ErrorMessage, op: opText, data: "Description"},
			},
			title: "Sysmon reported [the error {error.code}|an error]",
			more:  "[: {error.message}]",
		},
	},
}

// sysmonFileHashOf are the file hash rules for another name of the Data.
func sysmonFileHashOf(data string) []rule {
	rules := join(sysmonFileHash)
	for i := range rules {
		rules[i].data = data
	}
	return rules
}
