package report

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// Hit is the place of an event of a finding: the index of its file in Evidence, the offset of its record and
// its EventRecordID.
type Hit struct {
	File   int32
	Offset int64
	ID     uint64
}

// Hits are hits as JSON: [[0,4608,1432],[0,5120,1433]].
type Hits []Hit

// MarshalJSON implements json.Marshaler.
func (h Hits) MarshalJSON() ([]byte, error) {
	b := append(make([]byte, 0, 24*len(h)+2), '[')
	for i := range h {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(strconv.AppendInt(append(b, '['), int64(h[i].File), 10), ',')
		b = append(strconv.AppendInt(b, h[i].Offset, 10), ',')
		b = append(strconv.AppendUint(b, h[i].ID, 10), ']')
	}
	return append(b, ']'), nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (h *Hits) UnmarshalJSON(b []byte) error {
	var list [][]json.Number
	if err := json.Unmarshal(b, &list); err != nil {
		return err
	}
	out := make(Hits, len(list))
	for i, v := range list {
		if len(v) != 3 {
			return fmt.Errorf("a hit has 3 numbers, not %d", len(v))
		}
		file, err := strconv.ParseInt(string(v[0]), 10, 32)
		if err != nil {
			return fmt.Errorf("hit: %w", err)
		}
		if out[i].Offset, err = strconv.ParseInt(string(v[1]), 10, 64); err != nil {
			return fmt.Errorf("hit: %w", err)
		}
		if out[i].ID, err = strconv.ParseUint(string(v[2]), 10, 64); err != nil {
			return fmt.Errorf("hit: %w", err)
		}
		out[i].File = int32(file)
	}
	*h = out
	return nil
}
