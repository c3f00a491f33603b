package notation

import (
	"bytes"
	"strings"
)

// UserName returns the name of DOM\name, or all of a name without a domain.
func UserName(b []byte) []byte {
	return b[bytes.IndexByte(b, '\\')+1:]
}

// UserDomain returns the domain of DOM\name, and whether there is one.
func UserDomain(b []byte) ([]byte, bool) {
	i := bytes.IndexByte(b, '\\')
	if i < 0 {
		return nil, false
	}
	return b[:i], true
}

// Account returns a user name without the @domain that Kerberos events add.
func Account(b []byte) []byte {
	if i := bytes.IndexByte(b, '@'); i > 0 {
		return b[:i]
	}
	return b
}

// CommonName returns the value of the first CN of a distinguished name, with its escapes
// resolved (RFC 4514, section 2.4), or the text itself if it is not a distinguished name.
func CommonName(dn string) string {
	if len(dn) < 3 || !strings.EqualFold(dn[:3], "cn=") {
		return dn
	}
	dn = dn[3:]
	var out []byte
	for i := 0; i < len(dn); i++ {
		switch c := dn[i]; {
		case c == ',':
			return string(out)
		case c == '\\' && i+2 < len(dn) && isHex(dn[i+1]) && isHex(dn[i+2]):
			n, _ := parseDigits([]byte(dn[i+1:i+3]), 16)
			out = append(out, byte(n))
			i += 2
		case c == '\\' && i+1 < len(dn):
			i++
			out = append(out, dn[i])
		default:
			out = append(out, c)
		}
	}
	return string(out)
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}
