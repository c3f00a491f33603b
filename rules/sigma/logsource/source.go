package logsource

import (
	"slices"
	"strings"
)

// Name is a log source in the words of rules, in lower case.
type Name struct{ Product, Category, Service string }

// String returns the name for people: process_creation, service security, all of windows.
func (n Name) String() string {
	switch {
	case n.Category != "" && n.Service != "":
		return n.Category + " of service " + n.Service
	case n.Category != "":
		return n.Category
	case n.Service != "":
		return "service " + n.Service
	}
	return "all of " + n.Product
}

// Source is a kind of events that answers a log source.
type Source struct {
	Channels []string // any of them, ignoring case; none: all channels
	EventIDs []uint32 // any of them; none: all ids
	View     ViewKind
	Where    *Where // what the events must say in addition; nil: nothing
}

// Has reports whether events of a channel and id belong to the source, ignoring Where.
func (s *Source) Has(channel string, id uint32) bool {
	return (len(s.Channels) == 0 || slices.ContainsFunc(s.Channels, func(c string) bool {
		return strings.EqualFold(c, channel)
	})) && (len(s.EventIDs) == 0 || slices.Contains(s.EventIDs, id))
}

// Where is a condition on a field of the event as logged: it has one of the values.
type Where struct {
	Field  string
	Values []string
}

// Answer says how event logs can answer a log source.
type Answer uint8

// The answers.
const (
	Answered     Answer = iota
	NoLog               // its events are never in an event log: only a trace session sees them
	Unknown             // hunt knows no log of that name
	OtherProduct        // it is about a product other than Windows
	NoOverlap           // its category is not logged by its service
)

// Find returns the events that answer a log source, whose names are in lower case. No sources and
// Answered mean that all events of Windows do.
func Find(product, category, service string) ([]Source, Answer) {
	if product != "" && product != "windows" {
		return nil, OtherProduct
	}
	var channels []string
	if service != "" {
		if channels = services[service]; channels == nil {
			return nil, Unknown
		}
	}
	if category == "" {
		switch {
		case service != "":
			return []Source{{Channels: channels}}, Answered
		case product == "":
			return nil, Unknown
		}
		return nil, Answered
	}
	sources, known := categories[category]
	switch {
	case !known:
		return nil, Unknown
	case len(sources) == 0:
		return nil, NoLog
	case service == "":
		return sources, Answered
	}
	var out []Source
	for _, s := range sources {
		if s.Channels = overlap(s.Channels, channels); len(s.Channels) > 0 {
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		return nil, NoOverlap
	}
	return out, Answered
}

// overlap returns the channels of a that are also in b.
func overlap(a, b []string) []string {
	var out []string
	for _, x := range a {
		if slices.ContainsFunc(b, func(y string) bool { return strings.EqualFold(x, y) }) {
			out = append(out, x)
		}
	}
	return out
}

const (
	sysmonLog     = "Microsoft-Windows-Sysmon/Operational"
	securityLog   = "Security"
	powerShellLog = "Microsoft-Windows-PowerShell/Operational"
	coreLog       = "PowerShellCore/Operational"
	classicLog    = "Windows PowerShell"
	wmiLog        = "Microsoft-Windows-WMI-Activity/Operational"
	defenderLog   = "Microsoft-Windows-Windows Defender/Operational"
)

func sysmon(ids ...uint32) Source {
	return Source{Channels: []string{sysmonLog}, EventIDs: ids}
}

func security(view ViewKind, id uint32) Source {
	return Source{Channels: []string{securityLog}, EventIDs: []uint32{id}, View: view}
}

func (s Source) where(field string, values ...string) Source {
	s.Where = &Where{field, values}
	return s
}

// categories are Sigma's categories of events. An empty list means that no event log has them, only
// the trace provider Microsoft-Windows-Kernel-File.
var categories = map[string][]Source{
	"process_creation":    {sysmon(1), security(View4688, 4688)},
	"process_termination": {sysmon(5), security(View4689, 4689)},
	"file_change":         {sysmon(2)},
	"network_connection":  {sysmon(3), security(View5156, 5156)},
	"sysmon_status":       {sysmon(4, 16)},
	"driver_load":         {sysmon(6)},
	"image_load":          {sysmon(7)},

	"create_remote_thread": {sysmon(8)},
	"raw_access_thread":    {sysmon(9)},
	"process_access":       {sysmon(10)},
	"file_event":           {sysmon(11)},

	"registry_event": {sysmon(12, 13, 14), security(View4657, 4657)},
	"registry_add": {
		sysmon(12).where("EventType", "CreateKey"),
		security(View4657, 4657).where("OperationType", "%%1904"),
	},
	"registry_delete": {
		sysmon(12).where("EventType", "DeleteKey", "DeleteValue"),
		security(View4657, 4657).where("OperationType", "%%1906"),
	},
	"registry_set": {
		sysmon(13),
		security(View4657, 4657).where("OperationType", "%%1904", "%%1905"),
	},
	"registry_rename": {sysmon(14)},

	"create_stream_hash": {sysmon(15)},
	"pipe_created":       {sysmon(17, 18)},
	"wmi_event": {
		sysmon(19, 20, 21),
		{Channels: []string{wmiLog}, EventIDs: []uint32{5861}, View: View5861},
	},
	"dns_query":                {sysmon(22)},
	"file_delete":              {sysmon(23, 26)},
	"clipboard_capture":        {sysmon(24)},
	"clipboard_change":         {sysmon(24)},
	"process_tampering":        {sysmon(25)},
	"file_delete_detected":     {sysmon(26)},
	"file_block_executable":    {sysmon(27)},
	"file_block":               {sysmon(27)},
	"file_block_shredding":     {sysmon(28)},
	"file_executable_detected": {sysmon(29)},
	"sysmon_error":             {sysmon(255)},

	"ps_module":                 {{Channels: []string{powerShellLog, coreLog}, EventIDs: []uint32{4103}}},
	"ps_script":                 {{Channels: []string{powerShellLog, coreLog}, EventIDs: []uint32{4104}}},
	"ps_classic_start":          {{Channels: []string{classicLog}, EventIDs: []uint32{400}}},
	"ps_classic_provider_start": {{Channels: []string{classicLog}, EventIDs: []uint32{600}}},
	"ps_classic_script":         {{Channels: []string{classicLog}, EventIDs: []uint32{800}}},

	"antivirus": {{
		Channels: []string{defenderLog},
		EventIDs: []uint32{1006, 1007, 1008, 1009, 1010, 1011, 1012, 1017, 1018, 1019, 1115, 1116},
		View:     ViewDefender,
	}},

	"file_access": {},
	"file_rename": {},
}

// Takes reports whether an event of a channel and id belongs to the source, ignoring Where.
func (s *Source) Takes(channel string, id uint32) bool {
	return (len(s.EventIDs) == 0 || slices.Contains(s.EventIDs, id)) && (len(s.Channels) == 0 ||
		slices.ContainsFunc(s.Channels, func(c string) bool { return strings.EqualFold(c, channel) }))
}

// String returns the source as people write it: Sysmon 1, Security 4688.
func (s *Source) String() string {
	var names []string
	for _, c := range s.Channels {
		name := strings.TrimSuffix(strings.TrimPrefix(c, "Microsoft-Windows-"), "/Operational")
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	ids := make([]string, len(s.EventIDs))
	for i, id := range s.EventIDs {
		ids[i] = decimal(uint64(id))
	}
	return strings.TrimSpace(strings.Join(names, " or ") + " " + strings.Join(ids, ", "))
}
