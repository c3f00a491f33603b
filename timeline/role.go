package timeline

import (
	"net/url"
	"path"
	"regexp"
	"strings"
)

// role is what kind of copy of a log a file is, as its path says.
type role struct {
	shadow   string // number of the shadow copy, "" if none
	previous bool   // of a previous installation, Windows.old
	archived bool   // put away by Windows when the log was full
	live     bool   // in the directory where Windows keeps its logs
	drive    string // "C", as far as the path says
}

var (
	shadowCopy = regexp.MustCompile(`(?i)HarddiskVolumeShadowCopy(\d+)`)
	vssFolder  = regexp.MustCompile(`(?i)^(?:VSS|VSC|ShadowCopy)[-_ ]?(\d+)$`) // KAPE writes VSS1, VSS2 …
	driveName  = regexp.MustCompile(`(?i)^(?:\\\\[.?]\\)?([A-Z])(?::|%3A)?$`)
)

// parts splits a report path into the names it had on the machine: archives are entered, Velociraptor's percent-encoding undone.
func parts(p string) []string {
	list := strings.Split(strings.ReplaceAll(p, "!/", "/"), "/")
	for i, s := range list {
		if strings.Contains(s, "%") {
			if d, err := url.PathUnescape(s); err == nil {
				list[i] = d
			}
		}
	}
	return list
}

// roleOf reads a path. Only whole directory names count.
func roleOf(p string) role {
	r := role{}
	list := parts(p)
	dirs := list[:len(list)-1]
	for i, d := range dirs {
		if m := shadowCopy.FindStringSubmatch(d); m != nil {
			r.shadow = m[1]
		} else if m := vssFolder.FindStringSubmatch(d); m != nil {
			r.shadow = m[1]
		}
		if strings.EqualFold(d, "Windows.old") {
			r.previous = true
		}
		if m := driveName.FindStringSubmatch(d); m != nil && i+1 < len(dirs) {
			r.drive = strings.ToUpper(m[1])
		}
	}
	if n := len(dirs); n >= 2 && strings.EqualFold(dirs[n-2], "winevt") && strings.EqualFold(dirs[n-1], "logs") {
		r.live = true
	}
	name := strings.ToLower(list[len(list)-1])
	r.archived = strings.HasPrefix(name, "archive-") && strings.HasSuffix(name, ".evtx")
	return r
}

// String says the role in a few words, "" if the path says nothing.
func (r role) String() string {
	var s string
	switch {
	case r.archived:
		s = "archived log"
	case r.previous || r.shadow != "":
		s = "log"
	case r.live:
		s = "live log"
	default:
		return ""
	}
	if r.drive != "" {
		s += " of " + r.drive + ":"
	}
	if r.previous {
		s += ", of the previous installation (Windows.old)"
	}
	if r.shadow != "" {
		s += ", from shadow copy " + r.shadow
	}
	return s
}

// sourceOf joins what the path says with the archive that the file came in.
func sourceOf(f *File, archive string) string {
	s := ""
	if !f.Container && f.Status == FileRead {
		s = roleOf(f.Path).String()
	}
	if archive != "" {
		if s != "" {
			s += "; "
		}
		s += "in " + archive
	}
	return s
}

// directory is the place of a file without its name.
func directory(loc string) string { return path.Dir(loc) }
