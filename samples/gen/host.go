package main

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"time"

	"hunt/evtx/evtxtest"
)

const (
	chSysmon     = "Microsoft-Windows-Sysmon/Operational"
	chSecurity   = "Security"
	chSystem     = "System"
	chPowerShell = "Microsoft-Windows-PowerShell/Operational"
)

// An account is who a process runs as.
type account struct {
	domain, name, sid string
	logonID           uint64
	logonAt           time.Time
	session           uint32
	integrity         string // as Sysmon says it
	label             string // SID of the mandatory label, as 4688 says it
}

func (a *account) full() string { return a.domain + `\` + a.name }

// home returns the user's profile directory with a backslash at the end.
func (a *account) home() string { return `C:\Users\` + a.name + `\` }
func (a *account) temp() string { return a.home() + `AppData\Local\Temp\` }

// A process is one process of the simulation.
type process struct {
	image
	pid, parentPID uint32
	guid           string
	command        string
	user           *account
	start          time.Time
	parent         *process
}

// An event is one planted event: what is written, and later where.
type event struct {
	evtxtest.Event
	at     time.Time // when it was written, by a clock that is right; Time is by the machine's
	record uint64    // EventRecordID, once the log is laid out
	file   string    // empty: it can be read nowhere
}

// A host is one simulated machine. It collects events; layOut orders and numbers them.
type host struct {
	name      string // Computer
	short     string
	ip        string
	user      *account
	system    *account
	netsvc    *account
	rng       *rand.Rand
	boot      time.Time
	events    []*event
	firstID   map[string]uint64
	nextPID   uint32
	seq       uint32
	machine   uint32
	processes map[string]*process // long-lived ones by base name
	sysmonPID uint32
	skew      time.Duration // what the machine's clock is ahead
	corrected time.Time     // when it was set right; zero: never
	audit     audit
	size      int // of the events so far, about, in bytes
}

// audit is how Windows was told to log process starts.
type audit struct {
	noCommandLine func(at time.Time) bool // nil: it always logs it
	noParent      bool                    // as Windows 8.1 and Server 2012 R2 do
	noProcesses   bool                    // process starts and ends are not audited
}

// clock returns what the machine's clock shows at that time.
func (m *host) clock(at time.Time) time.Time {
	if m.corrected.IsZero() || at.Before(m.corrected) {
		return at.Add(m.skew)
	}
	return at
}

const domainName = "CORP"

// newHost returns a machine that was booted at that time. Everything random about
// it follows from its name.
func newHost(name, user, ip string, rid int, boot time.Time) *host {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // never fails
	seed := h.Sum64()
	rng := rand.New(rand.NewPCG(seed, 1204)) // #nosec G404 -- reproducible on purpose
	m := &host{
		name: name + ".corp.example", short: name, ip: ip, rng: rng, boot: boot,
		machine: uint32(seed), nextPID: 600, processes: map[string]*process{},
		firstID: map[string]uint64{chSysmon: 20_000 + rng.Uint64N(400_000),
			chSecurity: 100_000 + rng.Uint64N(900_000),
			chSystem:   3_000 + rng.Uint64N(40_000), chPowerShell: 200 + rng.Uint64N(5_000)},
	}
	m.system = &account{domain: "NT AUTHORITY", name: "SYSTEM", sid: "S-1-5-18", logonID: 0x3e7,
		logonAt: boot, integrity: "System", label: "S-1-16-16384"}
	m.netsvc = &account{domain: "NT AUTHORITY", name: "NETWORK SERVICE", sid: "S-1-5-20", logonID: 0x3e4,
		logonAt: boot, integrity: "System", label: "S-1-16-16384"}
	m.user = &account{domain: domainName, name: user,
		sid:     domainSID(rid),
		logonID: 0x40000 + rng.Uint64N(0x90000), session: 1, integrity: "Medium", label: "S-1-16-8192"}
	return m
}

// ms returns a duration of lo to hi milliseconds, in steps of 100 ns.
func (m *host) ms(lo, hi int64) time.Duration {
	return time.Duration((lo*10_000 + m.rng.Int64N((hi-lo)*10_000)) * 100)
}

func (m *host) pid() uint32 {
	m.nextPID += 4 * (1 + m.rng.Uint32N(90))
	return m.nextPID
}

// guid returns a Sysmon process or logon GUID: machine, start time, sequence.
func (m *host) guid(at time.Time) string {
	m.seq++
	unix := uint32(at.Unix())
	return fmt.Sprintf("{%08X-%04X-%04X-%04X-000000001C00}", m.machine, uint16(unix), uint16(unix>>16), uint16(m.seq))
}

func (m *host) add(e evtxtest.Event) *event {
	e.Computer = m.name
	p := &event{Event: e, at: e.Time}
	p.Time = m.clock(e.Time)
	m.size += sizeOf(&e)
	m.events = append(m.events, p)
	return p
}

// sizeOf estimates the bytes that an event takes in its log, its part of the templates included.
func sizeOf(e *evtxtest.Event) int {
	n := 330
	for i := range e.Data {
		n += 12 + len(e.Data[i].Value.Data)
	}
	return n
}

// layOut orders each channel by the time of writing and numbers the records.
func (m *host) layOut() {
	slices.SortStableFunc(m.events, func(a, b *event) int {
		return cmp.Or(cmp.Compare(a.Channel, b.Channel), a.at.Compare(b.at))
	})
	next := map[string]uint64{}
	for ch, id := range m.firstID {
		next[ch] = id
	}
	for _, e := range m.events {
		if e.RecordID == 0 {
			e.RecordID = next[e.Channel]
			next[e.Channel]++
		}
		e.record = e.RecordID
	}
}

// channel returns a channel's events in order.
func (m *host) channel(name string) []*event {
	var out []*event
	for _, e := range m.events {
		if e.Channel == name {
			out = append(out, e)
		}
	}
	return out
}
