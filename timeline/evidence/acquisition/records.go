package acquisition

import (
	"cmp"
	"path"
	"slices"
	"strings"
	"time"
)

// Facts is what a collector's own records say about a collection. They are evidence for a host's name, never the
// only source: the name may be that of an examiner's workstation.
type Facts struct {
	Place     string // directory or archive, as in File.Path
	Root      string // the same as a full path, as in File.Place
	Tool      string // "Velociraptor", "KAPE"
	Version   string
	Host      string // machine on which the collector ran
	FQDN      string
	OS        string
	At        time.Time // start of the collection, UTC
	Operator  string    // who started it
	Client    string    // Velociraptor's client id
	Flow      string    // Velociraptor's flow id
	Command   string    // KAPE's command line; Velociraptor's artifacts
	Elsewhere bool      // collected from a disk other than the machine's own: Host is the examiner's
	Listed    int       // event logs that the records list as collected
	Errors    int       // problems that the collector noted
	Records   []string  // names of the files with these facts, sorted
}

// Stated reports whether only the list of inputs, and no collector's record, says whose the evidence is.
func (a *Facts) Stated() bool { return a.Tool == inputList }

func Compare(a, b *Facts) int { return strings.Compare(a.Root, b.Root) }

// String describes the acquisition in one line.
func (a *Facts) String() string {
	if a.Stated() {
		return "of " + cmp.Or(a.FQDN, a.Host) + ", as the list of inputs says"
	}
	s := a.Tool
	if a.Version != "" {
		s += " " + a.Version
	}
	if host := cmp.Or(a.FQDN, a.Host); host != "" {
		s += " on " + host
		if a.FQDN != "" && a.Host != "" && !strings.EqualFold(firstLabel(a.FQDN), a.Host) {
			s += " (" + a.Host + ")"
		}
	}
	if a.OS != "" {
		s += ", " + a.OS
	}
	if !a.At.IsZero() {
		s += ", " + a.At.UTC().Format("2006-01-02T15:04:05Z")
	}
	if a.Operator != "" {
		s += ", by " + a.Operator
	}
	if a.Flow != "" {
		s += ", flow " + a.Flow
	}
	if a.Client != "" {
		s += ", client " + a.Client
	}
	if a.Elsewhere {
		s += ", from another disk than that machine's own"
	}
	return s
}

// Records gathers collectors' records while the evidence is walked.
type Records struct {
	byPlace map[string]*Facts // loc of the directory
	hints   map[string]*Facts // loc of the input
}

func New() *Records {
	return &Records{byPlace: map[string]*Facts{}, hints: map[string]*Facts{}}
}

// inputList is the Tool of an acquisition whose machine is named only by the list of inputs.
const inputList = "input list"

// Hint notes the host to which the list of inputs assigns an input.
func (a *Records) Hint(loc, shown, host string) {
	acq := &Facts{Place: shown, Tool: inputList, Host: host, Root: loc}
	if strings.Contains(host, ".") {
		acq.Host, acq.FQDN = firstLabel(host), host
	}
	a.hints[loc] = acq
}

// Wants reports whether a file's name is that of a collector's record.
func (a *Records) Wants(name string) bool {
	l := strings.ToLower(name)
	switch l {
	case "client_info.json", "collection_context.json", "uploads.json", "log.json":
		return true
	}
	return strings.HasSuffix(l, "_consolelog.txt") || strings.HasSuffix(l, "_copylog.csv")
}

// Add reads one record. A file that only has the name of a record is ignored.
func (a *Records) Add(shown, loc, name string, b []byte) {
	place := path.Dir(loc)
	acq := a.byPlace[place]
	if acq == nil {
		acq = &Facts{Place: strings.TrimSuffix(path.Dir(shown), "!"), Root: place}
	}
	var ok bool
	switch l := strings.ToLower(name); {
	case l == "client_info.json":
		ok = acq.clientInfo(b)
	case l == "collection_context.json":
		ok = acq.collectionContext(b)
	case l == "uploads.json":
		ok = acq.uploads(b)
	case l == "log.json":
		ok = acq.velociraptorLog(b)
	case strings.HasSuffix(l, "_consolelog.txt"):
		ok = acq.kapeConsole(name, b)
	case strings.HasSuffix(l, "_copylog.csv"):
		ok = acq.kapeCopies(name, b)
	}
	if ok {
		if i, found := slices.BinarySearch(acq.Records, name); !found {
			acq.Records = slices.Insert(acq.Records, i, name)
		}
		a.byPlace[place] = acq
	}
}

// Of returns the acquisition whose records lie nearest above a file, or what the list of inputs says.
func (a *Records) Of(loc string) *Facts {
	if acq := a.hints[loc]; acq != nil { // of this very file
		return acq
	}
	for dir := path.Dir(loc); ; dir = path.Dir(dir) {
		if acq := a.hints[dir]; acq != nil && (a.byPlace[dir] == nil || a.byPlace[dir].Tool == "") {
			return acq
		}
		if acq := a.byPlace[dir]; acq != nil && acq.Tool != "" {
			return acq
		}
		if dir == "/" || dir == "." || dir == "" || dir == path.Dir(dir) {
			return nil
		}
	}
}

func (a *Records) All() []*Facts {
	var out []*Facts
	for _, acq := range a.byPlace {
		if acq.Tool != "" {
			out = append(out, acq)
		}
	}
	slices.SortFunc(out, Compare)
	return out
}

// isLog reports whether a file that a record lists is named as an event log.
func isLog(name string) bool { return strings.EqualFold(path.Ext(name), ".evtx") }

// earliest returns the earlier of two times, ignoring zero times.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// oneText makes text from a record fit for one line.
func oneText(s string) string {
	if len(s) > 512 {
		s = strings.ToValidUTF8(s[:512], "") + "…"
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD")))
}

func firstLabel(name string) string {
	label, _, _ := strings.Cut(name, ".")
	return label
}
