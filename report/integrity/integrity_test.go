package integrity_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"hunt/report"
	"hunt/report/build"
	"hunt/report/integrity"
	"hunt/report/reporttest"
	"hunt/report/xlsx"
	"hunt/rules"
)

// recipe is the one of docs/json-report.md, with which anybody can compute the hash of a report.
const recipe = `import json,hashlib,sys; d=json.load(open(sys.argv[1])); d.pop("integrity"); print(hashlib.sha256(json.dumps(d,sort_keys=True,separators=(",",":")).encode()).hexdigest())`

func TestTheDocumentHasTheRecipe(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join("..", "..", "docs", "json-report.md"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(doc, []byte(recipe)) {
		t.Error("docs/json-report.md has another recipe than the one that is tested")
	}
}

// independent hashes a report with another language's JSON.
func independent(t *testing.T, data []byte) string {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		if os.Getenv("HUNT_REQUIRE") != "" {
			t.Fatal("no python3")
		}
		t.Skip("SKIPPED: no python3 to compute the hash with")
	}
	name := filepath.Join(t.TempDir(), "r.json")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(python, "-c", recipe, name).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return strings.TrimSpace(string(out))
}

func sealed(t *testing.T, r *report.Report) []byte {
	t.Helper()
	if err := integrity.Seal(r); err != nil {
		t.Fatal(err)
	}
	return reporttest.WriteJSON(t, r)
}

func TestAThirdPartyComputesTheHashOfAReport(t *testing.T) {
	w := reporttest.NewWorld(t)
	reporttest.Attack(w)
	for name, r := range map[string]*report.Report{
		"rich": reporttest.Rich(), "attacked": reporttest.Attacked(), "empty": reporttest.Empty(),
		"large": reporttest.Large(200, 2000),
		"built": w.Report(build.Options{}, rules.Options{}),
	} {
		data := sealed(t, r)
		check, err := integrity.CheckBody(data)
		if err != nil {
			t.Fatal(err)
		}
		if check.Result != "match" || check.Said != r.Integrity.Body {
			t.Errorf("%s: %+v", name, check)
		}
		if want := independent(t, data); check.Have != want {
			t.Errorf("%s: hash %s, python says %s", name, check.Have, want)
		}
	}
}

// What a reader of JSON takes for the same has the same hash, and what it takes for something else has another.
func TestTheHashIsOfWhatAReportSaysNotOfItsSpelling(t *testing.T) {
	for _, c := range []string{
		`{"b":1,"a":[1,2, {"y":null,"x":true}]}`,
		"{\"a\":\"\\u00e9\U0001F600\\ud83d\\ude00\\/\x7f\\u007f\u2028\\b\\f\\u0008\\u000c\\n\\u000a\\u0001\\\"\\\\\"}",
		`{"é":1,"e":2,"\u00e8":3,"😀":4,"\uffff":5,"a\"":6,"a":7}`,
		`{"a":{"x":1,"y":2,"x":3},"n":18446744073709551615,"m":-12}`,
		"{ \"a\" : [ ] , \"b\" : { } ,\r\n\t\"c\" : [ { } , [ ] ] }",
		`{"a":"\ud800","b":"x\udc00y"}`, `{}`,
	} {
		check, err := integrity.CheckBody([]byte(c))
		if err != nil {
			t.Fatalf("%s: %v", c, err)
		}
		with := strings.TrimSuffix(c, "}") + `,"integrity":{"algorithm":"x","body":"y"}}`
		if c == "{}" {
			with = `{"integrity":{}}`
		}
		if want := independent(t, []byte(with)); check.Have != want || check.Result != "absent" {
			t.Errorf("%s: %+v, python says %s", c, check, want)
		}
	}
}

func TestAnEditedReportIsFoundByItsHash(t *testing.T) {
	data := sealed(t, reporttest.Rich())
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, data, "", "    "); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		result integrity.BodyResult
		data   []byte
	}{
		{"as written", "match", data},
		{"written in another way", "match", pretty.Bytes()},
		{"a severity", "mismatch", bytes.Replace(data, []byte(`"severity":"high"`), []byte(`"severity":"low"`), 1)},
		{"another member", "mismatch", bytes.Replace(data, []byte("{\n"), []byte("{\n \"findngs\": [],\n"), 1)},
		{"another member, spelt like one that is there", "mismatch",
			bytes.Replace(data, []byte("{\n"), []byte("{\n \"Findings\": [],\n"), 1)},
		{"no hash", "absent", bytes.Replace(data, []byte(`"integrity"`), []byte(`"integrty"`), 1)},
		{"no hash, of a hunt that writes one", "removed", []byte(`{"tool":{"run":{}}}`)},
		{"null for a hash", "absent", []byte(`{"integrity":null}`)},
		{"another algorithm", "unknown", bytes.Replace(data, []byte(integrity.BodyAlgorithm), []byte("md5"), 1)},
	} {
		check, err := integrity.CheckBody(c.data)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if check.Result != c.result {
			t.Errorf("%s: %+v, want %s", c.name, check, c.result)
		}
	}
	for name, bad := range map[string]string{
		"a member twice": `{"findings":[],"findings":[1]}`, "more behind it": `{} {}`, "half of one": `{"a":[1,`,
		"a list": `[]`, "nothing": ``,
		"deep": `{"a":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`,
	} {
		if check, err := integrity.CheckBody([]byte(bad)); err == nil {
			t.Errorf("%s: %+v and no error", name, check)
		}
	}
}

// The three views carry one hash, so that they are known to be of one report.
func TestTheThreeReportsCarryTheSameHash(t *testing.T) {
	r := reporttest.Rich()
	data := sealed(t, r)
	if !bytes.Contains(data, []byte(r.Integrity.Body)) {
		t.Error("not in the JSON report")
	}
	if page := reporttest.WriteHTML(t, r); !strings.Contains(reporttest.PageText(t, page), r.Integrity.Body) {
		t.Error("not on the page")
	}
	book, _ := reporttest.OpenXLSX(t, r, xlsx.Options{})
	rows, err := book.GetRows("About")
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, row := range rows {
		found = found || len(row) > 1 && row[1] == r.Integrity.Body
	}
	if !found {
		t.Error("not in the workbook")
	}
}
