// Package movement finds out where logons came from: which host asked for them, from which address, and which
// record proves it.
package movement
