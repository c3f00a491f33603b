package verify

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"slices"
	"strings"

	"hunt/report"
	"hunt/report/integrity"
	"hunt/report/record"
	"hunt/timeline/evidence"
)

// Verification is what re-reading the evidence of a report showed.
type Verification struct {
	Report  string               `json:"report"` // its id
	Body    *integrity.BodyCheck `json:"body"`   // of the report itself, from CheckBody
	Files   []FileCheck          `json:"files"`
	Records []RecordCheck        `json:"records"`
	Hits    HitCheck             `json:"hits"`
	Match   bool                 `json:"match"`   // every file and every cited record is what the report says
	Derived Derived              `json:"derived"` // what is said about the records and rests on other records as well
	Rerun   *Comparison          `json:"rerun"`   // with the report made again, from Compare; null if nobody asked
	// known defects of the second decoder that were met, and not held against the evidence
	Defects map[string]int `json:"defects"`
}

// Derived counts what the report says about cited records that these records alone do not tell: values that the
// history of a host settled, such as a parent found by its process id, and texts that quote one.
type Derived struct {
	// of documents: taken from the report, and what is made of them made again and compared
	Values int      `json:"values"`
	Events int      `json:"events"` // that have such values
	Fields []string `json:"fields"` // their names, sorted
	// texts in rows of the timeline that quote such a value, without a document that has it: not compared
	Rows int `json:"rows"`
}

// FileCheck compares a file with the report's inventory.
type FileCheck struct {
	Path   string `json:"path"`
	Found  string `json:"found"` // where it is now, if elsewhere
	SHA256 string `json:"sha256"`
	Result Result `json:"result"` // match | moved | changed | missing
	Detail string `json:"detail"`
}

// RecordCheck compares one cited record with its bytes.
type RecordCheck struct {
	Finding  string     `json:"finding"` // the first that cites it, or "timeline"
	Ref      report.Ref `json:"ref"`
	Result   Result     `json:"result"` // match | mismatch
	Problems []string   `json:"problems"`
	Second   Opinion    `json:"second_decoder"`
}

// Result is what a check found.
type Result string

// The results of checks.
const (
	resultMatch    Result = "match"
	resultMoved    Result = "moved" // same bytes under another name: still a match
	resultChanged  Result = "changed"
	resultMissing  Result = "missing"
	resultMismatch Result = "mismatch"
)

// Evidence hashes the evidence again, re-reads every record that the report cites at its offset, compares its hash
// and what the report says about it, and decodes it with both decoders. What the report says about several records
// together is not looked at: verdicts, titles, trees, coverage. The error is for a context that ended; all else is
// in the Verification.
func Evidence(ctx context.Context, r *report.Report, col *evidence.Collection) (*Verification, error) {
	v := &Verification{Report: r.ID, Match: true, Defects: map[string]int{}, Files: []FileCheck{},
		Records: []RecordCheck{},
		Derived: Derived{Fields: []string{}}}
	cites := citations(r)
	opened, err := v.checkFiles(ctx, r, col)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(cites, func(a, b *citation) int {
		return cmp.Or(strings.Compare(a.ref.File, b.ref.File), cmp.Compare(a.ref.Offset, b.ref.Offset))
	})
	listed := map[fileID]bool{}
	for _, e := range r.Evidence {
		listed[fileID{e.Path, e.SHA256}] = e.SHA256 != ""
	}
	reader := newRecordReader(r, v)
	defer reader.Close()
	if slices.ContainsFunc(cites, func(c *citation) bool { return c.ref.Carved }) {
		reader.lends(r, opened)
	}
	for _, c := range cites {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		id := fileID{c.ref.File, c.ref.SHA256}
		check := RecordCheck{Finding: c.finding, Ref: c.ref, Result: resultMismatch,
			Second: Opinion{Says: record.NotAsked}}
		switch file := opened[id]; {
		case file != nil:
			if err := reader.borrow(ctx, id); err != nil {
				return nil, err
			}
			check = reader.check(c, file)
		case listed[id]:
			check.Problems = []string{"the file is missing"}
		default:
			check.Problems = []string{"the report's inventory has no such file with this hash"}
		}
		v.Records = append(v.Records, check)
		v.Match = v.Match && check.Result == resultMatch
	}
	if v.Hits, err = reader.hits(ctx, r, opened); err != nil {
		return nil, err
	}
	v.Match = v.Match && v.Hits.Wrong == 0
	v.Derived.Fields = reader.derivedFields()
	return v, nil
}

// fileID is a file as a report names it.
type fileID struct {
	path, sha256 string
}

// checkFiles finds and hashes the files of the report's inventory, and returns those that can be read.
func (v *Verification) checkFiles(ctx context.Context, r *report.Report,
	col *evidence.Collection) (map[fileID]*evidence.File, error) {
	hashes := map[*evidence.File]string{}
	opened := map[fileID]*evidence.File{}
	for _, e := range r.Evidence {
		if e.SHA256 == "" {
			continue // could not be read when the report was made
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		check, file := findFile(e, r.Evidence, col, hashes)
		v.Match = v.Match && check.Result != resultChanged && check.Result != resultMissing
		v.Files = append(v.Files, check)
		if file != nil {
			opened[fileID{e.Path, e.SHA256}] = file
		}
	}
	return opened, nil
}

// findFile finds the file of an inventory entry: by its path, else by its hash under another name, unless
// that is the file of an entry of its own: a copy counts only for itself.
func findFile(e report.EvidenceFile, inventory []report.EvidenceFile, col *evidence.Collection,
	hashes map[*evidence.File]string) (FileCheck, *evidence.File) {
	check := FileCheck{Path: e.Path, SHA256: e.SHA256, Result: resultMissing, Detail: "not under the given evidence"}
	var samePath *evidence.File
	for _, f := range col.Files {
		if record.Path(f.Path) == e.Path {
			samePath = f
			if hashOf(f, hashes) == e.SHA256 {
				check.Result, check.Detail = resultMatch, ""
				return check, f
			}
		}
	}
	for _, f := range col.Files {
		path := record.Path(f.Path)
		if f.Size != e.Size || hashOf(f, hashes) != e.SHA256 ||
			slices.ContainsFunc(inventory, func(o report.EvidenceFile) bool {
				return o.Path == path &&
					o.SHA256 == e.SHA256
			}) {
			continue
		}
		check.Result, check.Found, check.Detail = resultMoved, path, "same bytes under another path"
		if samePath != nil {
			check.Detail += "; under its own are others, with the sha256 " + hashOf(samePath, hashes)
		}
		return check, f
	}
	if samePath != nil {
		check.Result, check.Detail = resultChanged, "sha256 is now "+hashOf(samePath, hashes)
		return check, samePath
	}
	return check, nil
}

func hashOf(f *evidence.File, hashes map[*evidence.File]string) string {
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
