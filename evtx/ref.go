package evtx

// A Ref says where a record's bytes are. It travels with every event to the report, so that a
// finding leads back to bytes that anybody can read again.
//
// For a line of an export, Chunk is the number of the block of lines that it was read with, Offset
// is where the line begins, and HeaderRecordID is the number of the line, counted from 1.
type Ref struct {
	File           int32  // index of the file in the case's ordered list of evidence files
	Chunk          int32  // number of the slot, see SlotOffset; -1 outside any slot
	Offset         int64  // of the record's magic, in bytes from the start of the file
	HeaderRecordID uint64 // record number in the record header
	EventRecordID  uint64 // System/EventRecordID, the number rules and analysts use
	Carved         bool   // recovered from slack after the live records, or from a slot without a chunk
}

// Compare orders refs by file, then offset: the order of the evidence on disk.
func (r Ref) Compare(o Ref) int {
	switch {
	case r.File != o.File:
		return int(r.File) - int(o.File)
	case r.Offset < o.Offset:
		return -1
	case r.Offset > o.Offset:
		return 1
	}
	return 0
}
