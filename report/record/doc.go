// Package record writes what a report says about a single record: as evidence, as a row of the timeline, as a step
// of provenance. All of it follows from the record alone, so that verify can make it again and compare.
package record
