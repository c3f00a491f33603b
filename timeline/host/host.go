package host

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"hunt/evtx"
	"hunt/timeline/ledger"
)

// Host is one resolved host: everything that its logs say about it. Its processes, sessions and logons are put in order
// when they are asked for.
type Host struct {
	ID          string   // lower-case: its last name, in full where that is known; or as --merge-hosts says
	Aliases     []Alias  // Computer as the logs spell it, the current name first
	SIDs        []string // machine SIDs that its own local accounts have, sorted
	Records     int      // live records, duplicates not counted
	First, Last evtx.Filetime
	Events      []ledger.EventCount // sorted by channel, provider, event id
	// what the filter let through, carved records included where they count: what rules could look at; sorted alike,
	// and shared by hosts with the same kinds
	Shown []ledger.EventKind

	Users []string // accounts of its processes and sessions, sorted
	// a log shows more changes of the clock than are followed (BoundClock): its events are in the order of their times
	ClockCut bool

	via gathering
	why []string // how the names came together, in sentences; Why adds those that every host has

	set    *Set
	chunks []int32        // places in the set's chunks
	keys   []ledger.Owner // under which its history is kept
	table  atomic.Pointer[table]
	weight int // of its table

	clock *clock // nil unless it was set back
}

// Alias is one name of a host.
type Alias struct {
	Name        string
	Use         NameUse
	Records     int // live records, duplicates not counted
	First, Last evtx.Filetime
}

// NameUse is how a host uses a name.
type NameUse string

// The uses of a name.
const (
	NameCurrent NameUse = "current"
	NameForm    NameUse = "other form" // of the current name: other case, short or full
	NameFormer  NameUse = "former"
	NameSetup   NameUse = "temporary" // given by Windows setup
)

// Names returns Computer as the logs spell it, sorted.
func (h *Host) Names() []string {
	names := make([]string, len(h.Aliases))
	for i, n := range h.Aliases {
		names[i] = n.Name
	}
	return ledger.Distinct(names)
}

// Why says how the names came together, in sentences.
func (h *Host) Why() []string {
	if len(h.Aliases) == 1 && h.Aliases[0].Name == "" {
		return h.why
	}
	out := append([]string{votes(h)}, h.why...)
	if h.via.records > 0 {
		out = slices.Insert(out, 1+int(h.via.place), fmt.Sprintf("%s of it were forwarded to a log that gathers "+
			"several machines, such as %s; each belongs to the machine that its Computer field names.",
			ledger.Count(h.via.records, "record", "records"), h.set.files[h.via.file].Path))
	}
	return out
}

// gathering is what was forwarded of a host to logs that gather several machines.
type gathering struct {
	records int
	file    int32 // the last of these logs
	place   int32 // of its sentence in why
}

// noName is the host of events without a Computer name.
const noName = "(no computer name)"

// shared reports whether a Computer name does not identify a machine: Windows setup gives it to every machine that is
// installed from the same image, so that records of it in different places are of different machines.
func shared(computer string) bool {
	switch {
	case len(computer) < 6 || len(computer) > 16:
		return false
	case strings.EqualFold(computer, "MINWINPC"), strings.EqualFold(computer, "WIN-PE"),
		strings.EqualFold(computer, "MININT-PC"):
		return true
	}
	return imageName(computer)
}

// imageName reports whether a name is that of Microsoft's build machines, such as 37L4247F27-25: digits, L, digits, a
// letter, digits, dash, digits. A new installation carries it until setup gives its own.
func imageName(s string) bool {
	i := 0
	digits := func(most int) bool {
		from := i
		for i < len(s) && i-from < most && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		return i > from
	}
	letter := func(lo, hi byte) bool {
		if i < len(s) && s[i]|0x20 >= lo && s[i]|0x20 <= hi {
			i++
			return true
		}
		return false
	}
	if !digits(2) || !letter('l', 'l') || !digits(4) || !letter('a', 'z') || !digits(2) || i >= len(s) || s[i] != '-' {
		return false
	}
	i++
	return digits(2) && i == len(s)
}

// setupName reports whether a name is one that Windows makes up when nobody gives one. Such names are unique, and some
// machines keep them for good.
func setupName(name string) bool {
	label := strings.ToUpper(firstLabel(name))
	if shared(label) {
		return true
	}
	for _, prefix := range []string{"WIN-", "MININT-", "DESKTOP-", "LAPTOP-", "WINDOWS-"} {
		if rest, ok := strings.CutPrefix(label, prefix); ok && len(rest) >= 7 && len(rest) <= 11 &&
			strings.Trim(rest, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == "" {
			return true
		}
	}
	return false
}

// newest returns the index of the unit whose name is the current one: that of the last record, with setup names
// considered last.
func newest(units []*unit) int {
	best := 0
	for i, u := range units {
		b := units[best]
		if su, sb := setupName(u.name), setupName(b.name); su != sb {
			if sb {
				best = i
			}
			continue
		}
		if laterByID(b, u) || u.last > b.last && !laterByID(u, b) {
			best = i
		}
	}
	label := firstLabel(units[best].name)
	for i, u := range units {
		if firstLabel(u.name) == label && len(u.name) > len(units[best].name) {
			best = i
		}
	}
	return best
}

// laterByID reports whether in the logs that both wrote themselves, all records of b come after those of a: this holds
// whatever the clock showed.
func laterByID(a, b *unit) bool {
	of := map[ledger.Log]*idRange{}
	for _, x := range a.ranges {
		if x.native {
			of[x.Log] = x
		}
	}
	found := false
	for _, y := range b.ranges {
		x := of[y.Log]
		if x == nil || !y.native {
			continue
		}
		if y.minID <= x.maxID {
			return false
		}
		found = true
	}
	return found
}

// aliases describes the names of the units, the current one first.
func aliases(units []*unit, current int) []Alias {
	var out []Alias
	for i, u := range units {
		for _, spelt := range u.spellings() {
			n := Alias{Name: spelt, Records: u.spelt[spelt].records, First: u.spelt[spelt].first,
				Last: u.spelt[spelt].last}
			switch {
			case i == current && spelt == u.usual():
				n.Use = NameCurrent
			case i == current || firstLabel(u.name) == firstLabel(units[current].name):
				n.Use = NameForm
			case setupName(u.name):
				n.Use = NameSetup
			default:
				n.Use = NameFormer
			}
			out = append(out, n)
		}
	}
	slices.SortStableFunc(out, func(a, b Alias) int {
		rank := func(n Alias) int {
			return slices.Index([]NameUse{NameCurrent, NameForm, NameFormer, NameSetup}, n.Use)
		}
		if r := rank(a) - rank(b); r != 0 {
			return r
		}
		return strings.Compare(a.Name, b.Name)
	})
	return out
}

func firstLabel(name string) string {
	label, _, _ := strings.Cut(name, ".")
	return label
}
