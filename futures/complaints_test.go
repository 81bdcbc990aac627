package futures_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	. "github.com/pledge-wasm/pledge/futures"
)

// What users of Prefect complain about, and what keeps it from happening here.

// "Memory grows with runs": what a run needed is let go of when it is over,
// although its future lives on; results belong to their futures only.
func TestFinishedRunsLetGo(t *testing.T) {
	type arguments struct{ Huge [1 << 20]byte }
	submit := func() (*Promise[int], weak.Pointer[arguments]) {
		args := new(arguments)
		return NewPromise(Spec[int]{OnCancel: func(error) { runtime.KeepAlive(args) }}), weak.Make(args)
	}
	p, gone := submit()
	runtime.GC()
	require.NotNil(t, gone.Value())
	f := p.Future()
	p.Complete(1)
	runtime.GC()
	require.Nil(t, gone.Value())
	require.Equal(t, Completed, f.State())

	result := new(arguments)
	gone = weak.Make(result)
	done := Ready(result)
	result = nil
	runtime.GC()
	require.NotNil(t, gone.Value())
	runtime.KeepAlive(done)
	done = nil
	runtime.GC()
	require.Nil(t, gone.Value(), "no map keeps it")
}

// "Threads grow": waiting for many costs no goroutine per future, and none stays.
func TestNoGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fs := make([]*Future[int], 1000)
		for i := range fs {
			fs[i] = after(t, 1+i%10)
		}
		before := runtime.NumGoroutine()
		stop := AfterAll(fs, func() {})
		seen := 0
		for f, err := range AsCompleted(bg, fs...) {
			require.NoError(t, err)
			_ = Then(f, func(_ context.Context, v int) (int, error) { return v, nil })
			if seen++; seen == 50 {
				break
			}
			require.Less(t, runtime.NumGoroutine(), before+300, "it is a few for those that are just ending, not a thousand")
		}
		stop()
		d, _ := WaitAll(bg, fs...)
		require.Len(t, d, 1000)
		synctest.Wait() // and the bubble sees to it that nothing is left
	})
}

// "Walking large arguments is slow": a type that cannot hold futures is not
// walked, raw CBOR is passed over, and Raw and Opaque stop a walk.
func TestLargeArgumentsAreNotWalked(t *testing.T) {
	large := make([]map[string][]float64, 1000)
	for i := range large {
		large[i] = map[string][]float64{"x": make([]float64, 100)}
	}
	trees := make([]any, 10_000)
	for i := range trees {
		trees[i] = []any{i}
	}
	for name, v := range map[string]any{"typed": large, "raw CBOR": make(abi.Raw, 1<<20), "raw": []any{Raw(trees)}, "opaque": []any{Opaque(trees)}} {
		n := testing.AllocsPerRun(10, func() {
			if _, err := Resolve(bg, v); err != nil {
				t.Error(err)
			}
		})
		require.Less(t, n, 60.0, name)
	}
}

// "Custom classes break in resolving": structs are rebuilt by copying their
// fields, those that are not exported included, and only if something changes.
func TestStructsAreCopiedNotMade(t *testing.T) {
	in := &order{Name: "o", Items: []any{Ready(1)}, note: "private"}
	got, err := Resolve(bg, in)
	require.NoError(t, err)
	require.Equal(t, &order{Name: "o", Items: []any{1}, note: "private"}, got)
	require.Equal(t, "private", in.note)

	lock := struct {
		sync.Mutex
		X any
	}{X: 1}
	lock.Lock()
	out, err := Resolve(bg, &lock)
	require.NoError(t, err)
	require.Same(t, &lock, out)
}

// "False dependencies from recycled addresses": what is depended on is known by
// its handle and id; equal values that happen to lie where another one was are
// nothing to it.
func TestNoFalseDependencies(t *testing.T) {
	for i := range 1000 {
		f := Ready(i)
		args, err := Encode([]any{&i, f})
		require.NoError(t, err)
		require.Equal(t, []Any{f}, args.Futures())
		v, err := f.Result(bg)
		require.NoError(t, err)
		args, err = Encode([]any{v, &v}) // a plain result is a value like any other
		require.NoError(t, err)
		require.Empty(t, args.Futures())
	}
}

// Prefect 99, 100, 109: notes flow down and never to siblings, and what stops
// the walk stops it for its own part only.
func TestNotesFlowDown(t *testing.T) {
	bad := Broken[int](errBoom)
	_, err := Resolve(bg, []any{AllowFailure([]any{[]any{1}}), bad})
	require.ErrorIs(t, err, errBoom)
	got, err := Resolve(bg, []any{AllowFailure([]any{[]any{bad}}), Ready(2)})
	require.NoError(t, err)
	require.Equal(t, []any{[]any{[]any{bad.Err()}}, 2}, got)
	shared := []any{bad}
	_, err = Resolve(bg, []any{AllowFailure(shared), shared})
	require.ErrorContains(t, err, "$[1][0]", "it is not taken for the same part when the notes differ")
}

// "Time-out of a wait ignored or false ('within None seconds')": texts name what
// there is and nothing else.
func TestTextsNameWhatThereIs(t *testing.T) {
	f := pending[int](t, "").Future()
	_, err := f.Wait(over())
	for _, s := range []string{err.Error(), (&RunError{}).Error(), (&RunError{State: Failed, Attempt: 1}).Error(), Broken[int](nil).Err().Error()} {
		for _, bad := range []string{"nil", "None", "%!", "  ", ": :", "()"} {
			require.NotContains(t, s, bad)
		}
		require.True(t, strings.HasPrefix(s, "futures: ") && strings.Contains(s, " run "), s)
	}
}

// "Many submissions hang": a deep chain of futures, each waiting for the one
// before, ends, whichever way it is resolved.
func TestDeepChain(t *testing.T) {
	first := pending[int](t, "")
	f := first.Future()
	for range 10_000 {
		f = Then(f, func(_ context.Context, v int) (int, error) { return v + 1, nil })
	}
	first.Complete(0)
	v, err := f.Result(bg)
	require.NoError(t, err)
	require.Equal(t, 10_000, v)
}

// "Unread results": futures that nobody holds do not keep others from ending.
func TestDroppedHandles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		done := make(chan int, 1)
		p := pending[int](t, "")
		Then(p.Future(), func(_ context.Context, v int) (int, error) { done <- v; return v, nil })
		runtime.GC()
		time.Sleep(time.Second)
		p.Complete(5)
		require.Equal(t, 5, <-done)
	})
}

// A future and what is done with it, all at once: a hammer for the detector.
func TestHammer(t *testing.T) {
	for round := range 200 {
		p := NewPromise(Spec[any]{Task: fmt.Sprint(round), Hooks: &Hooks{State: func(Any, Event) {}, Panic: func(Any, *PanicError) {}}})
		f := p.Future()
		var wg sync.WaitGroup
		for _, act := range []func(){
			func() { p.Start() }, func() { p.Retry(errBoom) }, func() { p.Progress(abi.Raw{1}) },
			func() { p.Complete([]any{1}) }, func() { p.CompleteRaw(abi.Raw{0x81, 1}) }, func() { p.Fail(failed(abi.CodeTrap, errBoom)) },
			func() { f.Cancel(errBoom) }, func() { _, _ = f.Result(bg) }, func() { _, _ = f.Raw(bg) }, func() { p.Evict() },
			func() { f.OnDone(func() { panic(1) })() }, func() { f.OnDone(func() {}) }, func() { _ = f.History(); _ = f.String(); f.Unread() },
			func() { _, _ = WaitAll(bg, f, f) }, func() { _, _ = Gather(bg, f) }, func() { _, _ = Resolve(bg, []any{f}) },
			func() {
				for range f.Watch(bg) {
					continue
				}
			},
			func() {
				for range AsCompleted(bg, f) {
					break
				}
			},
			func() {
				if args, err := Encode([]any{f}); err == nil {
					_, _ = args.Resolve(bg, Limits{})
				}
			},
		} {
			wg.Go(act)
		}
		wg.Wait()
		require.True(t, f.State().Terminal())
	}
}
