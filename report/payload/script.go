package payload

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"hunt/evtx"
	"hunt/limit"
	"hunt/report"
	"hunt/report/record"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
	"hunt/timeline/spill"
)

const (
	// scriptReach is how far from the part in the evidence the others are looked for: PowerShell logs all parts
	// of a block at once.
	scriptReach = 60 * evtx.TicksPerSecond
	// maxScriptParts bounds the parts read for all findings. PowerShell cuts at some 10,000 characters, so
	// that this is far more text than a report shows.
	maxScriptParts = 5_000
	// maxMissingNamed bounds the missing parts that are named; the log can claim any number of them.
	maxMissingNamed = 8
	// maxScriptRefs bounds the parts that one script cites beside those that are evidence.
	maxScriptRefs = 200
)

var (
	boundScriptParts = limit.Bound{ID: "report-script-parts",
		Text: "a report joins a PowerShell script block from 5,000 parts at most"}
	boundScriptRefs = limit.Bound{ID: "report-script-references",
		Text: "a PowerShell script block cites the first 200 of its parts beside those that are evidence"}
)

// ScriptID identifies a script block; its zero value stands for no block.
type ScriptID struct {
	Host  *host.Host
	Block string
}

// script is a block that was logged in several events.
type script struct {
	id    ScriptID
	total int64
	parts map[int64]scriptPart
	shown string // the finding that has the text, "" while none has
	told  string // kind, once asked for
}

// scriptPart is a part of a script. Only those that are evidence stay in memory: a record has up to 64 KiB.
type scriptPart struct {
	own  *timeline.Event // evidence; nil for the others, of which the rest is kept
	ref  evtx.Ref
	hash string      // of the record's payload
	put  spill.Block // the text
}

// text returns the part's text.
func (p *scriptPart) text() (string, error) {
	if p.own != nil {
		return record.Text(p.own, ecs.PowershellFileScriptBlockText), nil
	}
	b, err := io.ReadAll(p.put.Reader())
	return string(b), err
}

// ScriptOf names the script block that an event is a part of, none unless it has several.
func ScriptOf(e *timeline.Event) ScriptID {
	if e.Class.Role != ecs.RoleScriptBlock || scriptNumber(e, ecs.PowershellTotal) < 2 {
		return ScriptID{}
	}
	return ScriptID{e.Host, record.Text(e, ecs.PowershellFileScriptBlockID)}
}

func scriptNumber(e *timeline.Event, f ecs.Field) int64 {
	n, err := strconv.ParseInt(record.Text(e, f), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// scripts puts the script blocks of the findings together. The other parts are read again from around the part
// that is evidence, and their texts go to a store.
func (s *Source) scripts(ctx context.Context, texts *spill.Store) (map[ScriptID]*script, error) {
	found := map[ScriptID]*script{}
	var windows []timeline.Window
	for _, chain := range s.Chains {
		for _, e := range chain {
			id := ScriptOf(e)
			if id.Block == "" {
				continue
			}
			x := found[id]
			if x == nil {
				x = &script{id: id, total: scriptNumber(e, ecs.PowershellTotal), parts: map[int64]scriptPart{}}
				found[id] = x
				windows = append(windows, timeline.Window{Host: e.Host, From: e.At - min(scriptReach, e.At),
					To: e.At + scriptReach, Inputs: s.partInputs(e)})
			}
			x.parts[scriptNumber(e, ecs.PowershellSequence)] = scriptPart{own: e, ref: e.Ref}
		}
	}
	blocks := map[string]bool{}
	for id := range found {
		blocks[id.Block] = true
	}
	omitted, err := s.Case.EachAround(ctx, timeline.Surroundings{Windows: windows, Limit: maxScriptParts,
		Keep: func(ev *ecs.Event) bool {
			if ev.Class.Role != ecs.RoleScriptBlock {
				return false
			}
			f, ok := ev.Record.Data("ScriptBlockId")
			return ok && blocks[f.Text()]
		}}, func(events []*timeline.Event) error {
		for _, e := range events {
			if err := found[ScriptOf(e)].add(e, texts); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if omitted > 0 {
		s.Case.Limits.Add([]limit.Bite{{Bound: boundScriptParts, Count: int64(omitted), First: limit.In("")}})
	}
	return found, nil
}

// add adds a part to a script, which may have none yet, unless it has that part.
func (s *script) add(e *timeline.Event, texts *spill.Store) error {
	if s == nil {
		return nil
	}
	n := scriptNumber(e, ecs.PowershellSequence)
	if _, has := s.parts[n]; has || n < 1 || n > s.total {
		return nil
	}
	put, _, err := texts.Add(strings.NewReader(record.Text(e, ecs.PowershellFileScriptBlockText)))
	if err != nil {
		return err
	}
	s.parts[n] = scriptPart{ref: e.Ref, hash: record.Hash(e), put: put}
	return nil
}

// partInputs are the inputs that hold an event or a part of its script block that was matched with it, sorted.
func (s *Source) partInputs(e *timeline.Event) []int32 {
	out := s.Case.InputsOf(e)
	if e.Parts == nil {
		return out
	}
	for _, r := range e.Parts.Refs {
		out = append(out, s.Case.Input(r.File))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// numbers are the parts that are there, in order.
func (s *script) numbers() []int64 {
	out := make([]int64, 0, len(s.parts))
	for n := range s.parts {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

// gaps are the spans of parts that are not in the logs.
func (s *script) gaps() [][2]int64 {
	var out [][2]int64
	next := int64(1)
	for _, n := range append(s.numbers(), s.total+1) {
		if n > next {
			out = append(out, [2]int64{next, n - 1})
		}
		next = max(next, n+1)
	}
	return out
}

func spanName(g [2]int64) string {
	if g[0] == g[1] {
		return fmt.Sprint(g[0])
	}
	return fmt.Sprintf("%d to %d", g[0], g[1])
}

// kind describes what was put together, and names what is missing.
func (s *script) kind() string {
	if s.told != "" {
		return s.told
	}
	kind := fmt.Sprintf("PowerShell script block, %d of %d parts", len(s.parts), s.total)
	var names []string
	for _, g := range s.gaps() {
		names = append(names, spanName(g))
	}
	if len(names) > 0 {
		kind += "; not in the logs: " + report.Few(names, maxMissingNamed)
	}
	s.told = kind
	return kind
}

// text is the parts in order, with a line in place of each gap.
func (s *script) text() (string, error) {
	var b strings.Builder
	next := int64(1)
	gap := func(to int64) {
		if to >= next {
			fmt.Fprintf(&b, "\n[part %s of %d is not in the logs]\n", spanName([2]int64{next, to}), s.total)
		}
	}
	for _, n := range s.numbers() {
		gap(n - 1)
		p := s.parts[n]
		text, err := p.text()
		if err != nil {
			return "", err
		}
		b.WriteString(text)
		next = n + 1
		if b.Len() > 2*maxDecodedText {
			return b.String(), nil // more is not shown
		}
	}
	gap(s.total)
	return b.String(), nil
}

// refs returns the records of the parts that the evidence does not cite already.
func (s *Source) refs(x *script) []report.Ref {
	var out []report.Ref
	for _, n := range x.numbers() {
		if p := x.parts[n]; p.own == nil {
			if len(out) == maxScriptRefs {
				s.Case.Limits.Bite(boundScriptRefs, limit.At(p.ref.File, p.ref.Offset))
				break
			}
			r := s.Ref(p.ref)
			r.PayloadSHA256 = p.hash
			out = append(out, r)
		}
	}
	return out
}
