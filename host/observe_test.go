package host_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/futures"
	"github.com/pledge-wasm/pledge/host"
)

// observation is all that anybody can see of a run.
type observation struct {
	State   futures.State
	Code    abi.Code
	Value   abi.Raw
	Message string
	Stack   []string
	Fuel    uint64
	Logs    []host.LogEntry
}

// call is a task to run with arguments.
type call struct {
	task string
	args any
}

// watch submits a call; the function that it gives waits for what comes of it.
func watch(ctx context.Context, m *host.Module, c call) (*futures.Future[abi.Raw], func(testing.TB) observation) {
	var o observation
	f := host.Bind[any, abi.Raw](m, c.task, host.OnReport(func(r host.Report) {
		o.Fuel, o.Logs = r.Fuel, r.Logs
	})).Submit(ctx, c.args)
	return f, func(t testing.TB) observation {
		t.Helper()
		value, err := f.Result(context.WithoutCancel(ctx))
		o.Value, o.State = value, f.State()
		if err == nil {
			return o
		}
		run, ok := errors.AsType[*futures.RunError](err)
		require.True(t, ok, "%v", err)
		o.Code, o.Message = run.Code, run.Err.Error()
		if trap, ok := errors.AsType[*host.Trap](err); ok {
			o.Stack = trap.Stack
		}
		if o.State == futures.TimedOut || o.State == futures.Cancelled {
			// Where these end depends on real time.
			o.Fuel, o.Logs, o.Stack = 0, nil, nil
		}
		return o
	}
}

// observe runs a call and gives what can be seen of it.
func observe(t testing.TB, m *host.Module, c call) observation {
	t.Helper()
	_, wait := watch(t.Context(), m, c)
	return wait(t)
}

// newFresh makes a host that initialises an instance for every task: the
// reference for all others.
func newFresh(t testing.TB, config host.Config) *host.Host {
	t.Helper()
	h, err := host.NewFresh(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.Close(context.WithoutCancel(t.Context()))) })
	return h
}

// newResetting makes a host that puts memory back in one particular way.
func newResetting(t testing.TB, config host.Config, method string) *host.Host {
	t.Helper()
	h, err := host.NewResetting(t.Context(), config, method)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.Close(context.WithoutCancel(t.Context()))) })
	return h
}
