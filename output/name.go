package output

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
)

// maxName is the longest name of a file on Windows, in UTF-16 code units.
const maxName = 255

// leastLongPath is the shortest path, in bytes, that is too long by itself on any system.
const leastLongPath = 260

// reserved are the names that Windows keeps for devices, whatever their ending; after COM and LPT stands a digit.
var reserved = []string{"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"}

func isReserved(stem string) bool {
	stem = strings.ToUpper(stem)
	if port, ok := strings.CutPrefix(stem, "COM"); ok && len([]rune(port)) == 1 &&
		strings.Contains("0123456789¹²³", port) {
		return true
	}
	if port, ok := strings.CutPrefix(stem, "LPT"); ok && len([]rune(port)) == 1 &&
		strings.Contains("0123456789¹²³", port) {
		return true
	}
	return slices.Contains(reserved, stem)
}

// windowsProblem says why Windows would refuse a file of that name or create another one; "" if it would not. The
// name is without its directory.
func windowsProblem(base string) string {
	stem, _, _ := strings.Cut(base, ".")
	stem, _, _ = strings.Cut(stem, ":")
	switch i := strings.IndexFunc(base, func(r rune) bool {
		return r < 0x20 || strings.ContainsRune(`<>:"/\|?*`, r)
	}); {
	case isReserved(strings.TrimRight(stem, " ")):
		return fmt.Sprintf("Windows reserves the name %q for a device", strings.TrimRight(stem, " "))
	case i >= 0 && base[i] == ':':
		return "Windows treats the part after a colon as a hidden stream of the file"
	case i >= 0:
		return fmt.Sprintf("Windows does not allow %q in a name", base[i])
	case base != "." && base != ".." && strings.HasSuffix(base, "."), strings.HasSuffix(base, " "):
		return "Windows drops the dot or space at the end of a name"
	case len(utf16.Encode([]rune(base))) > maxName:
		return fmt.Sprintf("the name is longer than %d characters", maxName)
	}
	return ""
}
