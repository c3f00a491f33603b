package report_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"hunt/evtx"
	"hunt/report"
	"hunt/report/integrity"
	"hunt/report/reporttest"
)

var update = flag.Bool("update", false, "rewrite docs/report.schema.json from the model")

const schemaFile = "../docs/report.schema.json"

// Patterns and word lists that the model's comments promise, by type and JSON name.
var (
	times  = map[string]any{"type": []string{"string", "null"}, "pattern": `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$`}
	sha    = map[string]any{"type": "string", "pattern": "^([0-9a-f]{64})?$"}
	limits = map[string]map[string]any{
		"Report.schema":       {"const": report.Schema},
		"Integrity.algorithm": {"const": integrity.BodyAlgorithm},
		"Integrity.body":      {"type": "string", "pattern": "^[0-9a-f]{64}$"},
		"Rule.status":         {"enum": []string{"ran", "skipped"}},
		"Rule.severity":       {"enum": []string{"critical", "high", "medium", "low", "info"}},
		"RuleRef.severity":    {"enum": []string{"critical", "high", "medium", "low", "info"}},
		"Host.severity":       {"enum": []string{"", "critical", "high", "medium", "low", "info"}},
		"Summary.severity":    {"enum": []string{"", "critical", "high", "medium", "low", "info"}},
		"Incident.severity":   {"enum": []string{"critical", "high", "medium"}},
		"Incident.confidence": {"enum": []string{"high", "medium", "low"}},
		"Incident.chain":      {"enum": []string{"linked chain", "incomplete chain", "single event"}},
		"Impact.kind": {"enum": []string{"credential access", "lateral movement", "persistence",
			"defences weakened", "impact"}},
		"Edge.kind": {"enum": []string{"same event", "same process", "same script block", "lineage",
			"artefact", "session", "movement", "burst", "indicator", "account", "case file"}},
		"TimelineRow.severity": {"enum": []string{"", "critical", "high", "medium", "low", "info"}},
		"Finding.status":       {"enum": []string{"finding", "suppressed", "partial"}},
		"Finding.confidence":   {"enum": []string{"high", "medium", "low"}},
		"Finding.verdict":      {"enum": []string{"linked chain", "incomplete chain", "single event"}},
		"Summary.verdict": {"enum": []string{"linked chain", "incomplete chain", "single event",
			"no finding in what could be seen", "nothing could have been found"}},
		"Finding.id":            {"type": "string", "minLength": 1},
		"Provenance.kind":       {"enum": []string{"url", "file", "execution", "network"}},
		"Sight.state":           {"enum": []string{"partly seen", "possible", "not seen"}},
		"SourceCoverage.state":  {"enum": []string{"present", "partly", "absent", "cleared", "rolled over"}},
		"FileAccounting.status": {"enum": []string{"read", "damaged", "unreadable", "not EVTX"}},
		"Absence.covered":       {"enum": []string{"full", "partial", "none"}},
		"Unseen.cause": {"enum": []string{"source not logged", "outside the filter", "before the log",
			"end of log", "end of evidence", "cleared", "record ids missing", "silent", "logging stopped", "damaged",
			"not audited", "events dropped"}},
		"Incident.status": {"enum": []string{"suspected", "confirmed", "dismissed"}},
		"Decision.kind":   {"enum": []string{"describe", "join", "split"}},
		"Decision.status": {"enum": []string{"suspected", "confirmed", "dismissed"}},
		"Change.state":    {"enum": []string{"new", "changed", "gone"}},
		"Ref.sha256":      sha,
		"RunFile.sha256":  sha,
		"RunFile.option": {"enum": []string{"rules", "tuning", "case", "merge-hosts", report.OptionPlaceholders,
			report.OptionPrevious}},
		"Ref.payload_sha256":  sha,
		"EvidenceFile.sha256": sha,
		"Event.document":      {"type": []string{"object", "null"}},
	}
)

// schemaOf derives the schema from the model, so that the two cannot drift apart. The
// comments of the model become descriptions.
func schemaOf(t *testing.T) []byte {
	docs := comments(t)
	defs := map[string]any{}
	var build func(reflect.Type) any
	build = func(rt reflect.Type) any {
		switch rt {
		case reflect.TypeFor[*evtx.Filetime]():
			return map[string]any{"$ref": "#/$defs/time"}
		case reflect.TypeFor[report.Candidate]():
			text := map[string]any{"type": "string"}
			return map[string]any{"type": "object", "additionalProperties": false,
				"required":   []string{"stage", "label", "event"},
				"properties": map[string]any{"stage": map[string]any{"type": "integer"}, "label": text, "event": text}}
		case reflect.TypeFor[report.Hits]():
			return map[string]any{"type": "array",
				"items": map[string]any{"type": "array", "minItems": 3, "maxItems": 3,
					"items": map[string]any{"type": "integer", "minimum": 0}}}
		}
		switch rt.Kind() {
		case reflect.Pointer:
			return map[string]any{"anyOf": []any{build(rt.Elem()), map[string]any{"type": "null"}}}
		case reflect.Slice:
			return map[string]any{"type": "array", "items": build(rt.Elem())}
		case reflect.Map:
			return map[string]any{"type": "object", "additionalProperties": build(rt.Elem())}
		case reflect.String:
			return map[string]any{"type": "string"}
		case reflect.Bool:
			return map[string]any{"type": "boolean"}
		case reflect.Uint64:
			return map[string]any{"type": "integer", "minimum": 0}
		case reflect.Int, reflect.Int32, reflect.Int64:
			return map[string]any{"type": "integer"}
		case reflect.Struct:
		default:
			t.Fatalf("no schema for %s", rt)
		}
		if _, ok := defs[rt.Name()]; !ok {
			props, required := map[string]any{}, []string{}
			def := map[string]any{"type": "object", "additionalProperties": false, "properties": props}
			if d := docs[rt.Name()]; d != "" {
				def["description"] = d
			}
			defs[rt.Name()] = def
			for _, f := range reflect.VisibleFields(rt) {
				if f.Anonymous {
					continue
				}
				name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
				if name == "-" {
					continue
				}
				owner := rt.Name()
				if len(f.Index) > 1 {
					owner = rt.Field(f.Index[0]).Type.Name()
				}
				p, ok := any(limits[owner+"."+name]), limits[owner+"."+name] != nil
				if !ok {
					p = build(f.Type)
				}
				if d := docs[owner+"."+f.Name]; d != "" {
					copied := map[string]any{"description": d}
					for k, v := range p.(map[string]any) {
						copied[k] = v
					}
					p = copied
				}
				props[name] = p
				if options != "omitempty" {
					required = append(required, name)
				}
			}
			def["required"] = required
		}
		return map[string]any{"$ref": "#/$defs/" + rt.Name()}
	}
	build(reflect.TypeFor[report.Report]())
	defs["time"] = times
	root := defs["Report"].(map[string]any)
	delete(defs, "Report")
	root["$schema"], root["$id"], root["title"], root["$defs"] = "https://json-schema.org/draft/2020-12/schema",
		"urn:hunt:report:2", "hunt report", defs
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(root); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// comments reads the comments of the model's types and fields.
func comments(t *testing.T) map[string]string {
	out := map[string]string{}
	files, err := filepath.Glob("*.go")
	changes, err2 := filepath.Glob("change/*.go")
	decisions, err3 := filepath.Glob("decision/*.go")
	sights, err4 := filepath.Glob("sight/*.go")
	if err := errors.Join(err, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	files = slices.Concat(files, changes, decisions, sights)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if g, ok := d.(*ast.GenDecl); ok {
				typeComments(g, out)
			}
		}
	}
	return out
}

// typeComments adds the comments of declared types: above a type, and above or behind a field.
func typeComments(g *ast.GenDecl, out map[string]string) {
	text := func(g *ast.CommentGroup) string { return strings.Join(strings.Fields(g.Text()), " ") }
	for _, s := range g.Specs {
		ts, ok := s.(*ast.TypeSpec)
		if !ok {
			continue
		}
		out[ts.Name.Name] = text(g.Doc)
		st, ok := ts.Type.(*ast.StructType)
		if !ok {
			continue
		}
		for _, f := range st.Fields.List {
			for _, n := range f.Names {
				out[ts.Name.Name+"."+n.Name] = cmp.Or(text(f.Comment), text(f.Doc))
			}
		}
	}
}

func TestSchemaFileFollowsTheModel(t *testing.T) {
	want := schemaOf(t)
	if *update {
		if err := os.MkdirAll(filepath.Dir(schemaFile), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(schemaFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, want) {
		t.Errorf("%s is not what the model says; run go test ./report -run Schema -update", schemaFile)
	}
}

func compileSchema(t *testing.T) *jsonschema.Schema {
	s, err := jsonschema.NewCompiler().Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func decodeAny(t *testing.T, b []byte) any {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestEveryReportIsValidByTheSchema(t *testing.T) {
	schema := compileSchema(t)
	for name, r := range map[string]*report.Report{
		"rich": reporttest.Rich(), "nothing found": reporttest.Nothing(), "blind": reporttest.Blind(),
		"nothing readable": reporttest.Empty(), "attacked": reporttest.Attacked(),
	} {
		if err := schema.Validate(decodeAny(t, reporttest.WriteJSON(t, r))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The schema must be able to say no, or the test above proves nothing.
func TestSchemaRefusesWhatTheModelForbids(t *testing.T) {
	schema := compileSchema(t)
	for name, spoil := range map[string]func(m map[string]any){
		"null list":            func(m map[string]any) { m["findings"] = nil },
		"missing list":         func(m map[string]any) { delete(m, "timeline") },
		"unknown member":       func(m map[string]any) { m["extra"] = 1 },
		"other schema":         func(m map[string]any) { m["schema"] = "hunt.report/1" },
		"unknown status":       func(m map[string]any) { finding(m)["status"] = "maybe" },
		"unknown confidence":   func(m map[string]any) { finding(m)["confidence"] = "certain" },
		"time with six digits": func(m map[string]any) { finding(m)["start"] = "2026-03-11T14:03:22.123456Z" },
		"local time":           func(m map[string]any) { finding(m)["start"] = "2026-03-11T14:03:22.1234567+01:00" },
		"short hash":           func(m map[string]any) { anEvidence(m)["ref"].(map[string]any)["sha256"] = "ab12" },
		"negative record id": func(m map[string]any) {
			anEvidence(m)["ref"].(map[string]any)["event_record_id"] = -1
		},
		"hit of two numbers": func(m map[string]any) { finding(m)["hits"] = []any{[]any{0, 512}} },
		"event as object":    func(m map[string]any) { anEvidence(m)["event"] = map[string]any{} },
		"document as text":   func(m map[string]any) { m["events"].([]any)[0].(map[string]any)["document"] = "{}" },
	} {
		m := decodeAny(t, reporttest.WriteJSON(t, reporttest.Rich())).(map[string]any)
		spoil(m)
		if schema.Validate(m) == nil {
			t.Errorf("%s: the schema accepts it", name)
		}
	}
}

func finding(m map[string]any) map[string]any {
	return m["findings"].([]any)[0].(map[string]any)
}

func anEvidence(m map[string]any) map[string]any {
	return finding(m)["evidence"].([]any)[0].(map[string]any)
}
