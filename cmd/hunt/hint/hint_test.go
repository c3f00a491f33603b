package hint

import "testing"

func TestTheNearestNameIsMeant(t *testing.T) {
	names := []string{"report", "search", "stats", "stack", "logons", "evtx", "external", "version"}
	for typed, want := range map[string]string{"serch": "search", "Logon": "logons", "stat": "stats", "evxt": "evtx",
		"extenal": "external", "ver": "version",
		"zzz": "", "": "", "x": "", "quarantine": ""} {
		if got := Name(typed, names); got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}

func TestOtherNotationsAreSaidInEQL(t *testing.T) {
	number := func(field string) bool { return field == "process.pid" }
	for text, want := range map[string]string{
		`EventID=4624`:                      `any where event.code == "4624"`,
		`event_id: 4624`:                    `any where event.code == "4624"`,
		`EventID == 4624 AND LogonType=3`:   `any where event.code == "4624" and winlog.event_data.LogonType == "3"`,
		`any where EventID=4624`:            `any where event.code == "4624"`,
		`process where Image=*\cmd.exe`:     `process where process.executable : "*\\cmd.exe"`,
		`TargetUserName='anna'`:             `any where winlog.event_data.TargetUserName : "anna"`,
		`process.name = "cmd.exe" or pid=4`: `any where process.name : "cmd.exe" or process.pid == 4`,
		`user.name != admin`:                `any where user.name != "admin"`,
		`EventID=46*`:                       `any where event.code : "46*"`,
		`mimikatz`:                          "", `a = b c`: "", `a = `: "", `process where true`: "", `[a=1] [b=2]`: "",
	} {
		got, ok := Query(text, number)
		if ok != (want != "") || ok && got != want {
			t.Errorf("%s: %s, %v, want %s", text, got, ok, want)
		}
	}
}

func TestAnyCaseChangesOnlyWhatMindsTheCase(t *testing.T) {
	for text, want := range map[string]string{
		`any where user.name == "ADMMIG"`:              `any where user.name : "ADMMIG"`,
		`any where user.name in ("A", "B") and x == 1`: `any where user.name in~ ("A", "B") and x == 1`,
		`any where a like "X*" or b regex "[a-z]" and c == "*"`: `any where a like~ "X*" ` +
			`or b regex~ "[a-z]" and c == "*"`,
		`any where a : "x"`: "", `any where a == 1`: "",
		`any where a in~ ("x")`: "", `any where "`: "",
	} {
		got, ok := AnyCase(text)
		if ok != (want != "") || ok && got != want {
			t.Errorf("%s: %s, %v, want %s", text, got, ok, want)
		}
	}
}
