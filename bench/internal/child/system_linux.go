package child

import (
	"bytes"
	"fmt"
	"os"
	"syscall"
)

const rlimitData = 2

// limitMemory bounds the private writable memory of this process, so that a
// guest cannot take the machine with it.
func limitMemory(n uint64) {
	if err := syscall.Setrlimit(rlimitData, &syscall.Rlimit{Cur: n, Max: n}); err != nil {
		fmt.Fprintln(os.Stderr, "child: memory is not limited:", err)
	}
}

// proportional is the sum of the private pages and of this process's share of
// the shared ones, a page that is mapped many times counting once.
func proportional() float64 {
	b, err := os.ReadFile("/proc/self/smaps_rollup")
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(b) {
		var kib float64
		if n, _ := fmt.Sscanf(string(line), "Pss: %f kB", &kib); n == 1 {
			return kib * 1024
		}
	}
	return 0
}
