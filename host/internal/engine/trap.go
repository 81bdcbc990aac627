package engine

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pledge-wasm/pledge/abi"
)

// Phase names the part of a module's life in which guest code ran.
type Phase string

// The phases, in the order in which a module passes through them.
const (
	PhaseStart      Phase = "start function"
	PhaseInitialize Phase = abi.ExportInitialize
	PhaseAlloc      Phase = abi.ExportAlloc
	PhaseDescribe   Phase = abi.ExportDescribe
	PhaseCall       Phase = abi.ExportCall
)

// Fault says why guest code did not end by returning an answer.
type Fault struct {
	// Code is one of the boundary's codes: trap, unreachable, stack_overflow,
	// memory_limit, fuel_exhausted, deadline, exit, bad_result, output_limit,
	// cancelled or host_error.
	Code abi.Code
	// Phase is where it happened.
	Phase Phase
	// Message says what happened, with the limit where there is one.
	Message string
	// Frames is the guest's stack, innermost function first, as far as the
	// engine kept it: 30 frames, and "..." behind them when there are more.
	// Names come from the module's name section.
	Frames []string
	// Exit is the exit code when Code is exit.
	Exit uint32
	// Err is the cause: an error of a host function, the cause of a
	// cancellation. It may be nil.
	Err error
}

// Error tells the phase and what happened in it.
func (f *Fault) Error() string {
	return string(f.Phase) + ": " + f.Message
}

// Unwrap gives the cause.
func (f *Fault) Unwrap() error { return f.Err }

// stop is what a host function panics with in order to unwind the guest.
type stop struct {
	code    abi.Code
	message string
	exit    uint32
	err     error
}

func (s *stop) Error() string { return s.message }
func (s *stop) Unwrap() error { return s.err }

func stopf(code abi.Code, format string, args ...any) *stop {
	return &stop{code: code, message: fmt.Sprintf(format, args...)}
}

// errPointer is the trap for a pointer outside the guest's memory.
func errPointer(function string, ptr, n uint32) *stop {
	return stopf(abi.CodeTrap, "%s: pointer %#x with length %d lies outside the guest's memory", function, ptr, n)
}

// maxFrame bounds a function name in a stack trace, in bytes: names are the
// guest's own text.
const maxFrame = 256

// fault turns the error of a wazero call into a Fault.
func (i *Instance) fault(phase Phase, err error) *Fault {
	text := err.Error()
	f := &Fault{Phase: phase, Frames: frames(text)}
	var s *stop
	if errors.As(err, &s) {
		f.Code, f.Message, f.Exit, f.Err = s.code, s.message, s.exit, s.err
	} else {
		f.Code, f.Message = classify(err, text)
	}
	// A growth that was refused is what the author needs to hear about when
	// the guest then gives up, whichever way its language does that.
	if i.run != nil && i.run.growthDenied {
		switch f.Code {
		case abi.CodeTrap, abi.CodeUnreachable, abi.CodeExit:
			f.Message = fmt.Sprintf("memory limit of %d bytes reached, then: %s", i.run.Memory, f.Message)
			f.Code = abi.CodeMemoryLimit
		}
	}
	return f
}

// classify names a trap of the engine's own. wazero keeps its error values
// internal, so the text of the innermost one decides.
func classify(err error, text string) (abi.Code, string) {
	inner := err
	for {
		next := errors.Unwrap(inner)
		if next == nil {
			break
		}
		inner = next
	}
	switch reason := inner.Error(); reason {
	case "unreachable":
		return abi.CodeUnreachable, "the guest executed unreachable"
	case "stack overflow":
		return abi.CodeStackOverflow, "the guest's stack overflowed"
	case "invalid conversion to integer", "integer overflow", "integer divide by zero",
		"out of bounds memory access", "invalid table access", "indirect call type mismatch",
		"null reference", "uncaught exception":
		return abi.CodeTrap, reason
	}
	if head, _, ok := strings.Cut(text, "\nwasm stack trace:"); ok {
		text = head
	}
	return abi.CodeHostError, strings.TrimSuffix(text, " (recovered by wazero)")
}

// frames takes the guest's functions out of wazero's text.
func frames(text string) []string {
	_, trace, ok := strings.Cut(text, "wasm stack trace:\n\t")
	if !ok {
		return nil
	}
	trace, _, _ = strings.Cut(trace, "\n\n")
	var out []string
	for line := range strings.SplitSeq(trace, "\n\t") {
		// The module has no name, so wazero writes ".function(types)".
		line = strings.TrimPrefix(strings.TrimSpace(line), ".")
		if line == "" || strings.HasPrefix(line, "pledge_v1_") {
			continue
		}
		if strings.HasPrefix(line, ".. maybe followed by") {
			line = "..."
		}
		if len(line) > maxFrame {
			line = strings.ToValidUTF8(line[:maxFrame], "") + "..."
		}
		out = append(out, line)
	}
	return out
}
