package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/tetratelabs/wazero/api"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/host/internal/linmem"
	"github.com/pledge-wasm/pledge/host/internal/meter"
	"github.com/pledge-wasm/pledge/host/internal/wasi"
)

// The fuel that imports cost beside the call itself: a base, and one unit for
// some bytes copied. They keep a guest that only calls the host within its
// slices.
const (
	costImport   = 200
	bytesPerFuel = 8
)

// callContext carries the instance from a call into the host functions below
// it, which is the one way that wazero has for that. One is made per instance.
type callContext struct {
	context.Context
	instance *Instance
}

type instanceKey struct{}

// Value answers for the instance alone. wazero asks for settings of its own,
// and none is ever set.
func (c *callContext) Value(key any) any {
	if key == (instanceKey{}) {
		return c.instance
	}
	return nil
}

func instanceOf(ctx context.Context) *Instance {
	return ctx.Value(instanceKey{}).(*Instance)
}

// hostFunc is a host function of the boundary.
type hostFunc func(i *Instance, stack []uint64)

func adapt(f hostFunc) api.GoModuleFunc {
	return func(ctx context.Context, _ api.Module, stack []uint64) { f(instanceOf(ctx), stack) }
}

// adaptWASI turns a system call into a host function. What ends the guest is
// thrown through it.
func adaptWASI(f wasi.Function) api.GoModuleFunc {
	return adapt(func(i *Instance, stack []uint64) {
		err := f.Call(i.wasi, i.mem.Bytes(), stack)
		if err == nil {
			return
		}
		var exit *wasi.ExitError
		if errors.As(err, &exit) {
			s := stopf(abi.CodeExit, "the guest exited with code %d", exit.Code)
			s.exit = exit.Code
			panic(s)
		}
		panic(err)
	})
}

// instantiateHost gives guests the modules that they may import. Admission has
// made sure that nothing else is asked for.
func (e *Engine) instantiateHost(ctx context.Context) error {
	const i32, i64 = api.ValueTypeI32, api.ValueTypeI64

	_, err := e.runtime.NewHostModuleBuilder(meter.ImportModule).
		NewFunctionBuilder().WithGoModuleFunction(adapt(slice), nil, nil).Export(meter.ImportSlice).
		Instantiate(ctx)
	if err != nil {
		return err
	}

	_, err = e.runtime.NewHostModuleBuilder(abi.ImportModule).
		NewFunctionBuilder().WithGoModuleFunction(adapt(hostCall), []api.ValueType{i32, i32}, []api.ValueType{i64}).Export(abi.ImportCall).
		NewFunctionBuilder().WithGoModuleFunction(adapt(hostTake), []api.ValueType{i32, i32}, nil).Export(abi.ImportTake).
		NewFunctionBuilder().WithGoModuleFunction(adapt(hostLog), []api.ValueType{i32, i32, i32}, nil).Export(abi.ImportLog).
		Instantiate(ctx)
	if err != nil {
		return err
	}

	b := e.runtime.NewHostModuleBuilder(wasi.Module)
	for _, f := range wasi.Functions() {
		b = b.NewFunctionBuilder().WithGoModuleFunction(adaptWASI(f), f.Params, f.Results).Export(f.Name)
	}
	_, err = b.Instantiate(ctx)
	return err
}

// slice is called by rewritten code when a counter of its budget went below
// zero.
func slice(i *Instance, _ []uint64) { i.spend(0) }

// hostCall is pledge_v1.call: (ptr, len) -> handle << 32 | length.
func hostCall(i *Instance, stack []uint64) {
	ptr, n := uint32(stack[0]), uint32(stack[1])
	view, ok := i.view(ptr, n)
	if !ok {
		panic(errPointer("pledge_v1.call", ptr, n))
	}
	i.spend(costImport + uint64(n)/bytesPerFuel)
	response := i.answer(view)
	// The guest may have used up its time while it waited.
	i.run.check()
	i.spend(uint64(len(response)) / bytesPerFuel)
	handle, ok := i.run.kept.keep(response, i.run.Result)
	if !ok {
		panic(stopf(abi.CodeOutputLimit, "too many responses not taken: at most %d, and %d bytes together", maxResponses, i.run.Result))
	}
	stack[0] = uint64(handle)<<32 | uint64(len(response))
}

// answer gives the encoded response to a request that lies in guest memory.
func (i *Instance) answer(request []byte) []byte {
	r := i.run
	if len(request) > r.Result {
		return refuse(abi.BoundaryBadRequest, fmt.Sprintf("the request has %d bytes, the limit is %d", len(request), r.Result))
	}
	// The guest cannot run meanwhile, but its memory is reused once it does.
	own, ok := linmem.Copy(request, r.over)
	if !ok {
		r.check()
	}
	function, args, err := abi.ParseRequest(own, abi.Limits{Stop: r.over})
	r.check() // it may have taken long
	if err != nil {
		return refuse(abi.BoundaryBadRequest, err.Error())
	}
	if r.Services == nil {
		return refuse(abi.BoundaryNotGranted, "no functions can be called while the module is loaded")
	}
	if r.calls++; r.calls > r.HostCalls {
		panic(stopf(abi.CodeOutputLimit, "host call limit of %d reached", r.HostCalls))
	}
	if r.Ledger == nil {
		return r.Services.Call(r.Context(), function, args)
	}
	// Sub-tasks draw from the same ledger, so what this run holds of it goes
	// back while it waits.
	held := i.left()
	r.settle(held, 0)
	response := r.Services.Call(r.Context(), function, args)
	i.refill(held.Stack())
	return response
}

// hostTake is pledge_v1.take: (handle, ptr). It copies a response into guest
// memory and forgets it.
func hostTake(i *Instance, stack []uint64) {
	handle, ptr := uint32(stack[0]), uint32(stack[1])
	response, ok := i.run.kept.get(handle)
	if !ok {
		panic(stopf(abi.CodeTrap, "pledge_v1.take: unknown handle %d", handle))
	}
	view, ok := i.view(ptr, uint32(len(response)))
	if !ok {
		panic(errPointer("pledge_v1.take", ptr, uint32(len(response))))
	}
	i.spend(costImport + uint64(len(response))/bytesPerFuel)
	i.move(view, response)
	i.run.kept.drop(handle)
}

// move is copy for functions that the guest calls: it panics when the run must end.
func (i *Instance) move(dst, src []byte) {
	if f := i.copy(PhaseCall, dst, src); f != nil {
		i.run.check()
	}
}

// hostLog is pledge_v1.log: (level, ptr, len).
func hostLog(i *Instance, stack []uint64) {
	level, ptr, n := abi.ParseLevel(int32(stack[0])), uint32(stack[1]), uint32(stack[2])
	view, ok := i.view(ptr, n)
	if !ok {
		panic(errPointer("pledge_v1.log", ptr, n))
	}
	i.spend(costImport + uint64(n)/bytesPerFuel)
	i.log.Add(level, view)
}
