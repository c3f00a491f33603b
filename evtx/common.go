package evtx

import "encoding/binary"

// Common is a set of System properties whose values the events of a log often share.
type Common uint8

const (
	CommonVersion Common = 1 << iota
	CommonLevel
	CommonOpcode
	CommonTask
	CommonKeywords
	CommonComputer
	CommonUser
)

// AppendCommon appends the values of these properties, encoded so that two records give the same bytes if and only if
// they have the same values.
func (r *Record) AppendCommon(dst []byte, of Common) []byte {
	if of&CommonVersion != 0 {
		dst = append(dst, r.Version())
	}
	if of&CommonLevel != 0 {
		dst = append(dst, r.Level())
	}
	if of&CommonOpcode != 0 {
		dst = append(dst, r.Opcode())
	}
	if of&CommonTask != 0 {
		dst = binary.LittleEndian.AppendUint16(dst, r.Task())
	}
	if of&CommonKeywords != 0 {
		dst = binary.LittleEndian.AppendUint64(dst, r.Keywords())
	}
	if of&CommonComputer != 0 {
		dst = appendSized(dst, r.Computer())
	}
	if of&CommonUser != 0 {
		dst = appendSized(dst, r.UserID())
	}
	return dst
}

// appendSized appends a text after its length.
func appendSized(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}
