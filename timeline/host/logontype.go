package host

// LogonType is how somebody logged on, as winlog.logon.type spells it; "" means unknown.
type LogonType string

// The types that hunt distinguishes.
const (
	LogonInteractive             LogonType = "Interactive"
	LogonNetwork                 LogonType = "Network"
	LogonNetworkCleartext        LogonType = "NetworkCleartext"
	LogonUnlock                  LogonType = "Unlock"
	LogonRemoteInteractive       LogonType = "RemoteInteractive"
	LogonCachedInteractive       LogonType = "CachedInteractive"
	LogonCachedRemoteInteractive LogonType = "CachedRemoteInteractive"
	LogonCachedUnlock            LogonType = "CachedUnlock"
)

// ClaimsWorkstation reports whether the WorkstationName of such a logon is the name that the client gave for itself.
// For logons at the machine and over Remote Desktop it is the machine's own, and says nothing about where they came
// from.
func (t LogonType) ClaimsWorkstation() bool { return t == LogonNetwork || t == LogonNetworkCleartext }

// FromElsewhere reports whether such a logon comes, or can come, from another computer.
func (t LogonType) FromElsewhere() bool { return t.ClaimsWorkstation() || t == LogonRemoteInteractive }

// Personal reports whether a session of such a logon is the work of one person.
func (t LogonType) Personal() bool {
	switch t {
	case LogonInteractive, LogonRemoteInteractive, LogonUnlock, LogonCachedInteractive, LogonCachedRemoteInteractive,
		LogonCachedUnlock:
		return true
	}
	return false
}
