//go:build race

package linalg

// The race detector makes sync.Pool drop items, so that products allocate.
const raceDetector = true
