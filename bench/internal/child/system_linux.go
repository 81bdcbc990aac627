package child

import (
	"fmt"
	"os"
	"strconv"
	"strings"
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

// held is the memory that this process holds: its private pages, its share of
// the shared ones (a page that is mapped many times counts once), and its page
// tables.
func held() float64 {
	pages := field("/proc/self/smaps_rollup", "Pss:")
	if pages == 0 {
		return 0
	}
	return pages + field("/proc/self/status", "VmPTE:")
}

// field is a line "key: n kB" of a file, in bytes.
func field(path, key string) float64 {
	b, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == key {
			kib, _ := strconv.ParseFloat(f[1], 64)
			return kib * 1024
		}
	}
	return 0
}
