// Package pattern compiles regular expressions when they are first used: compiling all of them would be a fifth of
// the program's start-up time.
package pattern

import (
	"regexp"
	"sync"
)

// Of returns a regular expression that is compiled when it is first asked for. It then panics if expr is invalid:
// expressions are constants.
func Of(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
