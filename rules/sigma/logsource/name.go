package logsource

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"hunt/spelling"
)

// sysmonFields are the names of each Sysmon event's data (Sysmon's schema 4.90), in addition to
// those of every event.
var sysmonFields = map[uint32]string{
	1: "ProcessGuid ProcessId Image FileVersion Description Product Company OriginalFileName CommandLine " +
		"CurrentDirectory User LogonGuid LogonId TerminalSessionId IntegrityLevel Hashes ParentProcessGuid " +
		"ParentProcessId ParentImage ParentCommandLine ParentUser",
	2: "ProcessGuid ProcessId Image TargetFilename CreationUtcTime PreviousCreationUtcTime User",
	3: "ProcessGuid ProcessId Image User Protocol Initiated SourceIsIpv6 SourceIp SourceHostname SourcePort " +
		"SourcePortName DestinationIsIpv6 DestinationIp DestinationHostname DestinationPort DestinationPortName",
	4: "State Version SchemaVersion",
	5: "ProcessGuid ProcessId Image User",
	6: "ImageLoaded Hashes Signed Signature SignatureStatus",
	7: "ProcessGuid ProcessId Image ImageLoaded FileVersion Description Product Company OriginalFileName Hashes " +
		"Signed Signature SignatureStatus User",
	8: "SourceProcessGuid SourceProcessId SourceImage TargetProcessGuid TargetProcessId TargetImage NewThreadId " +
		"StartAddress StartModule StartFunction SourceUser TargetUser",
	9: "ProcessGuid ProcessId Image Device User",
	10: "SourceProcessGUID SourceProcessId SourceThreadId SourceImage TargetProcessGUID TargetProcessId TargetImage " +
		"GrantedAccess CallTrace SourceUser TargetUser",
	11:  "ProcessGuid ProcessId Image TargetFilename CreationUtcTime User",
	12:  "EventType ProcessGuid ProcessId Image TargetObject User",
	13:  "EventType ProcessGuid ProcessId Image TargetObject Details User",
	14:  "EventType ProcessGuid ProcessId Image TargetObject NewName User",
	15:  "ProcessGuid ProcessId Image TargetFilename CreationUtcTime Hash Contents User",
	16:  "Configuration ConfigurationFileHash",
	17:  "EventType ProcessGuid ProcessId PipeName Image User",
	18:  "EventType ProcessGuid ProcessId PipeName Image User",
	19:  "EventType Operation User EventNamespace Name Query",
	20:  "EventType Operation User Name Type Destination",
	21:  "EventType Operation User Consumer Filter",
	22:  "ProcessGuid ProcessId QueryName QueryStatus QueryResults Image User",
	23:  "ProcessGuid ProcessId User Image TargetFilename Hashes IsExecutable Archived",
	24:  "ProcessGuid ProcessId Image Session ClientInfo Hashes Archived User",
	25:  "ProcessGuid ProcessId Image Type User",
	26:  "ProcessGuid ProcessId User Image TargetFilename Hashes IsExecutable",
	27:  "ProcessGuid ProcessId User Image TargetFilename Hashes",
	28:  "ProcessGuid ProcessId User Image TargetFilename Hashes IsExecutable",
	29:  "ProcessGuid ProcessId User Image TargetFilename Hashes",
	255: "ID Description",
}

// otherFields are the names of the data of events that belong to views and PowerShell's categories.
var otherFields = map[ViewKind]string{
	NoView: "ContextInfo UserData Payload MessageNumber MessageTotal ScriptBlockText ScriptBlockId Path Data",
	View4688: "SubjectUserSid SubjectUserName SubjectDomainName SubjectLogonId NewProcessId NewProcessName " +
		"TokenElevationType ProcessId CommandLine TargetUserSid TargetUserName TargetDomainName TargetLogonId " +
		"ParentProcessName MandatoryLabel",
	View4689: "SubjectUserSid SubjectUserName SubjectDomainName SubjectLogonId Status ProcessId ProcessName",
	View4657: "SubjectUserSid SubjectUserName SubjectDomainName SubjectLogonId ObjectName ObjectValueName HandleId " +
		"OperationType OldValueType OldValue NewValueType NewValue ProcessId ProcessName",
	View5156: "ProcessID Application Direction SourceAddress SourcePort DestAddress DestPort Protocol FilterRTID " +
		"LayerName LayerRTID RemoteUserID RemoteMachineID",
	View5861: "Namespace ESS CONSUMER PossibleCause",
	ViewDefender: "ProductName ProductVersion DetectionID DetectionTime ThreatID ThreatName SeverityID SeverityName " +
		"CategoryID CategoryName FWLink StatusCode StatusDescription State SourceID SourceName ProcessName " +
		"DetectionUser Path OriginID OriginName ExecutionID ExecutionName TypeID TypeName ActionID ActionName " +
		"ErrorCode ErrorDescription RemediationUser SignatureVersion EngineVersion",
}

// serviceFields are names of data to which rules of services often refer.
const serviceFields = "AccessList AccessMask AccountName Action AdditionalInfo Address AllowedToDelegateTo AppID " +
	"AppName " +
	"AppVersion Application ApplicationPath AttributeLDAPDisplayName AttributeValue Attributes AuditPolicyChanges " +
	"AuthenticationPackageName Binary CallerProcessName Caption ClassName ClientAddress ClientProcessId CommandLine " +
	"DestinationHostname DeviceDescription DeviceInstanceID DeviceName DistinguishedName ElevatedToken ErrorCode " +
	"ExceptionCode FailureReason FileMagicBytes FileName FilterName FilterOrigin Flags HasFullTrust HiveName " +
	"ImageName " +
	"ImagePath ImpersonationLevel IpAddress IpPort KeyLength LmPackageName LocalName LogonGuid LogonProcessName " +
	"LogonType MandatoryLabel MemberName MemberSid Message ModifyingApplication ModuleName NewTargetUserName " +
	"NewTemplateContent NewUacValue NewValue ObjectClass ObjectDN ObjectName ObjectServer ObjectType " +
	"OldTargetUserName " +
	"OldUacValue OldValue OperationType Origin PackageFullName PackagePath PasswordLastSet Path Payload PreAuthType " +
	"PrivilegeList ProcessId ProcessName ProcessPath Properties ProviderName QNAME Query Reason RelativeTargetName " +
	"RemoteAddress RemoteName RequestedPolicy RuleName SamAccountName ScriptBlockText SearchFilter ServerAddress " +
	"ServerName Service ServiceFileName ServiceName ServicePrincipalNames ServiceStartType ServiceType " +
	"ShareLocalPath ShareName " +
	"SidHistory SourceAddress StartType Status SubStatus SubcategoryGuid SubjectDomainName SubjectLogonId " +
	"SubjectName SubjectUserName SubjectUserSid TargetDomainName TargetInfo TargetLogonId TargetName TargetObject " +
	"TargetOutboundUserName TargetServerName TargetSid TargetUserName TargetUserSid TaskContent TaskContentNew " +
	"TaskName " +
	"TemplateContent ThreatName TicketEncryptionType TicketOptions TransmittedServices UserName VirtualAccount " +
	"VolumeName " +
	"Workstation WorkstationName"

// everywhere are names that have a meaning in every event of Sysmon or of any log.
const everywhere = "RuleName UtcTime Data Message Channel md5 sha1 sha256 imphash"

// names maps folded names of fields to their spelling in Windows.
type names map[string]string

func (n names) add(list string) {
	for name := range strings.FieldsSeq(list) {
		if folded := foldName(name); n[folded] == "" {
			n[folded] = name
		}
	}
}

// tables are names of several lists.
type tables []names

// madeNames caches the names of lists: thousands of rules ask for the same.
var madeNames sync.Map // list -> names

// add adds the names of a list of this package.
func (t *tables) add(list string) {
	made, ok := madeNames.Load(list)
	if !ok {
		n := names{}
		n.add(list)
		made, _ = madeNames.LoadOrStore(list, n)
	}
	*t = append(*t, made.(names))
}

// has reports whether there is a name, folded.
func (t tables) has(folded string) bool {
	return slices.ContainsFunc(t, func(n names) bool { return n[folded] != "" })
}

// near is names.near over all tables.
func (t tables) near(field string, letters int) string {
	all := names{}
	for _, n := range slices.Backward(t) { // the spelling of the first counts
		maps.Copy(all, n)
	}
	return all.near(field, letters)
}

// of adds the names of the data of a source's events; ok is false if hunt does not know all of them.
func (t *tables) of(s *Source) (ok bool) {
	if len(s.EventIDs) == 0 {
		return false
	}
	if s.View != NoView {
		t.add(otherFields[s.View])
		t.add(viewNames()[s.View])
		return true
	}
	for _, id := range s.EventIDs {
		switch {
		case s.Channels[0] == sysmonLog && sysmonFields[id] != "":
			t.add(sysmonFields[id])
		case s.Channels[0] == sysmonLog:
			return false
		default:
			t.add(otherFields[NoView])
		}
	}
	return true
}

// viewNames are the names that views have, in a list each.
var viewNames = sync.OnceValue(func() map[ViewKind]string {
	out := map[ViewKind]string{}
	for kind, v := range views {
		out[ViewKind(kind)] = strings.Join(slices.Sorted(maps.Keys(v.fields)), " ")
	}
	return out
})

var commonNames = sync.OnceValue(func() names {
	n := names{}
	for _, list := range sysmonFields {
		n.add(list)
	}
	for _, list := range otherFields {
		n.add(list)
	}
	n.add(serviceFields)
	return n
})

// Doubt returns what is doubtful about the name of a field in a rule over the sources, "" if nothing
// is, and the name that may be meant, "" if none is near. For most categories all fields of the
// events are known; for other logs a name is only doubtful if it nearly equals a common one.
func Doubt(category string, sources []Source, field string) (odd, meant string) {
	folded := foldName(field)
	if field == "" || systemNames[folded] != sysNone || strings.Contains(field, ".") {
		return "", ""
	}
	var own tables
	own.add(everywhere)
	known := len(sources) > 0
	for i := range sources {
		known = own.of(&sources[i]) && known
	}
	if own.has(folded) {
		return "", ""
	}
	if known && category != "" {
		return "no event of the category " + category + " has the field " + field, own.near(field, 3)
	}
	common := commonNames()
	if common[folded] != "" || len(folded) < 5 {
		return "", ""
	}
	meant = common.near(field, 5)
	if meant == "" || strings.HasPrefix(foldName(meant), folded) || strings.HasPrefix(folded, foldName(meant)) {
		return "", "" // a plural, a number: names that differ so are not one another's misspelling
	}
	return "the field " + field + " is not one that hunt knows", meant
}

// near returns the name nearest to another, within one edit for so many letters; two swapped letters
// count as two edits.
func (n names) near(field string, letters int) string {
	list := append(slices.Sorted(maps.Values(n)), systemFirstNames...)
	return spelling.Nearest(field, list, max(2, len(field)/letters))
}

var systemFirstNames = slices.Sorted(maps.Keys(systemFirst))

// NearSource returns the category, service or product that is probably meant by one that hunt does
// not know, "" if none is near.
func NearSource(product, category, service string) (near string) {
	list := func(name string, known []string) string { return spelling.Nearest(name, known, max(1, len(name)/4)) }
	if product != "" && product != "windows" {
		return list(product, []string{"windows"})
	}
	if _, ok := categories[category]; category != "" && !ok {
		return list(category, slices.Sorted(maps.Keys(categories)))
	}
	if _, ok := services[service]; service != "" && !ok {
		return list(service, slices.Sorted(maps.Keys(services)))
	}
	return ""
}
