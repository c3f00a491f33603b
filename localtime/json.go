package localtime

import (
	"io"
	"time"
)

// InJSON returns a writer that passes JSON on to w and adds its times in a second zone; without a zone it returns w.
// keep is the name of a member that stays as it is, for JSON whose texts come from logs; "" says that they are hunt's
// sentences.
func InJSON(w io.Writer, zone *time.Location, keep string) io.Writer {
	if zone == nil {
		return w
	}
	return &JSON{W: w, Zone: zone, Keep: keep, Prose: keep == ""}
}

// JSON writes JSON with a second time zone: after each member whose value is a time in UTC it adds one with the same
// name and "_local".
type JSON struct {
	W    io.Writer
	Zone *time.Location
	// Prose says that texts are sentences, and that times in them are followed by the second zone in brackets. What
	// logs hold is no prose.
	Prose bool
	// Keep is the name of a member of the outermost objects, and of their members, whose value stays as it is: what a
	// record holds, for example.
	Keep string

	out    []byte
	text   []byte // the string that is being read, with its quotes
	in     bool   // in a string
	escape bool   // after a backslash
	key    []byte // of the member that is being read
	lead   []byte // white space before it
	gap    []byte // from the colon to the value
	value  bool   // after a colon
	depth  int
	kept   int // the depth from which everything stays as it is; 0: nothing does
}

// Write implements io.Writer. The parts may end anywhere.
func (j *JSON) Write(b []byte) (int, error) {
	j.out = j.out[:0]
	for _, c := range b {
		j.next(c)
	}
	if _, err := j.W.Write(j.out); err != nil {
		return 0, err
	}
	return len(b), nil
}

func (j *JSON) next(c byte) {
	if j.in {
		j.text = append(j.text, c)
		switch {
		case j.escape:
			j.escape = false
		case c == '\\':
			j.escape = true
		case c == '"':
			j.in = false
			j.string()
		}
		return
	}
	switch c {
	case '"':
		j.in, j.text = true, append(j.text[:0], c)
		return
	case '{', '[':
		j.depth++
		if j.value && j.kept == 0 && j.Keep != "" && j.depth <= keepDepth && string(j.key) == `"`+j.Keep+`"` {
			j.kept = j.depth
		}
		j.begin()
	case '}', ']':
		if j.depth == j.kept {
			j.kept = 0
		}
		j.depth--
		j.begin()
	case ',':
		j.begin()
	case ':':
		j.value, j.gap = true, append(j.gap[:0], c)
	default:
		if j.value {
			j.gap = append(j.gap, c)
		} else {
			j.lead = append(j.lead, c)
		}
	}
	j.out = append(j.out, c)
}

// keepDepth is the level down to which Keep counts.
const keepDepth = 3

// begin begins a member or an item.
func (j *JSON) begin() { j.value, j.lead, j.key = false, j.lead[:0], j.key[:0] }

// string takes a string that has ended.
func (j *JSON) string() {
	text := string(j.text[1 : len(j.text)-1]) // as it is in JSON: a time has nothing that is escaped
	switch {
	case j.kept > 0:
		j.out = append(j.out, j.text...)
	case !j.value && len(j.key) == 0 && j.depth > 0:
		j.key = append(j.key, j.text...) // or an item of a list
		j.out = append(j.out, j.quoted(text)...)
	default:
		local, ok := exact(text, j.Zone)
		if !ok {
			j.out = append(j.out, j.quoted(text)...)
			return
		}
		j.out = append(j.out, j.text...)
		if !j.value {
			return
		}
		j.out = append(append(j.out, ','), j.lead...)
		j.out = append(append(j.out, j.key[:len(j.key)-1]...), `_local"`...)
		j.out = append(append(j.out, j.gap...), '"')
		j.out = append(append(j.out, local...), '"')
	}
}

// quoted returns the JSON string of a text that gets no member of its own for the second zone.
func (j *JSON) quoted(text string) string {
	if _, alone := exact(text, j.Zone); j.Prose && !alone {
		text = InText(text, j.Zone)
	}
	return `"` + text + `"`
}
