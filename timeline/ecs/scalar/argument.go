package scalar

import "hunt/timeline/ecs/notation"

// Args returns the values of process.args and process.args_count for a command line in Security
// 4688, none for an empty one: the arguments of both splitters, without duplicates, and both
// counts if they differ. It is for enrichment, which takes a parent's command line from another
// record.
func Args(commandLine string) (args, counts []Value) {
	if commandLine == "" {
		return nil, nil
	}
	line := []byte(commandLine)
	return (*Maker)(nil).AppendBothArgs(nil, line), AppendBothCounts(nil, line)
}

// AppendBothCounts appends the number of arguments by both splitters.
func AppendBothCounts(dst []Value, line []byte) []Value {
	from := len(dst)
	dst = append(dst, Int(int64(notation.CountBlankSeparated(line))))
	return AppendNew(dst, from, Int(int64(notation.CountArguments(line))))
}

// AppendArgs appends the arguments of a command line.
func (m *Maker) AppendArgs(dst []Value, line []byte) []Value {
	var scratch []byte
	if m != nil {
		scratch = m.buf
	}
	for range notation.MaxArguments {
		arg, rest, ok := notation.NextArgument(scratch[:0], line)
		if !ok {
			break
		}
		dst = append(dst, m.Text(arg))
		scratch, line = arg, rest
	}
	if m != nil {
		m.buf = scratch
	}
	return dst
}

// fewArgs is the number of arguments up to which they are compared with each other rather than put
// into a map.
const fewArgs = 32

// AppendBothArgs appends the arguments as Elastic's mapping of Security 4688 splits them, then
// those of the C runtime that are not among the first, so that a rule finds an argument in
// whichever form it expects.
func (m *Maker) AppendBothArgs(dst []Value, line []byte) []Value {
	from := len(dst)
	for rest, n, more := line, 0, true; more && n < notation.MaxArguments; n++ {
		var arg []byte
		arg, rest, more = notation.NextBlankSeparated(rest)
		dst = append(dst, m.Text(arg))
	}
	first := len(dst)
	dst = m.AppendArgs(dst, line)
	kept := dst[:first]
	if len(dst)-from <= fewArgs {
		for _, v := range dst[first:] {
			kept = AppendNew(kept, from, v)
		}
		return kept
	}
	seen := make(map[string]bool, first-from)
	for _, v := range kept[from:] {
		seen[v.Str] = true
	}
	for _, v := range dst[first:] {
		if !seen[v.Str] {
			seen[v.Str] = true
			kept = append(kept, v)
		}
	}
	return kept
}
