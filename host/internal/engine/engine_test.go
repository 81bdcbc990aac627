package engine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/host/internal/wasm"
	"github.com/pledge-wasm/pledge/internal/wasmtest"
)

func boot(t testing.TB, module []byte) *Program {
	t.Helper()
	e, err := New(t.Context(), Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close(t.Context())) })
	m, err := wasm.Decode(module, nil)
	require.NoError(t, err)
	code, err := e.Compile(t.Context(), m)
	require.NoError(t, err)
	p, _, err := code.Boot(t.Context(), World{Memory: 16 << 20}, testRun, nil)
	require.NoError(t, err)
	t.Cleanup(p.Close)
	return p
}

// testRun is a run whose deadline no test means to reach.
func testRun() *Run {
	return &Run{Limits: Limits{
		Memory: 16 << 20, Fuel: 1 << 40, Deadline: time.Now().Add(time.Minute), Result: 1 << 20, HostCalls: 100,
	}}
}

func call(t testing.TB, p *Program, r *Run) ([]byte, *Fault) {
	t.Helper()
	i, err := p.Acquire(t.Context(), testRun)
	require.NoError(t, err)
	defer p.Release(i)
	response, _, f := i.Call(r)
	return response, f
}

func TestEcho(t *testing.T) {
	p := boot(t, wasmtest.Echo())
	for range 3 {
		r := testRun()
		r.Task, r.Args = "echo", abi.AppendText(nil, "hello")
		response, f := call(t, p, r)
		require.Nil(t, f)
		require.Equal(t, abi.AppendValue(nil, r.Args), response)
		require.NotZero(t, r.Fuel())
	}
}

func TestSpin(t *testing.T) {
	p := boot(t, wasmtest.Spin())
	r := testRun()
	r.Deadline = time.Now().Add(50 * time.Millisecond)
	_, f := call(t, p, r)
	require.NotNil(t, f)
	require.Equal(t, abi.CodeDeadline, f.Code)
	require.NotZero(t, r.Fuel())
}
