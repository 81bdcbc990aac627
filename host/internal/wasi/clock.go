package wasi

import (
	"math"
	"time"
)

// The virtual clock.
const (
	// Epoch is where the virtual wall clock starts, 2020-01-01T00:00:00Z, in
	// nanoseconds since 1970. It lies in the past so that a granted clock,
	// which takes over after initialisation, is ahead of it.
	Epoch = 1577836800 * uint64(time.Second)

	// Start is where the virtual monotonic clock starts. It is not zero
	// because runtimes take a monotonic zero for a clock that does not work.
	Start = uint64(time.Second)

	// Step is how far each reading moves both virtual clocks: about what a
	// reading costs, so that loops that wait for time to pass end about as
	// soon as they would in the real world.
	Step = uint64(time.Microsecond)

	// Resolution is what clock_res_get answers, and to which granted clocks
	// are cut, in nanoseconds.
	Resolution = uint64(time.Microsecond)

	// lastElapsed is where the virtual clock stands still: both clocks still
	// fit a signed number of nanoseconds there, in April 2262.
	lastElapsed = math.MaxInt64 - Epoch
)

// Clock identifiers of WASI preview 1. The two of processor time read as the
// monotonic clock: a guest is its own process and its only thread.
const (
	clockRealtime = iota
	clockMonotonic
	clockProcess
	clockThread
)

// instant is one moment as both clocks show it.
type instant struct {
	wall, monotonic uint64
}

// now looks at the clocks without moving them.
func (s *System) now() instant {
	at := instant{wall: Epoch + s.elapsed, monotonic: Start + s.elapsed}
	if c := s.grants.Clock; c != nil {
		at.wall = cut(c.Wall())
		at.monotonic += cut(c.Monotonic() - s.origin)
	}
	return at
}

// cut makes a granted reading one that a guest may see.
func cut(nanoseconds int64) uint64 {
	n := uint64(max(nanoseconds, 0))
	return n - n%Resolution
}

// move lets d nanoseconds pass on the virtual clock.
func (s *System) move(d uint64) {
	s.elapsed += min(d, lastElapsed-s.elapsed)
}

// reading returns clock id as at shows it, false if there is no such clock.
func (at instant) reading(id uint32) (uint64, bool) {
	switch id {
	case clockRealtime:
		return at.wall, true
	case clockMonotonic, clockProcess, clockThread:
		return at.monotonic, true
	}
	return 0, false
}

func clockTimeGet(s *System, m memory, p []uint64) (Errno, error) {
	if s.grants.Clock == nil {
		s.move(Step)
	}
	v, ok := s.now().reading(uint32(p[0]))
	if !ok {
		return EINVAL, nil
	}
	return m.put64(uint32(p[2]), v), nil
}

func clockResGet(_ *System, m memory, p []uint64) (Errno, error) {
	if uint32(p[0]) > clockThread {
		return EINVAL, nil
	}
	return m.put64(uint32(p[1]), Resolution), nil
}
