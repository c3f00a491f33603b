package report

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/evtx/goevtx"
	"hunt/timeline"
	"hunt/timeline/ecs"
)

// Verification is what re-reading the evidence of a report showed.
type Verification struct {
	Report  string         `json:"report"` // its id
	Files   []FileCheck    `json:"files"`
	Records []RecordCheck  `json:"records"`
	Match   bool           `json:"match"`   // every file and every cited record is what the report says
	Defects map[string]int `json:"defects"` // known defects of the second decoder that were met, and not held against the evidence
}

// FileCheck compares a file with the report's inventory.
type FileCheck struct {
	Path   string `json:"path"`
	Found  string `json:"found"` // where it is now, if elsewhere
	SHA256 string `json:"sha256"`
	Result string `json:"result"` // match | moved | changed | missing
	Detail string `json:"detail"`
}

// RecordCheck compares one cited record with its bytes.
type RecordCheck struct {
	Finding  string   `json:"finding"` // the first that cites it, or "timeline"
	Ref      Ref      `json:"ref"`
	Result   string   `json:"result"` // match | mismatch
	Problems []string `json:"problems"`
	Second   string   `json:"second_decoder"` // agrees | agrees but for known defects: … | disagrees | cannot decode: …
}

// The results of checks.
const (
	checkMatch    = "match"
	checkMoved    = "moved" // same bytes under another name: still a match
	checkChanged  = "changed"
	checkMissing  = "missing"
	checkMismatch = "mismatch"
)

// citation is a place in a report that rests on a record.
type citation struct {
	finding string
	ref     Ref
	claims  []claim // what the report says the record says
	events  []json.RawMessage
}

type claim struct {
	what, value string
}

// Verify hashes the evidence again, re-reads every record that the report cites at its offset, compares its hash and what the
// report says of it, and decodes it with both decoders. The error is for a context that ended; all else is in the Verification.
func Verify(ctx context.Context, r *Report, col *timeline.Collection) (*Verification, error) {
	v := &Verification{Report: r.ID, Match: true, Defects: map[string]int{}, Files: []FileCheck{}, Records: []RecordCheck{}}
	cites := citations(r)
	cited := map[string]bool{}
	for _, c := range cites {
		cited[c.ref.File+"\x00"+c.ref.SHA256] = true
	}
	hashes := map[*timeline.File]string{}
	opened := map[string]*timeline.File{} // path and hash in the report -> file
	for _, e := range r.Evidence {
		if e.SHA256 == "" {
			continue // could not be read when the report was made
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		check, file := findFile(e, r.Evidence, col, hashes)
		if check.Result == checkChanged || check.Result == checkMissing {
			v.Match = false
		}
		v.Files = append(v.Files, check)
		if file != nil {
			opened[e.Path+"\x00"+e.SHA256] = file
		}
		delete(cited, e.Path+"\x00"+e.SHA256)
	}
	for _, c := range cites {
		if cited[c.ref.File+"\x00"+c.ref.SHA256] {
			check := RecordCheck{Finding: c.finding, Ref: c.ref, Result: checkMismatch, Second: "not asked",
				Problems: []string{"the report's inventory has no such file with this hash"}}
			v.Records, v.Match = append(v.Records, check), false
		}
	}
	slices.SortStableFunc(cites, func(a, b citation) int {
		return cmp.Or(strings.Compare(a.ref.File, b.ref.File), cmp.Compare(a.ref.Offset, b.ref.Offset))
	})
	schema := ecs.NewSchema()
	reader := &recordReader{dec: &evtx.Decoder{Cache: evtx.NewCache(), Partial: true}, schema: schema, mapper: ecs.NewMapper(schema)}
	if r.Scope.Clock == string(timeline.ClockUTC) {
		reader.mapper.Clock = ecs.ClockUTC
	}
	defer reader.close()
	if slices.ContainsFunc(cites, func(c citation) bool { return c.ref.Carved }) {
		if err := reader.learn(ctx, r, opened); err != nil {
			return nil, err
		}
	}
	for _, c := range cites {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		file := opened[c.ref.File+"\x00"+c.ref.SHA256]
		if file == nil {
			if !cited[c.ref.File+"\x00"+c.ref.SHA256] {
				v.Records = append(v.Records, RecordCheck{Finding: c.finding, Ref: c.ref, Result: checkMismatch, Second: "not asked",
					Problems: []string{"the file is missing"}})
			}
			continue
		}
		check := reader.check(c, file, v.Defects)
		if check.Result != checkMatch {
			v.Match = false
		}
		v.Records = append(v.Records, check)
	}
	return v, nil
}

// citations lists every record that the report rests on, once, with all that is claimed of it.
func citations(r *Report) []citation {
	var out []citation
	at := map[string]int{}
	add := func(finding string, ref Ref, claims ...claim) int {
		k := fmt.Sprintf("%s\x00%s\x00%d", ref.File, ref.SHA256, ref.Offset)
		i, ok := at[k]
		if !ok {
			i = len(out)
			at[k] = i
			out = append(out, citation{finding: finding, ref: ref})
		}
		if out[i].ref.PayloadSHA256 == "" {
			out[i].ref.PayloadSHA256 = ref.PayloadSHA256
		} else if ref.PayloadSHA256 != "" && ref.PayloadSHA256 != out[i].ref.PayloadSHA256 {
			claims = append(claims, claim{"payload_sha256", ref.PayloadSHA256})
		}
		out[i].claims = append(out[i].claims, claims...)
		return i
	}
	for _, f := range r.Findings {
		for _, list := range [][]Evidence{f.Evidence, f.Candidates} {
			for _, e := range list {
				if e.Missing {
					continue
				}
				i := add(f.ID, e.Ref, evidenceClaims(e)...)
				out[i].event(e.Event)
				for _, a := range e.Also {
					add(f.ID, a)
				}
			}
		}
		for _, p := range f.Provenance {
			if p.Ref != nil {
				add(f.ID, *p.Ref)
			}
		}
		for _, d := range f.Decoded {
			for _, r := range d.Refs {
				add(f.ID, r)
			}
		}
		if f.Logon != nil && f.Logon.Ref != nil {
			add(f.ID, *f.Logon.Ref)
		}
	}
	for _, t := range r.Timeline {
		claims := []claim{{"channel", t.Channel}, {"event_code", t.EventCode}}
		if t.Time != nil {
			claims = append(claims, claim{"time", t.Time.String()})
		}
		add("timeline", t.Ref, claims...)
	}
	return out
}

// event notes a document that the report gives of the record; findings that share an event give the same.
func (c *citation) event(doc json.RawMessage) {
	for _, have := range c.events {
		if bytes.Equal(have, doc) {
			return
		}
	}
	c.events = append(c.events, doc)
}

// evidenceClaims is what a piece of evidence says beside its document: the channel, the event id, the times, and the facts that are
// not derived.
func evidenceClaims(e Evidence) []claim {
	out := []claim{{"channel", e.Channel}, {"event_code", e.EventCode}}
	if e.Time != nil {
		out = append(out, claim{"time", e.Time.String()})
	}
	if e.UTCTime != nil {
		out = append(out, claim{"utc_time", e.UTCTime.String()})
	}
	for _, f := range e.Facts {
		out = append(out, claim{"fact " + f.Key, f.Value})
	}
	return out
}

// findFile finds the file of an inventory entry: by its path, else by its hash under another name, unless that is the file of an entry of
// its own: a copy stands for itself alone.
func findFile(e EvidenceFile, inventory []EvidenceFile, col *timeline.Collection, hashes map[*timeline.File]string) (FileCheck, *timeline.File) {
	check := FileCheck{Path: e.Path, SHA256: e.SHA256, Result: checkMissing, Detail: "not under the given evidence"}
	var samePath *timeline.File
	for _, f := range col.Files {
		if filePath(f.Path) == e.Path {
			samePath = f
			if hashOf(f, hashes) == e.SHA256 {
				check.Result, check.Detail = checkMatch, ""
				return check, f
			}
		}
	}
	for _, f := range col.Files {
		path := filePath(f.Path)
		if f.Size != e.Size || hashOf(f, hashes) != e.SHA256 || slices.ContainsFunc(inventory, func(o EvidenceFile) bool { return o.Path == path && o.SHA256 == e.SHA256 }) {
			continue
		}
		check.Result, check.Found, check.Detail = checkMoved, path, "same bytes under another path"
		if samePath != nil {
			check.Detail += "; under its own are others, with the sha256 " + hashOf(samePath, hashes)
		}
		return check, f
	}
	if samePath != nil {
		check.Result, check.Detail = checkChanged, "sha256 is now "+hashOf(samePath, hashes)
		return check, samePath
	}
	return check, nil
}

func hashOf(f *timeline.File, hashes map[*timeline.File]string) string {
	if h, ok := hashes[f]; ok {
		return h
	}
	hashes[f] = ""
	file, err := f.Open()
	if err != nil {
		return ""
	}
	defer file.Close()
	h := sha256.New()
	if _, err := io.Copy(h, file); err == nil {
		hashes[f] = hex.EncodeToString(h.Sum(nil))
	}
	return hashes[f]
}

// recordReader re-reads records, one open file at a time.
type recordReader struct {
	recordFile
	dec    *evtx.Decoder
	schema *ecs.Schema
	mapper *ecs.Mapper
}

// learn reads the templates of all evidence: a carved record may have borrowed its own from anywhere in the case.
func (r *recordReader) learn(ctx context.Context, rep *Report, opened map[string]*timeline.File) error {
	buf := make([]byte, evtx.ChunkSize)
	for _, e := range rep.Evidence {
		f := opened[e.Path+"\x00"+e.SHA256]
		if f == nil || r.open(f) != nil {
			continue // told where it is missed
		}
		for i := range r.log.Slots() {
			if err := ctx.Err(); err != nil {
				return err
			}
			data, at, err := r.log.Slot(i, buf)
			if err != nil && len(data) == 0 {
				continue
			}
			for range r.dec.Records(data, at, nil) { // decoding is learning
			}
			r.dec.Learn(data)
		}
	}
	return nil
}

// check re-reads one cited record.
func (r *recordReader) check(c citation, f *timeline.File, defects map[string]int) RecordCheck {
	out := RecordCheck{Finding: c.finding, Ref: c.ref, Result: checkMatch, Problems: []string{}, Second: "not asked"}
	fail := func(format string, args ...any) {
		out.Result = checkMismatch
		out.Problems = append(out.Problems, fmt.Sprintf(format, args...))
	}
	if err := r.open(f); err != nil {
		fail("the file cannot be read: %v", err)
		return out
	}
	rec, err := r.log.RecordAt(r.dec, evtx.Ref{File: f.Index, Chunk: c.ref.Chunk, Offset: c.ref.Offset,
		HeaderRecordID: c.ref.HeaderRecordID, EventRecordID: c.ref.EventRecordID, Carved: c.ref.Carved})
	if err != nil {
		fail("no record can be read there: %v", err)
		return out
	}
	if sum := sha256.Sum256(rec.Raw()); c.ref.PayloadSHA256 != "" && hex.EncodeToString(sum[:]) != c.ref.PayloadSHA256 {
		fail("the record's bytes changed: sha256 is now %x", sum)
	}
	if rec.Ref.HeaderRecordID != c.ref.HeaderRecordID {
		fail("header record id is %d, the report says %d", rec.Ref.HeaderRecordID, c.ref.HeaderRecordID)
	}
	if rec.EventRecordID() != c.ref.EventRecordID {
		fail("EventRecordID is %d, the report says %d", rec.EventRecordID(), c.ref.EventRecordID)
	}
	ev := r.mapper.Map(rec)
	for _, cl := range c.claims {
		if have, ok := r.confirm(ev, rec, cl); !ok {
			fail("%s is %q, the report says %q", cl.what, have, cl.value)
		}
	}
	for _, doc := range c.events {
		for _, problem := range compareDocument(ev, r.schema, doc) {
			fail("%s", problem)
		}
	}
	out.Second = r.second(rec, c.ref, defects, fail)
	return out
}

// confirm checks one claim against the record.
func (r *recordReader) confirm(ev *ecs.Event, rec *evtx.Record, c claim) (have string, ok bool) {
	switch {
	case c.what == "channel":
		have = rec.Channel()
	case c.what == "event_code":
		have = fmt.Sprint(rec.EventID())
	case c.what == "payload_sha256":
		sum := sha256.Sum256(rec.Raw())
		have = hex.EncodeToString(sum[:])
	case c.what == "time":
		have = rec.TimeCreated().String()
		if utc := ev.UTC(); utc != 0 && utc.String() == c.value {
			have = c.value
		}
	case c.what == "utc_time":
		have = ev.UTC().String()
	case strings.HasPrefix(c.what, "fact "):
		key := strings.TrimPrefix(c.what, "fact ")
		for _, f := range factFields {
			if f.name != key {
				continue
			}
			var buf [4]ecs.Value
			vs := ev.Values(f.field, buf[:0])
			if len(vs) == 0 {
				return "absent", false
			}
			if vs[0].Kind == ecs.KindPending {
				return "", true // derived from the host's history: not in this record
			}
			have = string(vs[0].AppendText(nil))
		}
	default:
		return "not known", false
	}
	return have, have == c.value
}

// second asks golang-evtx what it reads there.
func (r *recordReader) second(rec *evtx.Record, ref Ref, defects map[string]int, fail func(string, ...any)) string {
	if ref.Chunk < 0 {
		return "not asked: outside any chunk"
	}
	buf, at, err := r.log.Slot(int(ref.Chunk), make([]byte, evtx.ChunkSize))
	if err != nil {
		fail("chunk %d cannot be read again: %v", ref.Chunk, err)
		return "not asked"
	}
	theirs, err := goevtx.ReadRecord(buf, ref.Offset-at.Offset)
	if err != nil {
		if d := goevtx.Excuse(err); d != "" {
			defects[string(d)]++
			return "cannot decode: known defect " + string(d)
		}
		return "cannot decode: " + err.Error()
	}
	diffs := goevtx.Compare(viewOf(rec), theirs)
	if bad := goevtx.Mismatches(diffs); len(bad) > 0 {
		for _, d := range bad {
			fail("the decoders disagree on %s: hunt reads %q, golang-evtx %q", d.Field, d.Ours, d.Theirs)
		}
		return "disagrees"
	}
	if len(diffs) == 0 {
		return "agrees"
	}
	var names []string
	for _, d := range diffs {
		defects[string(d.Defect)]++
		names = insertSorted(names, string(d.Defect))
	}
	return "agrees but for known defects: " + strings.Join(names, ", ")
}

// viewOf flattens a record for the comparison.
func viewOf(rec *evtx.Record) goevtx.View {
	v := goevtx.View{EventRecordID: rec.EventRecordID(), EventID: rec.EventID(), Provider: rec.Provider(), Channel: rec.Channel(),
		Computer: rec.Computer(), TimeCreated: uint64(rec.TimeCreated())}
	for f := range rec.Fields() {
		field := goevtx.Field{Name: f.Name, Text: f.Text()}
		if val, ok := f.Value(); ok {
			field.Type = uint8(val.Type)
			for i := 0; val.Type.IsArray() && i < val.Len(); i++ {
				field.Items = append(field.Items, val.Item(i).String())
			}
		}
		v.Data = append(v.Data, field)
	}
	return v
}
