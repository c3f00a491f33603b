//go:build !windows

package timeline

import "syscall"

// openNow opens a pipe without waiting for its other end.
const openNow = syscall.O_NONBLOCK
