package stage

import (
	"cmp"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/limit"
	"hunt/rules/pack"
	"hunt/rules/predicate"
	"hunt/rules/sequence"
	"hunt/rules/sigma"
	"hunt/rules/sigma/logsource"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/ecs/powershell"
	"hunt/timeline/ecs/scalar"
	"hunt/timeline/encoded"
)

// Command lines and scripts are matched as they were logged, and a second time together with what they carry in
// encoded form: a condition is true if it is true for either, and an exclusion excludes for either. Hits that only
// the second evaluation finds are marked.

// BoundCarried bounds what is decoded.
var BoundCarried = limit.Bound{ID: "rules-decoded", Loses: true,
	Text: "rules match up to 64 texts, 8 MiB in all and six levels deep, that a command line or script carries in " +
		"encoded form; hunt looks for them at 1,024 places of its first 8 MiB and unpacks 256 KiB at each"}

// carriedKind says what a field shows of an event: a text that may carry others, or something that contains it.
type carriedKind uint8

const (
	carriesNothing carriedKind = iota
	scriptText
	commandLine
	wholeMessage
)

// carriers are the fields that show what command lines and scripts carry.
type carriers struct {
	ecs map[ecs.Field]carriedKind
	raw []carriedKind // by logsource.Field
}

// Carry makes evaluators include, or ignore, what events carry in encoded form.
func (p *Set) Carry(carry bool, schema *pack.Schema) {
	p.carriers, p.wholes = nil, nil
	if carry {
		p.carriers = carriersOf(p.programs, schema)
	}
}

// Whole is what a script block that was logged in parts satisfies.
type Whole struct {
	Parts *timeline.Parts
	Hits  []predicate.Hit
}

// Join notes what the event that represents a whole script block satisfies; ref is its record. It is called before
// that event is read again.
func (p *Set) Join(ref evtx.Ref, w Whole) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.wholes == nil {
		p.wholes = map[evtx.Ref]Whole{}
	}
	p.wholes[ref] = w
}

// carriersOf finds the carriers among the fields to which programs refer.
func carriersOf(programs []*sequence.Program, schema *pack.Schema) *carriers {
	c := &carriers{ecs: map[ecs.Field]carriedKind{}, raw: make([]carriedKind, schema.Raw.Len())}
	for f := range c.raw {
		c.raw[f] = rawKind(logsource.Field(f), schema.Raw)
	}
	for _, p := range programs {
		for _, f := range p.Fields() {
			if f >= sigma.FirstField {
				continue
			}
			if kind := ecsKind(schema.ECS.Name(ecs.Field(f))); kind != carriesNothing {
				c.ecs[ecs.Field(f)] = kind
			}
		}
	}
	return c
}

func ecsKind(name string) carriedKind {
	switch name {
	case "powershell.file.script_block_text", "winlog.event_data.ScriptBlockText":
		return scriptText
	case "process.command_line", "winlog.event_data.CommandLine":
		return commandLine
	case "message":
		return wholeMessage
	}
	return carriesNothing
}

func rawKind(f logsource.Field, fields *logsource.Fields) carriedKind {
	if f == logsource.Keywords || f == logsource.KeywordTexts {
		return wholeMessage
	}
	switch strings.ToLower(fields.Name(f)) {
	case "scriptblocktext":
		return scriptText
	case "commandline", "processcommandline":
		return commandLine
	case "message":
		return wholeMessage
	}
	return carriesNothing
}

// carried is what an event shows in addition to its record, or in place of a part of it.
type carried struct {
	kind  carriedKind // of the fields: scriptText or commandLine
	whole string      // the script that the record is a part of; "" if it is whole
	texts []string    // what the text carries in encoded form
}

// values appends what a field shows in addition to its values in the record, which are those from start on.
func (c *carried) values(kind carriedKind, dst []predicate.Value, start int) []predicate.Value {
	if kind != c.kind && kind != wholeMessage {
		return dst
	}
	if c.whole != "" {
		if kind != wholeMessage {
			dst = dst[:start]
		}
		dst = append(dst, predicate.StringValue(c.whole))
	}
	for _, s := range c.texts {
		dst = append(dst, predicate.StringValue(s))
	}
	return dst
}

// measure appends what a field measures of the whole script.
func (c *carried) measure(f ecs.Field, dst []predicate.Value) ([]predicate.Value, bool) {
	if c.whole == "" || f < ecs.PowershellFileScriptBlockEntropyBits || f > ecs.PowershellFileScriptBlockUniqueSymbols {
		return dst, false
	}
	m := powershell.Measure([]byte(c.whole))
	switch {
	case !m.Measured:
		return dst, f != ecs.PowershellFileScriptBlockID && f != ecs.PowershellFileScriptBlockText
	case f == ecs.PowershellFileScriptBlockLength:
		return append(dst, valueOf(scalar.Int(int64(m.Length)))), true
	case f == ecs.PowershellFileScriptBlockUniqueSymbols:
		return append(dst, valueOf(scalar.Int(int64(m.Symbols)))), true
	case f == ecs.PowershellFileScriptBlockEntropyBits:
		return append(dst, valueOf(scalar.Float(m.Entropy))), true
	case f == ecs.PowershellFileScriptBlockEntropyNormalized:
		return append(dst, valueOf(scalar.Float(m.Normalized))), true
	case f == ecs.PowershellFileScriptBlockSurprisalStdev:
		return append(dst, valueOf(scalar.Float(m.Deviation))), true
	}
	return dst, false
}

// second evaluates an event again if it carries something. It appends the hits that only this finds to those from
// start on, and marks them.
func (v *Evaluator) second(ev *ecs.Event, dst []predicate.Hit, start int,
	eval func([]predicate.Hit) []predicate.Hit) []predicate.Hit {
	kind, text := v.carrier(ev)
	if kind == carriesNothing || !encoded.Carries(text) {
		return dst
	}
	layers, cut := encoded.Layers(text)
	v.uncarried = v.uncarried || cut
	if len(layers) == 0 {
		return dst
	}
	c := carried{kind: kind}
	if v.view.over != nil {
		c.whole = v.view.over.whole
	}
	for _, l := range layers {
		c.texts = append(c.texts, l.Text)
	}
	plain := v.view.over
	v.view.over = &c
	v.again = eval(v.again[:0])
	v.cut = v.cut || v.predicates.Cut()
	v.view.over = plain
	return withDecoded(dst, start, v.again)
}

// withDecoded adds to the hits from start on those that only the second evaluation found. Both are in order.
func withDecoded(dst []predicate.Hit, start int, again []predicate.Hit) []predicate.Hit {
	first := dst[start:]
	var more []predicate.Hit
	for _, h := range again {
		if _, known := slices.BinarySearchFunc(first, h, compareStages); !known {
			h.Decoded = true
			more = append(more, h)
		}
	}
	if more == nil {
		return dst
	}
	dst = append(dst, more...)
	slices.SortFunc(dst[start:], compareStages)
	return dst
}

// compareStages orders hits by program and stage.
func compareStages(a, b predicate.Hit) int {
	return cmp.Or(cmp.Compare(a.Program, b.Program), cmp.Compare(a.Stage, b.Stage))
}

// carrier returns the text of an event that may carry others, and which fields show it.
func (v *Evaluator) carrier(ev *ecs.Event) (carriedKind, string) {
	if v.set.carriers == nil {
		return carriesNothing, ""
	}
	field, kind := ecs.ProcessCommandLine, commandLine
	switch {
	case ev.Class.Role == ecs.RoleScriptBlock:
		if v.view.over != nil {
			return scriptText, v.view.over.whole
		}
		field, kind = ecs.PowershellFileScriptBlockText, scriptText
	case !ev.Class.ProcessStart:
		return carriesNothing, ""
	}
	v.view.buf = ev.Values(field, v.view.buf[:0])
	if len(v.view.buf) != 1 {
		return carriesNothing, ""
	}
	return kind, v.view.buf[0].Str
}
