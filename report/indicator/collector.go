// Package indicator collects the observables of findings: hashes, paths, URLs, domains and addresses, each with
// where it was seen. It leaves out what says nothing about an attack, and defangs what a browser would follow.
package indicator

import (
	"cmp"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"hunt/limit"
	"hunt/pattern"
	"hunt/report"
	"hunt/report/record"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
)

// indicatorFields are the fields whose values are observables, apart from those of the process, which
// depend on what program it is.
var indicatorFields = []struct {
	kind  report.IndicatorType
	field ecs.Field
}{
	{report.IndicatorSHA256, ecs.FileHashSHA256}, {report.IndicatorMD5, ecs.FileHashMD5},
	{report.IndicatorSHA1, ecs.FileHashSHA1},
	{report.IndicatorURL, ecs.HuntZoneHostURL}, {report.IndicatorURL, ecs.HuntZoneReferrerURL},
	{report.IndicatorDomain, ecs.DestinationDomain}, {report.IndicatorDomain, ecs.DNSQuestionName},
	{report.IndicatorIP, ecs.DestinationIP},
}

// programFields are the observables of a program that was run.
var programFields = []struct {
	kind  report.IndicatorType
	field ecs.Field
}{
	{report.IndicatorPath, ecs.ProcessExecutable}, {report.IndicatorSHA256, ecs.ProcessHashSHA256},
	{report.IndicatorMD5, ecs.ProcessHashMD5}, {report.IndicatorSHA1, ecs.ProcessHashSHA1},
	{report.IndicatorImphash, ecs.ProcessPEImphash},
}

// urlInText finds URLs in command lines and scripts.
var urlInText = pattern.Of(`(?i)\b(?:https?|ftp)://[^\s"'<>|^` + "`" + `(){}]{4,1000}`)

const (
	// maxIndicators bounds the list; a rule that fires on everything makes everything an indicator.
	maxIndicators = 20_000
	// maxURLs bounds the URLs taken from one text.
	maxURLs = 16
)

var (
	boundIndicators = limit.Bound{ID: "report-indicators", Text: "the list of indicators stops at 20,000"}
	boundURLs       = limit.Bound{ID: "report-urls",
		Text: "the first 16 addresses in a command line or script become indicators"}
)

// New returns a collector that knows the hosts of the case.
func New(hosts []*host.Host, limits *limit.Tally) *Collector {
	c := &Collector{found: map[key]*report.Indicator{}, own: map[string]bool{}, limits: limits}
	for _, h := range hosts {
		for _, n := range append(h.Names(), h.ID) {
			c.own[strings.ToLower(n)] = true
			if _, domain, ok := strings.Cut(strings.ToLower(n), "."); ok && strings.Contains(domain, ".") {
				c.domains = append(c.domains, domain)
			}
		}
	}
	slices.Sort(c.domains)
	c.domains = slices.Compact(c.domains)
	return c
}

// Finding adds the observables of a finding that is not suppressed: from its events, from what surrounds them, and
// from what was decoded of them.
func (c *Collector) Finding(f *report.Finding, chain, around []*timeline.Event) {
	c.finding = f.ID
	written := map[string]bool{}
	for _, e := range chain {
		if !e.Class.ProcessStart {
			written[strings.ToLower(record.Text(e, ecs.FilePath))] = true
		}
	}
	for _, e := range chain {
		c.event(e, written)
	}
	for _, e := range around {
		c.event(e, written)
	}
	for _, d := range f.Decoded {
		if len(chain) > 0 {
			c.urls(d.Text, chain[0])
		}
	}
}

// Of returns the observables of one event, in no order, and forgets them again.
func (c *Collector) Of(e *timeline.Event) []report.Indicator {
	c.found, c.full = map[key]*report.Indicator{}, false
	c.event(e, nil)
	out := make([]report.Indicator, 0, len(c.found))
	for _, i := range c.found {
		i.Note = cmp.Or(i.Note, c.note(i))
		out = append(out, *i)
	}
	return out
}

// List returns what was found, by type and value.
func (c *Collector) List() (list []report.Indicator) {
	if c.full {
		c.limits.Bite(boundIndicators, limit.In(""))
	}
	for _, i := range c.found {
		i.Note = cmp.Or(i.Note, c.note(i))
		slices.Sort(i.Findings)
		i.Findings = slices.Compact(i.Findings)
		list = append(list, *i)
	}
	slices.SortFunc(list, func(x, y report.Indicator) int {
		return cmp.Or(cmp.Compare(x.Type, y.Type), strings.Compare(x.Value, y.Value))
	})
	return list
}

// key is what makes two observables one.
type key struct {
	kind  report.IndicatorType
	value string
}

// Collector gathers indicators by kind and value. It is for one goroutine.
type Collector struct {
	found   map[key]*report.Indicator
	own     map[string]bool // names of the hosts of the case: a connection between them is not an indicator
	domains []string        // that the hosts are in
	finding string
	full    bool
	limits  *limit.Tally
}

// event adds what one event of a finding shows. written holds the files that the finding saw written.
func (c *Collector) event(e *timeline.Event, written map[string]bool) {
	for _, x := range indicatorFields {
		for _, v := range record.Texts(e, x.field) {
			if x.kind == report.IndicatorURL {
				c.url(v, e)
				continue
			}
			c.add(x.kind, v, e)
		}
	}
	if path := record.WithoutMark(record.Text(e, ecs.FilePath)); path != "" &&
		slices.Contains(record.Texts(e, ecs.EventCategory), "file") {
		c.add(report.IndicatorPath, path, e)
	}
	if exe := record.Text(e, ecs.ProcessExecutable); e.Class.ProcessStart &&
		(!ownProgram(e) || written[strings.ToLower(exe)]) {
		for _, x := range programFields {
			for _, v := range record.Texts(e, x.field) {
				c.add(x.kind, v, e)
			}
		}
		if made := Stock(e); made != "" {
			c.stocked(e, made)
		}
	}
	for _, s := range record.Texts(e, ecs.ProcessCommandLine, ecs.PowershellFileScriptBlockText) {
		c.urls(s, e)
	}
}

// urls adds the URLs in a text.
func (c *Collector) urls(s string, e *timeline.Event) {
	found := urlInText().FindAllString(s, maxURLs+1)
	if len(found) > maxURLs {
		found = found[:maxURLs]
		c.limits.Bite(boundURLs, limit.In(c.finding))
	}
	for _, u := range found {
		c.url(strings.TrimRight(u, urlEnd), e)
	}
}

// HostsIn returns the hosts of the first URLs in a text.
func HostsIn(s string) (hosts []string) {
	if !strings.Contains(s, "://") {
		return nil
	}
	for _, text := range urlInText().FindAllString(s, maxURLs) {
		if u, err := url.Parse(strings.TrimRight(text, urlEnd)); err == nil {
			hosts = append(hosts, u.Hostname())
		}
	}
	return hosts
}

// BareHost returns the host of a URL that says nothing else, otherwise "".
func BareHost(text string) string {
	u, err := url.Parse(text)
	if err != nil || strings.Trim(u.Path, "/")+u.RawQuery+u.Fragment != "" || u.User != nil {
		return ""
	}
	return u.Hostname()
}

// urlEnd are characters that end a sentence rather than a URL.
const urlEnd = ".,;)]"

// url adds a URL and its host.
func (c *Collector) url(u string, e *timeline.Event) {
	p, err := url.Parse(u)
	if err != nil || p.Hostname() == "" {
		if strings.Contains(u, "://") && !strings.HasPrefix(strings.ToLower(u), "file:") {
			c.add(report.IndicatorURL, u, e) // not well formed, but what was used
		}
		return
	}
	host := p.Hostname()
	kind := report.IndicatorDomain
	if _, err := netip.ParseAddr(host); err == nil {
		kind = report.IndicatorIP
	}
	if c.harmless(kind, host) || namesOnly[strings.ToLower(host)] {
		return
	}
	c.add(report.IndicatorURL, u, e)
	c.add(kind, host, e)
}

// stocked notes of the hashes of an event's program that they may be those of a program which many hosts have.
func (c *Collector) stocked(e *timeline.Event, name string) {
	for _, x := range programFields {
		if x.kind == report.IndicatorPath || x.kind == report.IndicatorImphash {
			continue
		}
		for _, v := range record.Texts(e, x.field) {
			if i := c.found[key{x.kind, strings.ToLower(v)}]; i != nil {
				i.Stock = true
				i.Note = "its version information, which can be forged, names it " + name +
					" of Microsoft: if that is true, many hosts have it, so look for the path, too"
			}
		}
	}
}

// Stock is the name that the version information gives a program of Microsoft, "" of any other: if it is true, its
// hash is the same on every host that has it, whatever the copy that was run is called.
func Stock(e *timeline.Event) string {
	if !e.Class.ProcessStart || !strings.EqualFold(record.Text(e, ecs.ProcessPECompany), "Microsoft Corporation") ||
		!strings.Contains(record.Text(e, ecs.ProcessPEProduct), "Microsoft") {
		return ""
	}
	name := strings.TrimSuffix(record.Text(e, ecs.ProcessPEOriginalFileName), ".MUI")
	if name == "" || name == "-" || name == "?" {
		name = record.Text(e, ecs.ProcessName)
	}
	return name
}

// namesOnly are hosts that are in scripts and documents as names of formats; nobody connects to them.
var namesOnly = map[string]bool{"schemas.microsoft.com": true, "www.w3.org": true, "schemas.openxmlformats.org": true,
	"schemas.xmlsoap.org": true}

// add counts a value, unless it says nothing.
func (c *Collector) add(kind report.IndicatorType, value string, e *timeline.Event) {
	if value == "" || c.harmless(kind, value) {
		return
	}
	switch kind {
	case report.IndicatorDomain:
		value = strings.TrimSuffix(value, ".")
	case report.IndicatorMD5, report.IndicatorSHA1, report.IndicatorSHA256, report.IndicatorImphash:
		value = strings.ToLower(value)
	}
	k := key{kind, value}
	i := c.found[k]
	if i == nil {
		if len(c.found) >= maxIndicators {
			c.full = true
			return
		}
		i = &report.Indicator{Type: kind, Value: value, Defanged: Defang(kind, value)}
		c.found[k] = i
	}
	if at, known := slices.BinarySearch(i.Hosts, e.Host.ID); !known {
		i.Hosts = slices.Insert(i.Hosts, at, e.Host.ID)
	}
	if n := len(i.Findings); n == 0 || i.Findings[n-1] != c.finding {
		i.Findings = append(i.Findings, c.finding)
	}
	i.Count++
	report.Widen(&i.First, &i.Last, report.TimeOf(e.At))
}

// noHash are the hashes that stand for none: all zero, as Sysmon writes for what is not a program, and those of no
// bytes at all.
var noHash = pattern.Of(
	`^(?i)(?:0+|d41d8cd98f00b204e9800998ecf8427e|da39a3ee5e6b4b0d3255bfef95601890afd80709|e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855)$`)

// harmless tells values that say nothing about an attack: this machine itself, the hosts of the case,
// hashes of nothing.
func (c *Collector) harmless(kind report.IndicatorType, value string) bool {
	switch kind {
	case report.IndicatorIP:
		return Local(value)
	case report.IndicatorDomain:
		v := strings.TrimSuffix(strings.ToLower(value), ".")
		return v == "localhost" || !strings.Contains(v, ".") || strings.HasSuffix(v, ".arpa") ||
			strings.HasSuffix(v, ".localhost") || c.own[v]
	case report.IndicatorMD5, report.IndicatorSHA1, report.IndicatorSHA256, report.IndicatorImphash:
		return noHash().MatchString(value)
	}
	return false
}

// ownProgram holds for Windows' own programs and installed ones, which are run on every host all day:
// neither path nor hash says anything. One whose name in the file system is not that in its version
// information is somebody's copy and not meant.
func ownProgram(e *timeline.Event) bool {
	if !SystemProgram(record.Text(e, ecs.ProcessExecutable)) {
		return false
	}
	original := strings.TrimSuffix(strings.ToLower(record.Text(e, ecs.ProcessPEOriginalFileName)), ".mui")
	return original == "" || original == "-" || original == "?" ||
		strings.EqualFold(original, record.Text(e, ecs.ProcessName))
}

// SystemProgram reports whether a program lies in one of the directories that only administrators write to.
func SystemProgram(path string) bool {
	l := strings.ToLower(path)
	if strings.Contains(l, `\..\`) {
		return false
	}
	return strings.HasPrefix(l, `c:\windows\system32\`) && !writableInSystem().MatchString(l) ||
		strings.HasPrefix(l, `c:\windows\syswow64\`) && !writableInSystem().MatchString(l) ||
		strings.HasPrefix(l, `c:\program files\`) || strings.HasPrefix(l, `c:\program files (x86)\`) ||
		strings.HasPrefix(l, `c:\windows\winsxs\`) || l == `c:\windows\explorer.exe` ||
		strings.HasPrefix(l, `c:\windows\microsoft.net\framework`) && !strings.Contains(l, `\temporary asp.net files\`)
}

// writableInSystem are the directories below System32 that every user may write to.
var writableInSystem = pattern.Of(
	`^c:\\windows\\(?:system32|syswow64)\\(?:tasks|spool\\drivers\\color|com\\dmp|fxstmp|microsoft\\crypto\\rsa\\machinekeys|spool\\(?:printers|servers))\\`)

// Local reports whether an address means the machine itself or no single one.
func Local(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && (a.IsLoopback() || a.IsUnspecified() || a.IsMulticast() || a.IsLinkLocalUnicast() ||
		a == netip.AddrFrom4([4]byte{255, 255, 255, 255}))
}

// shared are services that everybody uses and attackers, too: the domain by itself is no reason for an
// alarm, and to block it cuts off more than the attack.
var shared = []string{
	"google.com", "googleapis.com", "googleusercontent.com", "gstatic.com", "gvt1.com", "drive.google.com",
	"docs.google.com", "microsoft.com", "windows.com", "windowsupdate.com",
	"live.com", "office.com", "office.net", "office365.com", "sharepoint.com", "onedrive.com", "1drv.ms", "1drv.com",
	"azureedge.net", "windows.net", "msftconnecttest.com", "bing.com", "msn.com",
	"dropbox.com", "dropboxusercontent.com", "github.com", "githubusercontent.com", "gitlab.com", "bitbucket.org",
	"discord.com", "discordapp.com", "discordapp.net", "amazonaws.com", "cloudfront.net",
	"cloudflare.com", "akamaized.net", "akamai.net", "fastly.net", "digicert.com", "verisign.com", "apple.com",
	"icloud.com", "mozilla.org", "mozilla.net", "firefox.com", "telegram.org", "slack.com", "box.com",
	"mediafire.com", "pastebin.com", "wetransfer.com", "adobe.com", "gmail.com", "facebook.com", "linkedin.com",
	"youtube.com",
}

// note says why an indicator tells little by itself.
func (c *Collector) note(i *report.Indicator) string {
	host := strings.ToLower(i.Value)
	switch i.Type {
	case report.IndicatorIP:
		if a, err := netip.ParseAddr(i.Value); err == nil && (a.IsPrivate() || carrierNAT.Contains(a)) {
			return "private address: means something within this network only"
		}
		return ""
	case report.IndicatorImphash:
		return "many programs share an import hash"
	case report.IndicatorURL:
		host = ""
		if u, err := url.Parse(i.Value); err == nil {
			host = strings.ToLower(u.Hostname())
		}
	case report.IndicatorDomain:
		if within(host, shared) {
			return "widely used service: the name by itself is not a sign of an attack"
		}
	default:
		return ""
	}
	if within(host, c.domains) {
		return "in the domain of the hosts examined"
	}
	return ""
}

// carrierNAT is the shared address space of RFC 6598.
var carrierNAT = netip.MustParsePrefix("100.64.0.0/10")

// within reports whether a host is one of the domains or in one.
func within(host string, domains []string) bool {
	return slices.ContainsFunc(domains, func(d string) bool { return host == d || strings.HasSuffix(host, "."+d) })
}
