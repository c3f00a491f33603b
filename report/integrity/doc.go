// Package integrity hashes the content of a report, however its JSON is laid out, and checks that hash.
package integrity
