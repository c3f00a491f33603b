package logon

import (
	"fmt"
	"slices"

	"github.com/cespare/xxhash/v2"
)

// few is a list of the first different names, and how many others there are.
type few struct {
	names  []string
	others map[uint64]struct{} // hashes of the others
}

// add adds a name to the first so many, or counts it.
func (f *few) add(name string, most int) {
	switch {
	case name == "" || slices.Contains(f.names, name):
	case len(f.names) < most:
		f.names = append(f.names, name)
	default:
		if f.others == nil {
			f.others = map[uint64]struct{}{}
		}
		f.others[xxhash.Sum64String(name)] = struct{}{}
	}
}

// list returns the names, and behind them how many there are beyond these.
func (f *few) list() []string {
	if len(f.others) == 0 {
		return f.names
	}
	return append(slices.Clip(f.names), fmt.Sprintf("and %d more", len(f.others)))
}
