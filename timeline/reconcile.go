package timeline

import (
	"fmt"

	"hunt/timeline/ledger"
)

// reconcile checks that counts from different places add up: workers count what they read and what the filter left
// out, sorting the records' keys counts what is kept and what is a copy, and the classes of events count what each
// host has.
func (c *Case) reconcile() error {
	var sum ledger.FileStats
	for _, f := range c.Files {
		if err := f.Stats.Check(f.Path); err != nil {
			return err
		}
		sum.Add(f.Stats)
	}
	if err := c.Records.Check("all files"); err != nil {
		return err
	}
	if s, r := sum, c.Records; s.Read != r.Read || s.Kept != r.Kept || s.Filtered != r.Filtered ||
		s.Duplicate != r.Duplicate || s.Damaged != r.Damaged || s.Carved != r.Carved {
		return fmt.Errorf("%w: the files have %d records read, %d kept, %d filtered, %d duplicates, %d damaged, "+
			"%d carved, in all it says %d, %d, %d, %d, %d, %d", ledger.ErrCounts,
			s.Read, s.Kept, s.Filtered, s.Duplicate, s.Damaged, s.Carved, r.Read, r.Kept, r.Filtered, r.Duplicate,
			r.Damaged, r.Carved)
	}
	if !c.Filter.IsZero() {
		return nil // hosts also count filtered records, but not the copies of these
	}
	hosts := 0
	for _, h := range c.Hosts.All {
		hosts += h.Records
	}
	if hosts != c.Records.Kept {
		return fmt.Errorf("%w: the hosts have %d records, the files %d that are kept", ledger.ErrCounts, hosts,
			c.Records.Kept)
	}
	return nil
}
