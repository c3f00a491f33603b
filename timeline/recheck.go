package timeline

import (
	"fmt"
	"slices"

	"hunt/evtx"
	"hunt/timeline/ledger"
)

// Recheck notes what is wrong with a file that was read a second time: err, why it could not be read again, or that
// it changed since the scan. The file then counts as damaged, once. It reports whether every rereading of the file
// so far gave what the scan read: even a transient error leaves the file damaged.
func (c *Case) Recheck(f *ledger.File, err error) bool {
	var detail string
	switch change := f.Change(); {
	case change != "" && change != f.Before:
		detail = "after it was scanned, " + change
	case err != nil:
		detail = "it could not be read a second time: " + err.Error()
	default:
		return !c.rechecked[f.Index]
	}
	if c.rechecked[f.Index] {
		return false
	}
	if c.rechecked == nil {
		c.rechecked = map[int32]bool{}
	}
	c.rechecked[f.Index] = true
	c.changes = append(c.changes, fmt.Errorf("%s: %s", f.Path, detail))
	d := evtx.Damage{Ref: evtx.Ref{File: f.Index, Chunk: -1}, Kind: evtx.DamageRead, Detail: detail}
	f.Damage = append(f.Damage, d)
	at, _ := slices.BinarySearchFunc(c.Damage, d, ledger.CompareDamage)
	c.Damage = slices.Insert(c.Damage, at, d)
	f.Stats.Damaged++
	c.Records.Damaged++
	f.TellDamage()
	return false
}

// Changes returns what Recheck has found so far, each with the path of the file, without duplicates; none if
// everything that was read again was as the scan had read it.
func (c *Case) Changes() []error { return c.changes }
