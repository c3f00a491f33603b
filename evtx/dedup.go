package evtx

import (
	"encoding/binary"

	"github.com/cespare/xxhash/v2"
)

// Dedup recognises equal records by record id, time and content, to leave out carved copies of
// live records. It belongs to one goroutine and takes about 20 bytes per record. The zero value
// is empty.
type Dedup struct {
	seen map[uint64]struct{}
}

// Add adds a record and reports whether no equal one was added before.
func (s *Dedup) Add(r *Record) bool {
	var b [24]byte
	binary.LittleEndian.PutUint64(b[:], r.Ref.HeaderRecordID)
	binary.LittleEndian.PutUint64(b[8:], uint64(r.Written))
	binary.LittleEndian.PutUint64(b[16:], r.ContentHash())
	key := xxhash.Sum64(b[:])
	if _, ok := s.seen[key]; ok {
		return false
	}
	if s.seen == nil {
		s.seen = make(map[uint64]struct{})
	}
	s.seen[key] = struct{}{}
	return true
}
