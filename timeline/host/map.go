package host

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"sync"

	"hunt/config"
)

// Map is what an analyst knows about the hosts that the logs do not tell: it decides before any rule of hunt does.
//
//	[[host]]
//	id = "ws01.corp.example"
//	names = ["WS01", "OLD-PC"]
//	reason = "renamed on 2026-02-01, ticket 4711"
//
//	[[split]]
//	name = "DC01"
//	paths = ["customer-b/"]
//	id = "dc01 (customer b)"
type Map struct {
	File  string            `toml:"-"`
	Sum   [sha256.Size]byte `toml:"-"` // of the file
	Hosts []Rule            `toml:"host"`
	Split []Split           `toml:"split"`

	once  sync.Once
	index index
}

// Rule makes one host from names. A name in a rule belongs to its host and to no other; a rule may have a single
// name.
type Rule struct {
	ID     string   `toml:"id"`
	Names  []string `toml:"names"`
	Reason string   `toml:"reason"`
}

// Split makes a separate host from the records of a name in some of the files.
type Split struct {
	Name   string   `toml:"name"`
	Paths  []string `toml:"paths"` // beginnings of File.Path
	ID     string   `toml:"id"`
	Reason string   `toml:"reason"`
}

// maxMap bounds a hosts file, in bytes: a hundred thousand hosts take a tenth of it.
const maxMap = 64 << 20

// LoadMap reads a TOML file, or standard input for "-". Errors give the file, the line and the column.
func LoadMap(name string) (*Map, error) {
	src, err := config.Read(name, maxMap)
	if err != nil {
		return nil, err
	}
	m := &Map{File: config.Shown(name), Sum: sha256.Sum256(src)}
	if err := config.TOML(name, src, m); err != nil {
		return nil, err
	}
	return m, m.check()
}

// check finds contradictions.
func (m *Map) check() error {
	owner := map[string]string{}
	for i, h := range m.Hosts {
		if h.ID == "" || len(h.Names) == 0 {
			return fmt.Errorf("%s: host %d needs an id and names", m.File, i+1)
		}
		for _, n := range h.Names {
			l := strings.ToLower(n)
			if other, ok := owner[l]; ok && other != h.ID {
				return fmt.Errorf("%s: the name %s belongs to two hosts, %s and %s", m.File, n, other, h.ID)
			}
			owner[l] = h.ID
		}
	}
	for i, s := range m.Split {
		if s.Name == "" || s.ID == "" || len(s.Paths) == 0 {
			return fmt.Errorf("%s: split %d needs a name, an id and paths", m.File, i+1)
		}
	}
	return nil
}

// index finds rules by a Computer name, lower-case.
type index struct {
	rules  map[string]*Rule
	splits map[string][]*Split
}

// lookup returns the index, which it makes on first use.
func (m *Map) lookup() *index {
	m.once.Do(func() {
		m.index = index{map[string]*Rule{}, map[string][]*Split{}}
		for i := range m.Hosts {
			for _, n := range m.Hosts[i].Names {
				if n = strings.ToLower(n); m.index.rules[n] == nil {
					m.index.rules[n] = &m.Hosts[i]
				}
			}
		}
		for i := range m.Split {
			n := strings.ToLower(m.Split[i].Name)
			m.index.splits[n] = append(m.index.splits[n], &m.Split[i])
		}
	})
	return &m.index
}

// Scoped reports whether records of a name are distinguished by file: several machines can share the name, or the
// map splits it.
func (m *Map) Scoped(computer string) bool {
	return shared(computer) || m != nil && len(m.lookup().splits[strings.ToLower(computer)]) > 0
}

// split returns the rule that removes a name's records in a file from the host of that name, nil if there is none.
func (m *Map) split(computer, path string) *Split {
	if m == nil {
		return nil
	}
	for _, s := range m.lookup().splits[strings.ToLower(computer)] {
		for _, p := range s.Paths {
			if strings.HasPrefix(path, p) {
				return s
			}
		}
	}
	return nil
}

// rule returns the rule that names a computer, nil if there is none.
func (m *Map) rule(computer string) *Rule {
	if m == nil {
		return nil
	}
	return m.lookup().rules[strings.ToLower(computer)]
}
