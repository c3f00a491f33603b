package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"hunt/samples/gen/collector"
)

// The fleet's two weeks: from Monday to Friday of the next week, when it was collected.
var (
	fleetFrom = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	fleetTo   = time.Date(2026, 3, 13, 18, 0, 0, 0, time.UTC)
)

// A member is one machine of a fleet: what was decided about it before its days were played.
type member struct {
	*noise
	index    int
	layout   *collector.Layout
	server   bool
	nights   bool      // shut down at the end of each working day
	sysmon   time.Time // from when on there is Sysmon; zero: never
	stopped  span      // Sysmon was stopped
	deleted  span      // records of Sysmon were taken out of the log
	wiped    map[string]time.Time
	rolled   bool // the Security log lost its oldest chunks
	damage   string
	chains   []*chain
	attacks  []attack // to come, by time
	planned  int      // bytes of logs
	settings []string
}

// span is a time in which something was so.
type span struct{ from, to time.Time }

func (s span) contains(at time.Time) bool { return !at.Before(s.from) && at.Before(s.to) }

// an attack is a chain that is to be played.
type attack struct {
	at      time.Time
	browser string // path
	do      func(m *member, browser *process, at time.Time) *chain
	alone   bool // nobody needs to be logged on
}

// attackKinds are what can happen to a machine, in the order in which the machines get them.
var attackKinds = []struct {
	browser string
	do      func(m *member, browser *process, at time.Time) *chain
}{
	{chromeEx, func(m *member, b *process, at time.Time) *chain { return m.linkChain(b, at) }},
	{edgeEx, func(m *member, b *process, at time.Time) *chain { return m.dropChain(b, at) }},
	{firefoxE, func(m *member, b *process, at time.Time) *chain { return m.scriptChain(b, at) }},
	{edgeEx, func(m *member, b *process, at time.Time) *chain { return m.htaChain(b, at) }},
	{chromeEx, func(m *member, b *process, at time.Time) *chain { return m.imageChain(b, at) }},
	{chromeEx, (*member).runFromExplorer},
	{edgeEx, (*member).runDaysLater},
	{edgeEx, (*member).webdavChain},
	{chromeEx, (*member).scriptFromFolder},
	{edgeEx, (*member).openedImage},
	{edgeEx, (*member).chosenInstaller},
	{edgeEx, (*member).clickOnce},
}

// day returns a time on the n-th day of the fleet.
func fleetDay(n, hour, minute int) time.Time {
	return fleetFrom.AddDate(0, 0, n).Add(time.Duration(hour)*time.Hour +
		time.Duration(minute)*time.Minute + 417_300*time.Microsecond)
}

// The working days, by number.
var workdays = []int{0, 1, 2, 3, 4, 7, 8, 9, 10, 11}

// newMember decides what machine i of n is like. Everything follows from the seed and the number.
func newMember(seed uint64, i, n, size int) *member {
	rng := rand.New(rand.NewPCG(seed, uint64(i))) // #nosec G404 -- reproducible on purpose
	kind := "WS"
	if i%7 == 6 {
		kind = "SRV"
	}
	m := &member{index: i, server: kind == "SRV", planned: size, sysmon: fleetFrom.AddDate(0, 0, -20),
		wiped: map[string]time.Time{}}
	h := newHost(fmt.Sprintf("%s-%05d", kind, i+1), fmt.Sprintf("user%05d", i+1),
		fmt.Sprintf("10.%d.%d.%d", 30+i/62_500, i/250%250, 2+i%250), 3000+i, fleetFrom)
	h.rng = rng
	m.noise = &noise{host: h}
	m.noise.quiet = func(at time.Time) bool {
		return slices.ContainsFunc(m.attacks,
			func(a attack) bool { return at.After(a.at.Add(-12*time.Minute)) && at.Before(a.at.Add(12*time.Minute)) })
	}
	m.layout = &collector.Layouts[i%len(collector.Layouts)]
	m.nights = !m.server && i%3 == 0
	m.decideLogs(i)
	if !m.server && (n <= 20 || i%3 != 2) {
		m.decideAttacks(i)
	}
	return m
}

// decideLogs decides what the machine's logs are like.
func (m *member) decideLogs(i int) {
	say := func(format string, args ...any) { m.settings = append(m.settings, fmt.Sprintf(format, args...)) }
	switch i % 10 {
	case 7:
		m.sysmon = time.Time{}
		say("no Sysmon")
	case 8, 4:
		m.sysmon = fleetDay(2, 9, 30)
		say("Sysmon since %s", m.sysmon.Format(time.RFC3339))
	}
	switch i % 6 {
	case 3:
		m.audit.noCommandLine = func(time.Time) bool { return true }
		say("4688 without command lines")
	case 4:
		from := fleetDay(4, 11, 0)
		m.audit.noCommandLine = func(at time.Time) bool { return at.Before(from) }
		say("4688 with command lines since %s", from.Format(time.RFC3339))
	case 5:
		m.audit.noParent = true
		say("4688 without parent names")
	}
	switch {
	case i%16 == 5 || i == 1:
		m.skew, m.corrected = time.Duration(17+m.rng.IntN(40))*time.Minute, fleetDay(3, 12, 40)
		say("clock ahead by %s, set right at %s", m.skew, m.corrected.Format(time.RFC3339))
	case i%4 == 2:
		m.skew = time.Duration(m.rng.IntN(1800)-900) * time.Second
		say("clock wrong by %s", m.skew)
	}
	if i%11 == 3 {
		m.wiped[chSecurity], m.wiped[chSystem] = fleetDay(3, 20, 11), fleetDay(3, 20, 12)
	}
	if i%22 == 15 && i%10 != 7 {
		m.wiped[chSysmon] = fleetDay(2, 21, 5)
	}
	if i%13 == 2 {
		m.deleted = span{fleetDay(1, 13, 10), fleetDay(1, 13, 40)}
	}
	if i%17 == 1 {
		m.stopped = span{fleetDay(2, 10, 2), fleetDay(3, 15, 20)}
	}
	m.rolled = i%3 == 1 && len(m.wiped) == 0
	if i%8 == 2 {
		m.damage = []string{"chunk-crc", "torn-record", "empty-chunk", "chunk-header"}[i/8%4]
	}
}

// decideAttacks decides what is done to the machine. It needs Sysmon, whole and before the attack.
func (m *member) decideAttacks(i int) {
	if m.sysmon.IsZero() {
		return
	}
	for k, day := range []int{7, 9} {
		a := attackKinds[(i+5*k)%len(attackKinds)]
		m.attacks = append(m.attacks,
			attack{fleetDay(day, 10+m.rng.IntN(5), 10+m.rng.IntN(40)), a.browser, a.do, false})
	}
	switch {
	case i%20 == 3 || i%20 == 5:
		m.attacks = append(m.attacks, attack{fleetDay(10, 10, 5+m.rng.IntN(40)), chromeEx,
			func(m *member, b *process, at time.Time) *chain { return m.lure(b, at, "Delivery_Note.exe") }, false})
	case i == 8:
		m.attacks = append(m.attacks, attack{fleetDay(10, 10, 5+m.rng.IntN(40)), chromeEx,
			func(m *member, b *process, at time.Time) *chain { return m.lure(b, at, "Salary_Table.exe") }, false})
	}
}

// play lets the machine live through the two weeks.
func (m *member) play() {
	if !m.nights {
		m.up(fleetFrom.Add(-26*time.Hour), 0)
	}
	spent := 0.0
	hours := weights(m)
	for d := range 12 {
		work := slices.Contains(workdays, d)
		begins, ends := fleetDay(d, 7, 20+m.rng.IntN(15)), fleetDay(d, 17, 10+m.rng.IntN(45))
		for h := range 24 {
			at := fleetDay(d, h, 0)
			if at.After(fleetTo.Add(-time.Hour)) {
				break
			}
			if work && h == begins.Hour() && !m.server {
				if m.nights {
					m.up(begins, d)
				}
				m.arrive(begins.Add(12 * time.Minute))
				at = begins.Add(20 * time.Minute)
			}
			if m.nights && (m.shell == nil || !work) {
				continue
			}
			if work && h == ends.Hour() && m.shell != nil {
				m.hour(at, ends, hours[d*24+h]/2, &spent)
				m.leave(ends)
				continue
			}
			m.hour(at, fleetDay(d, h+1, 0), hours[d*24+h], &spent)
		}
	}
	if m.skew != 0 && !m.corrected.IsZero() {
		m.setClock(m.corrected)
	}
	if m.audit.noCommandLine != nil && m.index%6 == 4 {
		m.auditChanged(fleetDay(4, 11, 0))
	}
}

// weights is how the bytes of a machine are spread over its hours; their sum is that of all bytes.
func weights(m *member) []float64 {
	w := make([]float64, 12*24)
	sum := 0.0
	for i := range w {
		d, h := i/24, i%24
		switch work := slices.Contains(workdays, d); {
		case m.server:
			w[i] = 1
		case work && h >= 8 && h < 17:
			w[i] = 6
		case work && (h == 7 || h == 17):
			w[i] = 2
		case m.nights:
			w[i] = 0
		default:
			w[i] = 0.5
		}
		sum += w[i]
	}
	for i := range w {
		w[i] *= float64(m.planned) / sum
	}
	return w
}

// hour does about so many bytes' worth of things, and the attacks that fall into it.
func (m *member) hour(from, to time.Time, bytes float64, spent *float64) {
	var due []attack
	for _, a := range m.attacks {
		if !a.at.Before(from) && a.at.Before(to) {
			due = append(due, a)
		}
	}
	*spent += bytes
	n := int((*spent - float64(m.size)) / activityBytes)
	times := make([]time.Duration, max(n, 0))
	for i := range times {
		times[i] = time.Duration(m.rng.Int64N(int64(to.Sub(from))/100) * 100)
	}
	slices.Sort(times)
	for _, t := range times {
		at := from.Add(t)
		for len(due) > 0 && at.After(due[0].at) {
			m.attack(due[0])
			due = due[1:]
		}
		m.something(at)
	}
	for _, a := range due {
		m.attack(a)
	}
}

// activityBytes is about what one activity writes.
const activityBytes = 2300

func (m *member) attack(a attack) {
	if m.shell == nil {
		if a.alone {
			m.chains = append(m.chains, a.do(m, nil, a.at))
		}
		return
	}
	b := m.browser
	if b.path != a.browser {
		b = m.host.browser(m.shell, a.browser, "", a.at.Add(-4*time.Minute))
	}
	m.chains = append(m.chains, a.do(m, b, a.at))
}

// up boots the machine.
func (m *member) up(at time.Time, day int) {
	m.boot, m.nextPID = at, 600
	m.children = nil
	m.processes = map[string]*process{}
	m.kernel(at.Add(time.Second), 12)
	m.startServices()
	if day == 0 && !m.sysmon.IsZero() && m.sysmon.After(fleetFrom) {
		m.sysmonStart(m.sysmon)
	}
	if m.stopped.from.Day() != 0 && day == 0 && !m.stopped.from.IsZero() {
		m.sysmonState(m.stopped.from.Add(-time.Second), "Stopped")
		m.sysmonState(m.stopped.to.Add(time.Second), "Started")
	}
}

// arrive logs the user on.
func (m *member) arrive(at time.Time) {
	m.shell = m.logOn(at)
	m.noise.browser = m.host.browser(m.shell, []string{chromeEx, edgeEx, firefoxE}[m.index%3],
		"https://intranet.corp.example/", at.Add(90*time.Second))
	m.outlook = m.run(m.shell, prog("OUTLOOK.EXE"),
		`"C:\Program Files\Microsoft Office\root\Office16\OUTLOOK.EXE" `, m.user, at.Add(2*time.Minute)).process
}

// leave logs the user off, and shuts the machine down if that is its habit.
func (m *member) leave(at time.Time) {
	for _, p := range []*process{m.noise.browser, m.outlook, m.shell} {
		m.exit(p, at.Add(m.ms(100, 5000)))
	}
	m.logoff(m.user, at.Add(6*time.Second), 2)
	m.shell, m.noise.browser, m.outlook = nil, nil, nil
	if m.nights {
		m.sysmonState(at.Add(9*time.Second), "Stopped")
		m.logging(at.Add(11 * time.Second))
		m.kernel(at.Add(12*time.Second), 13)
	}
}
