package ecs

import (
	"slices"

	"hunt/timeline/ecs/code"
)

// Rule groups of the Security log. Which event ids use which group is in
// securityGroups; the order there is the order in which Elastic's mapping writes
// the fields, so that a later group overwrites an earlier one.

// securityActor is the process that caused the event.
var securityActor = []rule{
	{field: ProcessPID, op: opInt, data: "ProcessId"},
	{field: ProcessExecutable, op: opText, data: "ProcessName"},
	{field: ProcessName, op: opLast, data: "ProcessName"},
	{field: SourceIP, op: opIP, data: "IpAddress"},
	{field: SourcePort, op: opInt, data: "IpPort"},
	{field: SourceDomain, op: opText, data: "WorkstationName"},
	{field: RelatedIP, op: opEachIP, data: "IpAddress|ClientAddress"},
}

// securitySubject is the account that caused the event.
var securitySubject = []rule{
	{field: UserID, op: opText, data: "SubjectUserSid"},
	{field: UserName, op: opText, data: "SubjectUserName"},
	{field: UserDomain, op: opText, data: "SubjectDomainName|SubjectUserDomainName"},
}

// securityLogonUser is the account that logs on or asks for a ticket.
var securityLogonUser = []rule{
	{field: UserID, op: opText, data: "TargetUserSid|TargetSid"},
	{field: UserName, op: opAccount, data: "TargetUserName"},
	{field: UserDomain, op: opText, data: "TargetDomainName"},
}

// securityTarget is the account that the event is about.
var securityTarget = []rule{
	{field: UserTargetID, op: opText, data: "TargetSid"},
	{field: UserTargetName, op: opAccount, data: "TargetUserName"},
	{field: UserTargetDomain, op: opText, data: "TargetDomainName"},
}

// securityEffective maps the account whose rights are used.
var securityEffective = []rule{
	{field: UserEffectiveID, op: opText, data: "TargetUserSid"},
	{field: UserEffectiveName, op: opAccount, data: "TargetUserName"},
	{field: UserEffectiveDomain, op: opText, data: "TargetDomainName"},
}

// securityGroup is the group that the event is about, and its member.
var securityGroup = []rule{
	{field: GroupID, op: opText, data: "TargetSid|TargetUserSid"},
	{field: GroupName, op: opText, data: "TargetUserName"},
	{field: GroupDomain, op: opText, data: "TargetDomainName"},
}

// securityMember is the member that a group gained or lost.
var securityMember = []rule{
	{field: UserTargetName, op: opCommonName, data: "MemberName"},
	{field: UserTargetID, op: opText, data: "MemberSid"},
	{field: UserTargetGroupID, op: opText, data: "TargetSid|TargetUserSid"},
	{field: UserTargetGroupName, op: opText, data: "TargetUserName"},
	{field: UserTargetGroupDomain, op: opText, data: "TargetDomainName"},
	{field: RelatedUser, op: opEachAccount, data: "SubjectUserName|MemberName"},
}

// securityComputer is the computer account that the event is about.
var securityComputer = []rule{
	{field: WinlogComputerObjectID, op: opText, data: "TargetSid"},
	{field: WinlogComputerObjectName, op: opText, data: "TargetUserName"},
	{field: WinlogComputerObjectDomain, op: opText, data: "TargetDomainName"},
}

// securityKerberos explains the codes of ticket events.
var securityKerberos = []rule{
	{field: EventDataStatusDescription, op: opTable, data: "Status", table: code.KerberosStatus},
	{field: EventDataTicketOptionsDescription, op: opFlags, data: "TicketOptions", table: code.TicketOptions},
	{field: EventDataTicketEncryptionTypeDescription, op: opTable, data: "TicketEncryptionType",
		table: code.TicketEncryption},
	{field: ServiceName, op: opText, data: "ServiceName"},
}

// securityFailure explains why a logon failed.
var securityFailure = []rule{
	{field: WinlogLogonFailureReason, op: opCodeText, data: "FailureReason", table: code.Audit},
	{field: WinlogLogonFailureStatus, op: opTable, data: "Status", table: code.LogonStatus},
	{field: WinlogLogonFailureSubStatus, op: opTable, data: "SubStatus", table: code.LogonStatus},
}

// securityToken explains the codes of a logon or of the token of a process.
var securityToken = []rule{
	{field: EventDataElevatedTokenDescription, op: opTable, data: "ElevatedToken", table: code.Audit},
	{field: EventDataImpersonationLevelDescription, op: opTable, data: "ImpersonationLevel", table: code.Audit},
	{field: EventDataRemoteCredentialGuardDescription, op: opTable, data: "RemoteCredentialGuard", table: code.Audit},
	{field: EventDataRestrictedAdminModeDescription, op: opTable, data: "RestrictedAdminMode", table: code.Audit},
	{field: EventDataTokenElevationTypeDescription, op: opTable, data: "TokenElevationType", table: code.Audit},
	{field: EventDataVirtualAccountDescription, op: opTable, data: "VirtualAccount", table: code.Audit},
}

// securityControl explains the codes of an account's control flags.
var securityControl = []rule{{field: EventDataUserAccountControlDescription, op: opCodeText,
	data: "UserAccountControl", table: code.Audit}}

// securityService is the service that was installed.
var securityService = []rule{
	{field: ServiceName, op: opText, data: "ServiceName"},
	{field: ServiceType, op: opTable, data: "ServiceType", table: code.ServiceTypes},
}

// securityTask is the scheduled task.
var securityTask = []rule{{field: WinlogScheduledTaskName, op: opText, data: "TaskName"}}

// securityObject is an object of the registry; other objects stay in winlog.event_data.
var securityObject = []rule{
	{field: RegistryPath, op: opRegistryObject, data: "ObjectName|ObjectType"},
	{field: EventDataAccessListDescription, op: opCodeText, data: "AccessList", table: code.Audit},
	{field: EventDataAccessMaskDescription, op: opAccessMask, data: "AccessMask"},
}

// securityRegistryValue is a registry value that was set (4657).
var securityRegistryValue = []rule{
	{field: RegistryPath, op: opText, data: "ObjectName"},
	{field: RegistryHive, op: opHive, data: "ObjectName"},
	{field: RegistryKey, op: opKeyPath, data: "ObjectName"},
	{field: RegistryValue, op: opText, data: "ObjectValueName"},
	{field: RegistryDataStrings, op: opText, data: "NewValue"},
}

// securityShare is a network share and the file reached through it.
var securityShare = []rule{
	{field: FileName, op: opText, data: "RelativeTargetName"},
	{field: FileDirectory, op: opText, data: "ShareLocalPath"},
	{field: FilePath, op: opJoinPath, data: "ShareLocalPath|RelativeTargetName"},
	{field: FileTargetPath, op: opJoinPath, data: "ShareName|RelativeTargetName"},
	{field: FileExtension, op: opNameExtension, data: "RelativeTargetName"},
	{field: EventDataAccessListDescription, op: opCodeText, data: "AccessList", table: code.Audit},
	{field: EventDataAccessMaskDescription, op: opAccessMask, data: "AccessMask"},
}

// securityConnection is a connection that the filtering platform saw.
var securityConnection = []rule{
	{field: ProcessPID, op: opInt, data: "ProcessId|ProcessID"},
	{field: ProcessExecutable, op: opText, data: "Application"},
	{field: ProcessName, op: opLast, data: "Application"},
	{field: SourceIP, op: opIP, data: "SourceAddress"},
	{field: SourcePort, op: opInt, data: "SourcePort"},
	{field: DestinationIP, op: opIP, data: "DestAddress"},
	{field: DestinationPort, op: opInt, data: "DestPort"},
	{field: NetworkIANANumber, op: opText, data: "Protocol"},
	{field: NetworkTransport, op: opTable, data: "Protocol", table: code.Transports},
	{field: NetworkDirection, op: opTable, data: "Direction", table: code.FirewallDirections},
	{field: NetworkCommunityID, op: opCommunityID, data: "Protocol|SourceAddress|SourcePort|DestAddress|DestPort"},
	{field: RelatedIP, op: opEachIP, data: "DestAddress|SourceAddress"},
	{field: EventDataDirectionDescription, op: opTable, data: "Direction", table: code.Audit},
	{field: EventDataLayerNameDescription, op: opTable, data: "LayerName", table: code.Audit},
}

// securitySession is a terminal session that was connected again or left.
var securitySession = []rule{
	{field: UserName, op: opText, data: "AccountName"},
	{field: UserDomain, op: opText, data: "AccountDomain"},
	{field: SourceIP, op: opIP, data: "ClientAddress"},
	{field: SourceDomain, op: opText, data: "ClientName"},
	{field: WinlogLogonID, op: opText, data: "LogonID"},
	{field: RelatedIP, op: opEachIP, data: "ClientAddress"},
	{field: RelatedUser, op: opEachAccount, data: "AccountName"},
}

// securityProcessStart is 4688. Its creator's name is logged since Windows 10
// and Server 2016 only; before, and for the creator's command line, the host's
// history has to tell.
var securityProcessStart = []rule{
	{field: ProcessEntityID, op: opPending},
	{field: ProcessPID, op: opInt, data: "NewProcessId"},
	{field: ProcessExecutable, op: opText, data: "NewProcessName"},
	{field: ProcessName, op: opLast, data: "NewProcessName"},
	{field: ProcessCommandLine, op: opText, data: "CommandLine"},
	{field: ProcessArgs, op: opArgsBoth, data: "CommandLine"},
	{field: ProcessArgsCount, op: opArgsCountBoth, data: "CommandLine"},
	{field: ProcessParentEntityID, op: opPending},
	{field: ProcessParentPID, op: opInt, data: "ProcessId"},
	{field: ProcessParentExecutable, op: opPendingText, data: "ParentProcessName"},
	{field: ProcessParentName, op: opPendingLast, data: "ParentProcessName"},
	{field: ProcessParentCommandLine, op: opPending},
	{field: ProcessParentArgs, op: opPending},
	{field: ProcessParentArgsCount, op: opPending},
	{field: RelatedUser, op: opEachAccount, data: "SubjectUserName|TargetUserName"},
	{field: HuntPath, op: opPath, data: "NewProcessName"},
}

// securityProcessEnd is 4689.
var securityProcessEnd = []rule{
	{field: ProcessEntityID, op: opPending},
	{field: ProcessExitCode, op: opInt, data: "Status"},
}

// securityDirectory is a directory service change (5136, 5137, 5141).
var securityDirectory = []rule{{field: EventReason, op: opText, data: "OperationType"}}

// securityTrust explains the codes of a domain trust.
var securityTrust = []rule{
	{field: WinlogTrustType, op: opTable, data: "TdoType", table: code.TrustTypes},
	{field: WinlogTrustDirection, op: opTable, data: "TdoDirection", table: code.TrustDirections},
	{field: WinlogTrustAttribute, op: opTable, data: "TdoAttributes", table: code.TrustAttributes},
}

// securityRename is an account's new name (4781).
var securityRename = []rule{
	{field: UserTargetName, op: opText, data: "OldTargetUserName"},
	{field: UserTargetDomain, op: opText, data: "TargetDomainName"},
	{field: UserTargetID, op: opText, data: "TargetSid"},
	{field: UserChangesName, op: opText, data: "NewTargetUserName"},
	{field: RelatedUser, op: opEachAccount, data: "SubjectUserName|NewTargetUserName|OldTargetUserName"},
}

// securityAuditPolicy explains an audit policy change (4719, 4912).
var securityAuditPolicy = []rule{
	{field: EventDataAuditPolicyChangesDescription, op: opCodeText, data: "AuditPolicyChanges", table: code.Audit},
	{field: EventDataCategory, op: opCodeText, data: "CategoryId", table: code.Audit},
	{field: EventDataSubCategory, op: opTableOrText, data: "SubcategoryGuid", table: code.AuditSubcategories},
}

// securityGroups says which event ids use which rules, in the order in which
// they apply.
var securityGroups = []struct {
	ids   []uint32
	rules []rule
}{
	{span(4624, 4625, 4634, 4647, 4648, 4964, 4768, 4769, 4770, 4771, 4776), securityLogonUser},
	{span(4616, 4624, 4625, 4627, 4648, 4656, 4657, 4658, 4660, 4661, 4663, 4670, 4673, 4674, 4689, 4690,
		4697, 4703, 4719, 4720, 4722, 4723, 4724, 4725, 4726,
		4727, 4728, 4729, 4730, 4731, 4732, 4733, 4734, 4735, 4737, 4738, 4740, 4741, 4742, 4743, 4744,
		4745, 4746, 4747, 4748,
		4749, 4750, 4751, 4752, 4753, 4754, 4755, 4756, 4757, 4758, 4759, 4760, 4761, 4762, 4763, 4764,
		4767, 4768, 4769, 4770,
		4771, 4798, 4799, 4817, 4904, 4905, 4907, 4911, 4912, 4985, 5140, 5145), securityActor},
	{span(4616, 4648, 4656, 4657, 4658, 4660, 4661, 4662, 4663, 4670, 4672, 4673, 4674, 4688, 4689, 4690,
		4697, 4698, 4699, 4700, 4701, 4702, 4703, 4706, 4707, 4713,
		4714, 4715, 4716, 4717, 4718, 4719, 4720, 4722, 4723, 4724, 4725, 4726, 4727, 4728, 4729, 4730,
		4731, 4732, 4733, 4734, 4735, 4737, 4738,
		4739, 4740, 4741, 4742, 4743, 4744, 4745, 4746, 4747, 4748, 4749, 4750, 4751, 4752, 4753, 4754,
		4755, 4756, 4757, 4758,
		4759, 4760, 4761, 4762, 4763, 4764, 4767, 4781, 4794, 4797, 4798, 4799, 4817, 4904, 4905, 4906,
		4907, 4908, 4910, 4911, 4912, 4985, 5136, 5137, 5140, 5141,
		5145, 5379, 5380, 5381, 5382), securitySubject},
	{span(4720, 4722, 4723, 4724, 4725, 4726, 4738, 4740, 4767, 4797, 4798, 4817, 4907, 4670), securityTarget},
	{span(4648, 4688), securityEffective},
	{span(4624, 4688), securityToken},
	{span(4720, 4738, 4741, 4742), securityControl},
	{span(4727, 4728, 4729, 4730, 4731, 4732, 4733, 4734, 4735, 4737, 4744, 4745, 4746, 4747, 4748, 4749,
		4750, 4751, 4752,
		4753, 4754, 4755, 4756, 4757, 4758, 4759, 4760, 4761, 4762, 4763, 4764, 4799), securityGroup},
	{span(4728, 4729, 4732, 4733, 4746, 4747, 4751, 4752, 4756, 4757, 4761, 4762), securityMember},
	{span(4741, 4742, 4743), securityComputer},
	{span(4768, 4769, 4770, 4771), securityKerberos},
	{span(4625, 4776), securityFailure},
	{span(4697), securityService},
	{span(4698, 4699, 4700, 4701, 4702), securityTask},
	{span(4656, 4658, 4660, 4661, 4662, 4663, 4670, 4674), securityObject},
	{span(4657), securityRegistryValue},
	{span(5140, 5145), securityShare},
	{span(5152, 5154, 5156, 5157, 5158), securityConnection},
	{span(4778, 4779), securitySession},
	{span(4688), securityProcessStart},
	{span(4689), securityProcessEnd},
	{span(5136, 5137, 5141), securityDirectory},
	{span(4706, 4707, 4716), securityTrust},
	{span(4781), securityRename},
	{span(4719, 4912), securityAuditPolicy},
	{span(4634, 4647, 4964), []rule{{field: WinlogLogonID, op: opText, data: "TargetLogonId"}}},
	{span(4776), []rule{{field: SourceDomain, op: opText, data: "Workstation"}}},
}

func span(ids ...uint32) []uint32 { return ids }

// securityCommon are the rules for all events of the Security log.
var securityCommon = []rule{
	{field: HuntShifted, op: opShifted},
	{field: WinlogLogonID, op: opText, data: "SubjectLogonId"},
	{field: WinlogLogonType, op: opTable, data: "LogonType", table: code.LogonTypes},
	{field: RelatedUser, op: opEachAccount, data: "SubjectUserName|TargetUserName"},
	{field: EventDataNewUACList, op: opFlags, data: "NewUacValue", table: code.AccountControl},
	{field: EventDataPrivilegeList, op: opList, data: "PrivilegeList"},
	{field: EventDataSidList, op: opList, data: "SidList"},
	{field: EventDataAccessList, op: opCodeList, data: "AccessList"},
	{field: EventDataAccessMask, op: opList, data: "AccessMask"},
	{field: EventDataUserAccountControl, op: opCodeList, data: "UserAccountControl"},
	{field: EventDataAuditPolicyChanges, op: opCodeList, data: "AuditPolicyChanges"},
}

// securitySource is Microsoft-Windows-Security-Auditing. Winlogbeat's actions
// are the integration's.
var securitySource = source{
	is: SourceSecurity, provider: "Microsoft-Windows-Security-Auditing", channels: []string{"Security"},
	dataset: "system.security", module: "system|security",
	rules:    securityCommon,
	mappings: securityMappings(),
}

// securityMappings joins the table of events with the rule groups.
func securityMappings() []mapping {
	mappings := slices.Clone(securityEvents)
	for i := range mappings {
		for _, g := range securityGroups {
			if slices.Contains(g.ids, mappings[i].id) {
				mappings[i].rules = append(mappings[i].rules, g.rules...)
			}
		}
	}
	return mappings
}

// eventLogSource is Microsoft-Windows-Eventlog, which tells in the Security and
// System logs what happens to logs. 1102 has its data in UserData.
var eventLogSource = source{
	is: SourceEventLog, provider: "Microsoft-Windows-Eventlog", channels: []string{"Security", "System"},
	userData: true,
	dataset:  "system.security", module: "system|security",
	rules: join(securitySubject, []rule{
		{field: WinlogLogonID, op: opText, data: "SubjectLogonId"},
		{field: RelatedUser, op: opEachAccount, data: "SubjectUserName"},
	}),
	mappings: []mapping{
		{
			id: 104, role: RoleLogCleared, channel: "System", category: "iam", types: "admin|change",
			action: "Log clear",
			rules: []rule{
				constant(EventModule, "system"), constant(EventDataset, "system.system"),
				constant(DataStreamDataset, "system.system"),
			},
			title: anAccount + " cleared [the log {@Channel}|an unknown log]",
			more:  "[, with a backup in {@BackupPath}]",
		},
		{id: 1100, role: RoleLogServiceStopped, channel: "Security", category: "process", types: "end",
			action: "logging-service-shutdown", title: "the event log service stopped"},
		{id: 1101, role: RoleEventsDropped, channel: "Security", category: "iam", types: "admin",
			action: "audit-events-dropped", title: "Windows dropped audit events", more: "[, reason {@Reason}]"},
		{id: 1102, role: RoleSecurityLogCleared, channel: "Security", category: "iam",
			types: "admin|change", action: "audit-log-cleared", title: anAccount + " cleared the Security log"},
		{id: 1104, channel: "Security", category: "iam", types: "admin", action: "logging-full",
			title: "the Security log is full"},
		{id: 1105, channel: "Security", category: "iam", types: "admin", action: "auditlog-archieved",
			title: "Windows archived [the log {@Channel}|a log]", more: "[ to {@BackupPath}]"},
		{id: 1108, role: RoleEventsDropped, channel: "Security", category: "iam", types: "admin",
			action: "logging-processing-error",
			title:  "the event log service failed to write an event[ of {@PublisherID}]", more: "[: error {@Error}]"},
	},
}
