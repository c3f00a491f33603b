package search

import (
	"strconv"
	"testing"

	"hunt/evtx/binxml"
)

func TestNumbersOfNamesakesAreSearchedForUpToTheLargestThatARecordCanHave(t *testing.T) {
	largest := binxml.MaxOutput / len(`"a":"",`) // members of one name
	for text, want := range map[string]bool{
		"1": true, "_1": true, "_": true, "Data_12": true, strconv.Itoa(largest): true,
		"Data_" + strconv.Itoa(largest): true,
		strconv.Itoa(10 * largest):      false, "Data_4711235": false, "4711235": false, "Data12": false,
		"12a": false, "a": false,
	} {
		if got := isNumbered(text); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}
