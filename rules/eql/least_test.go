package eql

import (
	"strings"
	"testing"
)

func TestOnlyTheLeastIntegerIsReadFromBeyondTheGreatest(t *testing.T) {
	for query, want := range map[string]string{
		"any where substring(process.name, -9223372036854775808) == null":   "",
		"any where substring(process.name, -9223372036854775807.9) != null": "takes a whole number",
		"any where substring(process.name, -9223372036854775809) != null": "the largest number is " +
			"9223372036854775807",
	} {
		_, err := Compile(query, conditionSchema(), Options{})
		text := ""
		if err != nil {
			text = err.Error()
		}
		if (want == "") != (err == nil) || !strings.Contains(text, want) {
			t.Errorf("%s: %v, want %q", query, err, want)
		}
	}
}

func TestAWarningSaysWhetherAComparisonAlwaysOrNeverHolds(t *testing.T) {
	for cond, want := range map[string]string{
		`length(process.name) == "abc"`:       "never",
		`length(process.name) != "abc"`:       "always",
		`length(process.name) in ("abc")`:     "never",
		`length(process.name) not in ("abc")`: "always",
	} {
		p, err := Compile("any where "+cond, conditionSchema(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if w := strings.Join(p.Warnings(), "\n"); !strings.Contains(w, "the comparison "+want+" holds") {
			t.Errorf("%s: %q, want %q", cond, w, want)
		}
	}
}
