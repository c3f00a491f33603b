package report

// Picture is the objects in the events of an incident (processes, files, logons, addresses) and what they did to each
// other. Pages draw it.
type Picture struct {
	Lanes   []Lane   `json:"lanes"`   // at most twelve, in the order in which the incident reaches them
	Objects []Object `json:"objects"` // by time, at most sixty
	// how many objects are not listed, because others say more
	ObjectsMore int     `json:"objects_more,omitempty"`
	Arrows      []Arrow `json:"arrows"` // by time, at most 120
	ArrowsMore  int     `json:"arrows_more,omitempty"`
}

// Lane is a host, or several with the same steps. The lane without hosts is for what lies outside the evidence.
type Lane struct {
	Hosts []string `json:"hosts"`
}

// Object is something that did something, or to which something was done.
type Object struct {
	Lane     int        `json:"lane"` // index into lanes
	Kind     ObjectKind `json:"kind"`
	Name     string     `json:"name"`           // in a word: a file without its directory
	Text     string     `json:"text,omitempty"` // in full: a path, a command line
	First    Time       `json:"first"`
	Count    int        `json:"count"`              // how many alike it stands for
	Severity Severity   `json:"severity,omitempty"` // of the findings that rest on it
	Findings []string   `json:"findings,omitempty"` // by time, at most five
	More     int        `json:"findings_more,omitempty"`
}

// Arrow says what one object did to another.
type Arrow struct {
	From  int    `json:"from"` // index into objects
	To    int    `json:"to"`
	Verb  string `json:"verb"` // started, wrote, logged on to, connected to …
	Time  Time   `json:"time"`
	Count int    `json:"count"` // how many alike it stands for
	// it is presumed: no record says that the one did it
	Presumed bool `json:"presumed,omitempty"`
}

// ObjectKind is a kind of objects.
type ObjectKind string

// The kinds.
const (
	ObjectProcess ObjectKind = "process"
	ObjectFile    ObjectKind = "file"
	ObjectLogon   ObjectKind = "logon"   // an account on a host
	ObjectAddress ObjectKind = "address" // or a domain, or a host
	ObjectSetting ObjectKind = "setting" // a service, a task, a registry value, a log, a group …
)

// ObjectKinds lists the kinds.
var ObjectKinds = []ObjectKind{ObjectProcess, ObjectFile, ObjectLogon, ObjectAddress, ObjectSetting}
