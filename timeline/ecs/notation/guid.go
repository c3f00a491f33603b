package notation

// ZeroGUID is what Windows writes for an absent GUID.
const ZeroGUID = "{00000000-0000-0000-0000-000000000000}"

// SaysNothing reports whether a value stands for an absent one: empty, "-" or the zero GUID.
func SaysNothing(text []byte) bool {
	switch len(text) {
	case 0:
		return true
	case 1:
		return text[0] == '-'
	case len(ZeroGUID):
		return string(text) == ZeroGUID
	}
	return false
}

// IsBareGUID reports whether v is a GUID without braces.
func IsBareGUID(v []byte) bool {
	if len(v) != len("00000000-0000-0000-0000-000000000000") {
		return false
	}
	for i, c := range v {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return false
			}
		} else if !isHex(c) {
			return false
		}
	}
	return true
}
