// Package host makes hosts of Computer names, and puts what their logs tell of each in order: processes, sessions, clocks.
package host
