package ledger

import (
	"errors"
	"fmt"

	"hunt/evtx"
)

// FileStats is what a scan counted in one file. Read = Kept + Filtered + Duplicate.
type FileStats struct {
	Read, Kept, Filtered, Duplicate int
	Damaged                         int // damage entries that lose records
	// recovered from behind the live records and outside chunks, apart from Read
	Carved      int
	Carve       evtx.CarveStats // how they were recovered, and what could not be
	First, Last evtx.Filetime
	// Records whose time is not the one that the clock of the run asks for: because TimeCreated is implausible, the
	// time in the record's header is used (HeaderTime) or there is none (NoTime); NoUTC counts, with ClockUTC, those of
	// Sysmon with an implausible UtcTime.
	HeaderTime, NoTime, NoUTC int
	Continued                 int // among Read: records that follow the end that the header of their chunk gives
	FirstID, LastID           uint64
	Channels, Computers       []string // sorted

	Chunks       int    // slots that hold one
	LastHeaderID uint64 // the highest record id of a record header
}

// CountTime counts where the time of a live record comes from.
func (s *FileStats) CountTime(source evtx.TimeSource, noUTC bool) {
	switch source {
	case evtx.TimeWritten:
		s.HeaderTime++
	case evtx.TimeNone:
		s.NoTime++
	}
	if noUTC {
		s.NoUTC++
	}
}

func (s *FileStats) Add(o FileStats) {
	s.Read += o.Read
	s.Kept += o.Kept
	s.Filtered += o.Filtered
	s.Duplicate += o.Duplicate
	s.Damaged += o.Damaged
	s.Carved += o.Carved
	s.Carve.Add(o.Carve)
	s.HeaderTime += o.HeaderTime
	s.NoTime += o.NoTime
	s.NoUTC += o.NoUTC
	s.Continued += o.Continued
	s.Chunks += o.Chunks
	s.LastHeaderID = max(s.LastHeaderID, o.LastHeaderID)
	s.First, s.Last = Widen(s.First, s.Last, o.First)
	s.First, s.Last = Widen(s.First, s.Last, o.Last)
	if s.FirstID == 0 || o.FirstID != 0 && o.FirstID < s.FirstID {
		s.FirstID = o.FirstID
	}
	s.LastID = max(s.LastID, o.LastID)
}

// ErrCounts says that counts which must agree do not: records were lost or counted twice, which is a bug in hunt.
var ErrCounts = errors.New("the records do not add up; this is a mistake in hunt, please report it")

func (s *FileStats) Check(of string) error {
	if s.Read != s.Kept+s.Filtered+s.Duplicate {
		return fmt.Errorf("%w: %s: %d read, but %d kept + %d filtered + %d duplicates = %d", ErrCounts, of, s.Read,
			s.Kept, s.Filtered, s.Duplicate, s.Kept+s.Filtered+s.Duplicate)
	}
	return nil
}
