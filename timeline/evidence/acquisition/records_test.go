package acquisition

import (
	"testing"
	"time"
)

func TestTheServersExportNamesTheClientToo(t *testing.T) {
	a := &Facts{}
	if !a.clientInfo([]byte(
		`{"client_id":"C.1","agent_information":{"version":"0.72.4","name":"velociraptor"},"os_info":{"system":"windows","hostname":"WS1","release":"Microsoft Windows 10 Enterprise22H2","machine":"amd64","fqdn":"WS1.corp.example"},"first_seen_at":"1"}`)) ||
		!a.collectionContext([]byte(
			`{"session_id":"F.2","client_id":"C.1","create_time":"1773306059000000","request":{"creator":"bob"}}`)) {
		t.Fatal("not understood")
	}
	if want := "Velociraptor 0.72.4 on WS1.corp.example, Microsoft Windows 10 Enterprise22H2, " +
		"2026-03-12T09:00:59Z, by bob, flow F.2, client C.1"; a.String() != want {
		t.Errorf("%q, want %q", a.String(), want)
	}
}

func TestEpochReadsTheUnitsThatVelociraptorMixes(t *testing.T) {
	want := time.Date(2026, 3, 12, 9, 0, 59, 0, time.UTC)
	for _, s := range []string{"1773306059", "1773306059000", "1773306059000000", "1773306059000000000",
		"1773306059.25", "2026-03-12T09:00:59Z"} {
		if got := epoch(s); !got.Equal(want) {
			t.Errorf("epoch(%s) = %s, want %s", s, got, want)
		}
	}
	for _, s := range []string{"", "x", "-1", "0"} {
		if got := epoch(s); !got.IsZero() {
			t.Errorf("epoch(%q) = %s, want none", s, got)
		}
	}
}
