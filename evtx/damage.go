package evtx

// DamageKind is the kind of a Damage.
type DamageKind uint8

// The kinds of damage. Damage is data: the run goes on and the report lists it.
const (
	DamageFileHeader  DamageKind = iota + 1 // file header missing, bad CRC or at odds with the file
	DamageDirty                             // dirty flag set: the log was not closed
	DamageChunkHeader                       // chunk magic or header fields unusable
	DamageChunkCRC                          // header or record-area CRC does not match
	DamageEmptyChunk                        // zero-filled slot
	DamageTruncated                         // file ends inside a chunk, or before the last one that its header counts
	DamageRecord                            // record structure broken: magic, size, size copy
	DamageTornRecord                        // header written, body not
	DamageBinXML                            // record body cannot be decoded
	DamageGap                               // bytes skipped while resynchronising
	DamageRead                              // the medium returned an error
	DamageStaleHeader                       // chunk header older than its records: newer ones follow its end
	DamageNoHead                            // no file header: whether chunks came before the first one is unknown
	DamagePanic                             // a bug in the decoder, which was caught; please report it
	DamageShifted                           // a record whose values stand under the names of other fields
)

var damageNames = [...]string{
	DamageFileHeader: "file-header", DamageDirty: "dirty", DamageChunkHeader: "chunk-header",
	DamageChunkCRC: "chunk-crc", DamageEmptyChunk: "empty-chunk", DamageTruncated: "truncated",
	DamageRecord: "record", DamageTornRecord: "torn-record", DamageBinXML: "binxml",
	DamageGap: "gap", DamageRead: "read", DamageStaleHeader: "stale-header",
	DamageNoHead: "no-file-header", DamagePanic: "panic", DamageShifted: "values-shifted",
}

// String returns the kind's name as the JSON report spells it.
func (k DamageKind) String() string {
	if int(k) < len(damageNames) && damageNames[k] != "" {
		return damageNames[k]
	}
	return "unknown"
}

// LosesRecords reports whether damage of this kind means that records may be
// missing, as opposed to a fact worth noting (dirty flag, empty slot, CRC).
func (k DamageKind) LosesRecords() bool {
	switch k {
	case DamageNoHead, DamageChunkHeader, DamageTruncated, DamageRecord, DamageTornRecord, DamageBinXML,
		DamageGap, DamageRead, DamagePanic:
		return true
	}
	return false
}

// Damage is one fault of a file: its kind, its place and a description.
type Damage struct {
	Ref    Ref // Offset and Chunk always; the record ids where known
	Kind   DamageKind
	Size   int64  // bytes concerned; 0 where a size makes no sense
	Detail string // what, need and have: "record size 12 at 0x1200, need at least 28"
}
