// Package diff compares two reports of one case: what a new wave of evidence, other rules or another
// version of hunt added, changed or took away.
//
// Findings are paired by their ids, which rule and evidence make. A finding whose id moved, because an
// earlier event joined its run, is paired with the finding of the same rule that rests on the same records;
// an incident whose id moved with the one that shares most of its findings. Texts alone make no difference:
// versions word the same thing differently.
package diff
