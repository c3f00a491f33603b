package stats

import (
	"regexp"
	"strings"
)

// Folding is a kind of text that is folded.
type Folding uint8

// The foldings.
const (
	Names    Folding = iota // names of services, tasks and others
	Paths                   // of programs
	Commands                // command lines
	Domains                 // DNS names
)

// The patterns of what is folded. What an intruder chooses (names of files and services,
// ports, addresses) stays as it is, even if it looks random: that is what a stack is for.
var (
	profile  = regexp.MustCompile(`(?i)\\(users|documents and settings)\\[^\\"]+\\`)
	guid     = regexp.MustCompile(`(?i)\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?`)
	account  = regexp.MustCompile(`(?i)s-1-5-21(-\d{1,10}){3,4}`)
	perUser  = regexp.MustCompile(`(?i)_[0-9a-f]{4,8}$`)
	defender = regexp.MustCompile(`^mpksl(drv)?[0-9a-f]+$`)
	number   = regexp.MustCompile(`\b\d{6,}\b`)
	systems  = regexp.MustCompile(`(?i)^("?)(%systemroot%|%windir%|\\systemroot|c:\\windows)\\`)
)

// Fold makes texts equal that name the same thing on different hosts, of different users or at different times.
// Letters become lower-case, blanks at the ends are removed, and
//
//   - the name of a user's profile becomes *: c:\users\*\appdata\...
//   - GUIDs become {*}, SIDs of accounts s-1-5-21-*
//   - in a name, _ and 4 to 8 hexadecimal digits at the end become _*: Windows names services of each logon like that
//   - in a name, a service of Defender's such as MpKsl1a2b3c4d becomes mpksl*
//   - in a command, a number of six digits or more becomes #
//   - in a path or command, \\?\ and \??\ at the beginning are removed, and %SystemRoot% becomes c:\windows
//   - in a DNS name, to which none of the above applies, the dot at the end is removed
func Fold(text string, how Folding) string {
	text = strings.ToLower(strings.TrimSpace(text))
	if how == Domains {
		return strings.TrimSuffix(text, ".")
	}
	if how == Paths || how == Commands {
		for _, head := range []string{`\\?\`, `\??\`} {
			text = strings.TrimPrefix(text, head)
		}
		text = systems.ReplaceAllString(text, `${1}c:\windows\`)
	}
	if strings.ContainsRune(text, '\\') {
		text = profile.ReplaceAllString(text, `\${1}\*\`)
	}
	if strings.ContainsRune(text, '-') {
		text = guid.ReplaceAllString(text, "{*}")
		text = account.ReplaceAllString(text, "s-1-5-21-*")
	}
	switch how {
	case Names:
		text = defender.ReplaceAllString(perUser.ReplaceAllString(text, "_*"), "mpksl*")
	case Commands:
		text = number.ReplaceAllString(text, "#")
	}
	return text
}
