package survey

import (
	"io"
	"strconv"
	"time"

	"hunt/mark"
	"hunt/report"
	"hunt/table"
	"hunt/timeline/host"
)

// Hosts are what 'hunt hosts' tells: their names, and why those are one host.
type Hosts []*host.Host

// The JSON of 'hunt hosts': an array of hosts. A time that is not known is left out.
type (
	namedJSON struct {
		ID      string     `json:"id"`
		Names   []nameJSON `json:"names"`
		SIDs    []string   `json:"machine_sids"`
		Why     []string   `json:"why"`
		Records int        `json:"records"`
		First   string     `json:"first,omitempty"`
		Last    string     `json:"last,omitempty"`
	}
	nameJSON struct {
		Name    string `json:"name"`
		Use     string `json:"use"`
		Records int    `json:"records"`
		First   string `json:"first,omitempty"`
		Last    string `json:"last,omitempty"`
	}
)

// JSON writes an array of hosts.
func (hosts Hosts) JSON(out io.Writer) error {
	all := []namedJSON{}
	for _, h := range hosts {
		x := namedJSON{ID: h.ID, Names: []nameJSON{}, SIDs: append([]string{}, h.SIDs...),
			Why: append([]string{}, h.Why()...), Records: h.Records, First: when(h.First), Last: when(h.Last)}
		for _, n := range h.Aliases {
			x.Names = append(x.Names, nameJSON{Name: n.Name, Use: string(n.Use), Records: n.Records,
				First: when(n.First), Last: when(n.Last)})
		}
		all = append(all, x)
	}
	return indented(out, all)
}

// Table writes a row for each name, the current one first. Times are in UTC and, if zone is not nil, there, too.
func (hosts Hosts) Table(out io.Writer, width int, zone *time.Location) error {
	in := " (" + report.UTCIn(zone) + ")"
	t := table.New("Host", "Name in the events", "Use", "Records", "From"+in, "To"+in)
	for _, h := range hosts {
		for i, n := range h.Aliases {
			id := ""
			if i == 0 {
				id = mark.Printable(h.ID)
			}
			t.Add(id, mark.Printable(n.Name), string(n.Use), strconv.Itoa(n.Records), second(n.First, zone),
				second(n.Last, zone))
		}
	}
	if err := t.Write(out, width); err != nil {
		return err
	}
	for _, h := range hosts {
		if len(h.Aliases) < 2 {
			continue // nothing to explain: one name, one host
		}
		for _, w := range h.Why() {
			line(out, width, "", h.ID+": "+w)
		}
	}
	return nil
}
