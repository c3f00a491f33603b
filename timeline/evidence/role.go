package evidence

import (
	"cmp"
	"net/url"
	"path"
	"regexp"
	"strings"
)

// Role is what kind of copy of a log a file is, judged by its place. The zero value means that the
// place says nothing.
type Role struct {
	Shadow   string // number of the shadow copy, "" if none
	Previous bool   // of a previous installation, Windows.old
	Archived bool   // archived by Windows when the log was full
	Live     bool   // in the directory where Windows keeps its logs
	Drive    string // "C", as far as the path says
}

var (
	shadowCopy = regexp.MustCompile(`(?i)HarddiskVolumeShadowCopy(\d+)`)
	vssFolder  = regexp.MustCompile(`(?i)^(?:VSS|VSC|ShadowCopy)[-_ ]?(\d+)$`) // KAPE writes VSS1, VSS2 …
	driveName  = regexp.MustCompile(`(?i)^(?:\\\\[.?]\\)?([A-Z])(?::|%3A)?$`)
)

// parts splits a report path into the names that it had on the machine: archives are entered,
// Velociraptor's percent-encoding is undone.
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

// roleOf judges a file's path and the place in which the argument lies: --evtx may name a log
// directory itself, or one log.
func roleOf(path, place string) Role {
	r, full := roleIn(parts(path), false), roleIn(parts(place), true)
	r.Shadow, r.Drive = cmp.Or(r.Shadow, full.Shadow), cmp.Or(r.Drive, full.Drive)
	r.Previous, r.Live = r.Previous || full.Previous, r.Live || full.Live
	return r
}

// roleIn judges the names of a path. Only whole directory names count. whole says that the path is
// a full one, in which a directory of one letter is a drive only above the directories that Windows
// has there.
func roleIn(list []string, whole bool) Role {
	r := Role{}
	dirs := list[:len(list)-1]
	for i, d := range dirs {
		if m := shadowCopy.FindStringSubmatch(d); m != nil {
			r.Shadow = m[1]
		} else if m := vssFolder.FindStringSubmatch(d); m != nil {
			r.Shadow = m[1]
		}
		if strings.EqualFold(d, "Windows.old") {
			r.Previous = true
		}
		if m := driveName.FindStringSubmatch(d); m != nil && i+1 < len(dirs) &&
			(!whole || strings.EqualFold(dirs[i+1], "Windows") || strings.EqualFold(dirs[i+1], "Windows.old")) {
			r.Drive = strings.ToUpper(m[1])
		}
	}
	if n := len(dirs); n >= 2 && strings.EqualFold(dirs[n-2], "winevt") && strings.EqualFold(dirs[n-1], "logs") {
		r.Live = true
	}
	name := strings.ToLower(list[len(list)-1])
	r.Archived = strings.HasPrefix(name, "archive-") && strings.HasSuffix(name, ".evtx")
	return r
}

// String describes the role in a few words, "" if the path says nothing.
func (r Role) String() string {
	var s string
	switch {
	case r.Archived:
		s = "archived log"
	case r.Previous || r.Shadow != "":
		s = "log"
	case r.Live:
		s = "live log"
	default:
		return ""
	}
	if r.Drive != "" {
		s += " of " + r.Drive + ":"
	}
	if r.Previous {
		s += ", of the previous installation (Windows.old)"
	}
	if r.Shadow != "" {
		s += ", from shadow copy " + r.Shadow
	}
	return s
}

// sourceOf joins the role with the archive in which the file came.
func sourceOf(f *File, archive string) string {
	s := ""
	if !f.Container && f.Status == Read {
		s = f.Role.String()
	}
	if archive != "" {
		if s != "" {
			s += "; "
		}
		s += "in " + archive
	}
	return s
}

// directory returns the place of a file without its name.
func directory(place string) string { return path.Dir(place) }

// Name returns the file's own name as it was on the machine from which it comes.
func (f *File) Name() string {
	list := parts(f.Path)
	return list[len(list)-1]
}

// Tree returns the directory or archive that holds everything from one collection: the one with the
// collector's records, or else the directory above the drive from which the file was copied, or
// else the file's own.
func (f *File) Tree() string {
	if f.Acquisition != nil {
		return f.Acquisition.Root
	}
	list := strings.Split(f.Place, "/")
	for i := range list[:len(list)-1] {
		if i > 0 && (driveName.MatchString(list[i]) || vssFolder.MatchString(list[i]) ||
			shadowCopy.MatchString(list[i]) ||
			strings.EqualFold(list[i], "Windows") || strings.EqualFold(list[i], "Windows.old")) {
			return strings.Join(list[:i], "/")
		}
	}
	return directory(f.Place)
}
