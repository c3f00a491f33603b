package build

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"hunt/report"
	"hunt/report/advice"
	"hunt/report/identity"
	"hunt/report/incident"
	"hunt/report/indicator"
	"hunt/report/record"
	"hunt/report/sight"
	"hunt/timeline"
	"hunt/timeline/coverage"
	"hunt/timeline/ecs"
)

// recommendations are built from facts only, for an analyst to review.
func (b *builder) recommendations(p *picture) []report.Recommendation {
	c := &advice.Case{Findings: p.findings, Incidents: p.incidents, Dismissed: p.dismissed, Indicators: p.indicators,
		Domain: b.domain(), Controllers: b.dcs, Files: p.files, Stock: p.stock, Acts: p.acts, Local: b.local,
		Made: func(user string) *advice.Made {
			m := p.made[b.accountKey(user)]
			if m != nil {
				m.Host = b.hostNamed(user)
				m.Controller = slices.Contains(b.dcs, m.Host)
			}
			return m
		}}
	return c.Recommendations(b.logging(p.sights))
}

// domain returns the domain that all hosts share, or "".
func (b *builder) domain() string {
	ids := make([]string, len(b.cs.Hosts.All))
	for i, h := range b.cs.Hosts.All {
		ids[i] = h.ID
	}
	return report.CommonDomain(ids)
}

// acts are who acted in the events of each finding that is not suppressed, and from where.
func (b *builder) acts() map[string]*advice.Acts {
	out := map[string]*advice.Acts{}
	shared := incident.SharedAddress(b.o.Case.Known)
	for i := range b.found {
		f := &b.found[i]
		if f.Status == report.StatusSuppressed {
			continue
		}
		a := &advice.Acts{}
		for _, e := range b.chains[i] {
			if j := b.joins[e]; j != nil && !j.Refused && j.Account.Name != "" &&
				!slices.Contains(a.Accounts, j.Account) {
				a.Accounts = append(a.Accounts, j.Account)
			}
			if record.Text(e, ecs.NetworkDirection) == "egress" {
				continue // the source is the host itself
			}
			for _, ip := range record.Texts(e, ecs.SourceIP) {
				s := advice.Source{Address: ip, Host: b.hostOf(ip, e.At), Shared: shared(ip)}
				if !indicator.Local(ip) && s.Host != e.Host.ID && !slices.Contains(a.Sources, s) {
					a.Sources = append(a.Sources, s)
				}
			}
		}
		out[f.ID] = a
	}
	return out
}

// local reports whether an account belongs to a single machine; those of a domain controller belong to its domain.
func (b *builder) local(user string) bool {
	domain, _, qualified := strings.Cut(user, `\`)
	h := b.hostNamed(domain)
	return qualified && h != "" && !slices.Contains(b.dcs, h)
}

// hostNamed returns the host that has the name of an account, "" if there is none.
func (b *builder) hostNamed(user string) string {
	name := strings.TrimSuffix(user[strings.LastIndexByte(user, '\\')+1:], "$")
	for _, h := range b.cs.Hosts.All {
		if short, _, _ := strings.Cut(h.ID, "."); strings.EqualFold(short, name) {
			return h.ID
		}
	}
	return ""
}

// accountKey is the key under which the spellings of an account are folded.
func (b *builder) accountKey(user string) string {
	return b.folder.Fold(identity.AccountOf(user, "")).Key
}

// made are the accounts that incidents created or renamed, by their keys.
func (b *builder) made(dismissed map[string]bool) map[string]*advice.Made {
	out := map[string]*advice.Made{}
	for i := range b.found {
		f := &b.found[i]
		if f.Status != report.StatusFinding || f.Incident == "" || dismissed[f.ID] {
			continue
		}
		for _, e := range b.chains[i] {
			if j := b.joins[e]; j != nil {
				for _, a := range j.Made {
					key := b.folder.Fold(a).Key
					if out[key] == nil {
						out[key] = &advice.Made{}
					}
					made(out[key], e)
				}
			}
		}
	}
	return out
}

// made adds what an event says about how an account was made: the first creation and the last renaming.
func made(m *advice.Made, e *timeline.Event) {
	m.SID = cmp.Or(m.SID, record.Text(e, ecs.UserTargetID), record.Text(e, ecs.WinlogComputerObjectID))
	act := advice.Act{By: record.User(e), At: report.TimeOf(e.At)}
	if record.Text(e, ecs.EventAction) != "renamed-user-account" {
		if m.Created.At == nil || e.At < *m.Created.At {
			m.Created = act
		}
		return
	}
	if m.Renamed.At == nil || e.At > *m.Renamed.At {
		m.Renamed, m.Before = act, record.First(record.Texts(e, ecs.UserTargetName))
	}
}

// fileNames returns the names of the files whose hashes the findings' events have, by hash.
func (b *builder) fileNames() map[string]string {
	out := map[string]string{}
	for _, chain := range b.chains {
		for _, e := range chain {
			path := record.Text(e, ecs.ProcessExecutable)
			hashes := []ecs.Field{ecs.ProcessHashSHA256, ecs.ProcessHashMD5}
			if !e.Class.ProcessStart {
				path = record.WithoutMark(record.Text(e, ecs.FilePath))
				hashes = []ecs.Field{ecs.FileHashSHA256, ecs.FileHashMD5}
			}
			for _, f := range hashes {
				if h := record.Text(e, f); h != "" && path != "" {
					out[strings.ToLower(h)] = path[strings.LastIndexByte(path, '\\')+1:]
				}
			}
		}
	}
	return out
}

// stock returns the paths of copies of stock programs in the findings' events, by hash: of Microsoft's programs, and
// of those that also ran from a directory of Windows.
func (b *builder) stock() map[string][]string {
	copies, stock := map[string][]string{}, map[string]bool{}
	for _, chain := range b.chains {
		for _, e := range chain {
			path := record.Text(e, ecs.ProcessExecutable)
			if path == "" || !e.Class.ProcessStart {
				continue
			}
			for _, h := range []string{record.Text(e, ecs.ProcessHashSHA256), record.Text(e, ecs.ProcessHashMD5)} {
				h = strings.ToLower(h)
				own := indicator.SystemProgram(path)
				stock[h] = stock[h] || own || indicator.Stock(e) != ""
				if h != "" && !own && !slices.Contains(copies[h], path) {
					copies[h] = append(copies[h], path)
				}
			}
		}
	}
	maps.DeleteFunc(copies, func(h string, _ []string) bool { return !stock[h] })
	return copies
}

// wanted is a log that would have helped, and the hosts that lack it.
type wanted struct {
	log     ecs.Source
	collect bool // it is not in the evidence at all, and may well exist on the host
	hosts   []string
	sources []coverage.Source
}

// logging names the logs that would have helped: those that were collected and lack the events, and those
// that are not in the evidence at all, which may well exist on the host. Sources of one log that are
// missing on the same hosts are one recommendation.
func (b *builder) logging(sights []hostSight) []report.Recommendation {
	var list []*wanted
	logged := b.logged()
	for _, s := range coverage.Sources {
		enable, collect := missing(s, sights, logged)
		for _, n := range []wanted{{log: s.From, hosts: enable}, {log: s.From, collect: true, hosts: collect}} {
			if len(n.hosts) == 0 {
				continue
			}
			same := slices.IndexFunc(list, func(w *wanted) bool {
				return w.log == n.log && w.collect == n.collect && slices.Equal(w.hosts, n.hosts)
			})
			if same < 0 {
				same = len(list)
				list = append(list, &n)
			}
			list[same].sources = append(list[same].sources, s)
		}
	}
	var out []report.Recommendation
	for _, n := range list {
		out = append(out, report.Recommendation{Kind: report.ActionLogging, Text: n.text()})
	}
	return out
}

// missing returns the hosts that lack a source, in whole or in part: those whose log is in the evidence, and those
// whose log is not.
func missing(s coverage.Source, sights []hostSight, logged map[string]map[ecs.Source]bool) (enable,
	collect []string) {
	for i := range sights {
		c := &sights[i]
		state := c.source(s.ID).state
		if state != sight.SourceAbsent && state != sight.SourcePartly ||
			s.OnlySecurity() && c.source(coverage.SourceSysmonStart).count > 0 {
			continue
		}
		if logged[c.host][s.From] {
			enable = append(enable, c.host)
		} else {
			collect = append(collect, c.host)
		}
	}
	return enable, collect
}

// text is the recommendation in a sentence.
func (w *wanted) text() string {
	var names, without []string
	for _, s := range w.sources {
		names = append(names, strings.TrimPrefix(s.Name, w.log.String()+" "))
		without = append(without, s.Without)
	}
	hosts := report.Few(w.hosts, 5)
	if w.collect {
		return fmt.Sprintf("The %s log of %s is not in the evidence. Collect it; if there is none, enable these "+
			"events: %s. Without them, the logs do not show %s.",
			w.log, hosts, strings.Join(names, ", "), strings.Join(without, "; "))
	}
	return fmt.Sprintf("Enable these %s events on %s: %s. Without them, the logs do not show %s.", w.log, hosts,
		strings.Join(names, ", "), strings.Join(without, "; "))
}

// logged returns the sources of which each host has events.
func (b *builder) logged() map[string]map[ecs.Source]bool {
	out := map[string]map[ecs.Source]bool{}
	for _, h := range b.cs.Hosts.All {
		sources := map[ecs.Source]bool{}
		for _, e := range h.Events {
			sources[e.Kind().Meaning().Source] = true
			sources[ecs.SourceOfChannel(e.Channel)] = true
		}
		out[h.ID] = sources
	}
	return out
}
