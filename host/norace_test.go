//go:build !race

package host_test

// slower is how much slower the race detector may make what is measured.
const slower = 1
