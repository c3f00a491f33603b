package incident

import (
	"net/netip"
	"strings"

	"hunt/report/decision"
)

// known holds the examiner's declarations for look-up.
type known struct {
	addresses map[string]decision.KnownKind
	ranges    []netip.Prefix // of NAT
	jump      map[string]bool
	deploys   map[string]bool
}

// knownOf makes declarations searchable. A host is found by its name with or without the domain.
func knownOf(list []decision.Known) *known {
	k := &known{addresses: map[string]decision.KnownKind{}, jump: map[string]bool{}, deploys: map[string]bool{}}
	for _, d := range list {
		for _, v := range d.Of {
			v = strings.ToLower(strings.TrimSpace(v))
			if p, err := netip.ParsePrefix(v); err == nil && d.Kind == decision.NAT {
				k.ranges = append(k.ranges, p.Masked())
				continue
			}
			if a, err := netip.ParseAddr(v); err == nil && d.Kind != decision.Deployment {
				k.addresses[a.Unmap().String()] = d.Kind
				continue
			}
			if d.Kind == decision.Deployment {
				k.deploys[v] = true
			} else {
				k.jump[v] = true
			}
		}
	}
	return k
}

// SharedAddress returns a function that reports whether the examiner declared an address to be shared by many
// machines.
func SharedAddress(list []decision.Known) func(address string) bool {
	k := knownOf(list)
	return func(address string) bool { return k.address(address) == decision.NAT }
}

// address returns what was declared about an address, "" if nothing was.
func (k *known) address(text string) decision.KnownKind {
	a, err := netip.ParseAddr(text)
	if err != nil {
		return ""
	}
	a = a.Unmap()
	if kind := k.addresses[a.String()]; kind != "" {
		return kind
	}
	for _, p := range k.ranges {
		if p.Contains(a) {
			return decision.NAT
		}
	}
	return ""
}

// value returns what was declared about a value, "" if nothing was.
func (k *known) value(v Value) decision.KnownKind {
	if kind := k.address(v.Text); kind != "" {
		return kind
	}
	if v.Kind == ValueFileName && k.deploys[v.Text] {
		return decision.Deployment
	}
	return ""
}

// jumps reports whether a host is a declared jump host.
func (k *known) jumps(host string) bool {
	short, _, _ := strings.Cut(host, ".")
	return k.jump[strings.ToLower(host)] || k.jump[strings.ToLower(short)]
}

// program reports whether a program, by its name or path, is a declared deployment tool.
func (k *known) program(name string) bool {
	name = strings.ToLower(name)
	return k.deploys[name] || k.deploys[name[strings.LastIndexByte(name, '\\')+1:]]
}

// burst reports whether a remote command, service or task belongs to a declared deployment tool. For a command,
// the program decides.
func (k *known) burst(a Artefact) bool {
	if a.Kind != ArtefactCommand {
		return k.program(a.Name)
	}
	program := a.Name
	if rest, quoted := strings.CutPrefix(program, `"`); quoted {
		program, _, _ = strings.Cut(rest, `"`)
	} else {
		program, _, _ = strings.Cut(program, " ")
	}
	return k.program(program)
}

// account reports whether an account belongs to a declared deployment tool.
func (k *known) account(a Account) bool {
	_, user, _ := strings.Cut(strings.ToLower(a.Name), `\`)
	return k.deploys[strings.ToLower(a.Name)] || user != "" && k.deploys[user]
}

// apply removes from an event what joins nothing because many share it.
func (k *known) apply(e *Event) {
	if e.Process != nil && k.program(e.Process.Name) {
		common := *e.Process
		common.Common, common.Line = true, nil
		e.Process = &common
	}
	if e.Account.Kind == AccountPerson && k.account(e.Account) {
		e.Account.Kind = AccountService
	}
}
