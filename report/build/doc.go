// Package build makes a report from a result. It reads the cited records and their surroundings again from the
// evidence, and writes every text that a person reads; the writers only lay it out.
package build
