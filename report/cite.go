package report

import (
	"fmt"
	"strings"

	"hunt/mark"
)

// Cite returns the evidence reference as it is printed, copied and quoted: where the
// bytes of one event are, enough to find them again without hunt.
//
//	HOST | file.evtx sha256:ab12… | chunk 17 | offset 0x0011A2F8 | record 48213 |
//	Security 4688 | 2026-11-20T14:03:22.1234567Z | payload sha256:…
//
// The record number is the EventRecordID that Windows shows. Text from the log is
// marked as in every other output, so the line is always one line.
func (r Ref) Cite(host, channel, code string, t Time) string {
	if r.Channel != "" {
		channel, code = r.Channel, r.EventCode
	}
	parts := []string{
		host,
		r.File + " sha256:" + r.SHA256,
		fmt.Sprintf("chunk %d", r.Chunk),
		fmt.Sprintf("offset 0x%08X", r.Offset),
		fmt.Sprintf("record %d", r.EventRecordID),
		strings.TrimSpace(channel + " " + code),
		TimeText(t),
		"payload sha256:" + r.PayloadSHA256,
	}
	if r.Carved {
		parts = append(parts, "carved")
	}
	if r.Why != "" {
		parts = append(parts, string(r.Why))
	}
	for i, p := range parts {
		parts[i] = mark.Printable(p)
	}
	return strings.Join(parts, " | ")
}

// Cite returns the evidence reference of the event.
func (e *Evidence) Cite() string { return e.Ref.Cite(e.Host, e.Channel, e.EventCode, e.Time) }

// Cite returns the evidence reference of the row.
func (r *TimelineRow) Cite() string { return r.Ref.Cite(r.Host, r.Channel, r.EventCode, r.Time) }
