package ecs

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hunt/evtx/evtxtest"
	"hunt/evtx/recordtest"
	"hunt/timeline/ecs/notation"
)

// A promise is a row of the document: a field, the Data that it comes from, and the events that have it.
type promise struct {
	provider, field, from string
	ids                   []string
}

// promises reads the tables of the document: what users are told, not what the code says of itself.
func promises(t *testing.T) (list []promise, ids map[string][]string) {
	t.Helper()
	text, err := os.ReadFile(filepath.FromSlash(docsName))
	if err != nil {
		t.Fatal(err)
	}
	_, tables, ok := strings.Cut(string(text), docsStart)
	if !ok {
		t.Fatalf("%s has no tables", docsName)
	}
	ids = map[string][]string{}
	provider, fields := "", false
	for line := range strings.Lines(tables) {
		line = strings.TrimSpace(line)
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case strings.HasPrefix(line, "## "):
			provider, fields = line[3:], false
		case strings.HasPrefix(line, "| field |"):
			fields = true
		case !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| id |"):
		case fields:
			list = append(list, promise{provider, cells[0], cells[1], strings.Fields(cells[2])})
		default:
			ids[provider] = append(ids[provider], cells[0])
		}
	}
	return list, ids
}

// promisedValues are values for Data by name, as Windows and Sysmon write them.
var promisedValues = map[string]string{
	"Hashes": "SHA1=ABCDEF0123456789ABCDEF0123456789ABCDEF01,MD5=ABCDEF0123456789ABCDEF0123456789,SHA256=AA," +
		"SHA512=BB,IMPHASH=CC",
	"ClientIP": "203.0.113.7:49231", "Value": "192.0.2.44", "IPString": "203.0.113.7",
	"payload":               "Accepted password for anna from 203.0.113.7 port 51022 ssh2",
	"ConfigurationFileHash": "SHA1=AA,MD5=BB,SHA256=CC,SHA512=DD,IMPHASH=EE",
	"Contents": "[ZoneTransfer]  ZoneId=3  ReferrerUrl=https://a.example/  " +
		"HostUrl=https://b.example/x.exe", "QueryName": "www.example.co.uk",
	"QueryResults": "type:  5 cname.example;::ffff:192.0.2.1;", "QueryStatus": "0", "Details": "DWORD (0x00000001)",
	"TargetObject": `HKLM\Software\A\b`,
	"User":         `CORP\anna`, "SourceUser": `CORP\anna`, "TargetUser": `CORP\bob`, "ParentUser": `CORP\bob`,
	"UserContext": `CORP\anna`, "UserName": `CORP\anna`,
	"jobOwner": `CORP\anna`, "string2": `CORP\anna`, "PossibleCause_User": `CORP\anna`, "Detection User": `CORP\anna`,
	"Remediation User": `CORP\bob`,
	"Initiated":        "true", "SourceIsIpv6": "false", "Signed": "true", "Archived": "true", "IsExecutable": "true",
	"SignatureStatus": "Valid",
	"CreationUtcTime": "2026-03-02 10:11:11.001", "CommandLine": `a.exe -x "b c"`, "ParentCommandLine": "b.exe -y",
	"Path": `file:_C:\t\a.txt`, "ObjectName": `\REGISTRY\MACHINE\Software\A`, "ObjectType": "Key", "PipeName": `\a`,
	"MemberName": "CN=Anna,DC=corp",
	"Direction":  "%%14593", "LayerName": "%%14611", "FailureReason": "%%2313", "TokenElevationType": "%%1936",
	"ImpersonationLevel": "%%1833", "VirtualAccount": "%%1843",
	"ElevatedToken": "%%1842", "RestrictedAdminMode": "%%1843", "RemoteCredentialGuard": "%%1843",
	"AuditPolicyChanges": "%%8448", "CategoryId": "%%8274",
	"SubcategoryGuid": "{0cce922b-69ae-11d9-bed3-505054503030}", "AccessList": "%%4416 %%4417", "AccessMask": "0x3",
	"UserAccountControl": "%%2080",
	"NewUacValue":        "0x15", "PrivilegeList": "SeDebugPrivilege", "SidList": "S-1-5-32-544",
	"TicketOptions": "0x40810010", "TicketEncryptionType": "0x17",
	"SubStatus": "0xc000006a", "LogonType": "3", "TdoType": "2", "TdoDirection": "3", "TdoAttributes": "8",
	"ServiceType":        "0x10",
	"RelativeTargetName": `d\a.txt`, "ShareLocalPath": `\??\C:\share`, "OperationType": "%%14674",
	"ClientAddress": "192.0.2.7", "Address": "192.0.2.7", "Param3": "192.0.2.7",
	"Payload": `CommandInvocation(A): "A"`, "ScriptBlockText": "whoami", "RuleName": "r",
}

// promisedValue makes a value for a Data that has none above, by the endings that their names have.
func promisedValue(id, name string) string {
	if v, ok := promisedValues[name]; ok && !(name == "Path" && id != "" && !strings.HasPrefix(id, "1")) {
		return v
	}
	switch {
	case name == "Status" && (id == "4625" || id == "4776"):
		return "0xc000006a"
	case name == "Status":
		return "0x6"
	case strings.HasSuffix(name, "Guid"), strings.HasSuffix(name, "GUID"):
		return "{11111111-2222-3333-4444-555555555555}"
	case strings.HasSuffix(name, "Sid"):
		return "S-1-5-21-1-2-3-1001"
	case strings.HasSuffix(strings.ToLower(name), "id"),
		strings.HasSuffix(name, "Port"),
		name == "MessageNumber",
		name == "MessageTotal",
		name == "EnginePID":
		return "42"
	case name == "Protocol":
		return "6"
	case strings.HasSuffix(name, "Ip"), name == "IpAddress", name == "SourceAddress", name == "DestAddress":
		return "192.0.2.7"
	}
	return `C:\dir\` + strings.ReplaceAll(name, " ", "") + ".exe"
}

var docName = regexp.MustCompile("`([^`]*)`|\\(.*\\)$")

// dataNamed are the names of the Data that a row names.
func dataNamed(from string) []string {
	var names []string
	for _, n := range strings.Split(docName.ReplaceAllString(from, ""), ",") {
		if n = strings.TrimSpace(n); n != "" {
			names = append(names, n)
		}
	}
	return names
}

// promisedEvent is an event of an id with all Data that rows of the document name for it.
func promisedEvent(provider, id string, names []string, number uint16) evtxtest.Event {
	e := evtxtest.Event{
		Provider: provider,
		EventID:  number,
		Computer: "PC1",
		Time:     caseTime,
		UserID:   "S-1-5-18",
		Keywords: 0x8020000000000000,
	}
	key := definitionKey{strings.ToLower(provider), uint32(number)}
	src := definitions[key].source
	if len(src.channels) > 0 {
		e.Channel = src.channels[0]
	}
	for i := range src.mappings {
		if m := &src.mappings[i]; m.id == uint32(number) && m.channel != "" {
			e.Channel = m.channel
		}
	}
	put := func(name, value string) {
		pair := evtxtest.Str(name, value)
		if src.userData || provider == "Microsoft-Windows-TerminalServices-LocalSessionManager" ||
			provider == "Microsoft-Windows-TerminalServices-RemoteConnectionManager" ||
			provider == "Microsoft-Windows-WMI-Activity" {
			if e.UserData == nil {
				e.UserData = &evtxtest.UserData{Element: "X"}
			}
			e.UserData.Fields = append(e.UserData.Fields, pair)
			return
		}
		e.Data = append(e.Data, pair)
	}
	unnamed := slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, "param") })
	if unnamed {
		e.Classic = true
		for i := 1; i <= 8; i++ {
			value := `C:\dir\p.exe`
			switch {
			case provider == "PowerShell" && i == 3 && id != "800":
				value = engineBlock
				if id == "600" {
					value = providerBlock
				}
			case provider == "PowerShell" && i == 2 && id == "800":
				value = pipelineBlock
			case provider == "PowerShell" && i == 1:
				value = "Get-Item a"
			case provider == "PowerShell":
				value = `CommandInvocation(A): "A"`
			case i == 7:
				value = `CORP\anna`
			}
			put("", value)
		}
		return e
	}
	for _, name := range names {
		value := promisedValue(id, name)
		if name == "ContextInfo" {
			value = moduleBlock
		}
		if provider == "Microsoft-Windows-Sysmon" && name == "Protocol" {
			value = "tcp"
		}
		put(name, value)
	}
	return e
}

// Every field that the document promises must be there on an event that has what it takes; what
// only history can tell, another test asks of a whole case.
func TestEveryPromisedFieldIsSet(t *testing.T) {
	list, ids := promises(t)
	asked := 0
	m := NewMapper(NewSchema())
	schema := m.schema
	for provider, all := range ids {
		for _, id := range all {
			var names []string
			var rows []promise
			history := map[string]bool{}
			for _, p := range list {
				if p.provider == provider && (slices.Contains(p.ids, id) || slices.Contains(p.ids, "all")) {
					rows = append(rows, p)
					history[p.field] = history[p.field] || strings.Contains(p.from, "history")
					for _, n := range dataNamed(p.from) {
						if !slices.Contains(names, n) {
							names = append(names, n)
						}
					}
				}
			}
			number := uint16(numberOf(t, id))
			r := recordtest.Of(t, promisedEvent(provider, id, names, number))[0]
			e := m.Map(r)
			if e.Shifted() {
				t.Errorf("%s %s: the test's own event is shifted: %q", provider, id, texts(e.AppendShifted(nil)))
			}
			for _, p := range rows {
				f, _, known := schema.Field(p.field)
				values := texts(e.Values(f, nil))
				switch {
				case !known:
					t.Errorf("%s %s: %s is no field", provider, id, p.field)
				case p.field == "hunt.shifted" || p.field == "hunt.ambiguous" || p.field == "hunt.file.owner_path":
				case len(values) == 0 || values[0] == "":
					t.Errorf("%s %s: %s from %s is promised and missing", provider, id, p.field, p.from)
				case values[0] == "?" && !history[p.field]:
					t.Errorf("%s %s: %s is still to be decided", provider, id, p.field)
				}
				asked++
			}
		}
	}
	if asked < 2000 {
		t.Errorf("only %d fields asked for", asked)
	}
	t.Logf("%d fields asked for", asked)
}

func numberOf(t *testing.T, id string) int64 {
	t.Helper()
	n, ok := notation.ParseInt([]byte(id))
	if !ok {
		t.Fatalf("event id %q", id)
	}
	return n
}
