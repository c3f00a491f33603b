package shift

import (
	"slices"
	"testing"
	"time"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
	"hunt/evtx/recordtest"
)

var sixAM = time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC)

func readText(f evtx.Field, _ int) []byte { return f.AppendText(nil) }

// first returns the first position of a record that is not believed.
func first(r *evtx.Record) int { return Of(r).First(r, readText) }

// soundEvents are events as Windows and Sysmon write them, each value with its type.
func soundEvents() map[string]evtxtest.Event {
	security := func(id uint16, version uint8, data ...evtxtest.Pair) evtxtest.Event {
		return evtxtest.Event{
			Provider: "Microsoft-Windows-Security-Auditing",
			Channel:  "Security",
			EventID:  id,
			Version:  version,
			Time:     sixAM,
			Data:     data,
		}
	}
	sysmon := func(id uint16, data ...evtxtest.Pair) evtxtest.Event {
		return evtxtest.Event{
			Provider: "Microsoft-Windows-Sysmon",
			Channel:  "Microsoft-Windows-Sysmon/Operational",
			EventID:  id,
			Version:  5,
			Time:     sixAM,
			Data:     data,
		}
	}
	text := evtxtest.Str
	sid := func(name, v string) evtxtest.Pair { return evtxtest.Pair{Name: name, Value: evtxtest.SID(v)} }
	hex := func(name string, v uint64) evtxtest.Pair { return evtxtest.Pair{Name: name, Value: evtxtest.Hex64(v)} }
	number := func(name string, v uint32) evtxtest.Pair { return evtxtest.Pair{Name: name, Value: evtxtest.Uint32(v)} }
	guid := func(name, v string) evtxtest.Pair { return evtxtest.Pair{Name: name, Value: evtxtest.GUID(v)} }
	const id = "{11111111-2222-3333-4444-555555555555}"
	start := []evtxtest.Pair{
		sid("SubjectUserSid", "S-1-5-18"),
		text("SubjectUserName", "PC1$"),
		text("SubjectDomainName", "CORP"),
		hex("SubjectLogonId", 0x3e7),
		hex(
			"NewProcessId",
			0x2c8,
		),
		text("NewProcessName", `C:\Windows\System32\svchost.exe`),
		text("TokenElevationType", "%%1936"),
		hex("ProcessId", 0x2c4),
	}
	return map[string]evtxtest.Event{
		"4688 v0": security(4688, 0, start...),
		"4688 v1": security(4688, 1, append(slices.Clone(start), text("CommandLine", "svchost -k x"))...),
		"4688 v2": security(
			4688,
			2,
			append(
				slices.Clone(start),
				text("CommandLine", "svchost -k x"),
				sid("TargetUserSid", "S-1-5-21-1-2-3-1001"),
				text("TargetUserName", "anna"),
				text(
					"TargetDomainName",
					"CORP",
				),
				hex("TargetLogonId", 0x9999),
				text("ParentProcessName", `C:\Windows\System32\services.exe`),
				sid("MandatoryLabel", "S-1-16-16384"),
			)...),
		"4688 v2 without a target": security(
			4688,
			2,
			append(
				slices.Clone(start),
				text("CommandLine", ""),
				sid("TargetUserSid", "S-1-0-0"),
				text("TargetUserName", "-"),
				text(
					"TargetDomainName",
					"-",
				),
				hex("TargetLogonId", 0),
				text("ParentProcessName", `C:\Windows\System32\services.exe`),
				sid("MandatoryLabel", "S-1-16-16384"),
			)...),
		"4624 v2": security(
			4624,
			2,
			sid("SubjectUserSid", "S-1-5-18"),
			text("SubjectUserName", "PC1$"),
			text("SubjectDomainName", "CORP"),
			hex("SubjectLogonId", 0x3e7),
			sid(
				"TargetUserSid",
				"S-1-5-21-1-2-3-1001",
			),
			text("TargetUserName", "anna"),
			text("TargetDomainName", "CORP"),
			hex("TargetLogonId", 0x9999),
			number("LogonType", 10),
			text(
				"LogonProcessName",
				"User32 ",
			),
			text("AuthenticationPackageName", "Negotiate"),
			text("WorkstationName", "PC1"),
			guid("LogonGuid", id),
			text("TransmittedServices", "-"),
			text(
				"LmPackageName",
				"-",
			),
			number("KeyLength", 0),
			hex("ProcessId", 0x1f0),
			text("ProcessName", `C:\Windows\System32\winlogon.exe`),
			text("IpAddress", "192.0.2.7"),
			text(
				"IpPort",
				"50000",
			),
			text("ImpersonationLevel", "%%1833"),
			text("RestrictedAdminMode", "-"),
			text("TargetOutboundUserName", "-"),
			text("TargetOutboundDomainName", "-"),
			text("VirtualAccount", "%%1843"),
			hex("TargetLinkedLogonId", 0),
			text("ElevatedToken", "%%1842"),
		),
		"4625": security(
			4625,
			0,
			sid("SubjectUserSid", "S-1-0-0"),
			text("SubjectUserName", "-"),
			text("SubjectDomainName", "-"),
			hex("SubjectLogonId", 0),
			sid(
				"TargetUserSid",
				"S-1-0-0",
			),
			text("TargetUserName", "admin"),
			text("TargetDomainName", "CORP"),
			hex("Status", 0xc000006d),
			text("FailureReason", "%%2313"),
			hex(
				"SubStatus",
				0xc000006a,
			),
			number("LogonType", 3),
			text("LogonProcessName", "NtLmSsp "),
			text("AuthenticationPackageName", "NTLM"),
			text("WorkstationName", "ATT"),
			text(
				"TransmittedServices",
				"-",
			),
			text("LmPackageName", "-"),
			number("KeyLength", 0),
			hex("ProcessId", 0),
			text("ProcessName", "-"),
			text("IpAddress", "192.0.2.7"),
			text("IpPort", "5555"),
		),
		"Sysmon 1": sysmon(
			1,
			text("RuleName", "-"),
			text("UtcTime", "2026-03-02 10:11:11.001"),
			guid("ProcessGuid", id),
			number("ProcessId", 4242),
			text(
				"Image",
				`C:\Windows\System32\cmd.exe`,
			),
			text("FileVersion", "10.0"),
			text("Description", "x"),
			text("Product", "x"),
			text("Company", "x"),
			text("OriginalFileName", "Cmd.Exe"),
			text(
				"CommandLine",
				"cmd /c x",
			),
			text("CurrentDirectory", `C:\`),
			text("User", `CORP\anna`),
			guid("LogonGuid", id),
			hex("LogonId", 0x9999),
			number("TerminalSessionId", 1),
			text(
				"IntegrityLevel",
				"High",
			),
			text("Hashes", "MD5=AA"),
			guid("ParentProcessGuid", id),
			number("ParentProcessId", 100),
			text("ParentImage", `C:\Windows\explorer.exe`),
			text("ParentCommandLine", "explorer"),
			text("ParentUser", `CORP\anna`),
		),
		"4634": security(
			4634,
			0,
			sid("TargetUserSid", "S-1-5-21-1-2-3-1001"),
			text("TargetUserName", "anna"),
			text("TargetDomainName", "CORP"),
			hex("TargetLogonId", 0x9999),
			number("LogonType", 3),
		),
		"4648": security(
			4648,
			0,
			sid("SubjectUserSid", "S-1-5-18"),
			text("SubjectUserName", "PC1$"),
			text("SubjectDomainName", "CORP"),
			hex("SubjectLogonId", 0x3e7),
			guid("LogonGuid", id),
			text(
				"TargetUserName",
				"anna",
			),
			text("TargetDomainName", "CORP"),
			guid("TargetLogonGuid", id),
			text("TargetServerName", "srv"),
			text("TargetInfo", "srv"),
			hex("ProcessId", 0x1f0),
			text("ProcessName", `C:\Windows\System32\svchost.exe`),
			text("IpAddress", "-"),
			text("IpPort", "-"),
		),
		"4689": security(
			4689,
			0,
			sid("SubjectUserSid", "S-1-5-18"),
			text("SubjectUserName", "PC1$"),
			text("SubjectDomainName", "CORP"),
			hex("SubjectLogonId", 0x3e7),
			hex("Status", 0),
			hex("ProcessId", 0x2c4),
			text("ProcessName", `C:\a.exe`),
		),
		"4732": security(
			4732,
			0,
			text("MemberName", "CN=Anna"),
			sid("MemberSid", "S-1-5-21-1-2-3-1001"),
			text("TargetUserName", "Administrators"),
			text("TargetDomainName", "Builtin"),
			sid(
				"TargetSid",
				"S-1-5-32-544",
			),
			sid("SubjectUserSid", "S-1-5-18"),
			text("SubjectUserName", "PC1$"),
			text("SubjectDomainName", "CORP"),
			hex("SubjectLogonId", 0x3e7),
			text("PrivilegeList", "-"),
		),
		"5156": security(
			5156,
			1,
			number("ProcessID", 704),
			text("Application", `\device\harddiskvolume3\a.exe`),
			text("Direction", "%%14593"),
			text("SourceAddress", "10.0.0.5"),
			text(
				"SourcePort",
				"50001",
			),
			text("DestAddress", "192.0.2.9"),
			text("DestPort", "443"),
			number("Protocol", 6),
			number("FilterRTID", 1),
			text("LayerName", "%%14611"),
			number("LayerRTID", 48),
			sid("RemoteUserID", "S-1-0-0"),
			sid("RemoteMachineID", "S-1-0-0"),
		),
		"Sysmon 3": sysmon(
			3,
			text("RuleName", "-"),
			text("UtcTime", "2026-03-02 10:11:11.001"),
			guid("ProcessGuid", id),
			number("ProcessId", 4242),
			text("Image", `C:\a.exe`),
			text(
				"User",
				`CORP\anna`,
			),
			text("Protocol", "tcp"),
			evtxtest.Pair{Name: "Initiated", Value: evtxtest.Bool(true)},
			evtxtest.Pair{Name: "SourceIsIpv6", Value: evtxtest.Bool(false)},
			text(
				"SourceIp",
				"10.0.0.5",
			),
			text("SourceHostname", "pc1"),
			number("SourcePort", 50001),
			text("SourcePortName", "-"),
			evtxtest.Pair{Name: "DestinationIsIpv6", Value: evtxtest.Bool(false)},
			text(
				"DestinationIp",
				"192.0.2.9",
			),
			text("DestinationHostname", "-"),
			number("DestinationPort", 443),
			text("DestinationPortName", "https"),
		),
		"Sysmon 11": sysmon(
			11,
			text("RuleName", "-"),
			text("UtcTime", "2026-03-02 10:11:11.001"),
			guid("ProcessGuid", id),
			number("ProcessId", 4242),
			text("Image", `C:\a.exe`),
			text(
				"TargetFilename",
				`C:\b.exe`,
			),
			text("CreationUtcTime", "2026-03-02 10:11:11.001"),
			text("User", `CORP\anna`),
		),
		"Sysmon 13": sysmon(
			13,
			text("RuleName", "-"),
			text("EventType", "SetValue"),
			text("UtcTime", "2026-03-02 10:11:11.001"),
			guid("ProcessGuid", id),
			number("ProcessId", 4242),
			text(
				"Image",
				`C:\a.exe`,
			),
			text("TargetObject", `HKLM\Software\x`),
			text("Details", "DWORD (0x00000001)"),
			text("User", `CORP\anna`),
		),
		"Sysmon 10": sysmon(
			10,
			text("RuleName", "-"),
			text("UtcTime", "2026-03-02 10:11:11.001"),
			guid("SourceProcessGUID", id),
			number("SourceProcessId", 7),
			number("SourceThreadId", 8),
			text(
				"SourceImage",
				`C:\a.exe`,
			),
			guid("TargetProcessGUID", id),
			number("TargetProcessId", 9),
			text("TargetImage", `C:\b.exe`),
			hex("GrantedAccess", 0x1010),
			text("CallTrace", "x|y"),
		),
	}
}

// asText gives every value as the text that Windows shows, as events that were rendered have it.
func asText(t *testing.T, e evtxtest.Event) evtxtest.Event {
	out := e
	out.Data = nil
	for f := range recordtest.Of(t, e)[0].Fields() {
		out.Data = append(out.Data, evtxtest.Str(f.Name, f.Text()))
	}
	return out
}

func TestShiftedValuesAreToldAndNotBelieved(t *testing.T) {
	for name, native := range soundEvents() {
		mixed := asText(t, native) // by a forwarder that replaces what it cannot render
		mixed.Data = append(slices.Clone(native.Data[:1]), mixed.Data[1:]...)
		for kind, sound := range map[string]evtxtest.Event{
			"": native, " as text": asText(t, native), " as text but the first": mixed,
		} {
			if from := first(recordtest.Of(t, sound)[0]); from != None {
				t.Errorf(
					"%s%s: nothing is shifted, but %s and what follows it are not believed",
					name,
					kind,
					sound.Data[from].Name,
				)
			}
			var what []string
			events := []evtxtest.Event{sound}
			for i := range sound.Data {
				missing, extra := sound, sound
				missing.Data, extra.Data = slices.Clone(sound.Data), slices.Clone(sound.Data)
				for j := i; j < len(sound.Data); j++ {
					missing.Data[j].Value = evtxtest.Str("", "").Value
					if j+1 < len(sound.Data) {
						missing.Data[j].Value = sound.Data[j+1].Value
					}
					if j > i {
						extra.Data[j].Value = sound.Data[j-1].Value
					}
				}
				extra.Data[i].Value = evtxtest.Str("", "one too many").Value
				events = append(events, missing, extra)
				at := name + kind + ", " + sound.Data[i].Name
				what = append(what, at+" missing", at+" one too many")
			}
			records := recordtest.Of(t, events...)
			for i, shifted := range records[1:] {
				checkShift(t, what[i], records[0], shifted)
			}
		}
	}
}

// checkShift wants the Data of a record to be those of the sound one as far as they are believed.
// Where nothing is said of a shift, no value may pass for another.
func checkShift(t *testing.T, name string, want, got *evtx.Record) {
	t.Helper()
	from := first(got)
	for i := range min(from, want.NumData()) {
		field, value, sound := want.DataAt(i).Name, got.DataAt(i).Text(), want.DataAt(i).Text()
		if value == sound {
			continue
		}
		if from != None {
			t.Errorf("%s: %s = %q is believed, it was %q", name, field, value, sound)
			continue
		}
		found, own := formOf(got, i, readText)&^formNative, forms[field]
		plain := (own == formPlain || own == formCommand) && found == formPlace
		if own >= formCommand && !plain && found != formText && found != formNothing {
			t.Errorf("%s: nothing is said, and %s is %q", name, field, value)
		}
	}
}

// A user who chooses names and command lines must not be able to have an event disbelieved.
func TestNoTextThatAUserChoosesLooksLikeAShift(t *testing.T) {
	for name, sound := range soundEvents() {
		for i, p := range sound.Data {
			if f := forms[p.Name]; f != formText && p.Name != "CommandLine" && p.Name != "ParentCommandLine" {
				continue
			}
			for _, chosen := range []string{"", "S-1-5-18", "S-1-16-16384", "0x10", "12345",
				"{11111111-2222-3333-4444-555555555555}", "%%1936", `C:\x`, "10.0.0.1", "true",
				"2026-03-02 10:11:11.001"} {
				e := sound
				e.Data = slices.Clone(sound.Data)
				e.Data[i].Value = evtxtest.Str("", chosen).Value
				if from := first(recordtest.Of(t, e)[0]); from != None {
					t.Errorf(
						"%s with %s = %q: %s and what follows it are not believed",
						name,
						p.Name,
						chosen,
						e.Data[from].Name,
					)
				}
			}
		}
	}
}
