package progress

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"hunt/timeline"
	"hunt/timeline/ledger"
)

func TestTheHeartbeatGoesOnWhileNothingMoves(t *testing.T) {
	r, w := io.Pipe()
	p := newJSONProgress(w, &timeline.Meter{})
	go func() {
		p.show(false)
		p.show(false)
		p.show(true)
		_ = w.Close()
	}()
	n := 0
	for s := bufio.NewScanner(r); s.Scan(); n++ {
		var l progressLine
		if err := json.Unmarshal(s.Bytes(), &l); err != nil || l.Event != "progress" || l.Done != (n == 2) ||
			l.File != nil {
			t.Errorf("line %d: %s (%v)", n, s.Text(), err)
		}
	}
	if n != 3 {
		t.Errorf("%d lines, want 3", n)
	}
}

// TestNoTimeIsNegativeWhereTheClockWasSetBack has a run begin in 2199, where Go's times have no monotonic reading, on a
// machine whose clock is then set right.
func TestNoTimeIsNegativeWhereTheClockWasSetBack(t *testing.T) {
	var out bytes.Buffer
	m := &timeline.Meter{}
	m.BytesDone.Store(1)
	m.Bytes.Store(100)
	p := newJSONProgress(&out, m)
	p.start = time.Date(2199, 1, 1, 0, 0, 0, 0, time.UTC)
	p.last = p.start
	p.show(false)
	p.show(true)
	p.counted(&timeline.Case{Records: ledger.FileStats{Read: 1}})
	if n := strings.Count(out.String(), "\n"); n != 3 || strings.Contains(out.String(), ":-") {
		t.Errorf("%d lines: %s", n, out.String())
	}
}
