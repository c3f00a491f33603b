//go:build unix

package batch

import "syscall"

// passingErrors are the system's errors that may be gone the next time.
var passingErrors = []error{
	syscall.ENOSPC, syscall.EDQUOT, syscall.EIO, syscall.ESTALE, syscall.ETIMEDOUT, syscall.EAGAIN, syscall.EBUSY,
	syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, syscall.ENOLCK, syscall.ENOTCONN, syscall.ECONNRESET,
	syscall.ECONNREFUSED,
	syscall.ECONNABORTED, syscall.EHOSTDOWN, syscall.EHOSTUNREACH, syscall.ENETDOWN, syscall.ENETUNREACH,
}
