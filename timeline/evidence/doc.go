// Package evidence finds event logs in what an examiner was given, and opens them.
//
// Collect goes through files and directories, looks at the first bytes of everything, and enters
// archives, however deep they lie in each other. It gives a Collection: the files in a fixed order,
// each under the path that it has below the argument, so that a report does not depend on where the
// evidence was mounted. A name proves nothing here. A log is what begins as one or holds chunks of
// one; what is only named as one is listed with a reason.
//
// A File is what the search found and never changes. Open reads it once from the front, OpenRandom at any offset;
// both work for members of archives, which are unpacked into no file with a name. What a scan learns of a file (its
// hash, counts, damage) is the scan's own account, timeline.File. Role says what kind of copy the place of a log
// makes it: live log, shadow copy, archived log. Acquisition is what the records of KAPE and Velociraptor beside
// the logs say about who collected them.
//
// Every byte is an attacker's. Archives have an allowance for what they unpack to, and every bound
// that bites is counted in the collection's Limits.
package evidence
