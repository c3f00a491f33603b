package rules

// What matchers pass from the match of a group of hosts to the combination of all groups. A group
// lists at least those findings of its hosts that all hosts together would list, since bounds apply
// sooner when more hosts come before; adding applies the bounds once more.

func (s *single) listed() (complete, partial []*Finding) { return s.findings.listed(), nil }

func (s *single) left() (timeless, crowded, crowdedPartial int) { return 0, 0, 0 }

func (s *single) add(f *Finding, _ bool) bool {
	if !s.quota.admits(f.Host, f.Exception != nil) {
		s.rr.Unlisted += f.Count
		return false
	}
	if !s.roster.admits(f, s.rr, f.Host, s.quota.nth(f.Exception != nil)) {
		return false
	}
	s.findings.all = append(s.findings.all, f)
	return true
}

func (s *single) addLeft(_, _, _ int) {}

func (m *matching) listed() (complete, partial []*Finding) {
	return m.findings.listed(), m.partial.listed()
}

func (m *matching) left() (timeless, crowded, crowdedPartial int) {
	return m.timeless, m.quota.crowded, m.partials.crowded
}

func (m *matching) add(f *Finding, partial bool) bool {
	list, bound, unlisted := &m.findings, &m.quota.quota, &m.rr.Unlisted
	if partial {
		list, bound, unlisted = &m.partial, &m.partials.quota, &m.rr.UnlistedPartial
	}
	if !bound.admits(m.quotaHost(f.Host), f.Exception != nil) {
		*unlisted++
		return false
	}
	if !m.roster.admits(f, m.rr, m.quotaHost(f.Host), bound.nth(f.Exception != nil)) {
		return false
	}
	list.all = append(list.all, f)
	list.settle = len(list.all)
	return true
}

func (m *matching) addLeft(timeless, crowded, crowdedPartial int) {
	m.timeless += timeless
	m.quota.crowded += crowded
	m.partials.crowded += crowdedPartial
}

func (m *counted) listed() (complete, partial []*Finding) { return nil, nil }

func (m *counted) left() (timeless, crowded, crowdedPartial int) { return m.timeless, 0, 0 }

func (m *counted) add(*Finding, bool) bool { return false }

func (m *counted) addLeft(timeless, _, _ int) { m.timeless += timeless }
