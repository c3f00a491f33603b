package evtx

import "encoding/binary"

// Common is a set of properties of System that the events of a log have in common again and again.
type Common uint8

// The properties.
const (
	CommonVersion Common = 1 << iota
	CommonLevel
	CommonOpcode
	CommonTask
	CommonKeywords
	CommonComputer
	CommonUser
)

// AppendCommon appends what the record says in some of these properties: of two records that say the same in them the
// same bytes, of others different ones.
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

// appendSized appends a text behind its length.
func appendSized(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}
