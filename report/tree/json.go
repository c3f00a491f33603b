package tree

import (
	"bufio"
	"encoding/json"
	"io"

	"hunt/evtx"
	"hunt/timeline/host"
)

// row is a process as a JSON line.
type row struct {
	Host        string `json:"host"`
	ID          string `json:"id"`
	ParentID    string `json:"parent_id,omitempty"`
	PID         int64  `json:"pid"`
	ParentPID   int64  `json:"parent_pid,omitempty"`
	Depth       int    `json:"depth"`
	Selected    bool   `json:"selected"`
	Name        string `json:"name,omitempty"`
	Executable  string `json:"executable,omitempty"`
	CommandLine string `json:"command_line,omitempty"`
	Original    string `json:"original_file_name,omitempty"`
	Hash        string `json:"hash,omitempty"`
	User        string `json:"user,omitempty"`
	SID         string `json:"sid,omitempty"`
	LogonID     string `json:"logon_id,omitempty"`
	Start       string `json:"start,omitempty"`
	StartLocal  string `json:"start_local,omitempty"`
	End         string `json:"end,omitempty"`
	EndLocal    string `json:"end_local,omitempty"`
	Link        string `json:"link,omitempty"`     // how the parent is known
	Inferred    bool   `json:"inferred,omitempty"` // the link to the parent is
	Basis       string `json:"basis,omitempty"`    // what the link rests on, or why there is none
	NotLogged   bool   `json:"start_not_logged,omitempty"`
	File        string `json:"file,omitempty"`
	Chunk       int32  `json:"chunk,omitempty"`
	Offset      int64  `json:"offset,omitempty"`
	RecordID    uint64 `json:"record_id,omitempty"`
}

// JSON writes the processes of a host that hold what is asked for, and their ancestors and descendants, as JSON
// lines: each before its children.
func JSON(w io.Writer, h *host.Host, q *Query, o Options) (Written, error) {
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	found := q.Find(h)
	done := Written{Found: len(found)}
	f := grow(found)
	for n := range f.nodes() {
		if o.Limit > 0 && done.Shown >= o.Limit {
			done.Omitted = len(f.in) - done.Shown
			break
		}
		done.Shown++
		shown, err := h.Show(n.Process)
		if err != nil {
			return done, err
		}
		if err := enc.Encode(o.row(h, &n, shown)); err != nil {
			return done, err
		}
	}
	return done, out.Flush()
}

func (o *Options) row(h *host.Host, n *Node, shown host.Shown) row {
	p := n.Process
	r := row{Host: h.ID, ID: p.EntityID, PID: p.PID, ParentPID: p.ParentPID, Depth: n.Depth, Selected: n.Selected,
		Name: p.Name(), Executable: p.Executable,
		CommandLine: shown.CommandLine, Original: p.Original, Hash: shown.Hash,
		User: p.User, SID: p.SID, LogonID: p.LogonID,
		Link:     p.Link.String(),
		Inferred: inferred(p), Basis: p.Basis(), NotLogged: p.Inferred}
	if p.Parent != nil {
		r.ParentID = p.Parent.EntityID
	}
	if p.Inferred {
		return r // no record is its start
	}
	r.Start, r.StartLocal = o.exact(p.Start)
	r.End, r.EndLocal = o.exact(p.End)
	r.File, r.Chunk, r.Offset, r.RecordID = o.File(p.Ref.File), p.Ref.Chunk, p.Ref.Offset, p.Ref.EventRecordID
	return r
}

// exact is a time in full precision, in UTC and in the second time zone.
func (o *Options) exact(t evtx.Filetime) (utc, local string) {
	if t == 0 {
		return "", ""
	}
	if o.Zone != nil {
		local = t.Time().In(o.Zone).Format("2006-01-02T15:04:05.0000000-07:00")
	}
	return t.String(), local
}
