package ledger

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"hunt/evtx"
	"hunt/timeline/ecs"
	"hunt/timeline/spill"
)

func drawHistory(t *rapid.T) *History {
	text := rapid.OneOf(rapid.SampledFrom([]string{"", `C:\Windows\System32\cmd.exe`, "S-1-5-18",
		strings.Repeat("long ", 500)}), rapid.String())
	ref := func() evtx.Ref {
		return evtx.Ref{File: rapid.Int32Range(0, 3).Draw(t, "file"),
			Chunk: rapid.Int32Range(-1, 1<<20).Draw(t, "chunk"), Offset: rapid.Int64().Draw(t, "offset"),
			HeaderRecordID: rapid.Uint64().Draw(t, "hrid"), EventRecordID: rapid.Uint64().Draw(t, "rid"),
			Carved: rapid.Bool().Draw(t, "carved")}
	}
	at := func() evtx.Filetime { return evtx.Filetime(rapid.Uint64().Draw(t, "at")) }
	said := func() Fact {
		return Fact{Ref: ref(), At: at(), Computer: "WS1", Content: rapid.Uint64().Draw(t, "content")}
	}
	h := &History{Starts: []*Start{}, Ends: []*End{}, Logons: []*Logon{}, Notables: []*Notable{},
		Contacts: []Contact{}}
	for range rapid.IntRange(0, 4).Draw(t, "starts") {
		h.Starts = append(h.Starts,
			&Start{Fact: said(), Created: at(), Sysmon: rapid.Bool().Draw(t, "b"), PID: rapid.Int64().Draw(t, "pid"),
				PPID: rapid.Int64().Draw(t, "ppid"),
				GUID: text.Draw(t, "s"), ParentGUID: text.Draw(t, "s"), Executable: text.Draw(t, "s"),
				ParentExe: text.Draw(t, "s"), CommandLine: text.Draw(t, "s"), ParentLine: text.Draw(t, "s"),
				User: text.Draw(t, "s"), SID: text.Draw(t, "s"), LogonID: text.Draw(t, "s"), Hash: text.Draw(t, "s"),
				Original: text.Draw(t, "s"), Channel: text.Draw(t, "s"), Provider: text.Draw(t, "s")})
	}
	for range rapid.IntRange(0, 4).Draw(t, "ends") {
		h.Ends = append(h.Ends, &End{Fact: said(), Sysmon: rapid.Bool().Draw(t, "b"), PID: rapid.Int64().Draw(t, "pid"),
			GUID:       text.Draw(t, "s"),
			Executable: text.Draw(t, "s")})
	}
	for range rapid.IntRange(0, 4).Draw(t, "logons") {
		h.Logons = append(h.Logons,
			&Logon{Fact: said(), Role: ecs.Role(rapid.IntRange(0, int(ecs.RoleScriptBlock)).Draw(t, "role")),
				User: text.Draw(t, "s"), SID: text.Draw(t, "s"), ID: text.Draw(t, "s"),
				Kind: text.Draw(t, "s"), IP: text.Draw(t, "s"), Workstation: text.Draw(t, "s"),
				Subject: text.Draw(t, "s"),
				SubjSID: text.Draw(t, "s"), Target: text.Draw(t, "s")})
	}
	for range rapid.IntRange(0, 4).Draw(t, "notables") {
		h.Notables = append(h.Notables,
			&Notable{Fact: said(), Channel: text.Draw(t, "s"), Provider: text.Draw(t, "s"),
				Code:   rapid.Uint32().Draw(t, "code"),
				Detail: text.Draw(t, "s"), Log: text.Draw(t, "s"), Role: ecs.RoleBoot,
				Stopped: rapid.Bool().Draw(t, "b"),
				Audit:   ecs.RoleProcessStart, Audited: rapid.Bool().Draw(t, "b")})
	}
	for range rapid.IntRange(0, 4).Draw(t, "contacts") {
		h.Contacts = append(h.Contacts, Contact(rapid.Uint64().Draw(t, "contact")))
	}
	return h
}

func TestAHistoryThatWasPutAwayIsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		got, err := unpackHistory(h.Pack("WS1", spill.Pack), nil, "WS1")
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(h, got, cmp.AllowUnexported(History{}, Fact{}, Start{}, End{}, Logon{}, Notable{})); d != "" {
			t.Fatal(d)
		}
	})
}

func TestAHistoryThatIsCutShortIsAnErrorAndNoPanic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		c := spill.NewEncoder(nil)
		h.code(c, "WS1")
		b := slices.Clone(c.Bytes())
		if len(b) < 5 {
			return
		}
		cut := rapid.IntRange(0, len(b)-1).Draw(t, "cut")
		r := spill.NewDecoder(b[:cut], nil)
		(&History{}).code(r, "WS1")
		if r.Err() == nil {
			t.Fatalf("%d of %d bytes are read without an error", cut, len(b))
		}
		b[rapid.IntRange(0, len(b)-1).Draw(t, "place")] ^= byte(rapid.IntRange(1, 255).Draw(t, "bits"))
		r = spill.NewDecoder(b, []int32{0, 1, 2, 3})
		(&History{}).code(r, "WS1") // must not panic
	})
}
