package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"hunt/evtx/evtxtest"
)

// A shape is one way in which intruders act today, with something harmless that looks like it.
type shape struct {
	name   string
	does   func(s *scene)
	twin   func(s *scene) // what people, programs and administrators do that way
	server bool           // it is done to a server, if the fleet has one
}

// shapes are all of them. What they plant varies with the seed: names, addresses, times, who does it.
var shapes = slices.Concat(linkShapes, fileShapes, intruderShapes, defaultLogShapes, toolShapes, hostShapes)

// A scene is one shape, or its twin, as it is played on a machine.
type scene struct {
	*member
	b  *process // the browser, nil on a server
	at time.Time
	c  *chain
	n  int // no two scenes of a fleet have the same
}

// later is a time after the scene began.
func (s *scene) later(d time.Duration) time.Time { return s.at.Add(d) }

// does starts a program as the user, some time after the scene began.
func (s *scene) does(parent *process, name, command string, after time.Duration) started {
	return s.run(parent, tool(name), command, s.user, s.later(after))
}

// named is one of the names with the scene's number, so that no two scenes share a file.
func (s *scene) named(names ...string) string {
	return fmt.Sprintf(pick(s.rng, names), 100*(s.n+1)+s.rng.IntN(100))
}

// fetched is a file from the web in the user's Downloads.
func (s *scene) fetched(after time.Duration, names ...string) (path string, saved []*event) {
	name := s.named(names...)
	path = s.user.home() + `Downloads\` + name
	return path, s.download(s.b, s.later(after), path, "https://"+lureHost+"/", "https://"+lureHost+"/g/"+name)
}

// house returns a program of a named company.
func house(path string) image {
	return program(path, "4.1.0", "House tool", "House", "Example AG", baseName(path), "Example AG")
}

// tool is a program of Windows, or one of the others that the generator knows.
func tool(name string) image {
	if strings.Contains(name, `\`) {
		return prog(name)
	}
	if im := fleetProg(name); im.path != name {
		return im
	}
	return windows(name, name, name)
}

// other plants an event of a channel that no other function is for.
func (m *host) other(at time.Time, channel, provider string, id uint16, data ...evtxtest.Pair) *event {
	return m.add(evtxtest.Event{Provider: provider, Channel: channel, EventID: id, Level: 4,
		Keywords: 0x8000000000000000, Time: at, UserID: "S-1-5-18", ProcessID: 1840, ThreadID: 2204, Data: data})
}

// inUserData moves the values of an event from EventData to an element of UserData.
func inUserData(e *event, element string) *event {
	e.UserData = &evtxtest.UserData{Element: element, XMLNS: "Event_NS", Fields: e.Data}
	e.Data = nil
	return e
}

// failed plants Security 4625: a logon over the network with a wrong password.
func (m *host) failed(at time.Time, name, workstation, ip string) *event {
	nobody := &account{domain: "-", name: "-", sid: "S-1-0-0"}
	return m.security(at, 4625, 0, 12544, append(subject("Subject", nobody), sid("TargetUserSid", "S-1-0-0"),
		str("TargetUserName", name), str("TargetDomainName", domainName),
		evtxtest.Pair{Name: "Status", Value: evtxtest.Hex32(0xc000006d)}, str("FailureReason", "%%2313"),
		evtxtest.Pair{Name: "SubStatus", Value: evtxtest.Hex32(0xc000006a)}, num("LogonType", 3),
		str("LogonProcessName", "NtLmSsp "), str("AuthenticationPackageName", "NTLM"),
		str("WorkstationName", workstation), str("TransmittedServices", "-"), str("LmPackageName", "-"),
		num("KeyLength", 0), hex64("ProcessId", 0), str("ProcessName", "-"), str("IpAddress", ip),
		str("IpPort", fmt.Sprint(49_200+m.rng.IntN(14_000))))...)
}

// tells says that a rule must report a finding that cites one of the events.
func (c *chain) tells(rule string, events ...*event) { c.told = append(c.told, telling{rule, events}) }

// may says that other rules may report the chain's own events, and nothing else.
func (c *chain) may(rules ...string) { c.also = append(c.also, rules...) }

// A telling is a rule that must speak of one of some events, in whatever finding.
type telling struct {
	rule   string
	events []*event
}

// play plays a shape or its twin and keeps what it planted.
func (s *shape) play(m *member, b *process, at time.Time, n int, twin bool) *chain {
	c := &chain{name: s.name, from: at}
	do := s.does
	if twin {
		c.name, do = s.name+" (harmless twin)", s.twin
	}
	before := len(m.events)
	do(&scene{m, b, at, c, n})
	c.events = slices.Clone(m.events[before:])
	return c
}

// decideShapes gives every shape and its twin to a machine, at a time of its own. Members come in their order.
func decideShapes(members []*member) error {
	var desks, servers []*member
	for _, m := range members {
		m.attacks = nil
		switch {
		case m.server:
			servers = append(servers, m)
		case !m.sysmon.IsZero():
			desks = append(desks, m)
		}
	}
	if len(desks) == 0 {
		return fmt.Errorf("shapes need a workstation with Sysmon: make more hosts")
	}
	if len(servers) == 0 {
		servers = desks
	}
	on := map[*member][]attack{}
	for i := range shapes {
		of := desks
		if shapes[i].server {
			of = servers
		}
		m := of[i%len(of)]
		for k := range 2 {
			on[m] = append(on[m], attack{browser: pick(m.rng, []string{chromeEx, edgeEx}),
				do: func(m *member, b *process, at time.Time) *chain {
					return shapes[i].play(m, b, at, 2*i+k, k == 1)
				}, alone: shapes[i].server})
		}
	}
	for _, m := range members {
		list := on[m]
		m.rng.Shuffle(len(list), func(a, b int) { list[a], list[b] = list[b], list[a] })
		rows := (len(list) + len(shapeDays) - 1) / len(shapeDays)
		for i := range list {
			row := i / len(shapeDays)
			list[i].at = fleetDay(shapeDays[i%len(shapeDays)], 9, 5+row*400/max(rows, 1)).Add(
				time.Duration(m.rng.IntN(300)) * time.Second)
		}
		slices.SortFunc(list, func(a, b attack) int { return a.at.Compare(b.at) })
		m.attacks = list
	}
	return nil
}

// shapeDays are the days of the second week.
var shapeDays = []int{7, 8, 9, 10, 11}
