package powershell

import (
	"bytes"
	"iter"

	"hunt/timeline/ecs/notation"
)

// The keys of a localized block are recognised by their place: the number of lines up to the first value that
// can be long is the same in every language, and so is the number of those at the end. Version, runspace and
// pipeline of the engine, which follow that value, are three lines whose values have a recognisable form.

const localHead = 5 // Severity, HostName, HostVersion, HostId, HostApplication

// localTail are the keys after the command line of the host, from the last one back, without ConnectedUser.
var localTail = [...]string{"ShellID", "User", "SequenceNumber", "CommandPath", "ScriptName",
	"CommandType", "CommandName", "PipelineID", "RunspaceID", "EngineVersion"}

// localLast is the number of keys of localTail that no value of several lines can move.
const localLast = 3

// learnNames finds the names that the keys of the block have. It returns false if the lines are not
// those of such a block.
func (b *Block) learnNames() bool {
	clear(b.names[:])
	if !b.learnHead() {
		return false
	}
	var few [len(localTail) + 1][]byte
	tail := few[:0]
	for line := range linesBackward(b.text) {
		if tail = append(tail, line); len(tail) == len(few) {
			break
		}
	}
	if len(tail) < len(few) {
		return false
	}
	// The number of the event is third from the end, or fourth in versions that log the connected user.
	if !isNumber(tail[2]) {
		if !isNumber(tail[3]) {
			return false
		}
		b.setName("ConnectedUser", tail[1])
		tail = append(tail[:1], tail[2:]...)
	}
	for i, key := range localTail[:localLast] {
		b.setName(key, tail[i])
	}
	b.learned = true
	const engine = len(localTail) - 1
	inPlace := isEngine(tail[engine], tail[engine-1], tail[engine-2])
	if inPlace {
		for i, key := range localTail[localLast:] {
			b.setName(key, tail[localLast+i])
		}
	}
	b.unsure = b.learnEngine(!inPlace) > 1 || !inPlace
	return true
}

// setName takes a key's name from a line.
func (b *Block) setName(key string, line []byte) { b.names[b.layout.Index(key)], _ = keyAndValue(line) }

// learnHead finds the names of the keys up to the command line of the host.
func (b *Block) learnHead() bool {
	var head [3][]byte // the last lines
	n := 0
	for line := range linesOf(b.text) {
		head[0], head[1], head[2] = head[1], head[2], line
		switch n++; {
		case n == 1:
			b.names[0], _ = keyAndValue(line)
		case n == 2:
			b.names[1], _ = keyAndValue(line)
		case n >= localHead && isHost(head[0], head[1], head[2]):
			for i := range head {
				b.names[2+i], _ = keyAndValue(head[i])
			}
		}
		if b.names[localHead-1] != nil {
			break
		}
	}
	return b.names[0] != nil && b.names[1] != nil && b.names[localHead-1] != nil
}

// learnEngine returns how many lines can be those of the engine. With set, it takes the names from the last of
// them: if the command name after them has several lines, their place from the end varies.
func (b *Block) learnEngine(set bool) (n int) {
	var after, afterThat []byte
	for line := range linesBackward(b.text) {
		if isEngine(line, after, afterThat) {
			if n++; n == 1 && set {
				b.setName("EngineVersion", line)
				b.setName("RunspaceID", after)
				b.setName("PipelineID", afterThat)
			}
		}
		after, afterThat = line, after
	}
	return n
}

// linesOf yields the lines that are not blank.
func linesOf(text []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for line := range bytes.SplitSeq(text, []byte("\n")) {
			if line = trimBlank(line); len(line) > 0 && !yield(line) {
				return
			}
		}
	}
}

// linesBackward yields them from last to first.
func linesBackward(text []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for end := len(text); end >= 0; {
			start := bytes.LastIndexByte(text[:end], '\n') + 1
			if line := trimBlank(text[start:end]); len(line) > 0 && !yield(line) {
				return
			}
			end = start - 1
		}
	}
}

// keyAndValue returns the two sides of a line "key = value", nil if it is not one.
func keyAndValue(line []byte) (key, value []byte) {
	key, value, found := bytes.Cut(line, []byte("="))
	if key = trimBlank(key); !found || len(key) == 0 {
		return nil, nil
	}
	return key, trimBlank(value)
}

// isNumber reports whether a line's value is a number.
func isNumber(line []byte) bool {
	_, value := keyAndValue(line)
	_, ok := notation.ParseInt(value)
	return ok
}

// isEngine reports whether three lines are those of the engine's version, its runspace and its
// pipeline, of which the latter two can be missing.
func isEngine(version, runspace, pipeline []byte) bool {
	name, id := keyAndValue(runspace)
	if !isVersion(version) || name == nil || len(id) > 0 && !notation.IsBareGUID(id) {
		return false
	}
	name, number := keyAndValue(pipeline)
	return name != nil && (len(number) == 0 || isNumber(pipeline))
}

// isHost reports whether three lines are those of the host's version, its id and its command line.
func isHost(version, id, application []byte) bool {
	_, v := keyAndValue(id)
	name, _ := keyAndValue(application)
	return isVersion(version) && notation.IsBareGUID(v) && name != nil
}

// isVersion reports whether a line's value is a version, such as 5.1.19041.1237 or 7.4.0-preview.1.
func isVersion(line []byte) bool {
	_, v := keyAndValue(line)
	return len(v) > 0 && v[0] >= '0' && v[0] <= '9' && bytes.IndexByte(v, '.') > 0 && !bytes.ContainsAny(v, " \t")
}
