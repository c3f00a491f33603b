package host

import (
	"hunt/evtx"
	"hunt/timeline/ledger"
)

// ChannelWindow is the span of one channel on one host.
type ChannelWindow struct {
	Channel     string
	Count       int
	First, Last evtx.Filetime
}

// Channels returns the host's channels, sorted by name.
func (h *Host) Channels() []ChannelWindow {
	var out []ChannelWindow
	for _, e := range h.Events {
		if n := len(out); n == 0 || out[n-1].Channel != e.Channel {
			out = append(out, ChannelWindow{Channel: e.Channel})
		}
		w := &out[len(out)-1]
		w.Count += e.Count
		w.First, w.Last = ledger.Widen(w.First, w.Last, e.First)
		w.First, w.Last = ledger.Widen(w.First, w.Last, e.Last)
	}
	return out
}
