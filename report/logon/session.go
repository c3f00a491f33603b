package logon

import (
	"iter"
	"strings"

	"hunt/evtx"
	"hunt/report/incident"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
)

// Ending says how a session ended, as far as the logs tell.
type Ending string

// The endings.
const (
	EndLogoff Ending = "logoff"
	EndBoot   Ending = "next start of the system" // no logoff is logged; it was over by then
	EndOpen   Ending = "no end logged"
)

// Session is a logon session, or a terminal session as recorded in its own log.
type Session struct {
	Host        string
	Account     incident.Account
	Terminal    bool   // from the log of terminal sessions: ID is the number of the session
	ID          string // logon id
	Linked      string // logon id of the other session of UAC's pair
	Type        string
	Sources     []string // addresses, the first one first: maxSources at most, "and 3 more" behind them
	Client      string
	Start       evtx.Filetime // 0: the logs do not tell
	End         evtx.Filetime // 0: EndOpen
	Ending      Ending
	Privileged  bool          // it was given special privileges
	Disconnects int           // how often it was left without a logoff
	LeftAt      evtx.Filetime // the last time
	Ref         evtx.Ref      // of the first record

	next     evtx.Filetime // start of the system after it
	last     evtx.Filetime // record of it
	sources  few
	external bool // something of it came from the internet
}

// maxSources bounds the addresses of a session that are listed.
const maxSources = 8

// Seconds is how long the session lasted, to the logoff or at most to the next start of the system; ok is false where
// its start or end is not logged.
func (s *Session) Seconds() (n int64, ok bool) {
	if s.Start == 0 || s.End < s.Start {
		return 0, false
	}
	return int64((s.End - s.Start) / evtx.TicksPerSecond), true
}

// session adds a record to the session that it belongs to.
func (b *Book) session(r *Record) error {
	if r.ID == "" || r.Result == Failure || r.Result == Attempt || !r.terminal && host.SystemLogonID(r.ID) {
		return nil
	}
	terminal := uint64(0)
	if r.terminal {
		terminal = 1
	}
	row := appendNumber(appendPart(nil, r.Host), r.boot)
	row = appendPart(appendNumber(row, terminal), r.ID)
	for _, n := range []uint64{r.stretch, uint64(r.At), r.Ref.EventRecordID} {
		row = appendNumber(row, n)
	}
	return b.sessions.Add(string(r.append(row)), span{1, r.At, r.At})
}

// Sessions yields the sessions, by start, or by their end where the start is not logged.
func (b *Book) Sessions() iter.Seq2[Session, error] {
	return func(yield func(Session, error) bool) {
		err := b.ordered(b.findSessions, func(r *reader, _ span) bool { return yield(r.session(), nil) })
		if err != nil {
			yield(Session{}, err)
		}
	}
}

// findSessions gives the sessions as rows that sort by their first time.
func (b *Book) findSessions(give func(row []byte, s span) error) error {
	var place string // host, run of the system, kind of session and id
	var now *Session
	var armed evtx.Filetime // privileges that were logged before the logon that they are of
	end := func() error {
		s := now
		now, armed = nil, 0
		if s == nil || !b.user(s.Account) || b.o.External && !s.external {
			return nil
		}
		switch {
		case s.End != 0:
			s.Ending = EndLogoff
		case s.next != 0:
			s.End, s.Ending = s.next, EndBoot
		default:
			s.Ending = EndOpen
		}
		s.Sources = s.sources.list()
		return give(s.row(), span{1, s.Start, s.End})
	}
	for e, err := range b.sessions.All() {
		if err != nil {
			return err
		}
		r := &reader{e.Key}
		r.part()
		r.number()
		terminal := r.number() == 1
		r.part()
		here := e.Key[:len(e.Key)-len(r.rest)]
		for range 3 {
			r.number()
		}
		x := r.record()
		begins := x.Result == Success && x.Role != ecs.RoleSessionReconnected
		if here != place || begins && now != nil && (now.Start != 0 || now.End != 0) {
			if err := end(); err != nil {
				return err
			}
			place = strings.Clone(here)
		}
		if x.Result == Privilege && now == nil {
			armed = x.At
			continue
		}
		if now == nil {
			now = &Session{Host: x.Host, ID: x.ID, Terminal: terminal, Ref: x.Ref}
		}
		now.take(b, &x, begins)
		if begins && armed != 0 && x.At-armed < evtx.TicksPerSecond {
			now.Privileged = true
		}
	}
	return end()
}

// take adds what a record says about the session.
func (s *Session) take(b *Book, x *Record, begins bool) {
	if begins {
		s.Start, s.Linked, s.Client = x.At, x.Linked, x.Client
	}
	if begins || s.Type == "" {
		s.Type = x.Type
	}
	if s.Account.Key == "" || begins && x.Account.Key != "" {
		s.Account = x.Account
		s.Account.Name = b.name(x.Account)
	}
	s.sources.add(x.Source, maxSources)
	s.external = s.external || b.external(x.Source)
	s.next, s.last = x.next, x.At
	switch x.Result {
	case Privilege:
		s.Privileged = true
	case Disconnect:
		if s.LeftAt == 0 || x.At-s.LeftAt > evtx.TicksPerSecond { // two records report one disconnection
			s.Disconnects++
		}
		s.LeftAt = x.At
	case End:
		if s.End == 0 {
			s.End = x.At
		}
	}
}

// row is the session as a row that sorts by its first time.
func (s *Session) row() []byte {
	first := s.Start
	if first == 0 {
		first = s.last
	}
	row := appendNumber(nil, uint64(first))
	for _, part := range []string{s.Host, s.ID, s.Type, s.Account.Key, ""} {
		row = appendPart(row, part)
	}
	for _, n := range []uint64{uint64(s.Account.Kind), flag(s.Terminal), uint64(s.Start), uint64(s.End),
		flag(s.Privileged), uint64(s.Disconnects),
		uint64(s.LeftAt), uint64(s.Ref.File), uint64(s.Ref.Chunk), uint64(s.Ref.Offset), s.Ref.HeaderRecordID,
		s.Ref.EventRecordID, flag(s.Ref.Carved)} {
		row = appendNumber(row, n)
	}
	for _, part := range []string{s.Host, s.Account.Key, s.Account.Name, s.ID, s.Linked, s.Type, s.Client,
		string(s.Ending)} {
		row = appendPart(row, part)
	}
	return appendList(row, s.Sources)
}

func (r *reader) session() Session {
	var s Session
	s.Account.Kind, s.Terminal = incident.AccountKind(r.number()), r.number() == 1
	s.Start, s.End = evtx.Filetime(r.number()), evtx.Filetime(r.number())
	s.Privileged, s.Disconnects, s.LeftAt = r.number() == 1, int(r.number()), evtx.Filetime(r.number())
	s.Ref = evtx.Ref{File: int32(r.number()), Chunk: int32(r.number()), Offset: int64(r.number()),
		HeaderRecordID: r.number(), EventRecordID: r.number(),
		Carved: r.number() == 1}
	s.Host, s.Account.Key, s.Account.Name, s.ID, s.Linked, s.Type = r.part(), r.part(), r.part(), r.part(),
		r.part(), r.part()
	s.Client, s.Ending, s.Sources = r.part(), Ending(r.part()), r.list()
	return s
}
