// Package syntax reads Sigma rules: rule, correlation and filter documents in YAML 1.2.
//
// Parse converts a file to documents: metadata, log source and, for a rule, its selections and its
// condition. Modifiers are applied while a selection is read, from left to right, so that only
// items remain (a field and the values that it may have) whose values are texts with wildcards,
// numbers, regular expressions, networks, references to other fields. Scalars keep their source
// text: 0x1410, no and 1.50 stay what they are.
//
// The package knows neither logs nor what a field is called in them; packages logsource and sigma
// do. docs/sigma.md is the reference.
package syntax

// Limits on hostile input, in addition to those of package config on YAML.
const (
	// maxDepth bounds the nesting of conditions.
	maxDepth = 100
	// maxValues bounds the values of one item after placeholders and encodings are applied.
	maxValues = 50_000
	// maxConditionLen bounds the length of a condition, in bytes.
	maxConditionLen = 16 << 10
	// maxChosen bounds the combinations for which `N of` stands.
	maxChosen = 10_000
	// maxRegexTotal bounds the elements of all regular expressions of a file, with their
	// repetitions written out, which determine the memory for compiling them.
	maxRegexTotal = 500_000
	// maxErrors bounds the mistakes that are reported for one document.
	maxErrors = 20
)
