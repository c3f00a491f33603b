package census

import (
	"io"
	"testing"

	"hunt/report/listing"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/evidence"
	"hunt/timeline/ledger"
)

// TestACountAsksHistoriesForNoMoreThanItsKeysDo holds that a census, which may be of hosts with millions of logons, has
// their sessions and processes gathered only where a key needs them.
func TestACountAsksHistoriesForNoMoreThanItsKeysDo(t *testing.T) {
	for _, c := range []struct {
		Options
		strict bool
		want   ledger.Asked
	}{
		{Options{}, false, ledger.AskedTwins},
		{Options{By: "host,channel,event.code,user.name,day"}, false, ledger.AskedTwins},
		{Options{By: "event.code,process.parent.name"}, false, ledger.AskedLater},
		{Options{By: "process.parent.name"}, true, ledger.AskedTwins},
		{Options{By: "user.id"}, false, ledger.AskedLater},
		{Options{By: "message"}, false, ledger.AskedLater},
		{Options{Stack: "programs"}, false, ledger.AskedTwins},
		{Options{Stack: "tasks"}, false, ledger.AskedTwins},
		{Options{Stack: "process.entity_id"}, false, ledger.AskedLater},
	} {
		w := timeline.Walk{Scan: timeline.ScanOptions{Schema: ecs.NewSchema(), Strict: c.strict}}
		if _, err := New(c.Options, &w); err != nil || w.Scan.Asked != c.want {
			t.Errorf("%+v: %v, asks %d, want %d", c.Options, err, w.Scan.Asked, c.want)
		}
	}
}

func TestTheOverviewGathersNoHistory(t *testing.T) {
	col, err := evidence.Collect(t.Context(), evidence.Inputs("../../samples/scenario-1-uri-handler/attack"),
		evidence.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := timeline.Walk{Evidence: col, Scan: timeline.ScanOptions{Schema: ecs.NewSchema()}}
	c, err := New(Options{Options: listing.Options{Format: listing.CSV}}, &w)
	if err != nil {
		t.Fatal(err)
	}
	done, rows, err := c.Print(t.Context(), &w, io.Discard)
	if err != nil || rows == 0 {
		t.Fatal(rows, err)
	}
	for _, h := range done.Case.Hosts.All {
		if len(h.Users)+len(h.Processes())+len(h.Sessions()) > 0 {
			t.Errorf("%s: the history is known", h.ID)
		}
		for l := range h.Logons() {
			t.Errorf("%s: a logon of %s is known", h.ID, l.User)
		}
	}
}
