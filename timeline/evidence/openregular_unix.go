//go:build !windows

package evidence

import "syscall"

// openNow opens a pipe without waiting for its other end.
const openNow = syscall.O_NONBLOCK
