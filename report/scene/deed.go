package scene

import (
	"strings"

	"hunt/evtx"
	"hunt/report"
)

// Deed is that something did something to something else, or that something was there.
type Deed struct {
	From, To Thing // either may be the zero value: not known
	Verb     string
	At       evtx.Filetime
	Presumed bool
	// the finding that rests on what was done to To, "" if none does
	Finding  string
	Severity report.Severity
}

// Thing is an object before it is folded with others.
type Thing struct {
	Kind report.ObjectKind
	Host string // "" if it lies outside of the evidence
	Key  string // tells it apart from others of its kind and host
	Name string
	Text string
	At   evtx.Filetime // when it was there, if its deeds do not tell
}

func (t Thing) known() bool { return t.Kind != "" }

// id tells things apart.
type id struct {
	kind      report.ObjectKind
	host, key string
}

func (t Thing) id() id { return id{t.Kind, t.Host, t.Key} }

// The verbs that hunt gives to arrows itself; others are those of the events' sentences.
const (
	verbStarted   = "started"
	verbWrote     = "wrote"
	verbRanAs     = "ran as"
	verbPassedTo  = "passed to" // the command line names the file
	verbSource    = "source of"
	verbLinked    = "linked to"
	verbConnected = "connected to"
	verbLookedUp  = "looked up"
	verbLoggedOn  = "logged on to"
	verbUsed      = "used the credentials of"
	verbRan       = "ran"
	verbActed     = "acted through" // a program that runs as another account, such as lsass.exe
)

// The bounds of texts, in characters.
const (
	maxName = 60
	maxText = 300
)

// base is what a path ends in.
func base(path string) string { return path[strings.LastIndexAny(path, `\/`)+1:] }

// named is a thing with its texts cut to their bounds.
func named(t Thing) Thing {
	t.Name, t.Text = report.Ellipsis(t.Name, maxName), report.Ellipsis(t.Text, maxText)
	return t
}

// file is the file of a path on a host.
func file(host, path string) Thing {
	return named(Thing{Kind: report.ObjectFile, Host: host, Key: strings.ToLower(path), Name: base(path), Text: path})
}

// address is an address, a domain or a host by its name.
func address(name string) Thing {
	return named(Thing{Kind: report.ObjectAddress, Key: strings.ToLower(name), Name: name})
}

// machine is a host of the evidence itself.
func machine(host, address string) Thing {
	name, _, _ := strings.Cut(host, ".")
	text := host
	if address != "" && address != host {
		text += ", " + address
	}
	return named(Thing{Kind: report.ObjectAddress, Host: host, Key: host, Name: name, Text: text})
}

// site is the host of a URL.
func site(url string) Thing {
	_, rest, ok := strings.Cut(url, "://")
	if !ok {
		rest = url
	}
	name := rest
	if n := strings.IndexAny(rest, "/?#"); n >= 0 {
		name = rest[:n]
	}
	t := address(name[strings.LastIndexByte(name, '@')+1:])
	t.Text = report.Ellipsis(url, maxText)
	return t
}
