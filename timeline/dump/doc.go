// Package dump writes the records of evidence as JSON lines, in the layout of evtx_dump, or as XML: live
// records in the order of their files, then those that can be carved, without duplicates.
//
// A [Writer] decodes the slots of a file on several goroutines and writes them in the order of the file,
// in bounded memory.
package dump
