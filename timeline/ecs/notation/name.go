package notation

import "bytes"

// SameName compares a name as a log has it with hunt's own. Its blanks do not count ("Host
// Application" is HostApplication), and neither does the case (HostId, Host ID).
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

// OnlyBytes reports whether text is made of bytes of allowed alone, at least one.
func OnlyBytes(text []byte, allowed string) bool {
	return len(text) > 0 && len(bytes.Trim(text, allowed)) == 0
}
