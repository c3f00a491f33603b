// Package pattern compiles regular expressions when they are first used: together they would be a fifth of
// the time that every start of the program takes.
package pattern

import (
	"regexp"
	"sync"
)

// Of returns a regular expression that is compiled when it is first asked for. It panics then if expr is
// none: expressions are constants.
func Of(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
