package wasi

import (
	"math/rand/v2"
	"time"

	"github.com/pledge-wasm/pledge/host/internal/logs"
)

// Costs in the units of [Host.Charge], one of which is a byte copied.
const (
	// CallCost is what every call is charged before anything else: about what
	// the crossing costs, so that a loop of cheap calls is not cheaper than it
	// is.
	CallCost = 1600

	logCost    = 16 // a byte of output, which is cleaned
	randomCost = 16 // a byte of randomness
	stringCost = 64 // an argument or variable, beside its bytes
	pollCost   = 4  // a byte of a subscription, each time that it is looked at
	vectorCost = 48 // a buffer of a read or write, beside its bytes
	pathCost   = 16 // a byte of a path
	hashCost   = 16 // a byte of the arguments, of which the seed is made
)

// piece is the most work, in bytes, between two looks at the charge.
const piece = 64 << 10

// Host is what a [System] needs of its host. The function values are bound
// once for an instance and serve all its tasks; they are called on the
// goroutine that runs the guest, and never keep a slice that they are given.
type Host struct {
	// Charge is told of work before it is done, in units of which one is about
	// a sixteenth of a nanosecond: the time to copy a byte. Each announcement
	// is for at most 64 KiB of data, or [MaxStrings] of granted strings. The
	// same calls on the same memory are charged the same on every machine. An
	// error ends the guest and comes back from [Function.Call] as it is. Nil
	// charges nothing.
	Charge func(n uint64) error

	// Sleep waits on the granted clock, for d > 0, and returns early with the
	// reason if the task must end. It is called only for tasks with
	// [Grants.Clock]. Nil answers ENOSYS to their sleeps.
	Sleep func(d time.Duration) error

	// Seed gives the task's random stream its seed, see [Seed]. It is called
	// at the first random_get of a task, at most once, so that tasks without
	// randomness do not pay for hashing their arguments; it announces that work
	// to charge, whose error ends the guest. Nil is a zero seed.
	Seed func(charge func(n uint64) error) ([32]byte, error)

	// Logs takes what the guest writes to stdout and stderr. The host resets
	// and finishes it. Nil discards.
	Logs *logs.Log
}

// System is the world of one instance, one task at a time. It is not safe for
// concurrent use. Create it with [New].
type System struct {
	host   Host
	grants *Grants
	State
	// origin is the granted monotonic clock at the start of the task.
	origin int64
	seeded bool
	random rand.ChaCha8
}

// noGrants is the world of a task without grants.
var noGrants = new(Grants)

// New returns a System in the state before initialisation, without grants.
func New(host Host) *System {
	if host.Charge == nil {
		host.Charge = func(uint64) error { return nil }
	}
	return &System{host: host, grants: noGrants}
}

// Save returns the state that the guest left, for [System.Reset] of this and
// other instances of the module. Time that passed on a granted clock is part of
// it, so that the monotonic clock does not run backwards for whoever begins
// from there.
func (s *System) Save() State {
	state := s.State
	state.elapsed = min(s.now().monotonic-Start, lastElapsed)
	return state
}

// Reset begins the next task: the world is as it was when from was saved, the
// random stream starts anew, and grants are in force. Nil grants nothing. The
// System reads grants until the next Reset and never changes them; whoever
// grants must not change them either. Reset allocates nothing.
func (s *System) Reset(from State, grants *Grants) {
	if grants == nil {
		grants = noGrants
	}
	s.State, s.grants, s.seeded = from, grants, false
	if grants.Clock != nil {
		s.origin = grants.Clock.Monotonic()
	}
}

// charge announces n units of work.
func (s *System) charge(n uint64) error { return s.host.Charge(n) }
