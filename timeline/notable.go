package timeline

import (
	"cmp"
	"strings"
	"time"

	"hunt/evtx"
	"hunt/timeline/ecs"
	"hunt/timeline/ledger"
)

// notableOf returns what coverage says about an event; ok is false if that is nothing. The caller fills in the fact.
func notableOf(ev *ecs.Event) (n ledger.Notable, ok bool) {
	c, r := ev.Class, ev.Record
	n = ledger.Notable{Role: c.Role, Channel: c.Channel, Provider: c.Provider, Code: c.EventID}
	switch c.Role {
	case ecs.RoleBoot, ecs.RoleShutdown: // not listed as notes
	case ecs.RoleSecurityLogCleared:
		n.Log = "Security"
		n.Detail = "the Security log was cleared by " + clearedBy(r)
	case ecs.RoleLogCleared:
		if r.IsUserData() {
			n.Log = ecs.Data(r, "Channel")
		}
		n.Detail = "the log " + cmp.Or(n.Log, "(unnamed)") + " was cleared by " + clearedBy(r)
	case ecs.RoleLogServiceStarted:
		n.Detail = "the event log service started"
	case ecs.RoleLogServiceStopped:
		n.Detail = "the event log service stopped"
	case ecs.RoleUnexpectedShutdown:
		n.Detail = "the previous shutdown was unexpected"
	case ecs.RoleSysmonState:
		state := ecs.Data(r, "State")
		n.Stopped = strings.EqualFold(state, "Stopped")
		n.Detail = "the Sysmon service state changed to " + cmp.Or(state, "unknown") +
			after(", version ", ecs.Data(r, "Version"))
	case ecs.RoleSysmonConfig:
		n.Detail = "the Sysmon configuration changed: " + cmp.Or(ecs.Data(r, "Configuration"), "no detail") +
			after(", ", ecs.Data(r, "ConfigurationFileHash"))
	case ecs.RoleEventsDropped:
		n.Detail = "Windows could not write all events to the log: some are gone"
	case ecs.RoleSysmonError:
		if ecs.Data(r, "ID") == sysmonQueue {
			n.Role = ecs.RoleEventsDropped
		}
		n.Detail = "Sysmon reported an error: " + cmp.Or(ecs.Data(r, "Description"), ecs.Data(r, "ID"))
	case ecs.RoleTimeChanged:
		n.Detail = timeChange(ev)
		n.Program = ev.Said("ProcessName")
		if c.Source == ecs.SourceSecurity {
			setClock(&n, ev.Said("PreviousTime"), ev.Said("NewTime"))
			n.By, n.SID = account(ev.Said("SubjectDomainName"), ev.Said("SubjectUserName")), ev.Said("SubjectUserSid")
		} else {
			setClock(&n, ev.Said("OldTime"), ev.Said("NewTime"))
			n.SID = r.UserID()
		}
	case ecs.RoleAuditPolicyChanged:
		n.Audit, n.Audited = auditOf(ev)
		n.Detail = "the audit policy was changed" + policyChange(ev)
	default:
		return n, false
	}
	return n, true
}

// setClock notes what the clock showed before and after a change. Times that cannot be read stay 0.
func setClock(n *ledger.Notable, from, to string) {
	a, err1 := time.Parse(time.RFC3339Nano, from)
	b, err2 := time.Parse(time.RFC3339Nano, to)
	if err1 == nil && err2 == nil {
		n.From, n.To = evtx.FiletimeOf(a), evtx.FiletimeOf(b)
	}
}

// sysmonQueue is the ID of the Sysmon 255 which says that the driver's queue was full.
const sysmonQueue = "QUEUE"

// auditOf returns the events whose logging a change of the audit policy ends or begins, RoleNone if hunt follows
// none of them. Only the auditing of successes counts: a failure starts neither a process nor a session.
func auditOf(ev *ecs.Event) (what ecs.Role, begins bool) {
	const removed, added = "%%8448", "%%8449"
	what = auditRoles[auditCategories[strings.ToUpper(ev.Said("SubcategoryGuid"))]]
	switch changes := ev.Said("AuditPolicyChanges"); {
	case strings.Contains(changes, removed):
		return what, false
	case strings.Contains(changes, added):
		return what, true
	}
	return ecs.RoleNone, false
}

// clearedBy returns who cleared a log. The event log service says so in a payload of its own; a name anywhere else
// does not come from it.
func clearedBy(r *evtx.Record) string {
	if !r.IsUserData() {
		return "an unknown user"
	}
	return cmp.Or(account(ecs.Data(r, "SubjectDomainName"), ecs.Data(r, "SubjectUserName")), "an unknown user")
}

// timeChange describes a change of the clock. The Security log names the process that asked for it.
func timeChange(ev *ecs.Event) string {
	from, to, by := ev.Said("OldTime"), ev.Said("NewTime"), ""
	if ev.Class.Source == ecs.SourceSecurity {
		from, by = ev.Said("PreviousTime"), " by "+cmp.Or(ev.Said("ProcessName"), "an unknown process")
	}
	return "the system time was changed from " + from + " to " + to + by + jump(from, to)
}

// after returns s with before in front of it, or "" if s is empty.
func after(before, s string) string {
	if s == "" {
		return ""
	}
	return before + s
}

// jump says by how much a change of the clock moved it, "" if the times cannot be read.
func jump(from, to string) string {
	a, err1 := time.Parse(time.RFC3339Nano, from)
	b, err2 := time.Parse(time.RFC3339Nano, to)
	if err1 != nil || err2 != nil {
		return ""
	}
	old, now := evtx.FiletimeOf(a), evtx.FiletimeOf(b)
	if now < old {
		return " (back by " + evtx.SpanText(old-now) + ")"
	}
	return " (forward by " + evtx.SpanText(now-old) + ")"
}

// auditCategories are the subcategories of the audit policy whose events rules need. Source: MS-GPAC 2.2.1.2
// "Subcategory and SubcategoryGUID".
var auditCategories = map[string]string{
	"{0CCE922B-69AE-11D9-BED3-505054503030}": "Process Creation",
	"{0CCE922C-69AE-11D9-BED3-505054503030}": "Process Termination",
	"{0CCE9215-69AE-11D9-BED3-505054503030}": "Logon",
	"{0CCE9216-69AE-11D9-BED3-505054503030}": "Logoff",
	"{0CCE921B-69AE-11D9-BED3-505054503030}": "Special Logon",
	"{0CCE922F-69AE-11D9-BED3-505054503030}": "Audit Policy Change",
}

// auditRoles are the events of these subcategories that hunt follows.
var auditRoles = map[string]ecs.Role{
	"Process Creation": ecs.RoleProcessStart, "Process Termination": ecs.RoleProcessEnd, "Logon": ecs.RoleLogon,
	"Logoff":        ecs.RoleLogoff,
	"Special Logon": ecs.RoleSpecialPrivileges,
}

// auditChanges are the message texts of AuditPolicyChanges. Source: Security 4719 "Audit Policy Change" of
// Microsoft's documentation.
var auditChanges = strings.NewReplacer("%%8448", "Success removed", "%%8449", "Success added", "%%8450",
	"Failure removed", "%%8451", "Failure added")

// policyChange describes what a Security 4719 changed.
func policyChange(ev *ecs.Event) string {
	guid := ev.Said("SubcategoryGuid")
	s := after(": ", auditChanges.Replace(ev.Said("AuditPolicyChanges")))
	name := auditCategories[strings.ToUpper(guid)]
	if name == "" {
		name = guid
	}
	return s + after(" for ", name) + after(" by ", account(ev.Said("SubjectDomainName"), ev.Said("SubjectUserName")))
}
