// Package rules runs a pack of rules over evidence and says what they found, what they could not have found, and why.
//
// The shipped rules and how confidence is judged are described in docs/rules.md.
package rules
