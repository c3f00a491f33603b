package incident

import (
	"cmp"
	"strings"

	"hunt/evtx"
)

// EventKey tells events apart: it is the same for all copies of an event and for no other.
type EventKey struct {
	Host, Channel string
	RecordID      uint64 // EventRecordID
	Written       evtx.Filetime
}

func (k EventKey) compare(o EventKey) int {
	return cmp.Or(strings.Compare(k.Host, o.Host), strings.Compare(k.Channel, o.Channel),
		cmp.Compare(k.RecordID, o.RecordID), cmp.Compare(k.Written, o.Written))
}

// ProcessKey tells processes apart: Windows uses an id again.
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

// SessionKey tells sessions apart: Windows uses a logon id again after a reboot.
type SessionKey struct {
	Host, LogonID string
	Start         evtx.Filetime
}

func (k SessionKey) compare(o SessionKey) int {
	return cmp.Or(strings.Compare(k.Host, o.Host), strings.Compare(k.LogonID, o.LogonID), cmp.Compare(k.Start, o.Start))
}

func (k SessionKey) known() bool { return k != SessionKey{} }

// ScriptKey tells script blocks apart. The zero value stands for no script block.
type ScriptKey struct{ Host, Block string }

func (k ScriptKey) compare(o ScriptKey) int {
	return cmp.Or(strings.Compare(k.Host, o.Host), strings.Compare(k.Block, o.Block))
}

// accountOn is an account on one host.
type accountOn struct{ host, account string }

func (k accountOn) compare(o accountOn) int {
	return cmp.Or(strings.Compare(k.host, o.host), strings.Compare(k.account, o.account))
}
