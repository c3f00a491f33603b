// Package integrity hashes what a report says, in whatever spelling it is written, and checks that hash.
package integrity
