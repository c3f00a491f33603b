package notation

import "testing"

func TestAnSSHLogonIsReadWhateverItsUserIsCalled(t *testing.T) {
	for text, want := range map[string]string{
		"Accepted password for anna from 203.0.113.7 port 51022 ssh2": "accepted password anna 203.0.113.7 51022",
		"Accepted publickey for corp\\anna from 2001:db8::1 port 22 ssh2: ED25519 " +
			"SHA256:abc": "accepted publickey corp\\anna 2001:db8::1 22",
		"Failed password for invalid user x from 203.0.113.7 port 1 ssh2":                             "failed password x? 203.0.113.7 1",
		"Failed password for invalid user a from 10.0.0.1 port 22 ssh2 from 203.0.113.7 port 51 ssh2": "failed password a from 10.0.0.1 port 22 ssh2? 203.0.113.7 51",
		"Failed none for invalid user  from 203.0.113.7 port 51 ssh2":                                 "failed none ? 203.0.113.7 51",
		"Accepted password for a b from 203.0.113.7 port 51 ssh2":                                     "accepted password a b 203.0.113.7 51",
		"Server listening on 0.0.0.0 port 22.":                                                        "",
		"Accepted password for anna from nowhere port 22 ssh2":                                        "",
		"Accepted password for anna":                                                                  "",
		"Invalid user x from 203.0.113.7 port 1":                                                      "",
		"Failed ":                                                                                     "", "": "",
	} {
		l, ok := ParseSSHLogon([]byte(text))
		got := ""
		if ok {
			got = "failed "
			if l.Accepted {
				got = "accepted "
			}
			got += string(l.Method) + " " + string(l.User)
			if l.Unknown {
				got += "?"
			}
			got += " " + string(l.Address) + " " + string(l.Port)
		}
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestAnEndpointIsAnAddressWithOrWithoutItsPort(t *testing.T) {
	for text, want := range map[string]string{
		"51.15.147.173:54151": "51.15.147.173 54151", "222.184.35.55": "222.184.35.55 ",
		"[2001:db8::1]:3389": "2001:db8::1 3389",
		"2001:db8::1":        "2001:db8::1 ", "[fe80::1%4]:50000": "fe80::1 50000",
		"[::ffff:10.0.0.1]:77": "10.0.0.1 77",
		"host:77":              "-", "": "-", ":": "-",
	} {
		ip, port, ok := Endpoint([]byte(text))
		got := string(ip) + " " + string(port)
		if !ok {
			got = "-"
		}
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
