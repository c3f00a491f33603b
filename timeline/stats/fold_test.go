package stats

import "testing"

func TestWhatNamesTheSameThingIsOneText(t *testing.T) {
	for _, c := range []struct {
		how      Folding
		in, want string
	}{
		{Names, " CDPUserSvc_1a2B3c", "cdpusersvc_*"},
		{Names, "MpKsl0a1b2c3d", "mpksl*"},
		{Names, "PSEXESVC", "psexesvc"},
		{Names, "BTOBTO", "btobto"},
		{Names, `\Microsoft\Tasks\{0F3A6F1E-1111-2222-3333-444455556666}`, `\microsoft\tasks\{*}`},
		{Names, "updater_deadbeef01", "updater_deadbeef01"},
		{Names, `\GoogleUpdate\S-1-5-21-1-2-3-1001`, `\googleupdate\s-1-5-21-*`},
		{Paths, `\??\C:\Users\Anna Maria\AppData\Local\Temp\a1b2c3d4.exe`,
			`c:\users\*\appdata\local\temp\a1b2c3d4.exe`},
		{Paths, `%SystemRoot%\System32\svchost.exe`, `c:\windows\system32\svchost.exe`},
		{Paths, `\SystemRoot\System32\drivers\x.sys`, `c:\windows\system32\drivers\x.sys`},
		{Paths, `C:\Users\evil.exe`, `c:\users\evil.exe`},
		{Commands, `"C:\Windows\cmd.exe" /c echo 1234567 > \\127.0.0.1\ADMIN$\__1612345678.9`,
			`"c:\windows\cmd.exe" /c echo # > \\127.0.0.1\admin$\__1612345678.9`},
		{Commands, `nc -lvp 4444`, `nc -lvp 4444`},
		{Domains, "WWW.Example.COM.", "www.example.com"},
	} {
		if got := Fold(c.in, c.how); got != c.want {
			t.Errorf("%s: %s, want %s", c.in, got, c.want)
		}
	}
}
