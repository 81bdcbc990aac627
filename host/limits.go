package host

import (
	"fmt"
	"math"
	"time"
)

// Limits bounds what one task may use. The zero value of each field means its
// default; there is no "unlimited".
type Limits struct {
	// Memory is the size, in bytes, that a guest's linear memory may reach.
	// Default 64 MiB; at most 4 GiB, which is all that 32-bit WebAssembly can
	// address. A module whose minimum is larger is rejected. As much again, and
	// 16 MiB, is what the sub-tasks of a run, of all generations, may make the
	// host keep in arguments, results and 64 KiB for each that has begun.
	Memory int64
	// Timeout bounds the time from the start of a run, or of an attempt when
	// the task is retried, to its end; waiting for a slot or for dependencies
	// does not count. It bounds the boot of a module, too. Default 10 s.
	Timeout time.Duration
	// Fuel bounds the work of a run, or of an attempt when the task is retried,
	// in units of about one instruction; its sub-tasks share it. The same task on the same arguments burns the same fuel on every
	// machine. Default 10^12, far above what the default Timeout lets through.
	Fuel uint64
	// Result bounds, in bytes, the encoded response of a task, the request of
	// a host call, and the responses of host calls that the guest has not yet
	// taken. Default 16 MiB.
	Result int
	// Logs bounds, in bytes, what is kept of the log of one run. What is over
	// it is dropped and counted. Default 1 MiB.
	Logs int
	// HostCalls bounds the calls of one run to granted functions.
	// Default 10,000.
	HostCalls int
}

// The defaults of [Limits].
const (
	DefaultMemory    = 64 << 20
	DefaultTimeout   = 10 * time.Second
	DefaultFuel      = 1_000_000_000_000
	DefaultResult    = 16 << 20
	DefaultLogs      = 1 << 20
	DefaultHostCalls = 10_000
)

const (
	wasmPage  = 64 << 10
	maxMemory = 4 << 30
)

// or fills the zero fields of l from d.
func (l Limits) or(d Limits) Limits {
	if l.Memory == 0 {
		l.Memory = d.Memory
	}
	if l.Timeout == 0 {
		l.Timeout = d.Timeout
	}
	if l.Fuel == 0 {
		l.Fuel = d.Fuel
	}
	if l.Result == 0 {
		l.Result = d.Result
	}
	if l.Logs == 0 {
		l.Logs = d.Logs
	}
	if l.HostCalls == 0 {
		l.HostCalls = d.HostCalls
	}
	return l
}

// within gives the lower of each field of l and m.
func (l Limits) within(m Limits) Limits {
	return Limits{
		Memory:    min(l.Memory, m.Memory),
		Timeout:   min(l.Timeout, m.Timeout),
		Fuel:      min(l.Fuel, m.Fuel),
		Result:    min(l.Result, m.Result),
		Logs:      min(l.Logs, m.Logs),
		HostCalls: min(l.HostCalls, m.HostCalls),
	}
}

var defaultLimits = Limits{
	Memory:    DefaultMemory,
	Timeout:   DefaultTimeout,
	Fuel:      DefaultFuel,
	Result:    DefaultResult,
	Logs:      DefaultLogs,
	HostCalls: DefaultHostCalls,
}

// validate refuses what no default can mend.
func (l Limits) validate() error {
	switch {
	case l.Memory < wasmPage || l.Memory > maxMemory:
		return fmt.Errorf("host: Limits.Memory of %d bytes: want between 64 KiB and 4 GiB", l.Memory)
	case l.Timeout < 0:
		return fmt.Errorf("host: Limits.Timeout of %v: want a positive duration", l.Timeout)
	case l.Fuel > math.MaxInt64:
		return fmt.Errorf("host: Limits.Fuel of %d: want at most 2^63-1", l.Fuel)
	case l.Result < 16 || l.Result > math.MaxInt32:
		return fmt.Errorf("host: Limits.Result of %d bytes: want between 16 bytes and 2 GiB", l.Result)
	case l.Logs < 0:
		return fmt.Errorf("host: Limits.Logs of %d bytes: want a positive size", l.Logs)
	case l.HostCalls < 0:
		return fmt.Errorf("host: Limits.HostCalls of %d: want a positive number", l.HostCalls)
	}
	return nil
}
