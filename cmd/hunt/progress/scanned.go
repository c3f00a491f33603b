package progress

import (
	"encoding/json"
	"io"
)

// Scanned is a line that says that the shard of an input is complete.
type Scanned struct {
	Event      string `json:"event"` // WriteScanned sets it
	Input      string `json:"input"`
	Shard      string `json:"shard"`
	Before     bool   `json:"scanned_before"`
	Files      int    `json:"files"`
	Records    int    `json:"records"`
	Incomplete bool   `json:"incomplete"`
}

// WriteScanned writes the line. A reader that went away must not end the batch, so there is no error.
func WriteScanned(w io.Writer, s Scanned) {
	s.Event = "scanned"
	_ = json.NewEncoder(w).Encode(s)
}
