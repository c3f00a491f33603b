// Package terminal writes a report for the screen: the summary that an analyst reads in ten seconds, and
// the table of findings.
package terminal
