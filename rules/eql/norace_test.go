//go:build !race

package eql

const raceDetector = false
