package incident

import "testing"

// Two logs that one account clears on one host within minutes are one incident, and so are the two ends of a pipe in
// the same second. Another account, host or hour, and the pipe that the next copy of the same tool makes, are not.
func TestWhatOneAccountClearsAndBothEndsOfAPipeAreOne(t *testing.T) {
	cleared := func(e *Event) { e.Cleared = true }
	timeless := func(e *Event) { e.At = 0 }
	bert := Account{Key: "S-1-5-21-1-2-3-1106", Name: `CORP\bert`, Kind: AccountPerson}
	system := Account{Key: "S-1-5-18", Name: `NT AUTHORITY\SYSTEM`, Kind: AccountSystem}
	pipe := []Artefact{{ArtefactPipe, `\psexesvc`}}
	made, used := func(e *Event) { e.Wrote = pipe }, func(e *Event) { e.Used = pipe }
	consumer := []Artefact{{ArtefactCommand, "cmd.exe /c x"}}
	bound, ran := func(e *Event) { e.Wrote = consumer }, func(e *Event) { e.Used = consumer }
	for _, x := range []struct {
		name   string
		a, b   Event
		joined bool
	}{
		{"clears a minute apart", event("h0", 0, cleared, as(anna)), event("h0", minute, cleared, as(anna)), true},
		{"clears an hour apart", event("h0", 0, cleared, as(anna)), event("h0", hour, cleared, as(anna)), false},
		{"clears without a time", event("h0", 1, cleared, as(anna), timeless),
			event("h0", 2, cleared, as(anna), timeless), false},
		{"of another account", event("h0", 0, cleared, as(anna)), event("h0", minute, cleared, as(bert)), false},
		{"of another host", event("h0", 0, cleared, as(anna)), event("h1", minute, cleared, as(anna)), false},
		{"of Windows", event("h0", 0, cleared, as(system)), event("h0", minute, cleared, as(system)), false},
		{"one clear", event("h0", 0, cleared, as(anna)), event("h0", minute, as(anna)), false},
		{"a pipe", event("h0", 0, made), event("h0", second, used), true},
		{"a pipe a minute later", event("h0", 0, made), event("h0", minute, used), false},
		{"a pipe without a time", event("h0", 1, made, timeless), event("h0", 2, used, timeless), false},
		{"a pipe of another host", event("h0", 0, made), event("h1", second, used), false},
		{"a consumer's command, then the process", event("h0", 0, bound), event("h0", hour, ran), true},
		{"the process, then a consumer's command", event("h0", hour, bound), event("h0", 0, ran), false},
		{"a consumer's command on another host", event("h0", 0, bound), event("h1", hour, ran), false},
	} {
		r := Join(&Case{Findings: []Finding{finding("a", x.a), finding("b", x.b)}, Hosts: hosts(2)})
		if got := len(r.Incidents) == 1; got != x.joined {
			t.Errorf("%s: joined is %v, want %v", x.name, got, x.joined)
		}
	}
}

// A hash that calls itself Microsoft's joins nothing, and a hub says so.
func TestAHashThatCallsItselfMicrosoftsIsAHub(t *testing.T) {
	stock := func(e *Event) { e.Stock = []Value{{"sha256", "ab"}} }
	r := Join(&Case{Findings: []Finding{finding("a", event("h0", 0, stock)), finding("b", event("h1", hour, stock))},
		Hosts: hosts(2)})
	if len(r.Incidents) != 2 || len(r.Hubs) != 1 || r.Hubs[0].Text != "sha256 ab" || len(r.Hubs[0].Findings) != 2 {
		t.Errorf("%q: %+v", groups(r), r.Hubs)
	}
}
