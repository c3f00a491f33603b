package build_test

import (
	"slices"
	"testing"

	"hunt/report/build"
	"hunt/report/reporttest"
	"hunt/rules"
)

// A command that a service or a task was made to run joins what was started with it by the one or the other, and a file
// that a shell wrote joins who fetched it over a share. Other commands, other files and other parents join nothing.
func TestACommandJoinsWhatMadeItAndWhatFetchedItsOutput(t *testing.T) {
	t.Parallel()
	const cmd, services, svchost = `C:\Windows\System32\cmd.exe`, `C:\Windows\System32\services.exe`,
		`C:\Windows\System32\svchost.exe`
	task := func(arguments string) []string {
		return []string{`TaskName=\x`, `TaskContent=<?xml version="1.0" encoding="UTF-16"?><Task><Actions><Exec>` +
			`<Command>cmd.exe</Command><Arguments>` + arguments + `</Arguments></Exec></Actions></Task>`}
	}
	service := func(path string) []string { return []string{"ServiceName=x", "ServiceFileName=" + path} }
	share := func(local, name, mask string) []string {
		return []string{"ObjectType=File", `ShareName=\\*\x$`, "ShareLocalPath=" + local, "RelativeTargetName=" + name,
			"AccessMask=" + mask}
	}
	const refused = "" // the check failed
	for name, c := range map[string]struct {
		id     uint16
		at     string // of the record of Security
		data   []string
		line   string // is started at 09:00:10
		parent string
		want   int // incidents
	}{
		"service": {4697, "09:00:00", service(`%COMSPEC% /Q /c echo cd  ^> %TEMP%\e.bat`),
			`C:\Windows\system32\cmd.exe /Q /c echo cd ^> C:\Windows\TEMP\e.bat`, services, 1},
		"task": {4698, "09:00:00", task("/C whoami &gt; %windir%\\Temp\\a.tmp 2&gt;&amp;1"),
			`"cmd.exe" /C whoami > C:\Windows\Temp\a.tmp 2>&1`, svchost, 1},
		"another command": {4697, "09:00:00", service(`%COMSPEC% /Q /c echo cd`), cmd + ` /Q /c echo dir`, services, 2},
		"another parent":  {4697, "09:00:00", service(`%COMSPEC% /Q /c echo cd`), cmd + ` /Q /c echo cd`, cmd, 2},
		"made afterwards": {4697, "09:01:00", service(`%COMSPEC% /Q /c echo cd`), cmd + ` /Q /c echo cd`, services, 2},
		"no arguments":    {4697, "09:00:00", service(cmd), cmd, services, 2},
		"output": {5145, "09:00:12", share(`\??\C:\Windows`, `Temp\a.tmp`, "0x1"),
			cmd + ` /C whoami > C:\Windows\Temp\a.tmp 2>&1`, svchost, 1},
		"output on a share of its own": {5145, "09:00:12", share(`\??\C:\Windows`, "__1623360000.12", "0x120089"),
			cmd + ` /Q /c cd \ 1> \\127.0.0.1\ADMIN$\__1623360000.12 2>&1`, svchost, 1},
		"output on the drive": {5145, "09:00:12", share(`\??\C:\`, "__output", "0x1"),
			cmd + ` /Q /c echo cd ^> \\127.0.0.1\C$\__output 2^>^&1`, svchost, 1},
		"a script that was put there": {5145, "09:00:00", share(`\??\C:\Windows`, `Temp\a.bat`, "0x2"),
			cmd + ` /c C:\Windows\Temp\a.bat`, svchost, 1},
		"another file": {5145, "09:00:12", share(`\??\C:\Windows`, `Temp\b.tmp`, "0x1"),
			cmd + ` /C whoami > C:\Windows\Temp\a.tmp 2>&1`, svchost, 2},
		"a pipe": {5145, "09:00:12", []string{"ObjectType=File", `ShareName=\\*\IPC$`, "ShareLocalPath=-",
			"RelativeTargetName=a.tmp", "AccessMask=0x1"}, cmd + ` /C whoami > a.tmp`, svchost, 2},
		"refused": {5145, "09:00:12", append(share(`\??\C:\Windows`, `Temp\a.tmp`, "0x1"), refused),
			cmd + ` /C whoami > C:\Windows\Temp\a.tmp 2>&1`, svchost, 2},
		"fetched before": {5145, "09:00:00", share(`\??\C:\Windows`, `Temp\a.tmp`, "0x1"),
			cmd + ` /C whoami > C:\Windows\Temp\a.tmp`, svchost, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := reporttest.NewWorld(t)
			keywords := uint64(0x8020000000000000)
			if n := slices.Index(c.data, refused); n >= 0 {
				keywords, c.data = 0x8010000000000000, slices.Delete(c.data, n, n+1)
			}
			w.SecurityAs(keywords, c.id, c.at, append([]string{"SubjectUserSid=S-1-5-21-1-2-3-1105",
				"SubjectUserName=intruder", "SubjectDomainName=CORP", "SubjectLogonId=0x51111"}, c.data...)...)
			w.Start("09:00:10", 300, cmd, c.line, 90, c.parent)
			r := w.Report(build.Options{}, rules.Options{}, "later.toml", "cmd.toml")
			if len(r.Findings) != 2 || len(r.Incidents) != c.want {
				t.Errorf("%d findings in %d incidents, want %d", len(r.Findings), len(r.Incidents), c.want)
			}
		})
	}
}
