package timeline

// allowance is what one archive on disk, with all that is in it, may still cost the run. It counts bytes and rounds, never time, so
// that a run gives the same on every machine; and it is the archive's own, so that a bomb costs nothing beside it and a shard gives
// what one run gives.
type allowance struct {
	rounds int64 // of a hash, for passwords
}

// allowance is that of an archive of so many bytes.
func (l *archiveLimits) allowance(_ int64) *allowance { return &allowance{rounds: l.rounds} }

// try pays for trying a password.
func (a *allowance) try(rounds int64) bool {
	if rounds > a.rounds {
		a.rounds = 0
		return false
	}
	a.rounds -= rounds
	return true
}
