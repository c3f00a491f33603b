package pack

import (
	"path"
	"strings"
)

// dataStreams are the names that Elastic's agents give to the content of Windows event logs. A rule runs if one of
// its index patterns matches one of them (docs.elastic.co: integrations windows and system; winlogbeat).
var dataStreams = []string{
	"winlogbeat-9.0.0",
	"logs-windows.forwarded-default",
	"logs-windows.sysmon_operational-default",
	"logs-windows.powershell-default",
	"logs-windows.powershell_operational-default",
	"logs-windows.windows_defender-default",
	"logs-windows.applocker_exe_and_dll-default",
	"logs-system.security-default",
	"logs-system.system-default",
	"logs-system.application-default",
	"logs-winlog.winlog-default",
}

// takesIn reports whether an index pattern matches a stream in any version or namespace, which follows its last
// hyphen.
func takesIn(pattern, stream string) bool {
	if ok, err := path.Match(pattern, stream); err == nil && ok {
		return true
	}
	literal, _, _ := strings.Cut(pattern, "*")
	return strings.HasPrefix(literal, stream[:strings.LastIndexByte(stream, '-')+1])
}

// needsOtherData returns why a rule with these index patterns has nothing to read in event logs, or "".
func needsOtherData(indexes []string) string {
	if len(indexes) == 0 {
		return ""
	}
	endpoint := true
	for _, pattern := range indexes {
		if i := strings.LastIndexByte(pattern, ':'); i >= 0 {
			pattern = pattern[i+1:] // a remote cluster's name
		}
		for _, stream := range dataStreams {
			if takesIn(strings.TrimPrefix(pattern, ".ds-"), stream) {
				return ""
			}
		}
		if !strings.HasPrefix(pattern, "logs-endpoint") && !strings.HasPrefix(pattern, "endgame") {
			endpoint = false
		}
	}
	if endpoint {
		return "needs endpoint data: " + strings.Join(indexes, ", ")
	}
	return "needs data that event logs do not hold: " + strings.Join(indexes, ", ")
}
