package host_test

import (
	"errors"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/futures"
	"github.com/pledge-wasm/pledge/host"
	wt "github.com/pledge-wasm/pledge/internal/wasmtest"
)

// An actor keeps every kind of state for as long as its tasks answer.
func TestAnActorKeepsItsState(t *testing.T) {
	for name, where := range wt.Places {
		if where == wt.InData || where == wt.InElem {
			continue // they count by trapping
		}
		t.Run("it keeps what is in a "+name, func(t *testing.T) {
			h := newHost(t, host.Config{})
			count := host.Bind[any, int](load(t, h, wt.Counter(where), host.Stateful()), "count")
			for want := 1; want <= 20; want++ {
				n, err := count.Submit(t.Context(), nil).Result(t.Context())
				require.NoError(t, err)
				require.Equal(t, want, n)
				if want == 10 {
					h.Rest() // nothing that an actor holds is idle
				}
			}
		})
	}
}

// Whatever ends a task of an actor without an answer takes its state along, and
// the next task finds the module as it was loaded.
func TestAnActorLosesItsStateToAFault(t *testing.T) {
	tests := []struct {
		name  string
		task  string
		lost  bool
		after func(*futures.Future[any])
	}{
		{name: "keeps it when a task answers", task: "echo"},
		{name: "keeps it when a task returns an error", task: "fail"},
		{name: "keeps it when the task is unknown", task: "nope"},
		{name: "keeps it when a task grows the memory", task: "grow"},
		{name: "loses it to a trap", task: "trap", lost: true},
		{name: "loses it to unreachable", task: "abort", lost: true},
		{name: "loses it to exit", task: "exit", lost: true},
		{name: "loses it to endless recursion", task: "recurse", lost: true},
		{name: "loses it to a lack of memory", task: "growtrap", lost: true},
		{name: "loses it to a cancellation", task: "spin", lost: true, after: func(f *futures.Future[any]) {
			for f.State() != futures.Running {
				runtime.Gosched()
			}
			f.Cancel(errors.New("enough"))
		}},
	}
	for _, tt := range tests {
		t.Run("it "+tt.name, func(t *testing.T) {
			h := newHost(t, host.Config{Limits: host.Limits{Memory: 1 << 20}})
			m := load(t, h, wt.Tasks(), host.Stateful())
			count := func() int {
				n, err := host.Bind[any, int](m, "count").Submit(t.Context(), nil).Result(t.Context())
				require.NoError(t, err)
				return n
			}
			for want := 1; want <= 3; want++ {
				require.Equal(t, want, count())
			}
			f := host.Bind[any, any](m, tt.task).Submit(t.Context(), nil)
			if tt.after != nil {
				tt.after(f)
			}
			_, _ = f.Result(t.Context())
			want := 4
			if tt.lost {
				want = 1
			}
			require.Equal(t, want, count())
		})
	}
}

// Tasks of an actor run in the order in which they were submitted, whoever
// submits, and none runs beside another.
func TestAnActorTakesTurns(t *testing.T) {
	h := newHost(t, host.Config{Concurrency: 4})
	count := host.Bind[any, int](load(t, h, wt.Counter(wt.InMemory), host.Stateful()), "count")
	const each = 200
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			var submitted []*futures.Future[int]
			for range each {
				submitted = append(submitted, count.Submit(t.Context(), nil))
			}
			last := 0
			for _, f := range submitted {
				n, err := f.Result(t.Context())
				if err != nil || n <= last {
					t.Errorf("after %d came %d, %v", last, n, err)
				}
				last = n
			}
		})
	}
	all.Wait()
	n, err := count.Submit(t.Context(), nil).Result(t.Context())
	require.NoError(t, err)
	require.Equal(t, 4*each+1, n)
}

// The same bytes loaded twice, once as an actor, stay two worlds.
func TestAnActorIsNotPristine(t *testing.T) {
	h := newHost(t, host.Config{Concurrency: 2})
	wasm := wt.Counter(wt.InMemory)
	pristine := host.Bind[any, int](load(t, h, wasm), "count")
	one := host.Bind[any, int](load(t, h, wasm, host.Stateful()), "count")
	other := host.Bind[any, int](load(t, h, wasm, host.Stateful()), "count")
	for want := 1; want <= 30; want++ {
		for task, want := range map[*host.Task[any, int]]int{&pristine: 1, &one: want, &other: want} {
			n, err := task.Submit(t.Context(), nil).Result(t.Context())
			require.NoError(t, err)
			require.Equal(t, want, n)
		}
	}
}

// Describing a module is documentation: what it does to the world of an actor
// does not count, be it memory or descriptors.
func TestDescribingDoesNotChangeAnActor(t *testing.T) {
	guest := func(dirty bool) []byte {
		g := wt.NewGuest()
		closeFD := g.WASI("fd_close", wt.In(wt.I32).Out(wt.I32))
		now := g.WASI("clock_time_get", wt.In(wt.I32, wt.I64, wt.I32).Out(wt.I32))
		g.Only(g.Func(wt.CallSig, nil,
			wt.I32Const(0), wt.I64Const(1), wt.I32Const(scratch), wt.Call(now), wt.Drop,
			wt.I32Const(1), wt.Call(closeFD), wt.I64ExtendI32U, wt.I32Const(scratch), wt.Load64(0), wt.I64Add,
			wt.Call(g.Number())))
		manifest := []byte("\xa3\x63abi\x01\x64name\x61g\x65tasks\x81\xa1\x64name\x61t")
		var extra wt.Code
		if dirty {
			extra = wt.Seq(wt.I32Const(1), wt.Call(closeFD), wt.Drop,
				wt.I32Const(0), wt.I64Const(1), wt.I32Const(scratch), wt.Call(now), wt.Drop)
		}
		g.Export(abi.ExportDescribe, g.Func(wt.In().Out(wt.I64), nil, extra, g.SpanOf(manifest)))
		return g.Bytes()
	}
	h := newHost(t, host.Config{})
	want := observe(t, load(t, h, guest(false), host.Stateful()), call{task: "t"})
	require.Equal(t, futures.Completed, want.State, want.Message)
	require.Equal(t, want.Value, observe(t, load(t, h, guest(true), host.Stateful()), call{task: "t"}).Value)
}
