//go:build race

package eql

// raceDetector is on: the pools of package regexp then drop memory at random, so allocations cannot be counted.
const raceDetector = true
