package stats

import (
	"regexp"
	"strings"
)

// Folding is what is folded of a text.
type Folding uint8

// The foldings.
const (
	Names    Folding = iota // names of services, tasks and others
	Paths                   // of programs
	Commands                // command lines
	Domains                 // DNS names
)

// What is folded, each with the sign that stands for it. What an intruder chooses (names of files, of services, ports,
// addresses) is left as it is, even where it looks random: that is what a stack is for.
var (
	profile  = regexp.MustCompile(`(?i)\\(users|documents and settings)\\[^\\"]+\\`)
	guid     = regexp.MustCompile(`(?i)\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?`)
	account  = regexp.MustCompile(`(?i)s-1-5-21(-\d{1,10}){3,4}`)
	perUser  = regexp.MustCompile(`(?i)_[0-9a-f]{4,8}$`)
	defender = regexp.MustCompile(`^mpksl(drv)?[0-9a-f]+$`)
	number   = regexp.MustCompile(`\b\d{6,}\b`)
	systems  = regexp.MustCompile(`(?i)^("?)(%systemroot%|%windir%|\\systemroot|c:\\windows)\\`)
)

// Fold makes one text of those that name the same thing on another host, of another user or at another time: letters
// are lower-case, blanks at the ends are gone, and
//
//   - the name of a user's profile becomes *: c:\users\*\appdata\...
//   - GUIDs become {*}, SIDs of accounts s-1-5-21-*
//   - of a name, _ and 4 to 8 hexadecimal digits at the end become _*: Windows names the services of each logon so
//   - a service of Defender's such as MpKsl1a2b3c4d becomes mpksl*
//   - of a command, a number of six digits or more becomes #
//   - of a path or command, \\?\ and \??\ at the beginning go, and %SystemRoot% and its likes become c:\windows
//   - of a DNS name, the dot at the end goes
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
