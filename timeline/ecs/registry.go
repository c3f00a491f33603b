package ecs

import (
	"bytes"
	"strconv"
	"strings"
)

// registryHive returns the hive of a registry path: HKLM, HKU …, and MACHINE or
// USER of the kernel's form \REGISTRY\MACHINE\….
func registryHive(path []byte) ([]byte, bool) {
	path = bytes.TrimPrefix(trimKernelRoot(path), []byte(`\`))
	hive, _, _ := bytes.Cut(path, []byte(`\`))
	return hive, len(hive) > 0
}

// registryKey returns a registry path without its hive, value name included as
// Elastic's mapping has it.
func registryKey(path []byte) ([]byte, bool) {
	path = bytes.TrimPrefix(trimKernelRoot(path), []byte(`\`))
	_, key, ok := bytes.Cut(path, []byte(`\`))
	return key, ok && len(key) > 0
}

func trimKernelRoot(path []byte) []byte {
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

// registryType returns the type of Sysmon's Details.
func registryType(details []byte) string {
	if _, ok := registryNumber(details, "DWORD ("); ok {
		return registryDWORD
	}
	if _, ok := registryNumber(details, "QWORD ("); ok {
		return registryQWORD
	}
	if string(details) == "Binary Data" {
		return registryBinary
	}
	return registryText
}

// appendRegistryData appends the data of Sysmon's Details. Rules are written
// for decimal numbers (the integration) and for hexadecimal ones of eight digits
// (winlogbeat), hence both; text is itself, and binary data are not logged.
func (w *workspace) appendRegistryData(dst []Value, details []byte) []Value {
	if n, ok := registryNumber(details, "DWORD ("); ok {
		return append(dst, String(strconv.FormatUint(n, 10)), String(hexText(n, 8)))
	}
	if n, ok := registryNumber(details, "QWORD ("); ok {
		return append(dst, String(strconv.FormatUint(n, 10)), String(hexText(n, 16)))
	}
	if string(details) == "Binary Data" {
		return dst
	}
	return append(dst, String(w.string(details)))
}

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

// hexText returns 0x and at least width digits, as Sysmon writes them.
func hexText(n uint64, width int) string {
	digits := strconv.FormatUint(n, 16)
	return "0x" + strings.Repeat("0", max(0, width-len(digits))) + digits
}
