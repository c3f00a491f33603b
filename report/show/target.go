package show

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"hunt/evtx"
	"hunt/report"
	"hunt/rules"
	"hunt/timeline/evidence"
)

// Target is what is to be shown: a finding, or one record or several of a file.
type Target struct {
	Text    string
	Finding string // its id
	File    string // path of a file, or the end of one
	Offset  int64  // of the record, or of a byte in it; -1: by number
	Record  uint64 // EventRecordID
	ID      string // of a record in the results of a query; "" if the target names a file or a finding
}

// idForm is the form of export.DocumentID: computer, channel, EventRecordID, hash.
var idForm = regexp.MustCompile(`^[^/]*/.+/([0-9]{1,20})/[0-9a-f]{8}$`)

// ParseTarget reads F-…, FILE:OFFSET, FILE#RECORD or the id of a record. An offset is decimal, or hexadecimal with 0x.
func ParseTarget(text string) (Target, error) {
	t := Target{Text: text, Offset: -1}
	id := idForm.FindStringSubmatch(text)
	if id == nil && strings.HasPrefix(strings.ToUpper(text), "F-") && !strings.ContainsAny(text, "#:") {
		t.Finding = text
		return t, nil
	}
	wrong := fmt.Errorf("invalid %q: write FILE#RECORD, FILE:OFFSET, the id of a record in the results of a query or "+
		"the id of a finding, such as Security.evtx#4711, Security.evtx:0x1200, ws-01/Security/4711/4c904aa0 or F-1a2b",
		text)
	if id != nil {
		var err error
		if t.Record, err = strconv.ParseUint(id[1], 10, 64); err != nil {
			return t, wrong
		}
		t.ID = text
		return t, nil
	}
	i := strings.LastIndexAny(text, "#:")
	if i <= 0 || i == len(text)-1 {
		return t, wrong
	}
	var err error
	t.File = strings.ReplaceAll(text[:i], `\`, "/")
	if text[i] == '#' {
		t.Record, err = strconv.ParseUint(text[i+1:], 10, 64)
	} else {
		t.Offset, err = strconv.ParseInt(text[i+1:], 0, 64)
	}
	if err != nil || text[i] == ':' && t.Offset < 0 {
		return t, wrong
	}
	return t, nil
}

// file returns the file of the collection that a path means: the path as hunt shows it, or the end of
// one.
func file(col *evidence.Collection, name string) (found *evidence.File, index int, err error) {
	var all []string
	for i, f := range col.Files {
		switch {
		case f.Path == name:
			return f, i, nil
		case strings.EqualFold(f.Path, name) || hasEnd(f.Path, name) || hasEnd(name, f.Path):
			found, index = f, i
			all = append(all, f.Path)
		}
	}
	switch len(all) {
	case 1:
		return found, index, nil
	case 0:
		for _, f := range col.Files {
			all = append(all, f.Path)
		}
		return nil, 0, fmt.Errorf("no file is called %q; there are %s", name, several(all))
	}
	return nil, 0, fmt.Errorf("%d files are called %q: %s; give more of the path", len(all), name, several(all))
}

// maxNamed bounds the files that an error names.
const maxNamed = 10

func several(paths []string) string {
	names := slices.Clone(paths[:min(len(paths), maxNamed)])
	if more := len(paths) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}

// hasEnd reports whether a path ends with all parts of another.
func hasEnd(whole, end string) bool {
	whole, end = strings.ToLower(whole), strings.ToLower(path.Clean(end))
	return strings.HasSuffix(whole, "/"+end) || strings.HasSuffix(whole, "!/"+end)
}

// Targets returns the records of a finding as targets, each once, in the order of its evidence.
func Targets(rep *report.Report, id string) ([]Target, error) {
	for i := range rep.Findings {
		f := &rep.Findings[i]
		if !strings.EqualFold(f.ID, id) {
			continue
		}
		var out []Target
		seen := map[report.Place]bool{}
		for _, e := range f.Evidence {
			if e.Missing || e.Ref.File == "" || seen[e.Ref.Place()] {
				continue
			}
			seen[e.Ref.Place()] = true
			out = append(out, Target{Text: stepText(f.ID, e.Stage, e.Message), File: e.Ref.File,
				Offset: e.Ref.Offset})
		}
		if len(out) == 0 {
			return nil, fmt.Errorf("the finding %s cites no record", id)
		}
		return out, nil
	}
	return nil, fmt.Errorf("the report has no finding %s (it has %d)", id, len(rep.Findings))
}

// Finding returns the finding with an id.
func Finding(res *rules.Result, id string) (*rules.Finding, error) {
	for _, f := range res.Findings {
		if strings.EqualFold(f.ID, id) {
			return f, nil
		}
	}
	return nil, fmt.Errorf("no finding has the id %q (there are %d); give the --evtx, --rules, --host, --from, --to "+
		"and --carved that the report with this id was made with", id, len(res.Findings))
}

// Cited returns what Targets returns of a finding that was not yet reported. file gives the paths of files.
func Cited(f *rules.Finding, file func(int32) string) (out []Target, err error) {
	seen := map[evtx.Ref]bool{}
	for _, e := range f.Evidence {
		if e.Event == nil || seen[e.Event.Ref] {
			continue
		}
		seen[e.Event.Ref] = true
		out = append(out, Target{Text: stepText(f.ID, e.Stage, e.Event.Message()), File: file(e.Event.Ref.File),
			Offset: e.Event.Ref.Offset})
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("the finding %s cites no record", f.ID)
	}
	return out, nil
}

// stepText says which step of a finding a record is.
func stepText(finding string, stage int, message string) string {
	return fmt.Sprintf("%s, step %d: %s", finding, stage+1, message)
}
