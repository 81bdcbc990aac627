package host_test

import (
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/futures"
	"github.com/pledge-wasm/pledge/host"
	wt "github.com/pledge-wasm/pledge/internal/wasmtest"
)

// slowBoot is a guest that must be initialised for every task, because
// initialising drops a segment, and that takes long for it.
func slowBoot() []byte {
	g := wt.NewGuest()
	d := g.PassiveData([]byte{1})
	g.Init(wt.Locals(1, wt.I32), wt.DataDrop(d),
		wt.Loop(wt.Empty, wt.LocalGet(0), wt.I32Const(1), wt.I32Add, wt.LocalTee(0), wt.I32Const(1<<30), wt.I32LtU, wt.BrIf(0)))
	g.Only(g.Respond([]byte("\x82\x00\xf6")))
	return g.Bytes()
}

// Initialising an instance is part of the run that it is done for.
func TestBootOfATask(t *testing.T) {
	h := newHost(t, host.Config{Limits: host.Limits{Timeout: time.Minute}})
	start := time.Now()
	m := load(t, h, slowBoot())
	takes := time.Since(start)

	f := host.Bind[any, any](m, "any").Submit(t.Context(), nil)
	for f.State() != futures.Running {
		runtime.Gosched()
	}
	cause := errors.New("no more")
	start = time.Now()
	f.Cancel(cause)
	_, err := f.Result(t.Context())
	require.ErrorIs(t, err, cause)
	require.Equal(t, futures.Cancelled, f.State())
	require.Less(t, time.Since(start), takes*3/4)

	_, err = host.Bind[any, any](m, "any", host.Within(host.Limits{Timeout: takes / 8})).
		Submit(t.Context(), nil).Result(t.Context())
	var run *futures.RunError
	require.ErrorAs(t, err, &run)
	require.Equal(t, futures.TimedOut, run.State)
	require.Equal(t, abi.CodeDeadline, run.Code)
	require.ErrorContains(t, err, "time limit of")
}

// What a Go program becomes without -buildmode=c-shared: its exports trap until
// somebody has run _start.
func TestACommandIsToldFromALibrary(t *testing.T) {
	command := func(library bool) []byte {
		m := wt.New()
		m.Memory(wt.AtLeast(2))
		m.ExportMemory("memory")
		m.Export("_start", m.Func(wt.In(), nil))
		if library {
			m.Export("_initialize", m.Func(wt.In(), nil))
		}
		m.Export("pledge_v1_alloc", m.Func(wt.In(wt.I32).Out(wt.I32), nil, wt.Unreachable))
		m.Export("pledge_v1_call", m.Func(wt.CallSig, nil, wt.Unreachable))
		return m.Bytes()
	}
	h := newHost(t, host.Config{})
	_, err := h.Load(t.Context(), command(false))
	var load *host.LoadError
	require.ErrorAs(t, err, &load)
	require.Equal(t, abi.CodeModuleRejected, load.Code)
	require.Contains(t, load.Message, "the module is a command")
	require.Contains(t, load.Hint, "-buildmode=c-shared")
	_, err = h.Load(t.Context(), command(true))
	require.ErrorAs(t, err, &load)
	require.NotContains(t, load.Message, "command")
}
