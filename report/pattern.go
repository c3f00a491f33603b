package report

import (
	"regexp"
	"sync"
)

// pattern returns a regular expression that is compiled when it is first used: together they would be a fifth of the time that
// every start of the program takes.
func pattern(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
