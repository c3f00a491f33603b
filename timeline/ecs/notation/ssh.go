package notation

import (
	"bytes"
	"net/netip"
)

// SSHLogon is what OpenSSH's server says about an attempt to log on.
type SSHLogon struct {
	Accepted bool
	Method   []byte // password, publickey, keyboard-interactive/pam
	User     []byte // as the client gave it
	Unknown  bool   // the server has no such user
	Address  []byte
	Port     []byte
}

// ParseSSHLogon reads a message of OpenSSH's server:
//
//	Accepted password for anna from 203.0.113.7 port 51022 ssh2
//	Failed password for invalid user x from 203.0.113.7 port 51022 ssh2
//	Accepted publickey for anna from 2001:db8::1 port 22 ssh2: ED25519 SHA256:...
//
// The client chooses the user name, which may contain a whole message of its own. The address is therefore
// the last possible one. ok is false for any other message. Source: openssh-portable, auth.c, auth_log.
func ParseSSHLogon(text []byte) (l SSHLogon, ok bool) {
	text = bytes.TrimSpace(text)
	rest, accepted := bytes.CutPrefix(text, []byte("Accepted "))
	if !accepted {
		if rest, ok = bytes.CutPrefix(text, []byte("Failed ")); !ok {
			return l, false
		}
	}
	l.Accepted = accepted
	if l.Method, rest, ok = bytes.Cut(rest, []byte(" for ")); !ok || bytes.ContainsAny(l.Method, " \t") {
		return l, false
	}
	at := bytes.LastIndex(rest, []byte(" from "))
	if at < 0 {
		return l, false
	}
	user, place := rest[:at], rest[at+len(" from "):]
	l.User, l.Unknown = bytes.CutPrefix(user, []byte("invalid user "))
	words := bytes.SplitN(place, []byte(" "), 4)
	if len(words) < 3 || string(words[1]) != "port" {
		return l, false
	}
	if _, err := netip.ParseAddr(string(words[0])); err != nil {
		return l, false
	}
	l.Address, l.Port = words[0], words[2]
	return l, true
}

// Endpoint splits an address and a port: 203.0.113.7:49231, [2001:db8::1]:49231. An address without a port is
// read as by PlainIP; port is then nil.
func Endpoint(b []byte) (ip, port []byte, ok bool) {
	b = bytes.TrimSpace(b)
	if inner, bracketed := bytes.CutPrefix(b, []byte("[")); bracketed {
		inner, port, ok = bytes.Cut(inner, []byte("]"))
		if !ok || len(port) > 0 && port[0] != ':' {
			return nil, nil, false
		}
		ip, ok = PlainIP(inner)
		return ip, bytes.TrimPrefix(port, []byte(":")), ok
	}
	if ip, ok = PlainIP(b); ok {
		return ip, nil, true
	}
	at := bytes.LastIndexByte(b, ':')
	if at < 0 {
		return nil, nil, false
	}
	ip, ok = PlainIP(b[:at])
	return ip, b[at+1:], ok
}
