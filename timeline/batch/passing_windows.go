package batch

import "syscall"

// passingErrors are the system's errors that may be gone the next time: a full disk or quota, a
// device or network that is away, a file that another program holds.
var passingErrors = []error{
	syscall.Errno(39), syscall.Errno(112), syscall.Errno(1295), // handle, disk and quota full
	// not ready, data, write, read and I/O errors
	syscall.Errno(21), syscall.Errno(23), syscall.Errno(29), syscall.Errno(30), syscall.Errno(0x45d),
	syscall.Errno(32), syscall.Errno(33), // held by another program
	// descriptors, memory, resources
	syscall.Errno(4), syscall.Errno(8), syscall.Errno(14), syscall.Errno(1450), syscall.Errno(1455),
	// the network
	syscall.Errno(51), syscall.Errno(53), syscall.Errno(54), syscall.Errno(55), syscall.Errno(59), syscall.Errno(64),
	syscall.Errno(121),
	syscall.Errno(1231), syscall.Errno(1232),
}
