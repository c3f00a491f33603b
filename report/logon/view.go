package logon

import (
	"context"
	"fmt"
	"time"

	"hunt/report/listing"
)

// View names what is shown of a book.
type View string

// The views.
const (
	ViewSummary  View = "summary"  // Groups
	ViewRuns     View = "guessed"  // Runs
	ViewSessions View = "sessions" // Sessions
	ViewTimeline View = "timeline" // Records
)

// Views are all views.
var Views = []View{ViewSummary, ViewRuns, ViewSessions, ViewTimeline}

// Title is a view's name for people.
func (v View) Title() string {
	return map[View]string{ViewSummary: "Logons", ViewRuns: "Failures, then success", ViewSessions: "Sessions",
		ViewTimeline: "Timeline of logons"}[v]
}

// Columns are the columns of a view's rows.
func (v View) Columns() []listing.Column {
	const n, t = listing.Number, listing.Time
	switch v {
	case ViewRuns:
		return []listing.Column{
			{Name: "account", Title: "Account", Width: 30}, {Name: "source", Title: "Source"},
			{Name: "failures", Title: "Failures", Kind: n},
			{Name: "first_failure", Title: "From", Kind: t}, {Name: "last_failure", Title: "To", Kind: t, Aside: true},
			{Name: "success", Title: "Success", Kind: t}, {Name: "type", Title: "Type"},
			{Name: "accounts_tried", Title: "Accounts tried", Kind: n},
			{Name: "tried", Title: "Tried", Width: 40, Aside: true},
			{Name: "failed_on", Title: "Failed on", Aside: true}, {Name: "host", Title: "Host"},
		}
	case ViewSessions:
		return []listing.Column{
			{Name: "host", Title: "Host"}, {Name: "account", Title: "Account", Width: 30},
			{Name: "sid", Title: "SID", Aside: true},
			{Name: "type", Title: "Type"}, {Name: "sources", Title: "Source"},
			{Name: "client", Title: "Client's own name", Aside: true},
			{Name: "start", Title: "Start", Kind: t}, {Name: "end", Title: "End", Kind: t, Aside: true},
			{Name: "seconds", Title: "Seconds", Kind: n, Aside: true},
			{Name: "length", Title: "Length"}, {Name: "ending", Title: "Ended by"},
			{Name: "privileged", Title: "Privileged", Kind: listing.Flag},
			{Name: "disconnects", Title: "Disconnects", Kind: n, Aside: true},
			{Name: "last_disconnect", Title: "Last disconnect", Kind: t, Aside: true},
			{Name: "log", Title: "Log", Aside: true}, {Name: "id", Title: "Id"},
			{Name: "linked_id", Title: "Linked id", Aside: true},
			{Name: "file", Title: "File", Width: 40, Aside: true},
			{Name: "offset", Title: "Offset", Kind: n, Aside: true},
			{Name: "record_id", Title: "Record", Kind: n, Aside: true},
		}
	case ViewTimeline:
		return []listing.Column{
			{Name: "time", Title: "Time", Kind: t}, {Name: "host", Title: "Host"}, {Name: "event", Title: "Event"},
			{Name: "result", Title: "Result"},
			{Name: "account", Title: "Account", Width: 30}, {Name: "sid", Title: "SID", Aside: true},
			{Name: "source", Title: "Source"},
			{Name: "client", Title: "Client's own name", Aside: true}, {Name: "target", Title: "Target", Aside: true},
			{Name: "id", Title: "Id", Aside: true}, {Name: "file", Title: "File", Width: 40, Aside: true},
			{Name: "offset", Title: "Offset", Kind: n, Aside: true},
			{Name: "record_id", Title: "Record", Kind: n, Aside: true},
			{Name: "reason", Title: "Reason", Width: 40},
		}
	}
	return []listing.Column{
		{Name: "account", Title: "Account", Width: 30}, {Name: "sid", Title: "SID", Aside: true},
		{Name: "kind", Title: "Kind", Aside: true},
		{Name: "source", Title: "Source"}, {Name: "clients", Title: "Client's own name", Aside: true},
		{Name: "type", Title: "Type"},
		{Name: "result", Title: "Result"}, {Name: "count", Title: "Count", Kind: n},
		{Name: "first", Title: "First", Kind: t},
		{Name: "last", Title: "Last", Kind: t}, {Name: "targets", Title: "Target", Aside: true},
		{Name: "hosts", Title: "Hosts"},
		{Name: "reason", Title: "Reason", Width: 40},
	}
}

// Write writes the rows of a view; file names an evidence file by its index.
func (b *Book) Write(ctx context.Context, w *listing.Writer, v View, file func(int32) string) error {
	switch v {
	case ViewRuns:
		return b.writeRuns(ctx, w)
	case ViewSessions:
		return b.writeSessions(ctx, w, file)
	case ViewTimeline:
		return b.writeRecords(ctx, w, file)
	}
	for g, err := range b.Groups() {
		if err != nil {
			return err
		}
		err := w.Row(ctx, g.Account.Name, sidOf(g.Account.Key), g.Account.Kind.String(), g.Source, g.Clients, g.Type,
			string(g.Result), g.Count,
			g.First, g.Last, g.Targets, g.Hosts, g.Reason)
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *Book) writeRuns(ctx context.Context, w *listing.Writer) error {
	for r, err := range b.Runs() {
		if err != nil {
			return err
		}
		if err := w.Row(ctx, r.Account.Name, r.Source, r.Failures, r.First, r.Last, r.Success, r.Type, r.Accounts,
			r.Tried, r.Hosts, r.SuccessOnHost); err != nil {
			return err
		}
	}
	return nil
}

func (b *Book) writeSessions(ctx context.Context, w *listing.Writer, file func(int32) string) error {
	for s, err := range b.Sessions() {
		if err != nil {
			return err
		}
		log := "Security"
		if s.Terminal {
			log = "terminal sessions"
		}
		var seconds any
		if n, ok := s.Seconds(); ok {
			seconds = n
		}
		err := w.Row(ctx, s.Host, s.Account.Name, sidOf(s.Account.Key), s.Type, s.Sources, s.Client, s.Start, s.End,
			seconds, s.length(), string(s.Ending),
			s.Privileged, s.Disconnects, s.LeftAt, log, s.ID, s.Linked, file(s.Ref.File), s.Ref.Offset,
			s.Ref.EventRecordID)
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *Book) writeRecords(ctx context.Context, w *listing.Writer, file func(int32) string) error {
	for r, err := range b.Records() {
		if err != nil {
			return err
		}
		err := w.Row(ctx, r.At, r.Host, r.event(), string(r.Result), r.Account.Name, sidOf(r.Account.Key), r.Source,
			r.Client, r.Target, r.ID,
			file(r.Ref.File), r.Ref.Offset, r.Ref.EventRecordID, r.Reason)
		if err != nil {
			return err
		}
	}
	return nil
}

// event is what a record is about, in a few words.
func (r *Record) event() string {
	if r.Type == "" {
		return r.Role.String()
	}
	if r.mechanism() == checkedHere || r.Result == End && !r.terminal {
		return r.Role.String() + " (" + r.Type + ")"
	}
	return r.Type
}

// length is how long the session lasted, in words.
func (s *Session) length() string {
	n, ok := s.Seconds()
	switch {
	case s.Start == 0 && s.End == 0:
		return ""
	case s.Start == 0:
		return "start not logged"
	case !ok:
		return ""
	case s.Ending == EndBoot:
		return "at most " + duration(n)
	}
	return duration(n)
}

func duration(seconds int64) string {
	d := time.Duration(seconds) * time.Second
	if days := d / (24 * time.Hour); days > 0 {
		return fmt.Sprintf("%dd %s", days, d%(24*time.Hour))
	}
	return d.String()
}

// sidOf is the SID that an account is known by, "" if it is known by its name alone.
func sidOf(key string) string {
	if bySID(key) {
		return key
	}
	return ""
}
