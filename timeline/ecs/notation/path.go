package notation

import "bytes"

// Base returns the text after the last backslash, and whether there is one.
func Base(path []byte) ([]byte, bool) {
	i := bytes.LastIndexByte(path, '\\')
	if i < 0 {
		return nil, false
	}
	return path[i+1:], true
}

// LastComponent returns the text after the last backslash, or the whole path if there is none.
func LastComponent(path []byte) []byte {
	return path[bytes.LastIndexByte(path, '\\')+1:]
}

// Directory returns the text before the last backslash, and whether there is one.
func Directory(path []byte) ([]byte, bool) {
	i := bytes.LastIndexByte(path, '\\')
	if i < 0 {
		return nil, false
	}
	return path[:i], true
}

// Extension returns the text after the last dot of the last component, as written. Elastic takes
// the last dot of the whole path, which may be in the name of a directory if the file has no
// extension.
func Extension(path []byte) ([]byte, bool) {
	name, ok := Base(path)
	if !ok {
		return nil, false
	}
	return NameExtension(name)
}

// NameExtension returns the text after the last dot of a file's name.
func NameExtension(name []byte) ([]byte, bool) {
	name = LastComponent(name)
	i := bytes.LastIndexByte(name, '.')
	if i < 0 || i+1 == len(name) {
		return nil, false
	}
	return name[i+1:], true
}

// DefenderFile returns the first file of Defender's Path, a list such as "containerfile:_C:\a.zip;
// file:_C:\a.zip->b.exe": what follows "file:_", without the name inside a container. A file's name
// may contain a semicolon: an item ends only at one that a kind and ":_" follow, which no name can
// contain.
func DefenderFile(list []byte) ([]byte, bool) {
	for len(list) > 0 {
		item := list[:defenderItem(list)]
		if path, ok := bytes.CutPrefix(bytes.TrimSpace(item), []byte("file:_")); ok {
			path, _, _ = bytes.Cut(path, []byte("->"))
			return path, len(path) > 0
		}
		list = list[min(len(list), len(item)+1):]
	}
	return nil, false
}

// defenderItem returns where the first item of Defender's list ends.
func defenderItem(list []byte) int {
	const longest = 32 // bytes of a kind: containerfile, internalbehavior …
	for end := 0; ; end++ {
		i := bytes.IndexByte(list[end:], ';')
		if i < 0 {
			return len(list)
		}
		end += i
		rest := list[end+1 : min(len(list), end+1+longest)]
		kind := bytes.TrimLeft(rest, " ")
		name := bytes.TrimLeft(kind, "abcdefghijklmnopqrstuvwxyz")
		if len(kind) == 0 || len(name) < len(kind) && bytes.HasPrefix(name, []byte(":_")) {
			return end
		}
	}
}

// StreamStart returns where the stream suffix of a path starts (":name" or ":name:$DATA" in the
// last component), len(path) if there is none. The colon of a drive letter does not count.
func StreamStart(path []byte) int {
	name := bytes.LastIndexByte(path, '\\') + 1
	i := bytes.IndexByte(path[name:], ':')
	if i < 0 || name == 0 && i == 1 {
		return len(path)
	}
	return name + i
}

// systemDirectories are directories of the Windows volume. A path below one of them on
// \Device\HarddiskVolumeN is taken for C:; for other volumes the log does not give the letter.
var systemDirectories = [][]byte{
	[]byte(`\windows\`), []byte(`\users\`), []byte(`\program files\`), []byte(`\program files (x86)\`),
	[]byte(`\programdata\`),
}

// NormalPath returns a path in the form on which hunt joins: lower case, backslashes, no trailing
// blanks, no stream suffix, no \\?\ or \??\ prefix, \\?\UNC\ as \\, \SystemRoot\ as c:\windows\ and
// \Device\HarddiskVolumeN\ as c:\ for system directories. normal is written into buffer, which is
// returned, possibly grown.
func NormalPath(buffer, path []byte) (normal, grown []byte) {
	path = bytes.TrimSpace(path)
	path = path[:StreamStart(path)]
	out := AppendLower(buffer[:0], path)
	for i, c := range out {
		if c == '/' {
			out[i] = '\\'
		}
	}
	grown = out
	switch {
	case bytes.HasPrefix(out, []byte(`\\?\unc\`)):
		out = out[len(`\\?\unc\`)-2:]
		out[0] = '\\'
	case bytes.HasPrefix(out, []byte(`\\?\`)), bytes.HasPrefix(out, []byte(`\??\`)),
		bytes.HasPrefix(out, []byte(`\\.\`)):
		out = out[len(`\\?\`):]
	case bytes.HasPrefix(out, []byte(`\systemroot\`)):
		const from, to = `\systemroot\`, `c:\windows\`
		out = out[len(from)-len(to):]
		copy(out, to)
	case bytes.HasPrefix(out, []byte(`\device\harddiskvolume`)):
		rest := bytes.TrimLeft(out[len(`\device\harddiskvolume`):], "0123456789")
		for _, dir := range systemDirectories {
			if bytes.HasPrefix(rest, dir) {
				out = out[len(out)-len(rest)-2:]
				copy(out, "c:")
				break
			}
		}
	}
	return out, grown
}

// AppendLower appends b in lower case.
func AppendLower(dst, b []byte) []byte {
	for i, c := range b {
		if c >= 0x80 {
			return append(dst, bytes.ToLower(b[i:])...)
		}
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}
