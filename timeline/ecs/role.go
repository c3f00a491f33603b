package ecs

import (
	"strings"
)

// Role is what an event means. An event id alone says nothing: 104 is a cleared log if the event
// log service wrote it, and a class descriptor if a smart card driver did. The tables of mappings
// give each event id of each provider its role; nothing else in hunt compares ids, providers or
// channels to find out what an event means.
type Role uint8

// The roles. Most events have none: hunt shows them and draws no conclusion from them.
const (
	RoleNone Role = iota
	RoleProcessStart
	RoleProcessEnd
	RoleLogon
	RoleFailedLogon
	RoleExplicitCredentials // a process used another account's credentials
	RoleLogoff
	RoleSpecialPrivileges  // the privileges of a logon
	RoleAccount            // names a local account with its SID and domain
	RoleBoot               // the system has started
	RoleShutdown           // the system shuts down
	RoleUnexpectedShutdown // the system started without having shut down
	RoleLogServiceStarted
	RoleLogServiceStopped
	RoleSecurityLogCleared
	RoleLogCleared // another log, which the event names
	RoleTimeChanged
	RoleAuditPolicyChanged
	RoleAuditSetting // a setting of the audit other than its policy
	RoleSysmonState
	RoleSysmonConfig
	RoleSysmonError
	RoleConnection // a process opened a network connection
	RoleDNSQuery
	RoleFileCreated
	RoleFileStream // a stream of a file was written, such as the mark of the web
	RoleScriptBlock
	RoleTicketRequested  // a domain controller was asked for a Kerberos ticket-granting ticket
	RoleServiceInstalled // a service was installed; the event names it and what it runs
	RoleTaskRegistered   // a scheduled task was made
	RoleEventsDropped    // the writer of a log could not keep up, or could not write: events are lost

	// What shows who logged on, besides Security's own records of logons.
	RoleServiceTicket       // a domain controller was asked for a Kerberos ticket for a service
	RolePreauthFailed       // a domain controller refused a Kerberos ticket: the password is wrong
	RoleCredentialsChecked  // NTLM credentials were checked, by the machine that knows the account
	RoleSessionLogon        // a terminal session, local or remote, began
	RoleSessionShell        // it got its shell
	RoleSessionLogoff       // it ended
	RoleSessionReconnected  // somebody came back to it
	RoleSessionDisconnected // it was disconnected, and continues
	RoleRemoteConnection    // a Remote Desktop client connected, before or after its user was known
	RoleConnectionAccepted  // the Remote Desktop port was reached
	RoleConnectionRefused   // its client had no valid credentials
	RoleOutgoingConnection  // the Remote Desktop client of this machine went elsewhere
	RoleGatewayConnection   // a Remote Desktop gateway let somebody through
	RoleRemoteShell         // a shell was opened through WinRM
	RoleSSH                 // a message of OpenSSH's server
	numRoles
)

// roleNames are the roles as shards spell them.
var roleNames = [numRoles]string{
	RoleProcessStart: "process start", RoleProcessEnd: "process end", RoleLogon: "logon",
	RoleFailedLogon:         "failed logon",
	RoleExplicitCredentials: "explicit credentials", RoleLogoff: "logoff",
	RoleSpecialPrivileges: "special privileges",
	RoleAccount:           "account", RoleBoot: "boot", RoleShutdown: "shutdown",
	RoleUnexpectedShutdown: "unexpected shutdown",
	RoleLogServiceStarted:  "log service started", RoleLogServiceStopped: "log service stopped",
	RoleSecurityLogCleared: "Security log cleared", RoleLogCleared: "log cleared",
	RoleTimeChanged: "time changed", RoleAuditPolicyChanged: "audit policy changed",
	RoleAuditSetting: "audit setting",
	RoleSysmonState:  "Sysmon state", RoleSysmonConfig: "Sysmon configuration", RoleSysmonError: "Sysmon error",
	RoleConnection: "connection", RoleDNSQuery: "DNS query", RoleFileCreated: "file created",
	RoleFileStream:  "file stream",
	RoleScriptBlock: "script block", RoleTicketRequested: "ticket requested",
	RoleServiceInstalled: "service installed", RoleTaskRegistered: "task registered",
	RoleEventsDropped: "events dropped",
	RoleServiceTicket: "service ticket requested", RolePreauthFailed: "pre-authentication failed",
	RoleCredentialsChecked: "credentials checked", RoleSessionLogon: "session logon", RoleSessionShell: "session shell",
	RoleSessionLogoff: "session logoff", RoleSessionReconnected: "session reconnected",
	RoleSessionDisconnected: "session disconnected", RoleRemoteConnection: "remote connection",
	RoleConnectionAccepted: "connection accepted", RoleConnectionRefused: "connection refused",
	RoleOutgoingConnection: "outgoing connection", RoleGatewayConnection: "gateway connection",
	RoleRemoteShell: "remote shell", RoleSSH: "SSH message",
}

// String returns the role's name, "" for none.
func (r Role) String() string {
	if r < numRoles {
		return roleNames[r]
	}
	return ""
}

// ParseRole returns the role of a name that String gave; ok is false for another.
func ParseRole(name string) (r Role, ok bool) {
	for r := range numRoles {
		if roleNames[r] == name {
			return r, true
		}
	}
	return RoleNone, false
}

// Source is the writer of an event, under whichever name the event gives its provider.
type Source uint8

// The sources that hunt tells apart. Providers with a mapping but without a source of their own
// are SourceOther, like all providers that hunt does not know.
const (
	SourceOther Source = iota
	SourceSysmon
	SourceSecurity          // Microsoft-Windows-Security-Auditing
	SourceEventLog          // the event log service: EventLog, Microsoft-Windows-Eventlog
	SourcePowerShell        // Microsoft-Windows-PowerShell, PowerShellCore
	SourceWindowsPowerShell // PowerShell
)

// String returns the source's short name, "" for SourceOther.
func (s Source) String() string {
	return [...]string{"", "Sysmon", "Security", "EventLog", "PowerShell", "Windows PowerShell"}[s]
}

// Channel returns the channel to which Windows writes the events of the source, "" if there are
// several or none is known.
func (s Source) Channel() string {
	channel := ""
	for _, src := range sources {
		switch {
		case s == SourceOther || src.is != s:
		case len(src.channels) != 1 || channel != "":
			return ""
		default:
			channel = src.channels[0]
		}
	}
	return channel
}

// SourceOfChannel returns the source to which a channel belongs, ignoring case.
func SourceOfChannel(channel string) Source {
	for _, src := range sources {
		if len(src.channels) == 1 && strings.EqualFold(src.channels[0], channel) {
			return src.is
		}
	}
	return SourceOther
}

// IsSystemChannel reports whether a channel is the log of the system and its services.
func IsSystemChannel(channel string) bool { return strings.EqualFold(channel, systemChannel[0]) }

// IsForwardedChannel reports whether a channel is the one in which Windows gathers the events of
// other machines.
func IsForwardedChannel(channel string) bool { return strings.EqualFold(channel, "ForwardedEvents") }

// Meaning is what channel, provider and event id say about an event.
type Meaning struct {
	Role   Role
	Source Source
	Loud   bool   // written in large numbers, and says little of what a user did
	Note   string // what is said about many such events, in words, where the role is RoleAuditSetting
}

// MeaningOf returns what the events with that channel, provider and event id mean.
func MeaningOf(channel, provider string, id uint32) Meaning {
	compileMappings()
	return definitionOf(channel, provider, id).meaning
}

// otherNames are further names, in lower case, that a provider has: PowerShell 7
// registers its own provider and writes the events of the one that Windows has.
var otherNames = map[string]string{"powershellcore": "microsoft-windows-powershell"}

// commonChannels are channels, in lower case, that any program may write to under any
// name of a provider, or that Windows keeps for matters without a mapping.
var commonChannels = []string{"application", "setup", "hardwareevents", "internet explorer", "key management service"}
