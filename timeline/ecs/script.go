package ecs

import (
	"hunt/timeline/ecs/powershell"
	"hunt/timeline/ecs/scalar"
)

// scriptMemo holds the measures of the script in the workspace's event, which rules and documents
// ask for one after the other.
type scriptMemo struct {
	now      uint32
	measures powershell.Measures
}

// measures returns the measures of the script of the event. w may be nil.
func (w *workspace) measures(text []byte) powershell.Measures {
	if w == nil || w.now == 0 { // it belongs to no event
		return powershell.Measure(text)
	}
	if w.script.now != w.now {
		w.script = scriptMemo{w.now, powershell.Measure(text)}
	}
	return w.script.measures
}

// appendMeasure appends the measure that an op names.
func (w *workspace) appendMeasure(dst []scalar.Value, text []byte, o op) []scalar.Value {
	m := w.measures(text)
	if !m.Measured {
		return dst
	}
	switch o {
	case opScriptLength:
		return append(dst, scalar.Int(int64(m.Length)))
	case opScriptSymbols:
		return append(dst, scalar.Int(int64(m.Symbols)))
	case opScriptEntropy:
		return append(dst, scalar.Float(m.Entropy))
	case opScriptNormalized:
		return append(dst, scalar.Float(m.Normalized))
	case opScriptDeviation:
		return append(dst, scalar.Float(m.Deviation))
	}
	return dst
}
