package timeline

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

func drawHistory(t *rapid.T) *history {
	text := rapid.OneOf(rapid.SampledFrom([]string{"", `C:\Windows\System32\cmd.exe`, "S-1-5-18", strings.Repeat("long ", 500)}), rapid.String())
	ref := func() evtx.Ref {
		return evtx.Ref{File: rapid.Int32Range(0, 3).Draw(t, "file"), Chunk: rapid.Int32Range(-1, 1<<20).Draw(t, "chunk"), Offset: rapid.Int64().Draw(t, "offset"),
			HeaderRecordID: rapid.Uint64().Draw(t, "hrid"), EventRecordID: rapid.Uint64().Draw(t, "rid"), Carved: rapid.Bool().Draw(t, "carved")}
	}
	at := func() evtx.Filetime { return evtx.Filetime(rapid.Uint64().Draw(t, "at")) }
	said := func() fact {
		return fact{ref: ref(), at: at(), computer: "WS1", content: rapid.Uint64().Draw(t, "content")}
	}
	h := &history{starts: []*procStart{}, ends: []*procEnd{}, logons: []*logon{}, notables: []*notable{}}
	for range rapid.IntRange(0, 4).Draw(t, "starts") {
		h.starts = append(h.starts, &procStart{fact: said(), created: at(), sysmon: rapid.Bool().Draw(t, "b"), pid: rapid.Int64().Draw(t, "pid"), ppid: rapid.Int64().Draw(t, "ppid"),
			guid: text.Draw(t, "s"), parentGUID: text.Draw(t, "s"), executable: text.Draw(t, "s"), parentExe: text.Draw(t, "s"), commandLine: text.Draw(t, "s"), parentLine: text.Draw(t, "s"),
			user: text.Draw(t, "s"), sid: text.Draw(t, "s"), logonID: text.Draw(t, "s"), hash: text.Draw(t, "s"), original: text.Draw(t, "s"), channel: text.Draw(t, "s"), provider: text.Draw(t, "s")})
	}
	for range rapid.IntRange(0, 4).Draw(t, "ends") {
		h.ends = append(h.ends, &procEnd{fact: said(), sysmon: rapid.Bool().Draw(t, "b"), pid: rapid.Int64().Draw(t, "pid"), guid: text.Draw(t, "s"),
			executable: text.Draw(t, "s")})
	}
	for range rapid.IntRange(0, 4).Draw(t, "logons") {
		h.logons = append(h.logons, &logon{fact: said(), role: ecs.Role(rapid.IntRange(0, int(ecs.RoleScriptBlock)).Draw(t, "role")), user: text.Draw(t, "s"), sid: text.Draw(t, "s"), id: text.Draw(t, "s"),
			kind: text.Draw(t, "s"), ip: text.Draw(t, "s"), workstation: text.Draw(t, "s"), subject: text.Draw(t, "s"), subjSID: text.Draw(t, "s"), target: text.Draw(t, "s")})
	}
	for range rapid.IntRange(0, 4).Draw(t, "notables") {
		h.notables = append(h.notables, &notable{fact: said(), channel: text.Draw(t, "s"), provider: text.Draw(t, "s"), code: rapid.Uint32().Draw(t, "code"),
			detail: text.Draw(t, "s"), log: text.Draw(t, "s"), role: ecs.RoleBoot, stopped: rapid.Bool().Draw(t, "b"),
			audit: ecs.RoleProcessStart, audited: rapid.Bool().Draw(t, "b")})
	}
	return h
}

func TestAHistoryThatWasPutAwayIsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t)
		got, err := unpackHistory(h.pack("WS1"), nil, "WS1")
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(h, got, cmp.AllowUnexported(history{}, fact{}, procStart{}, procEnd{}, logon{}, notable{})); d != "" {
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
		(&history{}).code(r, "WS1")
		if r.Err() == nil {
			t.Fatalf("%d of %d bytes are read without an error", cut, len(b))
		}
		b[rapid.IntRange(0, len(b)-1).Draw(t, "place")] ^= byte(rapid.IntRange(1, 255).Draw(t, "bits"))
		r = spill.NewDecoder(b, []int32{0, 1, 2, 3})
		(&history{}).code(r, "WS1") // must not panic
	})
}
