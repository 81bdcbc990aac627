package meter_test

import (
	"time"

	"golang.org/x/sys/unix"
)

// threadTime is the processor time of the thread, which other work on the machine does not lengthen.
func threadTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		panic(err)
	}
	return time.Duration(t.Nano())
}
