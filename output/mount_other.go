//go:build !linux && !windows

package output

func mountPoint(string) bool { return false }
