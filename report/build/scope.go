package build

import (
	"slices"
	"strings"

	"hunt/report"
	"hunt/timeline/evidence"
	"hunt/timeline/host"
)

// scope says what was examined; listed are the hosts that the report describes one by one.
func (b *builder) scope(listed map[*host.Host]bool) report.Scope {
	s := report.Scope{Clock: string(b.cs.Clock)}
	f := b.cs.Filter
	if len(f.Hosts) > 0 {
		s.Filters = append(s.Filters, "only hosts "+strings.Join(f.Hosts, ", "))
	}
	if f.From != 0 {
		s.Filters = append(s.Filters, "only events from "+f.From.String())
	}
	if f.To != 0 {
		s.Filters = append(s.Filters, "only events to "+f.To.String())
	}
	users := map[string]bool{}
	for _, h := range b.cs.Hosts.All {
		for _, c := range h.Channels() {
			if !listed[h] {
				break
			}
			s.Channels = append(s.Channels, report.ChannelScope{Host: h.ID, Channel: c.Channel, Records: c.Count,
				First: report.TimeOf(c.First), Last: report.TimeOf(c.Last)})
		}
		for _, u := range h.Users {
			users[u] = true
		}
	}
	for u := range users {
		s.Users = append(s.Users, u)
	}
	slices.Sort(s.Users)
	for _, f := range b.cs.Files {
		switch f.Status {
		case evidence.Read, evidence.Damaged:
			s.FilesRead++
		default:
			s.FilesFailed++
		}
	}
	s.FilesFailed += evidence.Unlisted(b.cs.Limits)
	return s
}
