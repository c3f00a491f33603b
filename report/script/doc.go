// Package script writes PowerShell scripts that logs hold as files that can be read, searched and hashed: script
// blocks whole, and command lines of PowerShell that carry encoded commands, each beside what it holds once it is
// decoded.
//
// A directory holds
//
//	index.csv, index.json   what was logged when, on which host, by whom, and in which file it is
//	scripts/HASH.ps1.txt    each text once, byte for byte; HASH is the beginning of its SHA-256
//	decoded/HASH.txt        what the text carries in encoded form, layer by layer
//
// Names of files are made of hashes alone, and end in .txt, so that nothing in a log can choose a place or
// have itself run by a double click.
package script
