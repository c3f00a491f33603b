package report

// Recommendation is built from facts only, for the analyst to review.
type Recommendation struct {
	// contain | preserve | reset | hunt | collect next | check first | review | enable logging
	Kind  Action   `json:"kind"`
	Text  string   `json:"text"`
	Brief string   `json:"-"`                    // the same in short, for the first screen; "" if Text is
	Cut   bool     `json:"-"`                    // Brief lacks names that Text has
	Basis []string `json:"basis"`                // finding ids or coverage facts, at most 50
	More  int      `json:"basis_more,omitempty"` // how many more there are
}

// Accounting says where every record went: read = kept + filtered + duplicate. Damaged counts damage entries that
// lose records; like carved, it is not part of read.
type Accounting struct {
	Files   []FileAccounting `json:"files"`
	Records Counts           `json:"records"`
	Damage  []DamageNote     `json:"damage"`
	Limits  []string         `json:"limits"` // every bound that bit, in a sentence
	Bounds  []BoundNote      `json:"bounds"` // of these, the named bounds of docs/limits.md
}

// BoundNote is a named bound that applied.
type BoundNote struct {
	ID     string `json:"id"`
	Text   string `json:"text"`   // the sentence that limits has
	Count  int64  `json:"count"`  // how often it bit
	File   string `json:"file"`   // where first: a file of the evidence, or "" for another place
	Offset int64  `json:"offset"` // in that file
	// where first, if not in a file: an archive member, a rule, a host, an output; "" for the run as a whole
	Name  string `json:"name"`
	Loses bool   `json:"loses_records"` // evidence or a match may be lost: the run is incomplete
}

// Counts of records.
type Counts struct {
	Read      int `json:"read"`
	Kept      int `json:"kept"`
	Filtered  int `json:"filtered"`
	Duplicate int `json:"duplicate"`
	Damaged   int `json:"damaged"`
	Carved    int `json:"carved"`

	// Of the records read: those whose time is not that which the log gives them, and those that a stale
	// header leaves out.
	HeaderTime int `json:"header_time"` // TimeCreated cannot be used; they are at the time of the record's header
	NoTime     int `json:"no_time"`     // neither can be used; they are before all others
	NoUTCTime  int `json:"no_utc_time"` // with the clock utc: UtcTime cannot be used; they are at TimeCreated
	// behind the end that the header of their chunk gives, and newer than those before it
	Continued int `json:"continued"`
}

// FileAccounting is one file's counts.
type FileAccounting struct {
	File   string `json:"file"`
	Status string `json:"status"` // read | damaged | unreadable | not EVTX
	Detail string `json:"detail"`
	Counts
	Carving Carving `json:"carving"`
}

// Carving says what happened to the records found after a file's live ones.
type Carving struct {
	Full      int `json:"full"`      // decoded with the template in its place
	Borrowed  int `json:"borrowed"`  // decoded with a template of the same id from elsewhere
	Partial   int `json:"partial"`   // System decoded, payload not
	Lost      int `json:"lost"`      // no template to be had, or overwritten
	Duplicate int `json:"duplicate"` // decoded, and equal to a live record or to one carved before
}

// DamageNote is one thing wrong with a file.
type DamageNote struct {
	File   string `json:"file"`
	Kind   string `json:"kind"`
	Chunk  int32  `json:"chunk"`
	Offset int64  `json:"offset"`
	Size   int64  `json:"size"`
	Detail string `json:"detail"`
	Loses  bool   `json:"loses_records"`
}

// EvidenceFile is one file of the evidence inventory.
type EvidenceFile struct {
	Path      string   `json:"path"` // relative to the --evtx argument; bytes that are not UTF-8 as \xHH
	SHA256    string   `json:"sha256"`
	Size      int64    `json:"size"`
	Records   int      `json:"records"`
	First     Time     `json:"first"`
	Last      Time     `json:"last"`
	FirstID   uint64   `json:"first_record_id"`
	LastID    uint64   `json:"last_record_id"`
	Channels  []string `json:"channels"`
	Computers []string `json:"computers"`
	Dirty     bool     `json:"dirty"`
	Result    string   `json:"result"`
	Source    string   `json:"source"`    // archive or collector layout, if any
	Collected string   `json:"collected"` // collected by and when, from the collector's metadata
	// Input is the place of the input that the file is of, within which carved records borrow templates; "" without
	// carved records.
	Input string `json:"input,omitempty"`
}

// Method says how the result was reached.
type Method struct {
	Paragraphs []KeyValue `json:"paragraphs"` // title, three lines each
	Glossary   []KeyValue `json:"glossary"`
	Verify     string     `json:"verify"` // the command that re-checks the evidence
}
