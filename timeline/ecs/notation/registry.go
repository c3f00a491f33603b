package notation

import (
	"bytes"
	"strconv"
	"strings"
)

// RegistryHive returns the hive of a registry path: HKLM, HKU …, and MACHINE or
// USER of the kernel's form \REGISTRY\MACHINE\….
func RegistryHive(path []byte) ([]byte, bool) {
	path = bytes.TrimPrefix(TrimKernelRoot(path), []byte(`\`))
	hive, _, _ := bytes.Cut(path, []byte(`\`))
	return hive, len(hive) > 0
}

// RegistryKey returns a registry path without its hive; it includes the value name, as Elastic's
// mapping does.
func RegistryKey(path []byte) ([]byte, bool) {
	path = bytes.TrimPrefix(TrimKernelRoot(path), []byte(`\`))
	_, key, ok := bytes.Cut(path, []byte(`\`))
	return key, ok && len(key) > 0
}

// TrimKernelRoot returns a path without the \REGISTRY of the kernel's form.
func TrimKernelRoot(path []byte) []byte {
	const root = `\REGISTRY`
	if len(path) > len(root) && path[len(root)] == '\\' && bytes.EqualFold(path[:len(root)], []byte(root)) {
		return path[len(root):]
	}
	return path
}

// Types of registry data as Elastic names them.
const (
	registryDWORD  = "SZ_DWORD"
	registryQWORD  = "SZ_QWORD"
	registryBinary = "REG_BINARY"
	registryText   = "REG_SZ"
)

// RegistryType returns the type of Sysmon's Details.
func RegistryType(details []byte) string {
	if _, ok := registryNumber(details, "DWORD ("); ok {
		return registryDWORD
	}
	if _, ok := registryNumber(details, "QWORD ("); ok {
		return registryQWORD
	}
	if IsRegistryBinary(details) {
		return registryBinary
	}
	return registryText
}

// RegistryNumber returns the number in Sysmon's Details for a DWORD or QWORD, and the number of
// hexadecimal digits with which winlogbeat writes it.
func RegistryNumber(details []byte) (n uint64, digits int, ok bool) {
	if n, ok = registryNumber(details, "DWORD ("); ok {
		return n, 8, true
	}
	n, ok = registryNumber(details, "QWORD (")
	return n, 16, ok
}

// IsRegistryBinary reports whether Sysmon's Details stand for binary data, which it does not log.
func IsRegistryBinary(details []byte) bool { return string(details) == "Binary Data" }

// registryNumber reads "DWORD (0x00000001)" and "QWORD (0x00000001-0x00000002)",
// high half first.
func registryNumber(details []byte, prefix string) (uint64, bool) {
	if !bytes.HasPrefix(details, []byte(prefix)) || details[len(details)-1] != ')' {
		return 0, false
	}
	high, low, halves := bytes.Cut(details[len(prefix):len(details)-1], []byte("-"))
	n, ok := parseHex(high)
	if !ok || !halves {
		return n, ok
	}
	m, ok := parseHex(low)
	if !ok || n >= 1<<32 || m >= 1<<32 {
		return 0, false
	}
	return n<<32 | m, true
}

func parseHex(b []byte) (uint64, bool) {
	digits, ok := bytes.CutPrefix(b, []byte("0x"))
	if !ok {
		return 0, false
	}
	return parseDigits(digits, 16)
}

// HexText returns 0x and at least width digits, as Sysmon writes them.
func HexText(n uint64, width int) string {
	digits := strconv.FormatUint(n, 16)
	return "0x" + strings.Repeat("0", max(0, width-len(digits))) + digits
}

// registryTail is how many components identify a registry path: a key below Run, or the value of a
// service, needs its last three.
const registryTail = 3

// RegistryTail returns an ellipsis and the end of a registry path, or all of a short one.
func RegistryTail(path string) string {
	at := len(path)
	for range registryTail {
		if at = strings.LastIndexByte(path[:at], '\\'); at <= 0 {
			return path
		}
	}
	return "…" + path[at:]
}
