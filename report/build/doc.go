// Package build makes the report of a result. It reads the cited records and their surroundings again from
// the evidence, and words everything that a person reads; the writers only lay that out.
package build
