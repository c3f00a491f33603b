package notation

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Each row: what is asked of which text, and the answer; "-" for none.
func TestPartsOfNotations(t *testing.T) {
	ask := map[string]func([]byte) ([]byte, bool){
		"base": Base, "directory": Directory, "extension": Extension, "name extension": NameExtension,
		"user domain": UserDomain, "hive": RegistryHive, "key": RegistryKey,
		"registered domain": RegisteredDomain, "subdomain": Subdomain, "suffix": PublicSuffix,
		"user":         func(b []byte) ([]byte, bool) { return UserName(b), true },
		"account":      func(b []byte) ([]byte, bool) { return Account(b), true },
		"last":         func(b []byte) ([]byte, bool) { return LastComponent(b), true },
		"common name":  func(b []byte) ([]byte, bool) { return []byte(CommonName(string(b))), true },
		"url host":     func(b []byte) ([]byte, bool) { return []byte(URLHost(string(b))), true },
		"zone":         func(b []byte) ([]byte, bool) { return ZoneValue(b, "ZoneId") },
		"type":         func(b []byte) ([]byte, bool) { return []byte(RegistryType(b)), true },
		"MD5":          func(b []byte) ([]byte, bool) { return Hash(b, "MD5") },
		"bare SHA1":    func(b []byte) ([]byte, bool) { return BareHash(b, nil, "SHA1") },
		"typed SHA1":   func(b []byte) ([]byte, bool) { return BareHash(b, []byte("SHA-1"), "SHA1") },
		"typed as MD5": func(b []byte) ([]byte, bool) { return BareHash(b, []byte("MD5"), "SHA1") },
	}
	sha1 := strings.Repeat("0a", 20)
	for _, row := range [][3]string{
		{"base", `C:\a\b.exe`, "b.exe"}, {"base", "b.exe", "-"}, {"last", "b.exe", "b.exe"}, {"last", `\a\`, ""},
		{"directory", `C:\a\b.exe`, `C:\a`}, {"directory", "b.exe", "-"},
		{"extension", `C:\a.b\c`, "-"}, {"extension", `C:\a\c.tar.GZ`, "GZ"}, {"extension", "c.gz", "-"},
		{"name extension", "c.gz", "gz"}, {"name extension", "c.", "-"},
		{"user", `CORP\anna`, "anna"}, {"user", "anna", "anna"}, {"user domain", `CORP\anna`, "CORP"},
		{"user domain", "anna", "-"}, {"account", "anna@CORP.EXAMPLE", "anna"}, {"account", "@x", "@x"},
		{"common name", `CN=Doe\2C Anna,OU=x`, "Doe, Anna"}, {"common name", `cn=a\,b`, "a,b"},
		{"common name", "anna", "anna"},
		{"hive", `HKLM\Software\X`, "HKLM"}, {"hive", `\REGISTRY\MACHINE\X`, "MACHINE"}, {"hive", "", "-"},
		{"key", `HKLM\Software\X`, `Software\X`}, {"key", "HKLM", "-"},
		{"registered domain", "a.b.example.co.uk", "example.co.uk"}, {"registered domain", "co.uk", "-"},
		{"subdomain", "a.b.example.com.", "a.b"}, {"subdomain", "example.com", "-"},
		{"suffix", "A.Example.COM", "com"}, {"suffix", "host", "-"}, {"suffix", strings.Repeat("a.", 200), "-"},
		{"url host", "https://u@h.example:8/x?y", "h.example:8"}, {"url host", "about:internet", ""},
		{"zone", "[ZoneTransfer]  ZoneId=3  HostUrl=x", "3"}, {"zone", "ZoneId=", "-"}, {"zone", "x", "-"},
		{"type", "DWORD (0x00000001)", "SZ_DWORD"}, {"type", "QWORD (0x1-0x2)", "SZ_QWORD"},
		{"type", "Binary Data", "REG_BINARY"}, {"type", "x", "REG_SZ"}, {"type", "DWORD (", "REG_SZ"},
		{"MD5", "SHA1=1, md5=AB", "AB"}, {"MD5", "MD5=0000", "-"}, {"MD5", "SHA1=1", "-"},
		{"bare SHA1", sha1, sha1}, {"bare SHA1", "0a", "-"}, {"typed SHA1", sha1, sha1}, {"typed as MD5", sha1, "-"},
		{"bare SHA1", strings.Repeat("0", 40), "-"}, {"bare SHA1", strings.Repeat("x", 40), "-"},
	} {
		got, ok := ask[row[0]]([]byte(row[1]))
		if !ok || got == nil && row[2] == "-" {
			got = []byte("-")
		}
		if string(got) != row[2] {
			t.Errorf("%s of %q is %q, want %q", row[0], row[1], got, row[2])
		}
	}
}

func TestArgumentsOfACommandLine(t *testing.T) {
	for line, want := range map[string][2]string{ // as the C runtime has them, and as Elastic's mapping of 4688
		`"C:\a b.exe"  /c`: {`C:\a b.exe|/c`, `"C:\a b.exe"||/c`},
		`a\\\"b c`:         {`a\"b|c`, `a\\\"b c`},
		"x\u2003y":         {"x\u2003y", "x|y"},
		"":                 {"", ""},
	} {
		var runtime, blank []string
		for rest := []byte(line); ; {
			var arg []byte
			var ok bool
			if arg, rest, ok = NextArgument(nil, rest); !ok {
				break
			}
			runtime = append(runtime, string(arg))
		}
		for rest, more := []byte(line), true; more; {
			var arg []byte
			arg, rest, more = NextBlankSeparated(rest)
			blank = append(blank, string(arg))
		}
		if got := [2]string{strings.Join(runtime, "|"), strings.Join(blank, "|")}; got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
		if n, m := CountArguments([]byte(line)), CountBlankSeparated([]byte(line)); n != len(runtime) ||
			m != len(blank) {
			t.Errorf("%q: %d and %d arguments, want %d and %d", line, n, m, len(runtime), len(blank))
		}
	}
	if n := CountArguments([]byte(strings.Repeat("a ", 2*MaxArguments))); n != MaxArguments {
		t.Errorf("%d arguments are counted", n)
	}
}

func TestAnswersAndHashesAreListed(t *testing.T) {
	var got []string
	for a := range Answers([]byte("type:  5 cname.example;::ffff:192.0.2.1; ;fe80::1;")) {
		got = append(got, fmt.Sprintf("%s/%s/%t", a.Data, a.Type, a.IsIP))
	}
	if want := []string{"cname.example/5/false", "192.0.2.1//true", "fe80::1//true"}; !slices.Equal(got, want) {
		t.Errorf("answers %q, want %q", got, want)
	}
	n := 0
	for range Answers([]byte(strings.Repeat("a;", 2*MaxAnswers))) {
		n++
	}
	if n != MaxAnswers {
		t.Errorf("%d answers of a list of twice as many as are taken", n)
	}
	got = nil
	for h := range Hashes([]byte("SHA1=AA,MD5=00,IMPHASH=BB")) {
		got = append(got, string(h))
	}
	if !slices.Equal(got, []string{"AA", "BB"}) {
		t.Errorf("hashes %q", got)
	}
}

// The value of the specification's own example. Source: github.com/corelight/community-id-spec.
func TestCommunityIDIsThatOfTheSpecification(t *testing.T) {
	b := func(s string) []byte { return []byte(s) }
	const want = "1:LQU9qZlK+B5F3KDmev6m5PMibrg="
	for _, protocol := range []string{"tcp", "6"} {
		there, _ := CommunityID(b(protocol), b("128.232.110.120"), b("34855"), b("66.35.250.204"), b("80"))
		back, _ := CommunityID(b(protocol), b("66.35.250.204"), b("80"), b("128.232.110.120"), b("34855"))
		if there != want || back != want {
			t.Errorf("%s: %s there, %s back, want %s", protocol, there, back, want)
		}
	}
	for _, bad := range [][5]string{
		{"icmp", "10.0.0.1", "1", "10.0.0.2", "2"}, {"tcp", "10.0.0.1", "1", "fe80::1", "2"},
		{"tcp", "x", "1", "10.0.0.2", "2"},
		{"tcp", "10.0.0.1", "65536", "10.0.0.2", "2"}, {"tcp", "10.0.0.1", "1", "10.0.0.2", ""},
	} {
		if id, ok := CommunityID(b(bad[0]), b(bad[1]), b(bad[2]), b(bad[3]), b(bad[4])); ok {
			t.Errorf("%q has the id %s", bad, id)
		}
	}
}
