package pack

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"hunt/evtx/evtxtest"
	lazy "hunt/pattern"
	"hunt/timeline/ecs"
)

// caseProviders are the GUIDs of the providers that cases name by a short log name.
var caseProviders = map[string]string{
	"Microsoft-Windows-Sysmon":            "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}",
	"Microsoft-Windows-Security-Auditing": "{54849625-5478-4994-A5BA-3E3B0328C30D}",
	"Microsoft-Windows-PowerShell":        "{A0C1853B-5C40-4B15-8766-3CF1C58F985A}",
	"Microsoft-Windows-Windows Defender":  "{11CD958A-C507-4EF3-B3F2-5FD9DFBD2C78}",
}

// caseLog is one EVTX file of a case.
type caseLog struct {
	name  string // such as "WS01.corp.example/Security.evtx"
	bytes []byte
}

// logs lays the case's events out as EVTX files, one for each computer and channel, ordered by name.
func (c *Case) logs() ([]caseLog, error) {
	byName := map[string]*evtxtest.Log{}
	var names []string
	for i := range c.Events {
		e := &c.Events[i]
		name := fileName(e.Computer) + "/" + fileName(e.Channel) + ".evtx"
		if byName[name] == nil {
			byName[name] = &evtxtest.Log{}
			names = append(names, name)
		}
		byName[name].Add(e.Record())
	}
	slices.Sort(names)
	out := make([]caseLog, 0, len(names))
	for _, name := range names {
		b, err := byName[name].Bytes()
		if err != nil {
			return nil, fmt.Errorf("%s: case %q: %w", c.Place, c.Name, err)
		}
		out = append(out, caseLog{name, b})
	}
	return out, nil
}

// fileName returns a computer's or channel's name as Windows names its log file, without characters that a file system
// may not allow.
func fileName(s string) string {
	s = strings.ReplaceAll(s, "/", "%4")
	s = strings.Map(func(r rune) rune {
		if r < 0x20 || strings.ContainsRune(`\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, s)
	if strings.Trim(s, ".") == "" {
		return "_"
	}
	return s
}

// Record returns the event as a record of a log.
func (e *CaseEvent) Record() evtxtest.Event {
	rec := evtxtest.Event{Provider: e.Provider, GUID: caseProviders[e.Provider], Channel: e.Channel,
		Computer: e.Computer,
		EventID:  e.ID, Time: e.Time, Level: 4, Keywords: caseKeywords[e.Outcome]}
	source := ecs.MeaningOf(e.Channel, e.Provider, uint32(e.ID)).Source
	if source == ecs.SourceSysmon &&
		!slices.ContainsFunc(e.Data, func(d CaseData) bool { return d.Name == "UtcTime" }) {
		rec.Data = append(rec.Data, evtxtest.Str("UtcTime", e.Time.Format("2006-01-02 15:04:05.000")))
	}
	for _, d := range e.Data {
		rec.Data = append(rec.Data, evtxtest.Pair{Name: d.Name, Value: caseValue(source, d)})
	}
	if e.UserData {
		rec.UserData, rec.Data = &evtxtest.UserData{Element: "EventXML", XMLNS: "Event_NS", Fields: rec.Data}, nil
	}
	return rec
}

var (
	guidSyntax = lazy.Of(`^\{?[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}?$`)
	hexSyntax  = lazy.Of(`^0x[0-9A-Fa-f]{1,16}$`)
)

// caseValue gives an item the type that Windows gives it: GUIDs, the pointers and logon ids of the Security log,
// numbers, booleans, text. A process GUID may be any word ("child"): the same word gives the same GUID, so that cases
// stay readable.
func caseValue(source ecs.Source, d CaseData) evtxtest.Value {
	switch v := d.Value.(type) {
	case bool:
		return evtxtest.Bool(v)
	case int64:
		switch {
		case v >= 0 && v <= math.MaxUint32:
			return evtxtest.Uint32(uint32(v))
		default:
			return evtxtest.Int64(v)
		}
	case string:
		lower := strings.ToLower(d.Name)
		switch {
		case strings.HasSuffix(lower, "guid"):
			return evtxtest.GUID(guidOf(v))
		case source == ecs.SourceSecurity && hexSyntax().MatchString(v):
			if n, err := strconv.ParseUint(v[2:], 16, 64); err == nil {
				return evtxtest.Hex64(n)
			}
		}
		return evtxtest.String(v)
	}
	return evtxtest.Null()
}

// guidOf returns v if it is a GUID, otherwise one made from its letters.
func guidOf(v string) string {
	if guidSyntax().MatchString(v) {
		return v
	}
	sum := sha256.Sum256([]byte(v))
	h := strings.ToUpper(hex.EncodeToString(sum[:16]))
	return fmt.Sprintf("{%s-%s-%s-%s-%s}", h[:8], h[8:12], h[12:16], h[16:20], h[20:])
}

// Write writes the case's logs below a directory.
func (c *Case) Write(dir string) error {
	logs, err := c.logs()
	if err != nil {
		return err
	}
	for _, l := range logs {
		name := filepath.Join(dir, filepath.FromSlash(l.name))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(name, l.bytes, 0o600); err != nil {
			return err
		}
	}
	return nil
}
