package guesttest

import (
	"context"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/guest"
)

// subTask answers task.submit, task.await and task.cancel.
func (h *Host) subTask(ctx context.Context, function string, args abi.Raw) (any, error) {
	if !h.grantsTasks() {
		return nil, guest.Fail(abi.BoundaryNotGranted, function+" is not granted; call GrantTasks")
	}
	if function == abi.FuncSubmit {
		return h.submit(ctx, args)
	}
	var ref guest.Ref
	if err := guest.Decode(args, &ref); err != nil {
		return nil, guest.Fail(abi.BoundaryBadArgs, err.Error())
	}
	r := h.known(ref)
	if r == nil {
		return nil, guest.Fail(abi.BoundaryUnknownFuture, "no run "+ref.String()+" of this host")
	}
	if function == abi.FuncCancel {
		return nil, nil // it has ended already
	}
	return r.value, r.err
}

func (h *Host) grantsTasks() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.tasks
}

func (h *Host) known(ref guest.Ref) *run {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.runs[ref]
}

func (h *Host) submit(ctx context.Context, args abi.Raw) (any, error) {
	var s struct {
		Task *string `cbor:"task"`
		Args abi.Raw `cbor:"args"`
	}
	if err := guest.Decode(args, &s); err != nil {
		return nil, guest.Fail(abi.BoundaryBadArgs, err.Error())
	}
	if s.Task == nil {
		return nil, guest.Fail(abi.BoundaryBadArgs, "task.submit needs a task")
	}
	r := new(run)
	r.value, r.err = h.run(ctx, *s.Task, s.Args)
	if r.err != nil {
		r.err = ended(r.err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.runs == nil {
		h.runs = map[guest.Ref]*run{}
	}
	n := len(h.runs) + 1
	ref := guest.Ref{'t', 'e', 's', 't', byte(n >> 16), byte(n >> 8), byte(n)}
	h.runs[ref] = r
	return ref, nil
}

// ended is the error of a run as whoever awaits it sees it. What the task did not
// say itself is that its response is none.
func ended(err error) *guest.Error {
	e, ok := err.(*guest.Error)
	if !ok {
		return &guest.Error{Code: string(abi.CodeBadResult), Message: err.Error(), State: "Crashed"}
	}
	failed := *e
	failed.State = "Failed"
	return &failed
}

// resolve puts results in the place of the futures in b, if tasks are granted.
// A future that is not this host's stays: the task sees it unresolved.
func (h *Host) resolve(b abi.Raw) (abi.Raw, error) {
	var out abi.Raw
	copied := 0
	for f, err := range abi.Futures(b) {
		if err != nil {
			return nil, err
		}
		r := h.known(f.ID)
		if r == nil {
			continue
		}
		if r.err != nil {
			return nil, &guest.Error{Code: string(abi.CodeUpstream), Message: "run " + f.ID.String() + ": " + r.err.Error()}
		}
		out = append(append(out, b[copied:f.Offset]...), r.value...)
		copied = f.End
	}
	if copied == 0 {
		return b, nil
	}
	return append(out, b[copied:]...), nil
}
