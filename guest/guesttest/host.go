package guesttest

import (
	"context"
	"slices"
	"sync"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/guest"
)

// Line is one log entry.
type Line struct {
	Level guest.Level
	Text  string
}

// Host is the host of the tasks that a test runs. The zero value grants
// nothing. It may be used by several goroutines.
type Host struct {
	mu        sync.Mutex
	functions map[string]func(context.Context, abi.Raw) (any, error)
	tasks     bool
	logs      []Line
	progress  []guest.Raw
	runs      map[guest.Ref]*run
}

// run is a sub-task. It ran when it was submitted.
type run struct {
	value abi.Raw
	err   error
}

// Grant offers fn to the tasks under a name, as the embedder of a host does.
// Arguments of another shape than I are refused with "bad_args".
func Grant[I, O any](h *Host, name string, fn func(context.Context, I) (O, error)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.functions == nil {
		h.functions = map[string]func(context.Context, abi.Raw) (any, error){}
	}
	h.functions[name] = func(ctx context.Context, args abi.Raw) (any, error) {
		var in I
		if err := guest.Decode(args, &in); err != nil {
			return nil, guest.Fail(abi.BoundaryBadArgs, err.Error())
		}
		return fn(ctx, in)
	}
}

// GrantTasks lets tasks submit, await and cancel tasks of the same program. A
// sub-task runs at once, within Submit.
func (h *Host) GrantTasks() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tasks = true
}

// Logs returns the log entries so far.
func (h *Host) Logs() []Line {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.logs)
}

// Progress returns the values that tasks reported so far.
func (h *Host) Progress() []guest.Raw {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.progress)
}

// boundaryHost is a Host during one task.
type boundaryHost struct {
	*Host
	ctx context.Context
}

func (h boundaryHost) Log(level abi.Level, text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.logs = append(h.logs, Line{abi.ParseLevel(int32(level)), text})
}

func (h boundaryHost) Call(request []byte) []byte {
	function, args, err := abi.ParseRequest(slices.Clone(request), abi.Limits{})
	if err != nil {
		return refuse(abi.BoundaryBadRequest, err.Error())
	}
	var value any
	switch function {
	case abi.FuncProgress:
		h.mu.Lock()
		h.progress = append(h.progress, args)
		h.mu.Unlock()
	case abi.FuncSubmit, abi.FuncAwait, abi.FuncCancel:
		value, err = h.subTask(h.ctx, function, args)
	default:
		h.mu.Lock()
		fn := h.functions[function]
		h.mu.Unlock()
		if fn == nil {
			return refuse(abi.BoundaryUnknownFunction, "there is no function "+function)
		}
		if args, err = h.resolve(args); err == nil {
			value, err = fn(h.ctx, args)
		}
	}
	if err != nil {
		return abi.AppendError(nil, asGuestError(err))
	}
	encoded, err := guest.Encode(value)
	if err != nil {
		return refuse(string(abi.CodeHostError), "the value of "+function+" has no CBOR form: "+err.Error())
	}
	return abi.AppendValue(nil, encoded)
}

func refuse(code, message string) []byte {
	return abi.AppendError(nil, &abi.GuestError{Code: code, Message: message})
}
