package screen

import (
	"os"

	"golang.org/x/sys/windows"
)

// ActsOnColor reports whether the console f acts on escape sequences. A console of Windows 10 prints
// them as text unless the program asks for more; older ones cannot do more.
func ActsOnColor(f *os.File) bool {
	console := windows.Handle(f.Fd())
	var mode uint32
	if err := windows.GetConsoleMode(console, &mode); err != nil {
		return false
	}
	if mode&windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING != 0 {
		return true
	}
	return windows.SetConsoleMode(console, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
