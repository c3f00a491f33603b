package audit

import (
	"fmt"
	"slices"
	"strings"
)

// Event is a kind of event. ID 0 stands for any event of the channel.
type Event struct {
	Channel string
	ID      uint32
}

// Settings says what to do for events to be logged, as a clause in the imperative for each place to
// configure: the audit policy, Sysmon's configuration, other logs.
func Settings(events []Event) []string {
	var categories, elements, others []string
	add := func(list *[]string, s string) {
		if s != "" && !slices.Contains(*list, s) {
			*list = append(*list, s)
		}
	}
	sacl := false
	for _, e := range events {
		switch strings.ToLower(e.Channel) {
		case "security":
			add(&categories, categoryOf[e.ID])
			sacl = sacl || needsSACL[e.ID]
		case "microsoft-windows-sysmon/operational":
			add(&elements, sysmonElement[e.ID])
		case "":
		default:
			add(&others, ofLog(e))
		}
	}
	var out []string
	if len(categories) > 0 {
		slices.Sort(categories)
		text := "switch on the audit policy " + list(categories)
		if sacl {
			text += " and give the objects an audit entry (SACL)"
		}
		out = append(out, text)
	}
	if elements != nil || slices.ContainsFunc(events, isSysmon) {
		text := "install Sysmon"
		if len(elements) > 0 {
			slices.Sort(elements)
			text += " with " + list(elements) + " in its configuration"
		}
		out = append(out, text)
	}
	slices.Sort(others)
	return append(out, most(others)...)
}

func isSysmon(e Event) bool {
	return strings.EqualFold(e.Channel, "Microsoft-Windows-Sysmon/Operational")
}

const (
	// maxNames bounds the names that a phrase lists.
	maxNames = 8
	// maxLogs bounds the logs that are reported.
	maxLogs = 4
)

func list(names []string) string {
	if more := len(names) - maxNames; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:maxNames], ", "), more)
	}
	return strings.Join(names, ", ")
}

func most(phrases []string) []string {
	if len(phrases) <= maxLogs {
		return phrases
	}
	return append(phrases[:maxLogs:maxLogs], fmt.Sprintf("or use one of the other logs (%d)", len(phrases)-maxLogs))
}

// ofLog says what to switch on for an event of another log.
func ofLog(e Event) string {
	name := strings.ToLower(e.Channel)
	if name == "microsoft-windows-powershell/operational" || name == "powershellcore/operational" {
		if s := powerShellPolicy[e.ID]; s != "" {
			return s
		}
	}
	if name == "windows powershell" && e.ID == 800 {
		return powerShellPolicy[4103]
	}
	if s := policyOf[name]; s != "" {
		return s
	}
	if offAtFirst[name] {
		return "switch on the log " + e.Channel + " (wevtutil set-log \"" + e.Channel + "\" /enabled:true)"
	}
	return "collect the log " + e.Channel + ", which Windows writes by default"
}

var powerShellPolicy = map[uint32]string{
	4103: "set the group policy Turn on Module Logging for all modules (*)",
	4104: "set the group policy Turn on PowerShell Script Block Logging",
	4105: "set the group policy Turn on PowerShell Script Block Logging, with the start and stop of blocks",
	4106: "set the group policy Turn on PowerShell Script Block Logging, with the start and stop of blocks",
}

// policyOf holds logs that stay empty until something else is set.
var policyOf = map[string]string{
	"microsoft-windows-ntlm/operational": "set the group policy Network security: Restrict NTLM: Audit incoming NTLM " +
		"traffic, and outgoing",
	"microsoft-windows-applocker/exe and dll":            appLocker,
	"microsoft-windows-applocker/msi and script":         appLocker,
	"microsoft-windows-applocker/packaged app-execution": appLocker,
	"microsoft-windows-security-mitigations/kernelmode":  mitigations,
	"microsoft-windows-security-mitigations/usermode":    mitigations,
	"microsoft-windows-security-mitigations/kernel mode": mitigations,
	"microsoft-windows-security-mitigations/user mode":   mitigations,
}

const (
	appLocker   = "set AppLocker rules, at least in audit mode"
	mitigations = "switch on exploit protection, at least in audit mode"
)

// offAtFirst holds logs that Windows does not write until they are switched on.
var offAtFirst = map[string]bool{
	"microsoft-windows-dns-client/operational":                true,
	"microsoft-windows-taskscheduler/operational":             true,
	"microsoft-windows-printservice/operational":              true,
	"microsoft-windows-driverframeworks-usermode/operational": true,
	"microsoft-windows-capi2/operational":                     true,
	"microsoft-windows-lsa/operational":                       true,
	"microsoft-windows-dnsserver/analytical":                  true,
	"microsoft-windows-dhcp-client/operational":               true,
	"microsoft-windows-ldap-client/debug":                     true,
	"microsoft-windows-kernel-eventtracing/analytic":          true,
}

// sysmonElement maps events to elements of Sysmon's configuration. Events that are not in it are
// always logged.
var sysmonElement = map[uint32]string{
	1: "ProcessCreate", 2: "FileCreateTime", 3: "NetworkConnect", 5: "ProcessTerminate", 6: "DriverLoad",
	7: "ImageLoad", 8: "CreateRemoteThread", 9: "RawAccessRead", 10: "ProcessAccess", 11: "FileCreate",
	12: "RegistryEvent", 13: "RegistryEvent", 14: "RegistryEvent", 15: "FileCreateStreamHash", 17: "PipeEvent",
	18: "PipeEvent", 19: "WmiEvent", 20: "WmiEvent", 21: "WmiEvent", 22: "DnsQuery", 23: "FileDelete",
	24: "ClipboardChange", 25: "ProcessTampering", 26: "FileDeleteDetected", 27: "FileBlockExecutable",
	28: "FileBlockShredding", 29: "FileExecutableDetected",
}

// categories maps subcategories of the audit policy to the events of the Security log that they make
// Windows log. Events that are not in it are always logged, or only depend on a server's role.
var categories = map[string][]uint32{
	"Process Creation":                   {4688, 4696},
	"Process Termination":                {4689},
	"Logon":                              {4624, 4625, 4648, 4675},
	"Logoff":                             {4634, 4647},
	"Special Logon":                      {4672, 4964},
	"Group Membership":                   {4627},
	"Other Logon/Logoff Events":          {4649, 4778, 4779, 4800, 4801, 4802, 4803, 5378, 5632, 5633},
	"Kerberos Authentication Service":    {4768, 4771, 4772},
	"Kerberos Service Ticket Operations": {4769, 4770, 4773},
	"Credential Validation":              {4774, 4775, 4776, 4777},
	"User Account Management": {4720, 4722, 4723, 4724, 4725, 4726, 4738, 4740, 4765, 4766, 4767, 4780, 4781, 4794,
		4798, 5376, 5377},
	"Security Group Management": {4727, 4728, 4729, 4730, 4731, 4732, 4733, 4734, 4735, 4737, 4754, 4755, 4756, 4757,
		4758, 4764, 4799},
	"Computer Account Management":     {4741, 4742, 4743},
	"Other Account Management Events": {4782, 4793},
	"Directory Service Access":        {4661, 4662},
	"Directory Service Changes":       {5136, 5137, 5138, 5139, 5141},
	"Registry":                        {4657},
	"File System, Registry, Kernel Object or SAM (what the object is)": {4656, 4658, 4660, 4663},
	"File System":                      {4664, 4985},
	"File Share":                       {5140, 5142, 5143, 5144, 5168},
	"Detailed File Share":              {5145},
	"Filtering Platform Connection":    {5031, 5150, 5151, 5154, 5155, 5156, 5157, 5158, 5159},
	"Filtering Platform Packet Drop":   {5152, 5153},
	"Filtering Platform Policy Change": {5440, 5441, 5442, 5443, 5444, 5446, 5447, 5448, 5449, 5450},
	"Other Object Access Events":       {4671, 4691, 4698, 4699, 4700, 4701, 4702, 5148, 5149, 5888, 5889, 5890},
	"Security System Extension":        {4610, 4611, 4614, 4622, 4697},
	"Security State Change":            {4608, 4616, 4621},
	"System Integrity":                 {4612, 4615, 4618, 4816, 5038, 5056, 5057, 5060, 5061, 5062, 6281, 6410},
	"Other System Events":              {5024, 5025, 5027, 5028, 5029, 5030, 5032, 5033, 5034, 5035, 5037, 5058, 5059},
	"Audit Policy Change":              {4715, 4719, 4817, 4902, 4904, 4905, 4906, 4907, 4908, 4912},
	"Authentication Policy Change":     {4706, 4707, 4713, 4716, 4717, 4718, 4739, 4864, 4865, 4866, 4867},
	"Authorization Policy Change":      {4670, 4703, 4704, 4705, 4911, 4913},
	"MPSSVC Rule-Level Policy Change": {4944, 4945, 4946, 4947, 4948, 4949, 4950, 4951, 4952, 4953, 4954, 4956,
		4957, 4958},
	"Sensitive Privilege Use": {4673, 4674},
	"DPAPI Activity":          {4692, 4693, 4694, 4695},
	"PNP Activity":            {6416, 6419, 6420, 6421, 6422, 6423, 6424},
	"RPC Events":              {5712},
	"Network Policy Server":   {6272, 6273, 6274, 6275, 6276, 6277, 6278, 6279, 6280},
	"Certification Services":  {4868, 4869, 4870, 4871, 4872, 4873, 4882, 4885, 4886, 4887, 4888, 4890, 4898},
}

var categoryOf = func() map[uint32]string {
	out := map[uint32]string{}
	for name, ids := range categories {
		for _, id := range ids {
			out[id] = name
		}
	}
	return out
}()

// needsSACL holds the events that Windows logs only for objects with an audit entry.
var needsSACL = map[uint32]bool{4656: true, 4657: true, 4658: true, 4660: true, 4661: true, 4662: true, 4663: true,
	4664: true, 4670: true, 5136: true, 5137: true, 5138: true, 5139: true, 5141: true}
