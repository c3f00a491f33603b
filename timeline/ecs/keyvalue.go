package ecs

import "bytes"

// keyValue returns the value of a key in the "key=value" or "key = value" lines
// that PowerShell puts into one Data. Blanks inside a key do not count ("Host
// Application" is HostApplication), and neither does its case (HostId, Host ID).
func keyValue(text []byte, key string) ([]byte, bool) {
	for line := range bytes.SplitSeq(text, []byte("\n")) {
		name, value, found := bytes.Cut(line, []byte("="))
		if !found || !sameKey(name, key) {
			continue
		}
		value = bytes.TrimSpace(value)
		return value, !saysNothing(value)
	}
	return nil, false
}

// sameKey compares a name with a key given in lower case.
func sameKey(name []byte, key string) bool {
	i := 0
	for _, c := range name {
		switch {
		case c == ' ' || c == '\t' || c == '\r':
			continue
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		}
		if i == len(key) || key[i] != c {
			return false
		}
		i++
	}
	return i == len(key)
}
