package verify

import "encoding/json"

// Saying is what the second decoder says of a record.
type Saying string

// What it may say.
const (
	Agrees              Saying = "agrees"
	AgreesButForDefects Saying = "agrees but for known defects" // of golang-evtx
	Disagrees           Saying = "disagrees"
	CannotDecode        Saying = "cannot decode"
	NotAsked            Saying = "not asked"
)

// Opinion is what the second decoder says of a record, and why; in JSON, one text: "cannot decode: …".
type Opinion struct {
	Says Saying
	Why  string // the defects, the error or the reason, "" if there is none
}

func (o Opinion) String() string {
	if o.Why == "" {
		return string(o.Says)
	}
	return string(o.Says) + ": " + o.Why
}

// MarshalJSON gives the text.
func (o Opinion) MarshalJSON() ([]byte, error) { return json.Marshal(o.String()) }
