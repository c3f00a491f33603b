package pack

import (
	"strconv"
	"strings"

	"hunt/evtx"
)

// Facts are what tuning compares of one event of a finding.
type Facts interface {
	Stage() (label string, number int)
	At() evtx.Filetime
	// Texts returns the values of a part. Surrounding blanks are ignored.
	Texts(Part) []string
}

// Match returns the exception that suppresses a finding of a rule, or nil. asOf decides which
// exceptions have expired: no clock is read here, so the caller gives the newest time of the
// evidence, or the day that the analyst named. An exception that would have suppressed the
// finding but has expired by then is returned as expired. Of several, the first by id is used.
func (p *Pack) Match(rule string, evidence []Facts, asOf evtx.Filetime) (by, expired *Exception) {
	for _, x := range p.Exceptions {
		if !x.Matches(rule, evidence) {
			continue
		}
		if x.expires == 0 || asOf < x.expires {
			return x, nil
		}
		if expired == nil {
			expired = x
		}
	}
	return nil, expired
}

// About returns the exceptions that apply to a rule, in the order of the pack.
func (p *Pack) About(rule string) []*Exception {
	var out []*Exception
	for _, e := range p.Exceptions {
		if e.appliesTo(rule) {
			out = append(out, e)
		}
	}
	return out
}

// Matches reports whether a finding of a rule has the exception's whole shape, whether or not the
// exception has expired.
func (e *Exception) Matches(rule string, evidence []Facts) bool {
	if !e.appliesTo(rule) {
		return false
	}
	return e.shape.matches(evidence, func(at evtx.Filetime) bool {
		return (e.from == 0 || at >= e.from) && (e.to == 0 || at <= e.to)
	})
}

// ToolsOf returns the responder's tools among the evidence of a finding, in the order of the
// pack.
func (p *Pack) ToolsOf(evidence []Facts) []string {
	var names []string
	for _, t := range p.Tools {
		if t.shape.matches(evidence, func(evtx.Filetime) bool { return true }) {
			names = append(names, t.Name)
		}
	}
	return names
}

// matches reports whether one event of the evidence has every part of the shape.
func (s *shape) matches(evidence []Facts, when func(evtx.Filetime) bool) bool {
	for _, e := range evidence {
		label, number := e.Stage()
		if s.stage != "" && s.stage != label && s.stage != strconv.Itoa(number) {
			continue
		}
		if when(e.At()) && s.matchesEvent(e) {
			return true
		}
	}
	return false
}

func (s *shape) matchesEvent(e Facts) bool {
	for part, patterns := range s.parts {
		if len(patterns) > 0 && !anyMatches(patterns, e.Texts(Part(part))) {
			return false
		}
	}
	return len(s.notCommandLine) == 0 || !anyMatches(s.notCommandLine, e.Texts(PartCommandLine))
}

// anyMatches reports whether any value matches any pattern. Blanks around a value, which Windows
// keeps at the end of command lines, are ignored.
func anyMatches(patterns []pattern, values []string) bool {
	for _, v := range values {
		v = strings.TrimSpace(v)
		for i := range patterns {
			text := v
			if patterns[i].name {
				text = v[strings.LastIndexByte(v, '\\')+1:]
			}
			if patterns[i].matches(text) {
				return true
			}
		}
	}
	return false
}
