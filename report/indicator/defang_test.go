package indicator

import (
	"strings"
	"testing"

	"hunt/report"
)

func TestDefanging(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{
		{"url", "http://evil.example/a.exe", "hxxp[://]evil[.]example/a.exe"},
		{"url", "HTTPS://Evil.Example:8443/x", "HXXPS[://]Evil[.]Example[:]8443/x"},
		{"url", "ftp://198.51.100.7/pub", "fxp[://]198[.]51[.]100[.]7/pub"},
		{"url", "http://[2001:db8::1]:8080/a", "hxxp[://][2001[:]db8[:][:]1][:]8080/a"},
		{"url", "http://user:pass@evil.example/", "hxxp[://]user[:]pass[@]evil[.]example/"},
		{"url", "http://evil.example?q=http://other.example/a.b",
			"hxxp[://]evil[.]example?q=hxxp[://]other.example/a.b"},
		{"url", "http://evil.example#https://x.example", "hxxp[://]evil[.]example#hxxps[://]x.example"},
		{"url", `http://evil.example\@good.example/`, `hxxp[://]evil[.]example\@good.example/`},
		{"url", "http://xn--e1afmkfd.example/п", "hxxp[://]xn--e1afmkfd[.]example/п"},
		{"url", "http://зло。example/", "hxxp[://]зло[.]example/"},
		{"url", "evil.example/x", "evil[.]example/x"},
		{"domain", "evil.example", "evil[.]example"},
		{"domain", "evil．example", "evil[.]example"},
		{"ip", "2001:db8::1", "2001[:]db8[:][:]1"},
		{"ip", "198.51.100.7", "198[.]51[.]100[.]7"},
		{"sha256", "ab.cd:ef", "ab.cd:ef"},
		{"path", `C:\a.b\c.exe`, `C:\a.b\c.exe`},
		{"url", "", ""},
	} {
		if have := Defang(report.IndicatorType(c[0]), c[1]); have != c[2] {
			t.Errorf("%s %q: %q, want %q", c[0], c[1], have, c[2])
		}
	}
}

func TestNoDefangedURLIsALink(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"http://a.example/http://b.example", "hTTp://a.example/?u=fTp://b.example",
		"https://a.example/#HTTP://b.example", "http://http://a.example"} {
		d := strings.ToLower(Defang("url", s))
		for _, bad := range []string{"http://", "https://", "ftp://"} {
			if strings.Contains(d, bad) {
				t.Errorf("%q gives %q", s, d)
			}
		}
	}
}
