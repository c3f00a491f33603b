package xlsx_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"hunt/report"
	"hunt/report/format"
	"hunt/report/reporttest"
	"hunt/report/xlsx"
)

// Excel offers to repair a workbook that is not what the standard says; no program but
// Excel shows when. So every part is held against the schemas of ECMA-376.
// HUNT_OOXML is the directory that testdata/ooxml/pom.xml was resolved into.
func TestEveryPartOfAWorkbookIsValidByTheSchema(t *testing.T) {
	jars := os.Getenv("HUNT_OOXML")
	if jars == "" {
		required(t, "HUNT_OOXML does not name the directory of the schemas; .ci/run shows how to make it")
	}
	java, err := exec.LookPath("java")
	if err != nil {
		required(t, "java is not installed")
	}
	args := []string{"-cp", filepath.Join(jars, "*"), filepath.Join("testdata", "ooxml", "Validate.java")}
	for name, r := range map[string]*report.Report{
		"rich": reporttest.Rich(), "nothing": reporttest.Nothing(), "blind": reporttest.Blind(),
		"empty": reporttest.Empty(), "attacked": reporttest.Attacked(), "large": reporttest.Large(40, 2_000),
	} {
		o := xlsx.Options{}
		if name == "large" {
			o = xlsx.Options{Rows: 700, MaxRows: 1_900} // rolled over and cut
		}
		file := filepath.Join(t.TempDir(), name+".xlsx")
		reporttest.Write(t, file, r, format.Options{XLSX: o})
		args = append(args, file)
	}
	out, err := exec.Command(java, args...).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "\n0 errors") {
		t.Errorf("%v\n%s", err, out)
	}
}
