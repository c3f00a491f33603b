package code

import "strconv"

// Level returns the name of a level. Source: winmeta.xml; 0 (LogAlways) reads
// as information, as event viewers and winlogbeat show it.
func Level(level uint8) string {
	switch level {
	case 0, 4:
		return "information"
	case 1:
		return "critical"
	case 2:
		return "error"
	case 3:
		return "warning"
	case 5:
		return "verbose"
	}
	return strconv.Itoa(int(level))
}

// Opcode returns the name of a standard opcode. Source: winmeta.xml.
func Opcode(opcode uint8) string {
	names := [...]string{"Info", "Start", "Stop", "DCStart", "DCStop", "Extension", "Reply", "Resume",
		"Suspend", "Send"}
	if int(opcode) < len(names) {
		return names[opcode]
	}
	return strconv.Itoa(int(opcode))
}
