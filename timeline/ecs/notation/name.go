package notation

import "bytes"

// SameName compares a name from a log with hunt's own, ignoring blanks ("Host Application" is
// HostApplication) and case (HostId, Host ID).
func SameName(name []byte, own string) bool {
	i := 0
	for _, c := range name {
		if c == ' ' || c == '\t' || c == '\r' {
			continue
		}
		if i == len(own) || lowerASCII(own[i]) != lowerASCII(c) {
			return false
		}
		i++
	}
	return i == len(own)
}

func lowerASCII(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// OnlyBytes reports whether text is not empty and all of its bytes are in allowed.
func OnlyBytes(text []byte, allowed string) bool {
	return len(text) > 0 && len(bytes.Trim(text, allowed)) == 0
}
