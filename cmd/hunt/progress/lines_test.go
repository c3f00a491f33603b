package progress

import (
	"bufio"
	"encoding/json"
	"io"
	"testing"

	"hunt/timeline"
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
