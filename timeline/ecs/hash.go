package ecs

import "bytes"

// hashOf returns one algorithm's value of Sysmon's Hashes ("SHA1=…,MD5=…"), in
// lower case. ok is false where it is absent or all zeros, which Sysmon writes
// when it did not compute it. The bytes are the workspace's.
func (w *workspace) hashOf(text []byte, algorithm string) (value []byte, ok bool) {
	for item := range bytes.SplitSeq(text, []byte(",")) {
		name, value, found := bytes.Cut(bytes.TrimSpace(item), []byte("="))
		if found && bytes.EqualFold(name, []byte(algorithm)) {
			return w.hashValue(value)
		}
	}
	return nil, false
}

// bareHash returns the value of a Hash of Sysmon 1 to 3, which does not name its algorithm:
// HashType does, or else the length.
func (w *workspace) bareHash(text, hashType []byte, algorithm string) (value []byte, ok bool) {
	size := bareHashes[len(text)]
	if size == "" || !onlyBytes(text, "0123456789abcdefABCDEF") {
		return nil, false
	}
	named := len(hashType) > 0 && !onlyBytes(hashType, "0123456789")
	if named && !sameKey(bytes.ReplaceAll(hashType, []byte("-"), nil), algorithm) || !named && size != algorithm {
		return nil, false
	}
	return w.hashValue(text)
}

// bareHashes are the algorithms by the number of digits.
var bareHashes = map[int]string{32: "MD5", 40: "SHA1", 64: "SHA256", 128: "SHA512"}

// appendHashes appends the values of all algorithms.
func (w *workspace) appendHashes(dst []Value, from int, text []byte) []Value {
	if value, ok := w.bareHash(text, nil, bareHashes[len(text)]); ok {
		return appendNew(dst, from, String(w.string(value)))
	}
	for item := range bytes.SplitSeq(text, []byte(",")) {
		if _, value, found := bytes.Cut(item, []byte("=")); found {
			if value, ok := w.hashValue(value); ok {
				dst = appendNew(dst, from, String(w.string(value)))
			}
		}
	}
	return dst
}

func (w *workspace) hashValue(value []byte) ([]byte, bool) {
	if len(bytes.Trim(value, "0")) == 0 {
		return nil, false
	}
	if w == nil {
		return bytes.ToLower(value), true
	}
	w.buf2 = appendLower(w.buf2[:0], value)
	return w.buf2, true
}
