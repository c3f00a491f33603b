package report

import (
	"encoding/json"
	"slices"
)

// notSupplied replaces empty texts in the JSON of a case and on pages.
const notSupplied = "not supplied"

// MarshalJSON implements json.Marshaler.
func (c Case) MarshalJSON() ([]byte, error) {
	c.Slots = slices.Clone(c.Slots)
	for _, s := range c.texts() {
		if *s == "" {
			*s = notSupplied
		}
	}
	type plain Case
	return json.Marshal(plain(c))
}

// UnmarshalJSON implements json.Unmarshaler.
func (c *Case) UnmarshalJSON(b []byte) error {
	type plain Case
	if err := json.Unmarshal(b, (*plain)(c)); err != nil {
		return err
	}
	for _, s := range c.texts() {
		if *s == notSupplied {
			*s = ""
		}
	}
	return nil
}

// texts are the parts of a case that can be missing.
func (c *Case) texts() []*string {
	out := []*string{&c.ID, &c.Title, &c.TLP, &c.Analyst, &c.Contact}
	for i := range c.Slots {
		out = append(out, &c.Slots[i].Value)
	}
	return out
}
