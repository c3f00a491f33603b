// Package evidence finds event logs in what an examiner was given, and opens them.
//
// Collect goes through files and directories, looks at the first bytes of everything, and enters archives, however
// deeply nested. It returns a Collection: the files in a fixed order, each under its path below the argument, so
// that a report does not depend on where the evidence was mounted. Names prove nothing here: a log is what begins
// like one or holds chunks of one; a file that is merely named as a log is listed with a reason.
//
// A File is what the search found and never changes. Open reads it once from the front, OpenRandom at any offset;
// both work for members of archives, which are never unpacked into a named file. What a scan learns of a file (its
// hash, counts, damage) is kept elsewhere, in a ledger.File. Role says what kind of copy a log is, judged by its
// place: live log, shadow copy, archived log. Acquisition is what the records of KAPE and Velociraptor next to the
// logs say about who collected them.
//
// Every byte may come from an attacker. Archives have an allowance for what they unpack to, and every bound that
// applies is counted in the collection's Limits.
package evidence
