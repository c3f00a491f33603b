package ledger

// Asked says what will be asked of the histories of hosts. What nobody asks for takes no memory. What logs say about
// themselves and about the clock is always known.
type Asked uint8

// What is asked for.
const (
	AskedAll      Asked = iota // processes, sessions and accounts of every host, at once
	AskedLater                 // the same, of one host after the other, or of none
	AskedAccounts              // the accounts that logons name; in which run of the system an event was written
	AskedTwins                 // which two records tell of one process start
	AskedNothing               // nothing else
)

// Whole reports whether histories are whole: who asks for less gets no processes and no sessions.
func (a Asked) Whole() bool { return a <= AskedLater }

// Logons reports whether logons are asked for.
func (a Asked) Logons() bool { return a <= AskedAccounts }

// kernelPID is the process id of the kernel, which starts the session manager.
const kernelPID = 4

// Keeps reports whether a process start is asked for.
func (a Asked) Keeps(s *Start) bool {
	return a.Whole() || a == AskedTwins || a == AskedAccounts && s.PPID == kernelPID
}
