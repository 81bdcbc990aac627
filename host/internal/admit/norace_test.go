//go:build !race

package admit_test

// slow is how much slower the race detector may make a measurement.
const slow = 1
