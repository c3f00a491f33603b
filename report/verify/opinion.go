package verify

import (
	"encoding/json"

	"hunt/report/record"
)

// Opinion is what the second decoder says about a record, and why; in JSON, one text: "cannot decode: …".
type Opinion struct {
	Says record.Saying
	Why  string // the defects, the error or the reason; "" if it just agrees or disagrees
}

func (o Opinion) String() string {
	if o.Why == "" {
		return string(o.Says)
	}
	return string(o.Says) + ": " + o.Why
}

// MarshalJSON gives the text.
func (o Opinion) MarshalJSON() ([]byte, error) { return json.Marshal(o.String()) }
