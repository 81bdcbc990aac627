package futures

import (
	"fmt"

	"github.com/pledge-wasm/pledge/abi"
)

// State says where a run is in its life. The zero value is Pending.
//
// Pending, Running and Retrying come before the end; the other five are
// terminal: a future that has reached one of them never changes again, and
// being done and being in a terminal state are the same thing.
type State uint8

const (
	// Pending: accepted, not started; it may wait for its upstreams.
	Pending State = iota
	// Running: an attempt is under way.
	Running
	// Retrying: an attempt has failed, another one will follow.
	Retrying
	// Completed: there is a result.
	Completed
	// Failed: the task returned an error, or could not start because of its
	// upstream.
	Failed
	// Crashed: the task was stopped by a trap, a limit or a fault of the host.
	Crashed
	// TimedOut: the run's own deadline passed.
	TimedOut
	// Cancelled: somebody asked for it to end.
	Cancelled

	numStates = iota
)

var stateNames = [numStates]string{
	"Pending", "Running", "Retrying", "Completed", "Failed", "Crashed", "TimedOut", "Cancelled",
}

// Terminal reports whether s is final.
func (s State) Terminal() bool { return s >= Completed && s < numStates }

// String returns the name of the state, such as "Completed".
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("State(%d)", uint8(s))
}

// MarshalText returns the name of the state. A number that is no state is an
// error.
func (s State) MarshalText() ([]byte, error) {
	if int(s) >= len(stateNames) {
		return nil, fmt.Errorf("futures: %d is not a state", uint8(s))
	}
	return []byte(stateNames[s]), nil
}

// UnmarshalText accepts exactly the names that String returns.
func (s *State) UnmarshalText(text []byte) error {
	for i, name := range stateNames {
		if string(text) == name {
			*s = State(i)
			return nil
		}
	}
	return fmt.Errorf("futures: %.40q is not a state; the states are %v", text, stateNames)
}

// StateOf returns the terminal state that belongs to a failure's code: Failed
// for what the task or its upstream said, TimedOut for the deadline, Cancelled
// for a cancellation, and Crashed for everything else, codes from the future
// included.
func StateOf(code abi.Code) State {
	switch code {
	case abi.CodeGuest, abi.CodeUnknownTask, abi.CodeUpstream:
		return Failed
	case abi.CodeDeadline:
		return TimedOut
	case abi.CodeCancelled:
		return Cancelled
	}
	return Crashed
}
