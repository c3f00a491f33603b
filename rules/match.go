package rules

import (
	"strconv"
	"strings"

	"hunt/evtx"
	"hunt/timeline"
	"hunt/timeline/ecs"
)

// Match returns the exception that suppresses a finding, or nil. asOf decides which exceptions have expired: hunt reads no
// clock here, so the caller gives the newest time of the evidence, or the day the analyst named. An exception that would
// have suppressed the finding but has expired by then is returned as expired. Of several, the first by id wins.
func (p *Pack) Match(f *Finding, asOf evtx.Filetime) (by, expired *Exception) {
	for _, x := range p.Exceptions {
		if !x.Matches(f) {
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

// Matches reports whether the finding has the exception's whole shape, whether or not the exception has expired.
func (e *Exception) Matches(f *Finding) bool {
	if !e.appliesTo(f.Rule.ID) {
		return false
	}
	return e.shape.matches(f, func(ev *timeline.Event) bool {
		return (e.from == 0 || ev.At >= e.from) && (e.to == 0 || ev.At <= e.to)
	})
}

// ToolsOf names the responder's tools among the finding's evidence, in the order of the pack.
func (p *Pack) ToolsOf(f *Finding) []string {
	var names []string
	for _, t := range p.Tools {
		if t.shape.matches(f, func(*timeline.Event) bool { return true }) {
			names = append(names, t.Name)
		}
	}
	return names
}

// matches reports whether one event of the evidence has every part of the shape.
func (s *shape) matches(f *Finding, when func(*timeline.Event) bool) bool {
	for i := range f.Evidence {
		e := &f.Evidence[i]
		if e.Event == nil || s.stage != "" && s.stage != e.Label && s.stage != strconv.Itoa(e.Stage) {
			continue
		}
		if when(e.Event) && s.matchesEvent(e.Event) {
			return true
		}
	}
	return false
}

func (s *shape) matchesEvent(e *timeline.Event) bool {
	return anyMatches(s.host, func() []string { return hostNames(e) }) &&
		anyMatches(s.user, func() []string { return userNames(e) }) &&
		anyMatches(s.parent, func() []string { return texts(e, ecs.ProcessParentExecutable, ecs.ProcessParentName) }) &&
		anyMatches(s.parentCommandLine, func() []string { return texts(e, ecs.ProcessParentCommandLine) }) &&
		anyMatches(s.path, func() []string {
			return texts(e, ecs.ProcessExecutable, ecs.FilePath, ecs.HuntPath, ecs.HuntFileOwnerPath)
		}) &&
		anyMatches(s.commandLine, func() []string { return texts(e, ecs.ProcessCommandLine) }) &&
		(len(s.notCommandLine) == 0 || !anyMatches(s.notCommandLine, func() []string { return texts(e, ecs.ProcessCommandLine) })) &&
		anyMatches(s.hash, func() []string { return texts(e, hashFields...) }) &&
		anyMatches(s.signer, func() []string {
			return texts(e, ecs.ProcessPECompany, ecs.FilePECompany, ecs.FileCodeSignatureSubjectName, ecs.DLLCodeSignatureSubjectName)
		})
}

var hashFields = []ecs.Field{
	ecs.ProcessHashMD5, ecs.ProcessHashSHA1, ecs.ProcessHashSHA256, ecs.ProcessHashSHA512,
	ecs.FileHashMD5, ecs.FileHashSHA1, ecs.FileHashSHA256, ecs.FileHashSHA512,
}

// anyMatches reports whether any value matches any pattern; no patterns match everything. Blanks around a value, which
// Windows keeps at the end of command lines, do not count.
func anyMatches(patterns []pattern, values func() []string) bool {
	if len(patterns) == 0 {
		return true
	}
	for _, v := range values() {
		v = strings.TrimSpace(v)
		for _, p := range patterns {
			text := v
			if p.name {
				text = v[strings.LastIndexByte(v, '\\')+1:]
			}
			if p.re.MatchString(text) {
				return true
			}
		}
	}
	return false
}

// texts are the text values of fields.
func texts(e *timeline.Event, fields ...ecs.Field) []string {
	var out []string
	var buf [4]ecs.Value
	for _, f := range fields {
		for _, v := range e.Values(f, buf[:0]) {
			if v.Kind == ecs.KindString && v.Str != "" {
				out = append(out, v.Str)
			}
		}
	}
	return out
}

func hostNames(e *timeline.Event) []string {
	names := texts(e, ecs.WinlogComputerName)
	if e.Host != nil {
		names = append(append(names, e.Host.ID), e.Host.Names...)
	}
	for _, name := range names {
		if short, _, ok := strings.Cut(name, "."); ok {
			names = append(names, short)
		}
	}
	return names
}

// userNames are the ways in which tuning may name the user of an event: name, DOMAIN\name, SID.
func userNames(e *timeline.Event) []string {
	names := texts(e, ecs.UserName)
	if domain := texts(e, ecs.UserDomain); len(domain) > 0 && len(names) > 0 {
		names = append(names, domain[0]+`\`+names[0])
	}
	return append(names, texts(e, ecs.UserID)...)
}
