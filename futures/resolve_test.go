package futures_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	. "github.com/pledge-wasm/pledge/futures"
)

type order struct {
	Name  string
	Items []any
	Next  *order
	note  any // not exported, so not searched
}

type embedded struct{ Price any }

type receipt struct {
	embedded
	Total any `cbor:"total"`
	Count int
}

type typed struct{ N *Future[int] }

func ref(f Any) abi.ID { return abi.ID(f.ID()) }

// Prefect 76, 77, 78, 79: every kind of container, at any depth.
func TestResolve(t *testing.T) {
	one, two, word := Ready(1), Ready(2), Ready("x")
	tests := []struct {
		name     string
		in, want any
	}{
		{"it resolves a bare future", one, 1},
		{"it resolves lists", []any{one, "a", two}, []any{1, "a", 2}},
		{"it resolves typed lists", []*Future[int]{one, two}, []int{1, 2}},
		{"it resolves lists of futures of any type", []Any{one, word}, []any{1, "x"}},
		{"it resolves arrays", [2]any{one, 5}, [2]any{1, 5}},
		{"it resolves typed arrays", [1]*Future[string]{word}, [1]string{"x"}},
		{"it resolves values of maps", map[string]any{"a": one, "b": 7}, map[string]any{"a": 1, "b": 7}},
		{"it resolves keys of maps", map[any]any{word: one, 3: 4}, map[any]any{"x": 1, 3: 4}},
		{"it resolves typed maps", map[*Future[string]]*Future[int]{word: two}, map[string]int{"x": 2}},
		{"it resolves typed values of maps", map[int][]*Future[int]{3: {one, two}}, map[int][]int{3: {1, 2}}},
		{"it resolves pointers", &[]any{one}, &[]any{1}},
		{"it resolves struct fields", order{Name: "o", Items: []any{one}}, order{Name: "o", Items: []any{1}}},
		{"it resolves embedded fields", receipt{embedded{one}, two, 3}, receipt{embedded{1}, 2, 3}},
		{"it resolves pointers to structs", &order{Next: &order{Items: []any{word}}}, &order{Next: &order{Items: []any{"x"}}}},
		{"it resolves mixtures", map[string]any{"a": []any{map[string][]Any{"b": {one}}}}, map[string]any{"a": []any{map[string][]any{"b": {1}}}}},
		{"it resolves to a fixpoint", []any{Ready(Ready(Ready(5)))}, []any{5}},
		{"it resolves results that hold futures", Ready([]any{one, Ready[any](two)}), []any{1, 2}},
		{"it resolves typed results", []*Future[[]*Future[int]]{Ready([]*Future[int]{one})}, [][]int{{1}}},
		{"it takes null for a value", []any{Ready[any](nil)}, []any{nil}},
		{"it takes null for a value in typed lists", []*Future[any]{Ready[any](nil)}, []any{nil}},
		{"it puts pointers to results", &one, ptr(1)},
		{"it unwraps what may fail", AllowFailure([]any{one}), []any{1}},
		{"it unwraps secrets", []any{Secret("key"), Secret(one)}, []any{"key", 1}},
		{"it keeps what is raw", []any{Raw(one), two}, []any{one, 2}},
		{"it keeps what is raw at any depth", []any{Raw([]any{one}), Raw(map[string]any{"a": two})}, []any{[]any{one}, map[string]any{"a": two}}},
		{"it does not look into opaque results", []any{Opaque(Ready([]any{one}))}, []any{[]any{one}}},
		{"it does not look into opaque values", []any{Opaque([]any{one})}, []any{[]any{one}}},
		{"it combines wrappers", []any{AllowFailure(Raw(one)), Raw(AllowFailure(one)), Opaque(AllowFailure(Ready([]any{one})))}, []any{one, one, []any{one}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Resolve(bg, tt.in)
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
		})
	}
}

// A map whose futures are all done is resolved in some order, many at a time;
// around the borders between those, every entry still gets its own result.
func TestResolveMapsOfAnySize(t *testing.T) {
	for _, n := range []int{1, 31, 32, 33, 63, 64, 65, 1000} {
		dict, typed, same, mixed := map[string]any{}, map[int]*Future[int]{}, map[int]any{}, map[string]Any{}
		wantDict, wantTyped, wantSame, wantMixed := map[string]any{}, map[int]int{}, map[int]any{}, map[string]any{}
		for i := range n {
			key := fmt.Sprint(i)
			dict[key], wantDict[key] = Ready(i), i
			typed[i], wantTyped[i] = Ready(i), i
			same[i], wantSame[i] = i, i
			mixed[key], wantMixed[key] = Ready(key), key
			if i%3 == 0 {
				dict[key] = i
				same[i], wantSame[i] = Ready[any](nil), nil
				mixed[key], wantMixed[key] = Ready(i), i
			}
		}
		for _, tt := range []struct{ in, want any }{{dict, wantDict}, {typed, wantTyped}, {same, wantSame}, {mixed, wantMixed}} {
			got, err := Resolve(bg, tt.in)
			require.NoError(t, err)
			require.Equal(t, tt.want, got, "%d entries", n)
		}
		require.IsType(t, Ready(0), typed[n-1], "the map itself stays as it is")
	}
}

// In a map of many, the first failure by sorted keys is told with its place, and
// what cannot be there is told as well.
func TestResolveLargeMapsThatFail(t *testing.T) {
	typed, dict := map[int]*Future[int]{}, map[string]any{}
	for i := range 100 {
		typed[i], dict[fmt.Sprint(i)] = Ready(i), Ready(i)
	}
	typed[70], typed[40], typed[90] = Broken[int](errors.New("seventy")), Broken[int](errors.New("forty")), nil
	dict["7"] = Broken[int](errors.New("seven"))
	_, err := Resolve(bg, typed)
	require.ErrorContains(t, err, "$[40]")
	require.ErrorContains(t, err, "forty")
	_, err = Resolve(bg, dict)
	require.ErrorContains(t, err, "seven")

	delete(typed, 70)
	delete(typed, 40)
	_, err = Resolve(bg, typed)
	require.ErrorIs(t, err, ErrUnassignable)
	require.ErrorContains(t, err, "$[90]")
}

func ptr[T any](v T) *T { return &v }

// Prefect 80, 87, 89, 94: without a future the very same value comes back, and
// types that are no containers are not searched.
func TestResolveIdentity(t *testing.T) {
	f := Ready(1)
	list, dict := []any{1, "a"}, map[string]any{"a": []int{1}}
	o := &order{Name: "o", note: f}
	seq := func(yield func(Any) bool) { t.Error("consumed"); yield(f) }
	channel := make(chan Any, 1)
	for _, v := range []any{nil, 1, "text", []byte("bytes"), o, channel, time.Unix(1, 2), struct{ n any }{f}, (*Future[int])(nil)} {
		got, err := Resolve(bg, v)
		require.NoError(t, err)
		require.Equal(t, v, got)
	}
	got, _ := Resolve(bg, o)
	require.Same(t, o, got)
	got, _ = Resolve(bg, list)
	require.Same(t, &list[0], &got.([]any)[0])
	got, _ = Resolve(bg, dict)
	got.(map[string]any)["b"] = 1
	require.Contains(t, dict, "b", "it is the same map")
	_, err := Resolve(bg, []any{seq})
	require.NoError(t, err)
}

// Prefect 88, 93, 101, 103: only what changes is copied, what is shared stays
// shared, and the input is never written to.
func TestResolveSharing(t *testing.T) {
	still := []any{"still"}
	moving := []any{Ready(1)}
	o := &order{Items: moving}
	in := map[string]any{"a": still, "b": moving, "c": moving, "d": o, "e": o}
	got, err := Resolve(bg, in)
	require.NoError(t, err)
	m := got.(map[string]any)
	require.Same(t, &still[0], &m["a"].([]any)[0])
	require.Equal(t, []any{1}, m["b"])
	require.Same(t, &m["b"].([]any)[0], &m["c"].([]any)[0])
	require.Same(t, m["d"], m["e"])
	require.Same(t, &m["b"].([]any)[0], &m["d"].(*order).Items[0])

	require.Equal(t, map[string]any{"a": still, "b": moving, "c": moving, "d": o, "e": o}, in)
	require.IsType(t, moving[0], Ready(1))

	v := Ready(&order{})
	got, err = Resolve(bg, []any{v, v})
	require.NoError(t, err)
	require.Same(t, got.([]any)[0], got.([]any)[1])
}

// Prefect 82, 83: waiting happens together, each run's result is taken once, and
// the first failure in document order is reported, as soon as it is known to be
// that.
func TestResolveWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		a, b := after(t, 3), after(t, 2)
		got, err := Resolve(bg, []any{a, b, a})
		require.NoError(t, err)
		require.Equal(t, []any{3, 2, 3}, got)
		require.Equal(t, 3*time.Second, time.Since(start))

		never := after(t, -1)
		_, err = Resolve(bg, map[string]any{"b": failAfter(t, 2, errBoom), "c": never, "a": failAfter(t, 3, errIO)})
		require.ErrorIs(t, err, errIO)
		var at *ResolveError
		require.ErrorAs(t, err, &at)
		require.Equal(t, "$.a", at.Path.String())
		require.Equal(t, 6*time.Second, time.Since(start), "it does not wait for what is behind")

		_, err = Resolve(within(t, time.Second), []any{a, []any{never}})
		require.ErrorIs(t, err, ErrWaitTimeout)
		require.ErrorContains(t, err, "futures: resolve $[1][0]: run "+never.ID().String())
	})
}

// Prefect 84, 111: failures as values where that is allowed, and only those.
func TestAllow(t *testing.T) {
	fail := func(code abi.Code) *Future[int] { return Broken[int](failed(code, errBoom)) }
	tests := []struct {
		name     string
		wrap     func(any) Wrapped
		code     abi.Code
		accepted bool
	}{
		{"it allows what the task said", AllowFailure, abi.CodeGuest, true},
		{"it allows a time-out", AllowFailure, abi.CodeDeadline, true},
		{"it does not allow a crash", AllowFailure, abi.CodeTrap, false},
		{"it does not allow a cancellation", AllowFailure, abi.CodeCancelled, false},
		{"it does not allow a skipped upstream", AllowFailure, abi.CodeUpstream, false},
		{"it allows a skipped upstream by its own name", AllowUpstream, abi.CodeUpstream, true},
		{"it does not allow a failure by that name", AllowUpstream, abi.CodeGuest, false},
		{"it allows both together", func(v any) Wrapped { return AllowFailure(AllowUpstream(v)) }, abi.CodeUpstream, true},
		{"it allows both in the other order", func(v any) Wrapped { return AllowUpstream([]any{AllowFailure(v)}) }, abi.CodeGuest, true},
		{"it allows nothing by itself", Opaque, abi.CodeGuest, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := fail(tt.code)
			v := map[string]any{"x": tt.wrap([]any{Ready(1), f})}
			got, err := Resolve(bg, v)
			args, encErr := Encode(v)
			require.NoError(t, encErr)
			raw, rawErr := args.Resolve(bg, Limits{})
			if tt.name == "it allows nothing by itself" { // an opaque list is not searched at all
				require.NoError(t, err)
				require.NoError(t, rawErr)
				return
			}
			if !tt.accepted {
				var at *ResolveError
				require.ErrorAs(t, err, &at)
				require.Contains(t, at.Path.String(), "$.x")
				require.Equal(t, f.ID(), at.ID)
				require.ErrorIs(t, err, errBoom)
				require.ErrorAs(t, rawErr, &at)
				require.Equal(t, abi.CodeUpstream, at.RunError().Code)
				require.ErrorIs(t, at.RunError(), errBoom)
				require.Equal(t, f.ID(), at.RunError().Root().ID)
				return
			}
			require.NoError(t, err)
			require.Contains(t, fmt.Sprint(got), "boom")
			require.NoError(t, rawErr)
			require.Equal(t, mustRaw(t, got), raw, "it is the same over CBOR")
		})
	}
}

// Prefect 85: states never fail.
func TestResolveStates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		nested := Ready([]any{Ready(1)})
		got, err := ResolveStates(bg, map[string]any{"a": after(t, 1), "b": []any{Broken[int](errBoom), nested, 4}})
		require.NoError(t, err)
		require.Equal(t, map[string]any{"a": Completed, "b": []any{Failed, Completed, 4}}, got)
		got, err = ResolveStates(bg, []*Future[string]{Broken[string](errBoom)})
		require.NoError(t, err)
		require.Equal(t, []State{Failed}, got)
		_, err = ResolveStates(within(t, time.Second), []any{after(t, -1)})
		require.ErrorIs(t, err, ErrWaitTimeout)
	})
}

// Prefect 86, 105: what cannot be resolved is a typed error with the path; never
// a hang, a panic or a silent loss.
func TestResolveErrors(t *testing.T) {
	f := Ready(1)
	loop := []any{nil}
	loop[0] = loop
	ring := &order{}
	ring.Next = ring
	dict := map[string]any{}
	dict["self"] = []any{dict}
	selfP := NewPromise(Spec[any]{})
	selfP.Complete([]any{selfP.Future()})
	deep := any(f)
	for range 300 {
		deep = []any{deep}
	}
	chain := Ready[any](1)
	for range 300 {
		chain = Ready[any](chain)
	}
	undecodable := pending[int](t, "")
	undecodable.CompleteRaw(abi.Raw{0x60})
	stranger := pending[int](t, "").Future()

	tests := []struct {
		name string
		in   any
		is   error
		path string
	}{
		{"it finds lists inside themselves", loop, ErrCycle, "$[0]"},
		{"it finds maps inside themselves", []any{dict}, ErrCycle, "$[0].self[0]"},
		{"it finds pointers to themselves", ring, ErrCycle, "$.Next"},
		{"it finds futures inside their own result", []any{selfP.Future()}, ErrCycle, "$[0][0]"},
		{"it bounds depth", deep, ErrDepth, ""},
		{"it bounds chains of futures", chain, ErrDepth, "$"},
		{"it refuses keys that meet", map[any]any{f: 1, 1: 2}, ErrDuplicateKey, ""},
		{"it refuses keys that cannot be keys", map[any]any{Ready([]int{1}): 1}, ErrUnhashable, ""},
		{"it refuses typed keys that cannot be keys", map[*Future[[]int]]int{Ready([]int{1}): 1}, ErrUnhashable, ""},
		{"it refuses a field that cannot hold the result", []any{typed{f}}, ErrUnassignable, "$[0].N"},
		{"it refuses a nil future where a result must be", []*Future[int]{f, nil}, ErrUnassignable, "$[1]"},
		{"it passes on results that are of another type", []any{undecodable.Future()}, &ResultError{}, "$[0]"},
		{"it passes on failures", map[string]any{"a b": []any{0, Broken[int](errBoom)}}, errBoom, `$["a b"][1]`},
		{"it passes on failures of keys", map[any]any{Broken[int](errBoom): 1}, errBoom, ""},
		{"it refuses strange ids", []any{ref(stranger)}, ErrUnknownFuture, "$[0]"},
		{"it refuses strange ids in raw CBOR", []any{mustRaw(t, map[string]any{"k": []any{1, stranger}})}, ErrUnknownFuture, "$[0].k[1]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Resolve(bg, tt.in)
			require.Nil(t, got)
			var at *ResolveError
			require.ErrorAs(t, err, &at)
			if want, ok := tt.is.(*ResultError); ok {
				require.ErrorAs(t, err, &want)
			} else {
				require.ErrorIs(t, err, tt.is)
			}
			if tt.path != "" {
				require.Equal(t, tt.path, at.Path.String())
			}
		})
	}
	_, err := Resolve(bg, []any{Raw(loop), Raw(ref(stranger))})
	require.NoError(t, err, "it leaves raw parts alone")
}

// A reference without a handle is resolved if somebody knows it.
func TestResolverLookup(t *testing.T) {
	f := Ready(map[string]int{"n": 1})
	r := Resolver{Lookup: func(id abi.ID) (Any, bool) { return f, id == ref(f) }}
	raw := mustRaw(t, []any{f})
	got, err := r.Resolve(bg, []any{ref(f), raw, abi.Raw{0x01}})
	require.NoError(t, err)
	require.Equal(t, []any{map[string]int{"n": 1}, mustRaw(t, []any{map[string]int{"n": 1}}), abi.Raw{0x01}}, got)
	got, err = r.ResolveStates(bg, []any{ref(f)})
	require.NoError(t, err)
	require.Equal(t, []any{Completed}, got)
	nobody := Resolver{Lookup: func(abi.ID) (Any, bool) { return nil, true }}
	_, err = nobody.ResolveStates(bg, []any{ref(f)})
	require.ErrorIs(t, err, ErrUnknownFuture)
	_, err = nobody.Resolve(bg, []any{ref(f)})
	require.ErrorIs(t, err, ErrUnknownFuture)
	out, err := r.ResolveRaw(bg, raw)
	require.NoError(t, err)
	require.Equal(t, mustRaw(t, []any{map[string]int{"n": 1}}), out)
}

func TestResolveAs(t *testing.T) {
	type in struct {
		N *Future[int] `cbor:"n"`
		S []Any        `cbor:"s"`
	}
	type out struct {
		N int   `cbor:"n"`
		S []any `cbor:"s"`
	}
	got, err := ResolveAs[out](bg, in{Ready(4), []Any{Ready("x")}})
	require.NoError(t, err)
	require.Equal(t, out{4, []any{"x"}}, got)
	_, err = ResolveAs[out](bg, in{Ready(4), []Any{Broken[int](errBoom)}})
	require.ErrorIs(t, err, errBoom)
	require.ErrorContains(t, err, "$.s[0]")
	_, err = ResolveAs[string](bg, Ready(4))
	require.ErrorContains(t, err, "futures: resolve $: ")
}

// Prefect 9 and the cost of arguments: what a task depends on is found without
// waiting, each once, in document order.
func TestCollect(t *testing.T) {
	a, b, c := pending[int](t, "a").Future(), pending[string](t, "b").Future(), pending[any](t, "c").Future()
	got, err := Collect([]any{map[string]any{"z": a, "y": b}, Raw(c), a, AllowFailure(&order{Items: []any{c}})})
	require.NoError(t, err)
	want := []Nested{
		{b, Path{{Index: 0}, {Kind: StepName, Text: "y"}}},
		{a, Path{{Index: 0}, {Kind: StepName, Text: "z"}}},
		{c, Path{{Index: 3}, {Kind: StepName, Text: "Items"}, {Index: 0}}},
	}
	require.Equal(t, want, got)

	loop := []any{nil}
	loop[0] = loop
	_, err = Collect(loop)
	require.ErrorIs(t, err, ErrCycle)

	for _, v := range []any{nil, "text", 1, map[string]int{"a": 1}, []string{"a"}, struct{ A, B []float64 }{}} {
		require.Zero(t, testing.AllocsPerRun(10, func() {
			if got, err := Collect(v); got != nil || err != nil {
				t.Error(got, err)
			}
		}), "%T", v)
	}
}
