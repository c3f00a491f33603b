package rules

import (
	"testing"
)

func TestTheLibraryLoads(t *testing.T) {
	p, err := Load(Sources{})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(len(p.Rules), len(p.Exceptions), len(p.Tools), p.Hash)
}
