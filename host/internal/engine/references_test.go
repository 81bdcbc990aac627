package engine

import (
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	wt "github.com/pledge-wasm/pledge/internal/wasmtest"
)

// A reference that guest code makes costs the host nothing, however often it is
// made.
func TestReferencesCostTheHostNothing(t *testing.T) {
	g := wt.NewGuest()
	f := g.Func(wt.In().Out(wt.I64), nil, wt.I64Const(1))
	g.DeclaredElem(f)
	const rounds = 200_000
	g.Call([]wt.Local{{N: 1, Type: wt.I32}},
		wt.Loop(wt.Empty,
			wt.RefFunc(f), wt.Drop,
			wt.LocalGet(2), wt.I32Const(1), wt.I32Add, wt.LocalTee(2), wt.I32Const(rounds), wt.I32LtU, wt.BrIf(0)),
		wt.I64Const(1), wt.Call(g.Number()))
	p := boot(t, g.Bytes())
	held := func() uint64 {
		runtime.GC()
		var s runtime.MemStats
		runtime.ReadMemStats(&s)
		return s.HeapAlloc
	}
	before := held()
	for range 5 {
		r := testRun()
		r.Deadline = time.Time{}
		_, f := call(t, p, r)
		require.Nil(t, f)
	}
	require.Less(t, int64(held())-int64(before), int64(1<<20))
	runtime.KeepAlive(p)
}
