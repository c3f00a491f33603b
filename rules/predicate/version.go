package predicate

import (
	"cmp"
	"strings"
)

// version is a parsed version number: 1.10.0-rc.1+build5 has release 1.10.0, preview rc.1, build build5.
type version struct{ release, preview, build string }

// compareVersions orders version numbers as Elasticsearch's version fields do: releases part by part as numbers, a
// preview before its release, the build last. Text that is not a version number comes after all that is, by code
// point.
//
// Source: semver.org, section 11; Elasticsearch reference, "Version field type".
func compareVersions(a, b string) int {
	va, okA := parseVersion(a)
	vb, okB := parseVersion(b)
	switch {
	case !okA && !okB:
		return strings.Compare(a, b)
	case !okA:
		return 1
	case !okB:
		return -1
	}
	if c := compareParts(va.release, vb.release); c != 0 {
		return c
	}
	if (va.preview == "") != (vb.preview == "") {
		if va.preview == "" {
			return 1
		}
		return -1
	}
	return cmp.Or(compareParts(va.preview, vb.preview), strings.Compare(va.build, vb.build))
}

func parseVersion(s string) (v version, ok bool) {
	s, v.build, _ = strings.Cut(s, "+")
	v.release, v.preview, _ = strings.Cut(s, "-")
	for part := range strings.SplitSeq(v.release, ".") {
		if !isDigits(part) {
			return version{}, false
		}
	}
	return v, true
}

// compareParts compares texts part by part between dots: numbers by value and before words. If one begins like the
// other, the longer is greater.
func compareParts(a, b string) int {
	for a != "" && b != "" {
		var x, y string
		x, a, _ = strings.Cut(a, ".")
		y, b, _ = strings.Cut(b, ".")
		switch nx, ny := isDigits(x), isDigits(y); {
		case nx && ny:
			x, y = strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
			if c := cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(x, y)); c != 0 {
				return c
			}
		case nx:
			return -1
		case ny:
			return 1
		default:
			if c := strings.Compare(x, y); c != 0 {
				return c
			}
		}
	}
	return cmp.Compare(len(a), len(b))
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
