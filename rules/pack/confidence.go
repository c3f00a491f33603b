package pack

import (
	"fmt"
	"slices"
)

// Confidence of a finding. It follows from lineage, provenance and rarity, never from the
// rule's name.
type Confidence string

// The confidences.
const (
	High   Confidence = "high"
	Medium Confidence = "medium"
	Low    Confidence = "low"
)

// confidences in descending order.
var confidences = []Confidence{High, Medium, Low}

// ParseConfidence reads a confidence: high, medium or low.
func ParseConfidence(s string) (Confidence, error) {
	if c := Confidence(s); slices.Contains(confidences, c) {
		return c, nil
	}
	return "", fmt.Errorf("unknown confidence %q: use one of high, medium, low", s)
}
