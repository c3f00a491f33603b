package notation

import (
	"strings"
	"testing"
)

func TestNormalPathIsOneFormForJoins(t *testing.T) {
	for path, want := range map[string]string{
		`C:\Users\Alice\X.EXE`:                       `c:\users\alice\x.exe`,
		`C:\Users\Alice\X.EXE:Zone.Identifier`:       `c:\users\alice\x.exe`,
		`C:\Users\Alice\X.EXE:Zone.Identifier:$DATA`: `c:\users\alice\x.exe`,
		`\\?\C:\Temp\a.dll `:                         `c:\temp\a.dll`,
		`\??\C:\Temp\a.dll`:                          `c:\temp\a.dll`,
		`\\?\UNC\srv\share\a.exe`:                    `\\srv\share\a.exe`,
		`\Device\HarddiskVolume12\Users\Alice\a.exe`: `c:\users\alice\a.exe`,
		`\Device\HarddiskVolume3\payload.exe`:        `\device\harddiskvolume3\payload.exe`,
		`\SystemRoot\System32\smss.exe`:              `c:\windows\system32\smss.exe`,
		`C:/Temp/ÄÖ.exe`:                             `c:\temp\äö.exe`,
		`c:`:                                         `c:`,
		`a.exe`:                                      `a.exe`,
		``:                                           ``,
		`\\?\`:                                       ``,
	} {
		if got, _ := NormalPath(nil, []byte(path)); string(got) != want {
			t.Errorf("NormalPath(%s) = %s, want %s", path, got, want)
		}
	}
}

func TestDefendersFirstFileIsWhole(t *testing.T) {
	for list, want := range map[string]string{
		`containerfile:_C:\a.zip; file:_C:\a.zip->b.exe`:         `C:\a.zip`,
		`file:_C:\a;b.exe; file:_C:\c.exe`:                       `C:\a;b.exe`,
		`file:_C:\a; b.exe;c; webfile:_C:\c.exe|http://x/;y|pid`: `C:\a; b.exe;c`,
		`regkey:_HKLM\x;file:_C:\c.exe;`:                         `C:\c.exe`,
		`file:_C:\c.exe`:                                         `C:\c.exe`,
		`regkey:_HKLM\x; y`:                                      "",
		`;;; ;`:                                                  "",
	} {
		if got, _ := DefenderFile([]byte(list)); string(got) != want {
			t.Errorf("%q: %q, want %q", list, got, want)
		}
	}
}

func TestParseTimeReadsWhatWindowsWrites(t *testing.T) {
	for text, want := range map[string]string{
		"2019-07-29 21:32:55.535":        "2019-07-29T21:32:55.5350000Z",
		"2016-07-08T18:16:31.108103900Z": "2016-07-08T18:16:31.1081039Z",
		"2019-07-29 21:32:55":            "2019-07-29T21:32:55.0000000Z",
		"2019-07-29 21:32":               "",
		"2019-13-29 21:32:55.535":        "",
		"2019-07-29 21:32:55.":           "",
		"2019-07-29 21:32:55.1234567890": "",
		"not a time at all, really":      "",
	} {
		got := ""
		if ft, ok := ParseTime([]byte(text)); ok {
			got = ft.String()
		}
		if got != want {
			t.Errorf("ParseTime(%s) = %s, want %s", text, got, want)
		}
	}
}

func TestParseIntReadsDecimalAndHex(t *testing.T) {
	for text, want := range map[string]int64{"0x3e7": 999, "42": 42, " 7 ": 7, "-1": -1, "0X1F": 31,
		"9223372036854775807": 1<<63 - 1} {
		if got, ok := ParseInt([]byte(text)); !ok || got != want {
			t.Errorf("ParseInt(%q) = %d, %t", text, got, ok)
		}
	}
	for _, text := range []string{"", "0x", "x", "1 2", "9223372036854775808", "0x1ffffffffffffffff", "12a"} {
		if got, ok := ParseInt([]byte(text)); ok {
			t.Errorf("ParseInt(%q) = %d", text, got)
		}
	}
}

func TestPlainIPTakesAddressesOnly(t *testing.T) {
	for text, want := range map[string]string{"::ffff:10.1.2.3": "10.1.2.3", "::FFFF:10.1.2.3": "10.1.2.3",
		"::1": "::1", "fe80::1%5": "fe80::1", "LOCAL": "127.0.0.1", "10.1.2.3": "10.1.2.3"} {
		if got, ok := PlainIP([]byte(text)); !ok || string(got) != want {
			t.Errorf("PlainIP(%s) = %s, %t", text, got, ok)
		}
	}
	for _, text := range []string{"Unknown", "10.1.2", "host", "10.1.2.3:80", strings.Repeat("1", 200)} {
		if got, ok := PlainIP([]byte(text)); ok {
			t.Errorf("PlainIP(%s) = %s", text, got)
		}
	}
}

func TestTheEndOfARegistryPathTellsItApart(t *testing.T) {
	for path, want := range map[string]string{
		`HKLM\Software\Microsoft\Windows\CurrentVersion\Run\Updater`: `…\CurrentVersion\Run\Updater`,
		`HKLM\Software\Classes`: `HKLM\Software\Classes`,
		`A\B\C\D`:               `…\B\C\D`,
		`\A\B\C`:                `\A\B\C`,
		"":                      "",
	} {
		if got := RegistryTail(path); got != want {
			t.Errorf("%s ends in %s, want %s", path, got, want)
		}
	}
}
