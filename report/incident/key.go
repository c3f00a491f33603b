package incident

import (
	"cmp"
	"strings"

	"hunt/evtx"
)

// EventKey identifies an event: it is the same for all copies of an event and different for all
// others.
type EventKey struct {
	Host, Channel string
	RecordID      uint64 // EventRecordID
	Written       evtx.Filetime
}

func (k EventKey) compare(o EventKey) int {
	return cmp.Or(strings.Compare(k.Host, o.Host), strings.Compare(k.Channel, o.Channel),
		cmp.Compare(k.RecordID, o.RecordID), cmp.Compare(k.Written, o.Written))
}

// ProcessKey identifies a process: Windows reuses ids.
type ProcessKey struct {
	Host   string
	Entity string // Sysmon's ProcessGuid, "" if no record has it
	PID    int64
	Start  evtx.Filetime
}

func (k ProcessKey) compare(o ProcessKey) int {
	return cmp.Or(strings.Compare(k.Host, o.Host), strings.Compare(k.Entity, o.Entity), cmp.Compare(k.PID, o.PID),
		cmp.Compare(k.Start, o.Start))
}

// SessionKey identifies a session: Windows reuses logon ids after a reboot.
type SessionKey struct {
	Host, LogonID string
	Start         evtx.Filetime
}

func (k SessionKey) compare(o SessionKey) int {
	return cmp.Or(strings.Compare(k.Host, o.Host), strings.Compare(k.LogonID, o.LogonID), cmp.Compare(k.Start, o.Start))
}

func (k SessionKey) known() bool { return k != SessionKey{} }

// ScriptKey identifies a script block. The zero value means no script block.
type ScriptKey struct{ Host, Block string }

func (k ScriptKey) compare(o ScriptKey) int {
	return cmp.Or(strings.Compare(k.Host, o.Host), strings.Compare(k.Block, o.Block))
}

// accountOn is an account on one host.
type accountOn struct{ host, account string }

func (k accountOn) compare(o accountOn) int {
	return cmp.Or(strings.Compare(k.host, o.host), strings.Compare(k.account, o.account))
}
