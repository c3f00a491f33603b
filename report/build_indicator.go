package report

import (
	"cmp"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"hunt/rules"
	"hunt/timeline"
	"hunt/timeline/ecs"
)

// indicatorFields are the fields whose values are observables.
var indicatorFields = []struct {
	kind  string
	field ecs.Field
}{
	{"sha256", ecs.ProcessHashSHA256}, {"sha256", ecs.FileHashSHA256}, {"md5", ecs.ProcessHashMD5}, {"md5", ecs.FileHashMD5},
	{"sha1", ecs.ProcessHashSHA1}, {"sha1", ecs.FileHashSHA1}, {"imphash", ecs.ProcessPEImphash},
	{"path", ecs.ProcessExecutable}, {"path", ecs.FilePath}, {"url", ecs.HuntZoneHostURL}, {"url", ecs.HuntZoneReferrerURL},
	{"domain", ecs.DestinationDomain}, {"domain", ecs.DNSQuestionName}, {"ip", ecs.DestinationIP},
}

// urlInText finds URLs in command lines and scripts.
var urlInText = regexp.MustCompile(`(?i)\b(?:https?|ftp)://[^\s"'<>|^` + "`" + `(){}]{4,1000}`)

// maxIndicators bounds the list; a rule that fires on everything makes everything an indicator.
const maxIndicators = 20_000

// indicators collects the observables of the findings that were not suppressed.
func (b *builder) indicators() {
	type key struct{ kind, value string }
	found := map[key]*Indicator{}
	add := func(kind, value, finding string, e *timeline.Event) {
		k := key{kind, value}
		i := found[k]
		if i == nil {
			if len(found) >= maxIndicators {
				return
			}
			i = &Indicator{Type: kind, Value: value, Defanged: defang(kind, value)}
			found[k] = i
		}
		i.Hosts = insertSorted(i.Hosts, e.Host.ID)
		i.Findings = insertSorted(i.Findings, finding)
		i.Count++
		if i.First == nil || e.At < *i.First {
			i.First = at(e.At)
		}
		if i.Last == nil || e.At > *i.Last {
			i.Last = at(e.At)
		}
	}
	for n, f := range b.res.Findings {
		if f.Status == rules.StatusSuppressed {
			continue
		}
		id := b.report.Findings[n].ID
		for _, ev := range f.Evidence {
			if ev.Event == nil {
				continue
			}
			for _, x := range indicatorFields {
				for _, v := range texts(ev.Event, x.field) {
					if v != "" && !(x.kind == "path" && systemBinary(v)) && !(x.kind == "ip" && localAddress(v)) {
						add(x.kind, v, id, ev.Event)
					}
				}
			}
			for _, f := range []ecs.Field{ecs.ProcessCommandLine, ecs.PowershellFileScriptBlockText} {
				for _, u := range urlInText.FindAllString(text(ev.Event, f), 16) {
					u = strings.TrimRight(u, ".,;)")
					add("url", u, id, ev.Event)
					if p, err := url.Parse(u); err == nil && p.Hostname() != "" {
						kind := "domain"
						if _, err := netip.ParseAddr(p.Hostname()); err == nil {
							kind = "ip"
						}
						add(kind, p.Hostname(), id, ev.Event)
					}
				}
			}
		}
	}
	for _, i := range found {
		b.report.Indicators = append(b.report.Indicators, *i)
	}
	slices.SortFunc(b.report.Indicators, func(x, y Indicator) int {
		return cmp.Or(strings.Compare(x.Type, y.Type), strings.Compare(x.Value, y.Value))
	})
}

func insertSorted(set []string, s string) []string {
	if i, ok := slices.BinarySearch(set, s); !ok {
		return slices.Insert(set, i, s)
	}
	return set
}

// systemBinary leaves Windows' own programs off the list: their paths are no indicator of anything.
func systemBinary(path string) bool {
	l := strings.ToLower(path)
	return strings.HasPrefix(l, `c:\windows\system32\`) || strings.HasPrefix(l, `c:\windows\syswow64\`) ||
		strings.HasPrefix(l, `c:\program files\`) || strings.HasPrefix(l, `c:\program files (x86)\`) || l == `c:\windows\explorer.exe`
}

func localAddress(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && (a.IsLoopback() || a.IsUnspecified() || a.IsMulticast() || a.IsLinkLocalUnicast())
}

// defang makes a network indicator unclickable; hashes and paths stay as they are.
func defang(kind, value string) string {
	switch kind {
	case "url":
		scheme, rest, ok := strings.Cut(value, "://")
		if !ok {
			return strings.ReplaceAll(value, ".", "[.]")
		}
		host, path, slash := strings.Cut(rest, "/")
		if slash {
			path = "/" + path
		}
		scheme = strings.NewReplacer("http", "hxxp", "HTTP", "hXXp", "ftp", "fxp").Replace(scheme)
		return scheme + "[://]" + strings.ReplaceAll(host, ".", "[.]") + path
	case "domain", "ip":
		return strings.NewReplacer(".", "[.]", ":", "[:]").Replace(value)
	}
	return value
}
