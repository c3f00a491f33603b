package logsource

// alias is what a name of hayabusa-rules stands for.
type alias struct {
	kind aliasKind
	name string // in the payload
	sys  systemValue
}

type aliasKind uint8

const (
	aliasNone     aliasKind = iota
	aliasSystem             // a value of System
	aliasData               // a name of the payload
	aliasUserData           // a name of the payload, if that is UserData
	aliasAll                // all values of the payload
)

func inSystem(v systemValue) alias { return alias{kind: aliasSystem, sys: v} }
func inData(name string) alias     { return alias{kind: aliasData, name: name} }
func inUserData(name string) alias { return alias{kind: aliasUserData, name: name} }

// aliases are the names of hayabusa-rules whose meaning is not just a payload's name regardless
// of case, blanks and _. Source: config/eventkey_alias.txt of hayabusa-rules.
var aliases = map[string]alias{
	"ComputerName": inSystem(sysComputer), "ExecutionProcessID": inSystem(sysProcess),
	"ProviderName": inSystem(sysProvider), "Provider_Name": inSystem(sysProvider), "Source": inSystem(sysProvider),
	"SecurityUserID": inSystem(sysUser),

	"DomainName": inData("SubjectDomainName"), "JobTitle": inData("name"), "TaskDate": inData("TaskContent"),
	"WindowsDefenderProcessName": inData("Process Name"),
	"Message":                    {kind: aliasAll},

	"DvrFmwk2003InstanceId": inUserData("InstanceId"), "DvrFmwkInstanceId": inUserData("InstanceId"),
	"InstanceID":            inUserData("InstanceId"),
	"LogFileClearedChannel": inUserData("Channel"), "LogFileClearedSubjectUserName": inUserData("SubjectUserName"),

	"OperationEssStartedNamespaceName": inUserData("NamespaceName"),
	"OperationEssStartedPossibleCause": inUserData("PossibleCause"),
	"OperationEssStartedProcessid":     inUserData("Processid"),
	"OperationEssStartedProvider":      inUserData("Provider"),
	"OperationEssStartedQuery":         inUserData("Query"),
	"OperationEssStartedUser":          inUserData("User"),

	"RdsGtwErrorCode": inUserData("ErrorCode"), "RdsGtwUsername": inUserData("Username"),
	"RdsGtwIpAddress": inUserData("IpAddress"), "RdsGtwAuthType": inUserData("AuthType"),
	"RdsGtwResource": inUserData("Resource"), "RdsGtwConnectionProtocol": inUserData("ConnectionProtocol"),
	"RdsGtwBytesReceived": inUserData("BytesReceived"), "RdsGtwBytesTransfered": inUserData("BytesTransfered"),
	"RdsGtwSessionDuration": inUserData("SessionDuration"),

	"UserDataAddress": inUserData("Address"), "UserDataCode": inUserData("Code"),
	"UserDataConsumer": inUserData("CONSUMER"), "UserDataESS": inUserData("ESS"),
	"UserDataHostProcess": inUserData("HostProcess"), "UserDataNamespace": inUserData("Namespace"),
	"UserDataNamespaceName": inUserData("NamespaceName"), "UserDataParam1": inUserData("Param1"),
	"UserDataParam2": inUserData("Param2"), "UserDataParam3": inUserData("Param3"),
	"UserDataPossibleCause": inUserData("PossibleCause"), "UserDataProcessID": inUserData("ProcessID"),
	"UserDataProcessid": inUserData("Processid"), "UserDataProviderName": inUserData("ProviderName"),
	"UserDataProviderPath": inUserData("ProviderPath"), "UserDataQuery": inUserData("Query"),
	"UserDataSessionID": inUserData("SessionID"), "UserDataUser": inUserData("User"),
	"WMI-UserDataUser": inUserData("User"),
}
