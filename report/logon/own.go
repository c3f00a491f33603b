package logon

import (
	"net/netip"
	"sync"

	"hunt/timeline"
	"hunt/timeline/ecs"
)

// Own learns which addresses of the internet the hosts of the evidence have themselves: those that their
// programs opened connections from. Many goroutines may use it.
type Own struct {
	mu   sync.Mutex
	addr map[netip.Addr]bool
}

// Addresses returns what was learnt.
func (o *Own) Addresses() map[netip.Addr]bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.addr
}

// Chooser returns what chooses the events of a Book in a timeline.Walk, for one worker.
func (o *Own) Chooser() func(*ecs.Event) timeline.Choice {
	return func(e *ecs.Event) timeline.Choice {
		switch {
		case Tells(e.Class.Role):
			return timeline.Take
		case e.Class.Role == ecs.RoleConnection:
			o.learn(e)
		}
		return timeline.Drop
	}
}

// learn takes the source of a connection that a program of the host opened.
func (o *Own) learn(e *ecs.Event) {
	if value(e, ecs.NetworkDirection) != "egress" {
		return
	}
	if a, ok := Plain(value(e, ecs.SourceIP)); ok && External(a) {
		o.mu.Lock()
		defer o.mu.Unlock()
		if o.addr == nil {
			o.addr = map[netip.Addr]bool{}
		}
		o.addr[a] = true
	}
}
