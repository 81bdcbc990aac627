package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/futures"
	"github.com/pledge-wasm/pledge/host"
)

// outcome is how a run ended.
type outcome struct {
	id       uuid.UUID
	task     string
	state    futures.State
	code     abi.Code // empty when completed
	err      error    // nil when completed
	value    abi.Raw  // the result; empty when there is none
	fuel     uint64
	duration time.Duration
	logs     []host.LogEntry
}

// outcomeOf joins what the future and the host's report say of a run.
func outcomeOf(o futures.Outcome[abi.Raw], rep host.Report) outcome {
	out := outcome{
		id: o.ID, task: o.Task, state: o.State, value: o.Value,
		fuel: rep.Fuel, duration: rep.Duration, logs: rep.Logs,
	}
	if o.Err == nil {
		return out
	}
	out.err, out.value = o.Err, nil
	out.code = abi.CodeHostError
	if run, ok := errors.AsType[*futures.RunError](o.Err); ok {
		out.code = run.Code
		if run.Err != nil {
			out.err = run.Err
		}
	}
	return out
}

// outcomeOfLoad is the outcome of a run that never began, because its module
// could not be loaded.
func outcomeOfLoad(task string, err error) outcome {
	code, logs := abi.CodeHostError, []host.LogEntry(nil)
	if load, ok := errors.AsType[*host.LoadError](err); ok {
		code, logs = load.Code, load.Logs
	}
	f := futures.Broken[abi.Raw](&futures.RunError{Task: task, Code: code, State: futures.StateOf(code), Err: err})
	return outcome{id: f.ID(), task: task, state: f.State(), code: code, err: err, logs: logs}
}

// message says why there is no result; it is empty when there is one.
func (o *outcome) message() string {
	var load *host.LoadError
	var trap *host.Trap
	var limit *host.LimitError
	var guest *host.GuestError
	var upstream *futures.RunError
	switch {
	case o.err == nil:
		return ""
	case errors.As(o.err, &load):
		return load.Message
	case o.code == abi.CodeUpstream && errors.As(o.err, &upstream):
		return upstream.Error()
	case errors.As(o.err, &trap):
		return phased(trap.Phase, trap.Message)
	case errors.As(o.err, &limit):
		return phased(limit.Phase, limit.Message)
	case errors.As(o.err, &guest):
		return guest.Message
	}
	return o.err.Error()
}

// phased names the export that ran unless it is the call itself.
func phased(phase, message string) string {
	if phase == "" || phase == abi.ExportCall {
		return message
	}
	return phase + ": " + message
}

// guestError is the error that the guest's own code returned, or nil.
func (o *outcome) guestError() *host.GuestError {
	if o.code != abi.CodeGuest && o.code != abi.CodeUnknownTask {
		return nil
	}
	e, _ := errors.AsType[*host.GuestError](o.err)
	return e
}

// stack is the guest's stack where it ended, innermost function first. A
// function that stands in it several times in a row is named once.
func (o *outcome) stack() []string {
	var frames, out []string
	if trap, ok := errors.AsType[*host.Trap](o.err); ok {
		frames = trap.Stack
	}
	if limit, ok := errors.AsType[*host.LimitError](o.err); ok {
		frames = limit.Stack
	}
	for i := 0; i < len(frames); {
		n := 1
		for i+n < len(frames) && frames[i+n] == frames[i] {
			n++
		}
		frame := frames[i]
		if n > 1 {
			frame += fmt.Sprintf(" (%d times)", n)
		}
		out = append(out, frame)
		i += n
	}
	return out
}
