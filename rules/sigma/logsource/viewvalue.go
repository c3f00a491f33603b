package logsource

import (
	"strconv"
	"strings"
)

func firstThere(_ *View, values []string) (string, bool) {
	for _, s := range values {
		if s != "" {
			return s, true
		}
	}
	return "", true
}

// said reports whether a text names something.
func said(s string) bool { return s != "" && s != "-" }

// logonOfStart returns the logon of a 4688's new process: the target's, if the record names one,
// otherwise the creator's.
func logonOfStart(_ *View, v []string) (string, bool) {
	if said(v[0]) {
		return v[1], v[1] != ""
	}
	return v[2], v[2] != ""
}

// labels are the names of integrity levels, as Sysmon has them.
var labels = map[string]string{
	"S-1-16-0": "Untrusted", "S-1-16-4096": "Low", "S-1-16-8192": "Medium", "S-1-16-8448": "Medium",
	"S-1-16-12288": "High", "S-1-16-16384": "System",
}

func integrityLevel(_ *View, v []string) (string, bool) {
	if name, ok := labels[v[0]]; ok {
		return name, true
	}
	return v[0], true
}

// accounts are the accounts that Sysmon names alike on hosts of every language.
var accounts = map[string]string{
	"S-1-5-18": `NT AUTHORITY\SYSTEM`, "S-1-5-19": `NT AUTHORITY\LOCAL SERVICE`,
	"S-1-5-20": `NT AUTHORITY\NETWORK SERVICE`,
}

// account returns the account of a SID, name and domain, as Sysmon has it.
func (v *View) account(sid, name, domain string) (string, bool) {
	if known, ok := accounts[sid]; ok {
		return known, true
	}
	if domain == "" {
		return name, name != ""
	}
	return v.join(domain, `\`, name), true
}

func userOfStart(view *View, v []string) (string, bool) {
	if said(v[1]) {
		return view.account(v[0], v[1], v[2])
	}
	return view.account(v[3], v[4], v[5])
}

func subject(view *View, v []string) (string, bool) { return view.account(v[0], v[1], v[2]) }

// registryObject returns the path of a value as Sysmon has it.
func registryObject(view *View, v []string) (string, bool) {
	path := v[0]
	for _, root := range [][2]string{{`\REGISTRY\MACHINE`, "HKLM"}, {`\REGISTRY\USER`, "HKU"}} {
		if len(path) >= len(root[0]) && strings.EqualFold(path[:len(root[0])], root[0]) &&
			(len(path) == len(root[0]) || path[len(root[0])] == '\\') {
			path = view.join(root[1], path[len(root[0]):], "")
			break
		}
	}
	if v[1] == "" || v[1] == "-" {
		return path, path != ""
	}
	return view.join(path, `\`, v[1]), true
}

// registryDetails returns what was written, as Sysmon has it.
func registryDetails(view *View, v []string) (string, bool) {
	switch v[1] {
	case "%%1876": // REG_DWORD
		if n, ok := number(v[0], 32); ok {
			return view.join("DWORD (0x", hex(n, 8), ")"), true
		}
	case "%%1883": // REG_QWORD
		if n, ok := number(v[0], 64); ok {
			return view.join("QWORD (0x", hex(n>>32, 8), view.join("-0x", hex(n&0xffffffff, 8), ")")), true
		}
	case "%%1875": // REG_BINARY
		return "Binary Data", true
	}
	return v[0], true
}

func number(s string, bits int) (uint64, bool) {
	base := 10
	if len(s) > 2 && (s[:2] == "0x" || s[:2] == "0X") {
		s, base = s[2:], 16
	}
	n, err := strconv.ParseUint(s, base, bits)
	return n, err == nil
}

func hex(n uint64, digits int) string {
	s := strconv.FormatUint(n, 16)
	if len(s) < digits {
		s = strings.Repeat("0", digits-len(s)) + s
	}
	return s
}

func registryEvent(_ *View, v []string) (string, bool) {
	switch v[0] {
	case "%%1904", "%%1905":
		return "SetValue", true
	case "%%1906":
		return "DeleteValue", true
	}
	return v[0], true
}

// driveOfVolume reads a device's path as one on C:, which is a guess: the log does not give the
// letter.
func driveOfVolume(view *View, v []string) (string, bool) {
	const device = `\device\harddiskvolume`
	path := v[0]
	if len(path) <= len(device) || !strings.EqualFold(path[:len(device)], device) {
		return path, true
	}
	rest := strings.TrimLeft(path[len(device):], "0123456789")
	if len(rest) == len(path)-len(device) || rest != "" && rest[0] != '\\' {
		return path, true
	}
	return view.join("C:", rest, ""), true
}

func initiated(_ *View, v []string) (string, bool) {
	switch v[0] {
	case "%%14593":
		return "true", true
	case "%%14592":
		return "false", true
	}
	return v[0], true
}

func protocol(_ *View, v []string) (string, bool) {
	switch v[0] {
	case "6":
		return "tcp", true
	case "17":
		return "udp", true
	}
	return v[0], true
}
