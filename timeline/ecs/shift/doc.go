// Package shift finds the records whose values are under the names of other fields.
//
// Some records, mostly forwarded ones, lack a value of their event's definition or have one too many, and all
// values after it are under the name of their neighbour: the label S-1-16-16384 is then the name of the parent
// process. The types show it: a SID stands where a path belongs, and the name after it stands where the SID
// belongs.
//
// [Of] describes what the values of a shape of record look like; [Shape.First] returns the first position whose
// value may be a neighbour's. From there on, package [hunt/timeline/ecs] leaves out the fields of the event,
// and hunt.shifted names them; the raw Data stay in documents.
package shift
