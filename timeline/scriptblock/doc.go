// Package scriptblock joins the parts of PowerShell script blocks.
//
// PowerShell cuts a script that is longer than a record into parts and logs each as an event 4104 with the
// same ScriptBlockId, a MessageNumber and a MessageTotal. A Joiner takes parts in any order, keeps them in
// memory up to a bound and then in a temporary file, and yields the blocks whole, each with a list of what
// is missing: parts can be in a log that was rolled over, or were never logged.
//
// The numbers and the text of a part are those of the record. A record can be forged: a block can claim any
// number of parts, and two parts can have the same number. Both are reported, and no text is left out.
package scriptblock
