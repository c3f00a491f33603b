package html

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"strconv"

	"hunt/evtx"
	"hunt/mark"
	"hunt/report"
)

// rowData is the page's timeline as columns: strings are indices into lists of the
// distinct ones, which makes 50,000 rows some ten megabytes and quick to filter.
type rowData struct {
	Hosts    []string `json:"hosts"`
	Users    []string `json:"users"`
	Channels []string `json:"channels"`
	Codes    []string `json:"codes"`
	Messages []string `json:"messages"`
	Files    []string `json:"files"` // "name sha256:…"
	Findings []string `json:"findings"`

	Shifts []shift `json:"shifts,omitempty"` // of the time zone of the case

	From    int64         `json:"from"` // of the first row with a time, ms since 1970
	Time    []*int64      `json:"t"`    // ms after the row before that has one, the first after From; null: not known
	Ticks   []int64       `json:"x"`    // 100 ns beyond the ms
	Host    []int         `json:"h"`
	User    []int         `json:"u"`
	Sev     []int         `json:"s"` // 0 critical … 4 info, 5 context
	Channel []int         `json:"c"`
	Code    []int         `json:"e"`
	Message []int         `json:"m"`
	File    []int         `json:"f"`
	Chunk   []int32       `json:"k"`
	Offset  []int64       `json:"o"`
	Record  []string      `json:"r"`
	Payload []byte        `json:"p"`  // the hashes, 32 bytes each, one after the other, as base64
	Carved  []int         `json:"v"`  // indices of carved rows
	Of      map[int][]int `json:"of"` // row -> findings
	Cards   []findingData `json:"cards"`
}

// findingData is what the filters need to know about a card.
type findingData struct {
	Anchor     string        `json:"a"`
	ID         string        `json:"id"`
	Host       string        `json:"host"`
	User       string        `json:"user"`
	Sev        int           `json:"sev"`
	Status     report.Status `json:"status"`
	Techniques []string      `json:"tech"`
	Start      *int64        `json:"start"` // ms since 1970
	End        *int64        `json:"end"`
}

// unixMilli is t in ms since 1970, or nil.
func unixMilli(t report.Time) *int64 {
	if t == nil {
		return nil
	}
	ms := t.Time().UnixMilli()
	return &ms
}

// index gives each distinct string its place in a list.
type index struct {
	at   map[string]int
	list []string
}

func (x *index) of(s string) int {
	i, ok := x.at[s]
	if !ok {
		if x.at == nil {
			x.at, x.list = map[string]int{}, []string{}
		}
		i = len(x.list)
		x.at[s] = i
		x.list = append(x.list, s)
	}
	return i
}

// writeData writes the script element with the rows. encoding/json escapes <, > and &,
// and escapeJSON the invisible characters, so no row can end the element.
func (v *view) writeData(w io.Writer) error {
	var d rowData
	var hosts, users, channels, codes, messages, files, findings index
	d.Of = map[int][]int{}
	for _, i := range v.Rows {
		if t := v.Timeline[i].Time; t != nil {
			d.From = t.Time().UnixMilli()
			break
		}
	}
	before, times := d.From, []int64{}
	for n, i := range v.Rows {
		e := &v.Timeline[i]
		var ms *int64
		ticks := int64(0)
		if e.Time != nil {
			now := e.Time.Time().UnixMilli()
			delta := now - before
			ms, before, times = &delta, now, append(times, now)
			ticks = int64(*e.Time % (evtx.TicksPerSecond / 1000))
		}
		d.Time, d.Ticks = append(d.Time, ms), append(d.Ticks, ticks)
		d.Host, d.User = append(d.Host, hosts.of(mark.Printable(e.Host))),
			append(d.User, users.of(mark.Printable(e.User)))
		d.Sev = append(d.Sev, e.Severity.Rank())
		d.Channel, d.Code = append(d.Channel, channels.of(mark.Printable(e.Channel))),
			append(d.Code, codes.of(mark.Printable(e.EventCode)))
		d.Message = append(d.Message, messages.of(mark.Printable(report.Cut(e.Message, messageChars)+timeRemark(e))))
		d.File = append(d.File, files.of(e.Ref.File+" sha256:"+e.Ref.SHA256))
		d.Chunk, d.Offset = append(d.Chunk, e.Ref.Chunk), append(d.Offset, e.Ref.Offset)
		d.Record = append(d.Record, strconv.FormatUint(e.Ref.EventRecordID, 10))
		d.Payload = append(d.Payload, hashBytes(e.Ref.PayloadSHA256)...)
		if e.Ref.Carved {
			d.Carved = append(d.Carved, n)
		}
		for _, id := range e.Findings {
			d.Of[n] = append(d.Of[n], findings.of(mark.Printable(id)))
		}
	}
	d.Hosts, d.Users, d.Channels, d.Codes = hosts.list, users.list, channels.list, codes.list
	d.Messages, d.Files, d.Findings = messages.list, files.list, findings.list
	d.Cards = v.cardData()
	d.Shifts = v.clock.shiftsOf(times)
	b, err := json.Marshal(&d)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(w, `<script type="application/json" id="data">`); err != nil {
		return err
	}
	if _, err := w.Write(report.EscapeJSON(nil, b)); err != nil {
		return err
	}
	_, err = io.WriteString(w, "</script>\n")
	return err
}

// cardData is what the filters need to know about the cards.
func (v *view) cardData() (out []findingData) {
	for _, c := range v.Cards {
		f := findingData{
			Anchor: anchor(c.ID), ID: mark.Printable(c.ID), Host: mark.Printable(c.Host),
			User: mark.Printable(c.User), Sev: c.Rule.Severity.Rank(), Status: c.Status,
			Techniques: []string{}, Start: unixMilli(c.Start), End: unixMilli(c.End),
		}
		for _, t := range c.Techniques {
			f.Techniques = append(f.Techniques, mark.Printable(t.ID))
		}
		out = append(out, f)
	}
	return out
}

// hashBytes is a hash in hex as bytes; whatever else is there is not shown as one.
func hashBytes(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != sha256.Size {
		return make([]byte, sha256.Size)
	}
	return b
}

// timeRemark is the mark of a row's time behind its message, where there is no other place for it.
func timeRemark(r *report.TimelineRow) string {
	if r.TimeMark == "" {
		return ""
	}
	return " (" + r.TimeMark + ")"
}
