package host_test

import (
	"os"
	"runtime"
	"syscall"
	"time"
)

// crowd says how much longer than its own processor time a busy thread takes
// here and now: 1 on a machine that has nothing else to do.
func crowd() float64 {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const enough = 50 * time.Millisecond
	start, cpu := time.Now(), threadTime()
	for threadTime()-cpu < enough {
	}
	return max(1, time.Since(start).Seconds()/enough.Seconds())
}

// findMemory has the system find n bytes that nobody uses. The host of a virtual
// machine takes back what has been free for some seconds, and is slow to give it
// again: 2 ms for a megabyte, during which a guest that touches it, like any other
// code, cannot be stopped. DESIGN.md says so; the rules are about the rest.
func findMemory(n int) {
	b, err := syscall.Mmap(-1, 0, n, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return
	}
	defer func() { _ = syscall.Munmap(b) }()
	const hugePages = 14 // MADV_HUGEPAGE, as guests have them
	_ = syscall.Madvise(b, hugePages)
	for i := 0; i < n; i += os.Getpagesize() {
		b[i] = 1
	}
}

// faults says how much longer than a microsecond the system takes to give a page
// of memory: up to 1 on hardware, 10 and more on some virtual machines.
func faults() float64 {
	const pages, size = 512, 4096
	b, err := syscall.Mmap(-1, 0, pages*size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return 1
	}
	defer func() { _ = syscall.Munmap(b) }()
	start := time.Now()
	for i := 0; i < len(b); i += size {
		b[i] = 1
	}
	return max(1, float64(time.Since(start).Microseconds())/pages)
}

// threadTime is the processor time of this thread.
func threadTime() time.Duration {
	const thread = 1 // RUSAGE_THREAD
	var u syscall.Rusage
	_ = syscall.Getrusage(thread, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
