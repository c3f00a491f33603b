package ledger

// Asked says which parts of the histories of hosts will be used. Parts that nobody uses take no memory. What logs
// say about themselves and about the clock is always kept.
type Asked uint8

// From everything to nothing.
const (
	AskedAll      Asked = iota // processes, sessions and accounts of every host, at once
	AskedLater                 // the same, of one host after the other, or of none
	AskedTrees                 // the same, of one host at a time; command lines and hashes are read when they are shown
	AskedAccounts              // the accounts that logons name, and in which run of the system an event was written
	AskedTwins                 // which two records report one process start
	AskedNothing               // nothing else
)

// Whole reports whether histories are complete: otherwise there are no processes and no sessions.
func (a Asked) Whole() bool { return a <= AskedTrees }

// Logons reports whether logons are kept.
func (a Asked) Logons() bool { return a <= AskedAccounts }

// kernelPID is the process id of the kernel, which starts the session manager.
const kernelPID = 4

// Keeps reports whether a process start is kept.
func (a Asked) Keeps(s *Start) bool {
	return a.Whole() || a == AskedTwins || a == AskedAccounts && s.PPID == kernelPID
}
