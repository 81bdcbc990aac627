//go:build !linux

package host_test

// crowd says how much longer than its own processor time a busy thread takes
// here and now; where that cannot be measured, no longer.
func crowd() float64 { return 1 }

// faults says how much longer than a microsecond the system takes to give a page
// of memory; where that is not measured, no longer.
func faults() float64 { return 1 }

// findMemory has the system find memory, where that is known to take long.
func findMemory(int) {}
