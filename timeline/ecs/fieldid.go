package ecs

// The fields that hunt's mapping can fill, one constant each, so that mappings and
// other packages name them without a lookup. The table beside them (fieldTable)
// gives each its dotted name and type.
const (
	noField Field = iota
	Timestamp

	Message

	ECSVersion

	EventAction
	EventCategory
	EventCode
	EventCreated
	EventDataset
	EventKind
	EventModule
	EventOutcome
	EventProvider
	EventReason
	EventSequence
	EventType

	ErrorCode
	ErrorMessage

	DataStreamDataset
	DataStreamNamespace
	DataStreamType

	LogLevel

	HostID
	HostIP
	HostName
	HostHostname
	HostOSFamily
	HostOSPlatform
	HostOSType

	ProcessArgs
	ProcessArgsCount
	ProcessCommandLine
	ProcessEntityID
	ProcessExecutable
	ProcessExitCode
	ProcessHashMD5
	ProcessHashSHA1
	ProcessHashSHA256
	ProcessHashSHA512
	ProcessName
	ProcessParentArgs
	ProcessParentArgsCount
	ProcessParentCommandLine
	ProcessParentEntityID
	ProcessParentExecutable
	ProcessParentName
	ProcessParentPID
	ProcessPECompany
	ProcessPEDescription
	ProcessPEFileVersion
	ProcessPEImphash
	ProcessPEOriginalFileName
	ProcessPEProduct
	ProcessPID
	ProcessThreadID
	ProcessTitle
	ProcessWorkingDirectory

	FileCodeSignatureExists
	FileCodeSignatureSigned
	FileCodeSignatureStatus
	FileCodeSignatureSubjectName
	FileCodeSignatureValid
	FileCreated
	FileDirectory
	FileExtension
	FileHashMD5
	FileHashSHA1
	FileHashSHA256
	FileHashSHA512
	FileName
	FileOriginReferrerURL
	FileOriginURL
	FilePath
	FilePECompany
	FilePEDescription
	FilePEFileVersion
	FilePEImphash
	FilePEOriginalFileName
	FilePEProduct
	FileSize
	FileTargetPath

	DLLCodeSignatureExists
	DLLCodeSignatureStatus
	DLLCodeSignatureSubjectName
	DLLCodeSignatureTrusted
	DLLCodeSignatureValid
	DLLHashMD5
	DLLHashSHA1
	DLLHashSHA256
	DLLHashSHA512
	DLLName
	DLLPath
	DLLPECompany
	DLLPEDescription
	DLLPEFileVersion
	DLLPEImphash
	DLLPEOriginalFileName
	DLLPEProduct

	RegistryDataBytes
	RegistryDataStrings
	RegistryDataType
	RegistryHive
	RegistryKey
	RegistryPath
	RegistryValue

	SourceDomain
	SourceIP
	SourcePort
	SourceUserDomain
	SourceUserName

	DestinationDomain
	DestinationIP
	DestinationPort
	DestinationUserDomain
	DestinationUserName

	NetworkApplication
	NetworkCommunityID
	NetworkDirection
	NetworkIANANumber
	NetworkProtocol
	NetworkTransport
	NetworkType

	DNSAnswersData
	DNSAnswersType
	DNSQuestionName
	DNSQuestionRegisteredDomain
	DNSQuestionSubdomain
	DNSQuestionTopLevelDomain
	DNSResolvedIP

	SysmonDNSStatus
	SysmonFileArchived
	SysmonFileIsExecutable

	UserDomain
	UserID
	UserName
	UserChangesName
	UserEffectiveDomain
	UserEffectiveID
	UserEffectiveName
	UserTargetDomain
	UserTargetID
	UserTargetName
	UserTargetGroupDomain
	UserTargetGroupID
	UserTargetGroupName

	GroupDomain
	GroupID
	GroupName

	RuleName

	ServiceName
	ServiceState
	ServiceType

	URLFull

	RelatedHash
	RelatedHosts
	RelatedIP
	RelatedUser

	ThreatIndicatorName

	PowershellCommandInvocationDetails
	PowershellCommandName
	PowershellCommandPath
	PowershellCommandType
	PowershellCommandValue
	PowershellEngineNewState
	PowershellEnginePreviousState
	PowershellEngineVersion
	PowershellFileScriptBlockEntropyBits
	PowershellFileScriptBlockEntropyNormalized
	PowershellFileScriptBlockID
	PowershellFileScriptBlockLength
	PowershellFileScriptBlockSurprisalStdev
	PowershellFileScriptBlockText
	PowershellFileScriptBlockUniqueSymbols
	PowershellID
	PowershellPipelineID
	PowershellProcessExecutableVersion
	PowershellProviderName
	PowershellProviderNewState
	PowershellRunspaceID
	PowershellSequence
	PowershellTotal

	WinlogActivityID
	WinlogAPI
	WinlogChannel
	WinlogComputerName
	WinlogComputerObjectDomain
	WinlogComputerObjectID
	WinlogComputerObjectName
	WinlogEventID
	WinlogKeywords
	WinlogLevel
	WinlogLogonFailureReason
	WinlogLogonFailureStatus
	WinlogLogonFailureSubStatus
	WinlogLogonID
	WinlogLogonType
	WinlogOpcode
	WinlogProcessPID
	WinlogProcessThreadID
	WinlogProviderGUID
	WinlogProviderName
	WinlogRecordID
	WinlogScheduledTaskName
	WinlogTask
	WinlogTimeCreated
	WinlogTrustAttribute
	WinlogTrustDirection
	WinlogTrustType
	WinlogUserIdentifier
	WinlogVersion
	EventDataAccessList
	EventDataAccessListDescription
	EventDataAccessMask
	EventDataAccessMaskDescription
	EventDataAuditPolicyChanges
	EventDataAuditPolicyChangesDescription
	EventDataCategory
	EventDataSubCategory
	EventDataDirectionDescription
	EventDataLayerNameDescription
	EventDataNewUACList
	EventDataPrivilegeList
	EventDataSidList
	EventDataStatusDescription
	EventDataTargetProcessGUID
	EventDataTicketEncryptionTypeDescription
	EventDataTicketOptionsDescription
	EventDataUserAccountControl
	EventDataElevatedTokenDescription
	EventDataImpersonationLevelDescription
	EventDataRemoteCredentialGuardDescription
	EventDataRestrictedAdminModeDescription
	EventDataTokenElevationTypeDescription
	EventDataUserAccountControlDescription
	EventDataVirtualAccountDescription

	HuntAmbiguous
	HuntPath
	HuntFileOwnerPath
	HuntPELogged
	HuntShifted
	HuntZoneHostURL
	HuntZoneID
	HuntZoneReferrerURL

	numFields // number of static ids; not a field
)
