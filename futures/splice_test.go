package futures_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/abi/codec"
	. "github.com/pledge-wasm/pledge/futures"
)

// rid returns the id of a run by number.
func rid(n int) abi.ID { return abi.ID{15: byte(n), 14: byte(n >> 8)} }

func join(parts ...any) (b abi.Raw) {
	for _, p := range parts {
		switch p := p.(type) {
		case abi.ID:
			b = abi.AppendFuture(b, p)
		case int:
			b = append(b, byte(p))
		case string:
			b = append(b, p...)
		case abi.Raw:
			b = append(b, p...)
		}
	}
	return b
}

// results is what runs came to, by number.
type results map[int]abi.Raw

func (r results) lookup(id abi.ID) (abi.Raw, error) {
	if raw, ok := r[int(id[14])<<8|int(id[15])]; ok {
		return raw, nil
	}
	return nil, ErrUnknownFuture
}

// Prefect 76, 77, 78, over bytes: results are spliced in, everything else stays
// byte for byte, odd encodings included.
func TestSplice(t *testing.T) {
	r := results{
		1: join(0x82, 1, 2), 2: join(0x61, "x"), 3: join(rid(2)), 4: join(0x81, rid(1)), 5: join(0xbf, 0x61, "k", rid(4), 0xff),
		6: join(0x18, 5), // not the shortest form
	}
	tests := []struct {
		name     string
		in, want abi.Raw
	}{
		{"it resolves a bare reference", join(rid(1)), join(0x82, 1, 2)},
		{"it follows references", join(rid(3)), join(0x61, "x")},
		{"it resolves arrays", join(0x83, 7, rid(1), rid(2)), join(0x83, 7, 0x82, 1, 2, 0x61, "x")},
		{"it resolves values of maps", join(0xa1, 0x61, "k", rid(1)), join(0xa1, 0x61, "k", 0x82, 1, 2)},
		{"it resolves keys of maps", join(0xa1, rid(2), 0), join(0xa1, 0x61, "x", 0)},
		{"it resolves what tags stand over", join(0xc2+0x10, rid(2)), join(0xd2, 0x61, "x")},
		{"it resolves indefinite arrays", join(0x9f, rid(2), 0x9f, rid(2), 0xff, 0xff), join(0x9f, 0x61, "x", 0x9f, 0x61, "x", 0xff, 0xff)},
		{"it resolves indefinite maps", join(0xbf, rid(2), rid(1), 0xff), join(0xbf, 0x61, "x", 0x82, 1, 2, 0xff)},
		{"it resolves to a fixpoint", join(0x82, rid(5), rid(4)), join(0x82, 0xbf, 0x61, "k", 0x81, 0x82, 1, 2, 0xff, 0x81, 0x82, 1, 2)},
		{"it leaves other encodings alone", join(0x98, 2, 0x19, 0, 1, rid(6)), join(0x98, 2, 0x19, 0, 1, 0x18, 5)},
		{"it reads references in long form", join(0x81, 0xdb, 0, 0, 0, 0, "pldg", 0x58, 16, string(bytes.Repeat([]byte{0}, 15)), 2), join(0x81, 0x61, "x")},
		{"it reads references in chunks", join(0x81, 0xda, "pldg", 0x5f, 0x48, "\x00\x00\x00\x00\x00\x00\x00\x00", 0x48, "\x00\x00\x00\x00\x00\x00\x00\x02", 0xff), join(0x81, 0x61, "x")},
		{"it takes byte strings for data", join(0x82, rid(2), 0x56, rid(1)), join(0x82, 0x61, "x", 0x56, rid(1))},
		{"it takes embedded CBOR for data", join(0x82, rid(2), 0xd8, 24, 0x56, rid(1)), join(0x82, 0x61, "x", 0xd8, 24, 0x56, rid(1))},
		{"it takes texts for data", join(0x82, rid(2), 0x64, "pldg"), join(0x82, 0x61, "x", 0x64, "pldg")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := bytes.Clone(tt.in)
			got, err := Splice(tt.in, r.lookup, Limits{})
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
			require.Equal(t, abi.Raw(before), tt.in, "it does not write to its input")
		})
	}
}

// Prefect 87, 88: no reference, no copy.
func TestSpliceIdentity(t *testing.T) {
	for _, in := range []abi.Raw{{0xf6}, join(0x64, "pldg"), join(0x56, rid(1)), mustRaw(t, map[string]any{"a": []int{1, 2, 3}})} {
		got, err := Splice(in, results{}.lookup, Limits{Bytes: 1, Depth: 1})
		require.NoError(t, err)
		require.Same(t, &in[0], &got[0])
	}
	r := results{1: join(rid(2)), 2: join(0x82, 1, 2)}
	got, err := Splice(join(rid(1)), r.lookup, Limits{})
	require.NoError(t, err)
	require.Same(t, &r[2][0], &got[0], "it hands on a result as it is")
	in := mustRaw(t, []any{bytes.Repeat([]byte("x"), 1<<20), "pldh"})
	none := results{}.lookup
	require.Zero(t, testing.AllocsPerRun(10, func() { _, _ = Splice(in, none, Limits{}) }))
}

// Each run is looked up once, however often it is referred to.
func TestSpliceOnce(t *testing.T) {
	n := map[abi.ID]int{}
	r := results{1: join(0x82, rid(2), rid(3)), 2: join(rid(3)), 3: {7}}
	_, err := Splice(join(0x84, rid(1), rid(2), rid(3), rid(1)), func(id abi.ID) (abi.Raw, error) {
		n[id]++
		return r.lookup(id)
	}, Limits{})
	require.NoError(t, err)
	require.Equal(t, map[abi.ID]int{rid(1): 1, rid(2): 1, rid(3): 1}, n)
}

// A result that doubles at each step, a chain, and a cycle: typed errors at once.
func TestSpliceErrors(t *testing.T) {
	double := results{0: join(0x58, 100, strings.Repeat("x", 100))}
	for i := 1; i <= 200; i++ {
		double[i] = join(0x82, rid(i-1), rid(i-1))
	}
	nested := results{0: {0}}
	bare := results{0: {0}}
	for i := 1; i <= 10_000; i++ {
		nested[i] = join(0x81, rid(i-1))
		bare[i] = join(rid(i - 1))
	}
	boom := failed(abi.CodeGuest, errBoom)
	tests := []struct {
		name string
		in   abi.Raw
		look func(abi.ID) (abi.Raw, error)
		lim  Limits
		is   error
		path string
	}{
		{"it stops a doubling result", join(0x81, rid(200)), double.lookup, Limits{}, ErrTooLarge, ""},
		{"it stops nesting", join(rid(10_000)), nested.lookup, Limits{}, ErrDepth, ""},
		{"it stops nesting where it is told to", join(0x81, rid(9)), nested.lookup, Limits{Depth: 9}, ErrDepth, ""},
		{"it counts bytes of the root", join(0x82, 0x45, "abcde", rid(2)), results{2: join(0x63, "xyz")}.lookup, Limits{Bytes: 10}, ErrTooLarge, "$[1]"},
		{"it counts bytes of a bare result", join(rid(2)), results{2: join(0x63, "xyz")}.lookup, Limits{Bytes: 3}, ErrTooLarge, "$"},
		{"it finds cycles", join(0x81, rid(1)), results{1: join(0xa1, 0x61, "k", rid(2)), 2: join(0x82, 0, rid(1))}.lookup, Limits{}, ErrCycle, "$[0].k[1]"},
		{"it finds cycles of bare references", join(rid(1)), results{1: join(rid(2)), 2: join(rid(1))}.lookup, Limits{}, ErrCycle, "$"},
		{"it refuses forged ids", join(0xa2, 0x61, "a", 0, 0x61, "b", 0x82, 0, rid(9)), results{}.lookup, Limits{}, ErrUnknownFuture, "$.b[1]"},
		{"it passes on failures", join(0xa1, 0x20, rid(9)), func(abi.ID) (abi.Raw, error) { return nil, boom }, Limits{}, errBoom, "$[-1]"},
		{"it says when it is inside a key", join(0xa1, 0x82, 0, rid(9), 0), results{}.lookup, Limits{}, ErrUnknownFuture, ""},
		{"it refuses keys that meet", join(0x81, 0xa2, 0x61, "x", 0, rid(2), 1), results{2: join(0x61, "x")}.lookup, Limits{}, ErrDuplicateKey, `$[0]["x"]`},
		{"it refuses keys that meet by value", join(0xa2, 1, 0, rid(2), 1), results{2: join(0x18, 1)}.lookup, Limits{}, ErrDuplicateKey, "$[1]"},
		{"it refuses references that are none", join(0x82, 0, 0xda, "pldg", 0x41, "x"), results{}.lookup, Limits{}, &abi.SyntaxError{}, "$[1]"},
		{"it refuses results that are no items", join(0x81, rid(1)), results{1: join(0x82, rid(2)), 2: {0}}.lookup, Limits{}, &abi.SyntaxError{}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Splice(tt.in, tt.look, tt.lim)
			require.Nil(t, got)
			var at *ResolveError
			require.ErrorAs(t, err, &at)
			if syntax, ok := tt.is.(*abi.SyntaxError); ok {
				require.ErrorAs(t, err, &syntax)
			} else {
				require.ErrorIs(t, err, tt.is)
			}
			if tt.path != "" {
				require.Equal(t, tt.path, at.Path.String())
			}
		})
	}
	got, err := Splice(join(rid(10_000)), bare.lookup, Limits{})
	require.NoError(t, err, "it follows any number of bare references")
	require.Equal(t, abi.Raw{0}, got)
	got, err = Splice(join(0x81, rid(8)), nested.lookup, Limits{Depth: 9})
	require.NoError(t, err)
	require.Len(t, got, 10)
}

// A failure in a result can be turned into the run's own.
func TestResolveErrorRunError(t *testing.T) {
	root := &RunError{ID: uuid.UUID(rid(9)), Task: "load", State: Crashed, Code: abi.CodeTrap}
	_, err := Splice(join(0x81, rid(9)), func(abi.ID) (abi.Raw, error) { return nil, root }, Limits{})
	var at *ResolveError
	require.ErrorAs(t, err, &at)
	require.EqualError(t, err, "futures: resolve $[0]: load 00000000-0000-0000-0000-000000000009 crashed (trap)")
	run := at.RunError()
	require.Equal(t, Failed, run.State)
	require.Equal(t, abi.CodeUpstream, run.Code)
	require.Same(t, root, run.Root())

	_, err = Splice(join(0x81, rid(9)), results{}.lookup, Limits{})
	require.EqualError(t, err, "futures: resolve $[0]: run 00000000-0000-0000-0000-000000000009: no such future is known here")
	require.ErrorAs(t, err, &at)
	require.Equal(t, abi.CodeBadResult, at.RunError().Code)
}

func TestPathAt(t *testing.T) {
	raw := mustRaw(t, map[string]any{"items": []any{1, map[string]any{"price": "5"}}, "odd key": map[int]any{-3: []any{true}}})
	tests := []struct{ at, want string }{
		{"\x65price", `$.items[1]{"price"}`},
		{"\x615", "$.items[1].price"},
		{"\x01\xa1", "$.items[0]"},
		{"\xf5", `$["odd key"][-3][0]`},
	}
	for _, tt := range tests {
		require.Equal(t, tt.want, PathAt(raw, bytes.Index(raw, []byte(tt.at))).String())
	}
	require.Equal(t, "$", PathAt(raw, 0).String())
	for off := -2; off < len(raw)+3; off++ {
		_ = PathAt(raw, off).String()
		_ = PathAt(raw[:max(0, min(off, len(raw)))], off).String()
	}
	require.Equal(t, `$[3]["a \"b"][1.5]{...}`, Path{{Index: 3}, {Kind: StepName, Text: `a "b`}, {Kind: StepKey, Text: "1.5"}, {Kind: StepInKey, Text: "..."}}.String())
	require.Equal(t, `$["`+strings.Repeat("é", 20)+`..."]`, Path{{Kind: StepName, Text: strings.Repeat("é", 30)}}.String())
}

// Prefect 109, 110, 111, 115, 117: arguments are a snapshot with dependencies;
// wrappers decide what becomes of each.
func TestEncode(t *testing.T) {
	p, q := pending[[]any](t, "p"), pending[string](t, "q")
	data := []any{1}
	args, err := Encode(map[string]any{"a": p.Future(), "b": []any{q.Future(), p.Future()}, "c": Raw([]any{q.Future()}), "d": data})
	require.NoError(t, err)
	require.Equal(t, []Any{p.Future(), q.Future()}, args.Futures())
	data[0] = 2
	inner := Ready(7)
	p.Complete([]any{inner, "in"})
	q.Complete("out")
	raw, err := args.Resolve(over(), Limits{})
	require.NoError(t, err)
	require.Equal(t, mustRaw(t, map[string]any{"a": []any{7, "in"}, "b": []any{"out", []any{7, "in"}}, "c": []any{q.Future()}, "d": []any{1}}), raw)
	f, ok := args.Find(ref(q.Future()))
	require.True(t, ok)
	require.Same(t, q.Future(), f)

	t.Run("it costs nothing without futures", func(t *testing.T) {
		args, err := Encode(map[string]any{"a": 1, "b": []string{"pldg"}})
		require.NoError(t, err)
		require.Empty(t, args.Futures())
		raw, err := args.Resolve(over(), Limits{})
		require.NoError(t, err)
		require.Same(t, &args.Raw()[0], &raw[0])
		require.Equal(t, mustRaw(t, map[string]any{"a": 1, "b": []string{"pldg"}}), raw)
	})
	t.Run("it keeps what is raw and does not wait for it", func(t *testing.T) {
		p := pending[int](t, "")
		args, err := Encode([]any{Raw(p.Future()), Raw(rid(1)), 5})
		require.NoError(t, err)
		require.Empty(t, args.Futures())
		raw, err := args.Resolve(over(), Limits{})
		require.NoError(t, err)
		require.Equal(t, mustRaw(t, []any{p.Future(), rid(1), 5}), raw)
		f, ok := args.Find(ref(p.Future()))
		require.True(t, ok)
		require.Same(t, p.Future(), f)
		_, ok = args.Find(rid(1))
		require.False(t, ok)
	})
	t.Run("it does not look into opaque results", func(t *testing.T) {
		in := Ready(1)
		args, err := Encode([]any{Opaque(Ready([]any{in})), AllowFailure(Opaque(Ready([]any{in}))), Ready([]any{in}), Opaque([]any{in}), Opaque(AllowFailure([]any{in}))})
		require.NoError(t, err)
		raw, err := args.Resolve(bg, Limits{})
		require.NoError(t, err)
		require.Equal(t, mustRaw(t, []any{[]any{in}, []any{in}, []any{1}, []any{in}, []any{in}}), raw)
	})
	t.Run("it tells wrappers from bytes that look like them", func(t *testing.T) {
		f := Ready(1)
		wrapped := mustRaw(t, Raw(f))
		forged := bytes.Clone(wrapped)
		forged[8] ^= 1 // in the nonce
		_, err := Encode(abi.Raw(forged))
		require.ErrorIs(t, err, ErrUnknownFuture)
		args, err := Encode([]any{f, abi.Raw(forged), wrapped, Raw(f)})
		require.NoError(t, err)
		raw, err := args.Resolve(bg, Limits{})
		require.NoError(t, err)
		require.Equal(t, join(0x84, 1, abi.Raw(bytes.ReplaceAll(forged, join(ref(f)), []byte{1})), ref(f), ref(f)), raw)
	})
	t.Run("it refuses references that nobody knows", func(t *testing.T) {
		_, err := Encode([]any{0, rid(1)})
		require.ErrorIs(t, err, ErrUnknownFuture)
		require.ErrorContains(t, err, "$[1]")
		_, err = Encode(join(0x81, rid(1)))
		require.ErrorIs(t, err, ErrUnknownFuture)
		f := Ready("x")
		r := Resolver{Lookup: func(abi.ID) (Any, bool) { return f, true }, Limits: Limits{Bytes: 3}}
		args, err := r.Encode(join(0x81, rid(1)))
		require.NoError(t, err)
		raw, err := args.Resolve(bg, Limits{})
		require.NoError(t, err)
		require.Equal(t, join(0x81, 0x61, "x"), raw)
		_, err = args.Resolve(bg, Limits{Bytes: 2})
		require.ErrorIs(t, err, ErrTooLarge)
		_, err = Encode(make(chan int))
		require.Error(t, err)
	})
	t.Run("it refuses cycles", func(t *testing.T) {
		loop := []any{nil}
		loop[0] = loop
		_, err := Encode(loop)
		require.ErrorIs(t, err, ErrCycle)
		self := NewPromise(Spec[any]{})
		self.Complete([]any{self.Future()})
		args, err := Encode([]any{self.Future()})
		require.NoError(t, err)
		_, err = args.Resolve(bg, Limits{})
		require.ErrorIs(t, err, ErrCycle)
	})
	t.Run("it names what failed", func(t *testing.T) {
		bad := Broken[int](failed(abi.CodeTrap, errBoom))
		args, err := Encode(map[string]any{"a": []any{1, bad}})
		require.NoError(t, err)
		_, err = args.Resolve(bg, Limits{})
		var at *ResolveError
		require.ErrorAs(t, err, &at)
		require.Equal(t, "$.a[1]", at.Path.String())
		require.ErrorIs(t, err, errBoom)
		never := pending[int](t, "").Future()
		args, err = Encode(AllowFailure(never))
		require.NoError(t, err)
		_, err = args.Resolve(over(), Limits{})
		var wait *WaitError
		require.ErrorAs(t, err, &wait)
	})
}

// A failure as a value says what the task said.
func TestFailureItem(t *testing.T) {
	guest := &abi.GuestError{Code: "bad_page", Message: "page 7", Data: abi.Raw{7}}
	tests := []struct {
		err  *RunError
		want string
	}{
		{&RunError{State: Failed, Code: abi.CodeGuest, Err: guest}, `{"code": "bad_page", "data": 7, "state": "Failed", "message": "page 7"}`},
		{&RunError{Task: "t", State: TimedOut, Code: abi.CodeDeadline, Err: errors.New("a\xffb")}, `{"code": "deadline", "state": "TimedOut", "message": "t 00000000-0000-0000-0000-000000000000 timed out (deadline): a` + "\uFFFD" + `b"}`},
	}
	for _, tt := range tests {
		b, err := tt.err.MarshalCBOR()
		require.NoError(t, err)
		require.NoError(t, abi.Check(b, abi.Limits{}))
		require.Equal(t, tt.want, codec.Diagnose(b))
	}
}

func ExampleSplice() {
	raw := abi.AppendFuture(abi.AppendHead(nil, abi.MajorArray, 1), abi.ID{1})
	out, err := Splice(raw, func(abi.ID) (abi.Raw, error) { return codec.Marshal("result") }, Limits{})
	fmt.Println(codec.Diagnose(raw))
	fmt.Println(codec.Diagnose(out), err)
	// Output:
	// [1886151783(h'01000000000000000000000000000000')]
	// ["result"] <nil>
}
