package batch

import (
	"strings"
	"testing"
)

func TestAnInputListOfAnythingElseIsRefusedInAShortMessage(t *testing.T) {
	for _, text := range []string{strings.Repeat("a", 1<<20), "a," + strings.Repeat("n", 1<<20),
		"a,b," + strings.Repeat("h", 1<<20)} {
		_, err := readInputs("list.csv", strings.NewReader("x,y,z\n"+text))
		if err == nil || !strings.HasPrefix(err.Error(), "list.csv:2:1: ") || len(err.Error()) > 200 {
			t.Errorf("error %.300v", err)
		}
	}
}
