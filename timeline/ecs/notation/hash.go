package notation

import (
	"bytes"
	"iter"
)

// Hash returns one algorithm's value from Sysmon's Hashes ("SHA1=…,MD5=…"). ok is false if it is
// absent or all zeros, which Sysmon writes if it did not compute it.
func Hash(text []byte, algorithm string) (value []byte, ok bool) {
	for item := range bytes.SplitSeq(text, []byte(",")) {
		name, value, found := bytes.Cut(bytes.TrimSpace(item), []byte("="))
		if found && bytes.EqualFold(name, []byte(algorithm)) {
			return value, isHash(value)
		}
	}
	return nil, false
}

// BareHash returns the value of a Hash of Sysmon 1 to 3, which does not name its algorithm:
// HashType does, or else the length tells.
func BareHash(text, hashType []byte, algorithm string) (value []byte, ok bool) {
	size := bareHashes[len(text)]
	if size == "" || !OnlyBytes(text, "0123456789abcdefABCDEF") {
		return nil, false
	}
	named := len(hashType) > 0 && !OnlyBytes(hashType, "0123456789")
	if named && !SameName(bytes.ReplaceAll(hashType, []byte("-"), nil), algorithm) || !named && size != algorithm {
		return nil, false
	}
	return text, isHash(text)
}

// bareHashes are the algorithms by number of digits.
var bareHashes = map[int]string{32: "MD5", 40: "SHA1", 64: "SHA256", 128: "SHA512"}

// Hashes yields the values of all algorithms, of either form.
func Hashes(text []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if value, ok := BareHash(text, nil, bareHashes[len(text)]); ok {
			yield(value)
			return
		}
		for item := range bytes.SplitSeq(text, []byte(",")) {
			if _, value, found := bytes.Cut(item, []byte("=")); found && isHash(value) && !yield(value) {
				return
			}
		}
	}
}

func isHash(value []byte) bool { return len(bytes.Trim(value, "0")) > 0 }
