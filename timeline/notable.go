package timeline

import (
	"strings"
	"time"

	"hunt/evtx"
)

// sysmonState begins what is said of a Sysmon 4.
const sysmonState = "the Sysmon service state changed to "

// after is s with something before it, or nothing.
func after(before, s string) string {
	if s == "" {
		return ""
	}
	return before + s
}

// jump says by how much a change of the clock moved it, "" where the times cannot be read.
func jump(from, to string) string {
	a, err1 := time.Parse(time.RFC3339Nano, from)
	b, err2 := time.Parse(time.RFC3339Nano, to)
	if err1 != nil || err2 != nil {
		return ""
	}
	old, now := evtx.FiletimeOf(a), evtx.FiletimeOf(b)
	if now < old {
		return " (back by " + SpanText(old-now) + ")"
	}
	return " (forward by " + SpanText(now-old) + ")"
}

// auditCategories are the subcategories of the audit policy that rules need the events of.
// Source: MS-GPAC 2.2.1.2 "Subcategory and SubcategoryGUID".
var auditCategories = map[string]string{
	"{0CCE922B-69AE-11D9-BED3-505054503030}": "Process Creation",
	"{0CCE922C-69AE-11D9-BED3-505054503030}": "Process Termination",
	"{0CCE9215-69AE-11D9-BED3-505054503030}": "Logon",
	"{0CCE9216-69AE-11D9-BED3-505054503030}": "Logoff",
	"{0CCE921B-69AE-11D9-BED3-505054503030}": "Special Logon",
	"{0CCE922F-69AE-11D9-BED3-505054503030}": "Audit Policy Change",
}

// auditChanges are the message texts of AuditPolicyChanges. Source: Security 4719 "Audit Policy Change" of Microsoft's documentation.
var auditChanges = strings.NewReplacer("%%8448", "Success removed", "%%8449", "Success added", "%%8450", "Failure removed", "%%8451", "Failure added")

// policyChange says what a Security 4719 changed.
func policyChange(r *evtx.Record) string {
	guid := data(r, "SubcategoryGuid")
	s := after(": ", auditChanges.Replace(data(r, "AuditPolicyChanges")))
	name := auditCategories[strings.ToUpper(guid)]
	if name == "" {
		name = guid
	}
	return s + after(" for ", name) + after(" by ", account(data(r, "SubjectDomainName"), data(r, "SubjectUserName")))
}
