package casetest

import (
	"strings"
	"testing"
)

func TestEveryCaseOfTheLibraryPasses(t *testing.T) {
	var out strings.Builder
	failed, err := Run(t.Context(), &out, nil, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if failed || !strings.Contains(out.String(), " 0 failed; 0 rules have no case\n") {
		t.Error(out.String())
	}
}
