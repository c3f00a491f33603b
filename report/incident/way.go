package incident

// Way is how somebody came from one host to another.
type Way uint8

// The ways.
const (
	WayNetwork       Way = iota // a logon over the network
	WayCleartext                // likewise, in which Windows got the password itself
	WayShell                    // likewise, after which WinRM opened a shell
	WayRemoteDesktop            // a logon over Remote Desktop
	WaySession                  // Remote Desktop's own record of a session
	WayClient                   // a Remote Desktop client went there
	WayCredentials              // credentials were used against a server
)

// String names the way as a sentence does, without an article.
func (w Way) String() string {
	return [...]string{WayNetwork: "network logon",
		WayCleartext:     "network logon that passed the password itself (NetworkCleartext)",
		WayShell:         "network logon that opened a WinRM shell",
		WayRemoteDesktop: "Remote Desktop logon", WaySession: "Remote Desktop session",
		WayClient: "Remote Desktop connection", WayCredentials: "use of explicit credentials"}[w]
}

// whence describes the logon in a sentence: its account and where it came from.
func (m *Movement) whence() string {
	return m.Way.String() + " as " + m.Account.Name + " from " + m.origin()
}

// origin returns where the logon came from, as far as that is known.
func (m *Movement) origin() string {
	if m.From != "" {
		return m.From
	}
	return m.Address
}

// between names the logon in a sentence that says what lies between two findings.
func (m *Movement) between() string {
	text := "a " + m.whence() + " to " + m.To
	if m.Way == WayCredentials {
		text = "a use of the credentials of " + m.Account.Name + " on " + m.From + " against " + m.To
	}
	switch {
	case m.Source != "" && m.Proof != "":
		return text + " (" + m.Source + "; " + m.Proof + ")"
	case m.Source != "" || m.Proof != "":
		return text + " (" + m.Source + m.Proof + ")"
	}
	return text
}

// sought says why a host that was not collected should be.
func (m *Movement) sought() string {
	switch {
	case m.To != "":
		return "a " + m.Way.String() + " as " + m.Account.Name + " on " + m.To + " came from there"
	case m.Way == WayClient:
		return "a Remote Desktop client on " + m.From + " was told to connect there"
	}
	return "explicit credentials were used on " + m.From + " against it"
}
