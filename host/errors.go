package host

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/host/internal/engine"
)

// ErrClosed is the cause of every run that ended because its host was closed,
// and the error of every call that came after.
var ErrClosed = errors.New("host: closed")

// GuestError is an error that the guest's own code returned: a code and a
// message of its choice, and data.
type GuestError = abi.GuestError

// Trap says that the guest's code ended without an answer: it trapped, exited,
// or answered with bytes that are not a response.
type Trap struct {
	// Code is trap, unreachable, stack_overflow, exit or bad_result.
	Code abi.Code
	// Phase is the export that ran: pledge_v1_call, _initialize and so on.
	Phase string
	// Message says what happened.
	Message string
	// Stack is the guest's stack, innermost function first, at most 30 frames
	// and "..." when there are more, with the names that the module gives its
	// functions.
	Stack []string
	// Exit is the guest's exit code when Code is exit.
	Exit uint32
}

// Error tells what happened; the stack is left to [Trap.Stack].
func (t *Trap) Error() string { return t.Phase + ": " + t.Message }

// LimitError says which limit ended a run.
type LimitError struct {
	// Code is memory_limit, fuel_exhausted, stack_overflow, deadline or
	// output_limit.
	Code abi.Code
	// Phase is the export that ran.
	Phase string
	// Message names the limit and its value.
	Message string
	// Stack is the guest's stack, as in [Trap].
	Stack []string
}

// Error names the limit and its value.
func (e *LimitError) Error() string { return e.Phase + ": " + e.Message }

// LoadError says why a module was not loaded.
type LoadError struct {
	// Code is module_rejected or import_denied; host_error when the host
	// itself failed, and deadline or cancelled when the caller's context ended.
	Code abi.Code
	// Name is the file's name or the beginning of the digest.
	Name string
	// Message says what is wrong with the module.
	Message string
	// Hint says what to do about it; it may be empty.
	Hint string
	// Logs is what the module logged while it was loaded.
	Logs []LogEntry
	// Err is the cause: a [*Trap] or [*LimitError] when guest code failed
	// while loading. It may be nil.
	Err error
}

// Error tells what happened and, after a dash, what to do about it.
func (e *LoadError) Error() string {
	text := "host: load " + e.Name + ": " + e.Message
	if e.Hint != "" {
		text += " - " + e.Hint
	}
	return text
}

// Unwrap gives the cause.
func (e *LoadError) Unwrap() error { return e.Err }

// OverloadError says that a submission found the queue full. The run was not
// accepted; try again later, or submit fewer at once.
type OverloadError struct {
	// Queue is the limit that was reached: Config.Queue.
	Queue int
}

// Error names the limit.
func (e *OverloadError) Error() string {
	return fmt.Sprintf("host: overloaded: %d runs are waiting already, the limit of Config.Queue", e.Queue)
}

// UnknownTaskError says that a module's manifest does not list a task.
type UnknownTaskError struct {
	// Task is the name that was asked for.
	Task string
	// Known are the names that the manifest lists.
	Known []string
}

// Error lists the tasks that there are.
func (e *UnknownTaskError) Error() string {
	if len(e.Known) == 0 {
		return fmt.Sprintf("the module has no task %q", e.Task)
	}
	return fmt.Sprintf("the module has no task %q; it has %s", e.Task, strings.Join(e.Known, ", "))
}

// cause turns the engine's account of a failed run into the typed error that
// users see.
func cause(f *engine.Fault) error {
	switch f.Code {
	case abi.CodeMemoryLimit, abi.CodeFuelExhausted, abi.CodeStackOverflow, abi.CodeDeadline, abi.CodeOutputLimit:
		return &LimitError{Code: f.Code, Phase: string(f.Phase), Message: f.Message, Stack: f.Frames}
	case abi.CodeTrap, abi.CodeUnreachable, abi.CodeExit, abi.CodeBadResult:
		return &Trap{Code: f.Code, Phase: string(f.Phase), Message: f.Message, Stack: f.Frames, Exit: f.Exit}
	}
	if f.Err != nil {
		return fmt.Errorf("host: %s: %w", f.Phase, f.Err)
	}
	return fmt.Errorf("host: %w", f)
}

// deadlineMessage names the limit that passed.
func deadlineMessage(d time.Duration) string {
	return fmt.Sprintf("time limit of %v reached", d)
}
