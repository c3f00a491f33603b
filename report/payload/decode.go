// Package payload says what the command lines and scripts of findings carry in encoded form, and puts script blocks
// together that were logged in several parts.
package payload

import (
	"context"
	"errors"
	"unicode/utf8"

	"hunt/evtx"
	"hunt/limit"
	"hunt/report"
	"hunt/report/record"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/encoded"
)

const (
	// maxDecodeDepth bounds payloads within payloads; real droppers nest two or three deep.
	maxDecodeDepth = 6
	// maxDecodedParts bounds the payloads decoded from one finding.
	maxDecodedParts = 32
	// maxDecodedText bounds one payload as it is shown: a person reads no further, and the record is cited.
	maxDecodedText = 128 << 10
	// maxDecodedFinding and maxDecodedReport bound what is shown for one finding and for all.
	maxDecodedFinding = 512 << 10
	maxDecodedReport  = 32 << 20
	// maxDecodedFrom bounds the encoded text that is shown beside the decoded one.
	maxDecodedFrom = 400
)

var boundDecoded = limit.Bound{ID: "report-decoded",
	Text: "a report shows 32 decoded parts, 512 KiB and 6 levels of the encoded text of a finding, and 32 MiB in " +
		"all; in one text it looks at the first 64 places that may be encoded, unpacks 256 KiB at each, and " +
		"simplifies texts of up to 256 KiB"}

// Source is where the texts of findings come from.
type Source struct {
	Case   *timeline.Case
	Chains [][]*timeline.Event       // of each finding, in order
	Ref    func(evtx.Ref) report.Ref // cites a record
}

// Decode fills in what the command lines and scripts of each finding carry in encoded form, and the script
// blocks that were logged in several parts.
func (s *Source) Decode(ctx context.Context, found []report.Finding) (err error) {
	texts := s.Case.NewStore()
	defer func() { err = errors.Join(err, texts.Close()) }()
	scripts, err := s.scripts(ctx, texts)
	if err != nil {
		return err
	}
	left := maxDecodedReport
	for i := range found {
		u := unpacker{seen: map[string]bool{}, budget: min(maxDecodedFinding, left)}
		for _, e := range s.Chains[i] {
			for _, text := range record.Texts(e, ecs.ProcessCommandLine, ecs.ProcessParentCommandLine,
				ecs.RegistryDataStrings) {
				u.unpack(text, 0)
			}
			if x := scripts[ScriptOf(e)]; x != nil {
				if u.seen[x.id.Block] {
					continue
				}
				u.seen[x.id.Block] = true
				if id := found[i].ID; x.shown == "" {
					x.shown = id
				} else if x.shown != id { // another part of it is another finding: the text is there
					u.add(report.Decoded{Kind: x.kind(), From: "ScriptBlockId " + x.id.Block, SameAs: x.shown})
					continue
				}
				whole, err := x.text()
				if err != nil {
					return err
				}
				u.add(report.Decoded{Kind: x.kind(), From: "ScriptBlockId " + x.id.Block, Text: whole,
					Refs: s.refs(x)})
				u.unpack(whole, 0)
			} else if t := record.Text(e, ecs.PowershellFileScriptBlockText); t != "" {
				u.unpack(t, 0)
			}
		}
		found[i].Decoded = u.out
		left -= min(maxDecodedFinding, left) - u.budget
		if u.full {
			s.Case.Limits.Bite(boundDecoded, limit.In(found[i].ID))
		}
	}
	return nil
}

// unpacker decodes the payloads of one finding.
type unpacker struct {
	out    []report.Decoded
	seen   map[string]bool
	budget int // bytes of text that may still be shown
	full   bool
}

// add shows a payload, unless a bound applies.
func (u *unpacker) add(d report.Decoded) bool {
	if len(u.out) >= maxDecodedParts || u.budget <= 0 {
		u.full = true
		return false
	}
	d.Text = cutBytes(d.Text, min(maxDecodedText, u.budget))
	d.From = report.Cut(d.From, maxDecodedFrom)
	u.budget -= len(d.Text)
	u.out = append(u.out, d)
	return true
}

// unpack shows what s carries, and what that carries in turn.
func (u *unpacker) unpack(s string, depth int) {
	if depth >= maxDecodeDepth {
		runs, _ := encoded.Runs(s)
		u.full = u.full || len(runs) > 0
		return
	}
	u.full = u.full || len(s) > encoded.MaxReading
	plain, how := encoded.Reading(s)
	if how != "" && !u.seen[plain] {
		u.seen[plain] = true
		if !u.add(report.Decoded{Kind: "for reading: " + how, From: s, Text: plain}) {
			return
		}
	}
	for _, run := range encoded.CodeRuns(plain) {
		if t, ok := encoded.CharCodes(run); ok && !u.seen[run] {
			u.seen[run] = true
			if !u.add(report.Decoded{Kind: "character codes", From: run, Text: t}) {
				return
			}
			u.unpack(t, depth+1)
		}
	}
	runs, more := encoded.Runs(plain)
	u.full = u.full || more
	for _, run := range runs {
		if u.seen[run.Text] {
			continue
		}
		u.seen[run.Text] = true
		d, ok := run.Decode()
		if !ok {
			continue
		}
		u.full = u.full || d.Cut
		if !u.add(report.Decoded{Kind: d.Kind, From: run.Text, Text: d.Text}) {
			return
		}
		u.unpack(d.Text, depth+1)
	}
}

// cutBytes cuts s to at most n bytes, at the beginning of a character, with a notice.
func cutBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "\n...[cut, " + report.Thousands(len(s)-n) + " bytes more, see ref]"
}
