// Package build makes a report from a result. It reads the cited records and their surroundings again from the
// evidence, and writes every text that people read; the writers only lay it out.
package build
