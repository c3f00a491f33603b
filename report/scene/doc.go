// Package scene says what the events of an incident did to what: which process started which, what wrote a file and
// what ran it, who logged on to where, what connected to which address.
//
// [Scene.Deeds] reads what was done from the events of an incident and from the logons that it moved by; [Draw]
// gathers that into a [report.Picture] that a reader can take in: at most twelve lanes and sixty objects. What is
// alike is folded and counted, first what says least.
package scene
