package futures_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/abi/codec"
	. "github.com/pledge-wasm/pledge/futures"
)

// FuzzSplice compares splicing with an oracle: decode, replace, encode. Run 1
// and run 2 came to the other two inputs.
func FuzzSplice(f *testing.F) {
	seeds := [][3]abi.Raw{
		{{0xf6}, {1}, {2}},
		{join(0x82, rid(1), rid(2)), join(0x61, "x"), join(0x81, rid(1))},
		{join(0x9f, rid(1), 0xff), join(0xbf, 1, rid(2), 0xff), join(0x7f, 0x61, "x", 0xff)},
		{join(0xa2, rid(1), 0, 1, 1), {1}, {2}},
		{join(0xd8, 99, rid(1)), join(rid(2)), join(0x58, 2, "xy")},
		{join(0x82, 0x56, rid(1), rid(1)), join(0xd8, 24, 0x56, rid(2)), {2}},
		{join(0x81, rid(1)), join(0x82, rid(2), rid(2)), join(0x81, rid(1))},
		{join(0x81, rid(3)), {1}, {2}},
		{join(0x82, 0, 0xda, "pldg", 0x40), {1}, {2}},
		{join(0xa1, 0x82, rid(1), 0, rid(2)), join(0xfb, "\x7f\xf8\x00\x00\x00\x00\x00\x00"), join(0xc1, 0x1a, 1, 2, 3, 4)},
	}
	require.NotEmpty(f, seeds)
	for _, s := range seeds {
		f.Add([]byte(s[0]), []byte(s[1]), []byte(s[2]))
	}
	f.Fuzz(func(t *testing.T, raw, one, two []byte) {
		r := results{1: one, 2: two}
		before := bytes.Clone(raw)
		got, err := Splice(raw, r.lookup, Limits{Bytes: 1 << 16, Depth: 40})
		if !bytes.Equal(before, raw) {
			t.Fatal("the input was written to")
		}
		if err != nil {
			var at *ResolveError
			if !errors.As(err, &at) || at.Path == nil {
				t.Fatalf("not a ResolveError with a path: %v", err)
			}
			_ = at.Path.String()
		}
		for _, item := range []abi.Raw{raw, one, two} {
			if abi.Check(item, abi.Limits{Depth: 40}) != nil {
				return // it must not panic, and that is all
			}
		}
		if err == nil {
			if e := abi.Check(got, abi.Limits{}); e != nil {
				t.Fatalf("%x became %x: %v", raw, got, e)
			}
			for ref := range abi.Futures(got) {
				t.Fatalf("%v is left in %x", ref, got)
			}
		}
		want, ok := oracle(t, raw, r)
		switch {
		case !ok:
		case err == nil:
			var v any
			if codec.Unmarshal(got, &v) != nil {
				return // such as a tag over what it does not allow
			}
			canonical, e := codec.Marshal(v)
			require.NoError(t, e)
			if !bytes.Equal(canonical, want) {
				t.Fatalf("%x became %x, want %x", raw, canonical, want)
			}
		case errors.Is(err, ErrTooLarge), errors.Is(err, ErrDepth), errors.Is(err, ErrDuplicateKey):
		default:
			t.Fatalf("%x: %v, want %x", raw, err, want)
		}
	})
}

// oracle resolves the slow way. It reports false where that way cannot.
func oracle(t *testing.T, raw abi.Raw, r results) ([]byte, bool) {
	t.Helper()
	var v any
	if codec.Unmarshal(raw, &v) != nil {
		return nil, false
	}
	v, ok := replace(v, r, 0)
	if !ok {
		return nil, false
	}
	b, err := codec.Marshal(v)
	return b, err == nil
}

func replace(v any, r results, depth int) (any, bool) {
	if depth > 60 {
		return nil, false
	}
	ok := true
	sub := func(v any) any {
		v, good := replace(v, r, depth+1)
		ok = ok && good
		return v
	}
	switch v := v.(type) {
	case abi.ID:
		raw, err := r.lookup(v)
		var result any
		if err != nil || codec.Unmarshal(raw, &result) != nil {
			return nil, false
		}
		return sub(result), ok
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = sub(v[i])
		}
		return out, ok
	case codec.Tag:
		v.Content = sub(v.Content)
		return v, ok
	case map[string]any:
		out := make(map[string]any)
		for k, x := range v {
			out[k] = sub(x)
		}
		return out, ok
	case map[any]any:
		out := make(map[any]any)
		for k, x := range v {
			k = sub(k)
			if k != nil && !reflect.ValueOf(k).Comparable() {
				return nil, false
			}
			out[k] = sub(x)
		}
		return out, ok && len(out) == len(v)
	}
	return v, true
}

// FuzzResolve resolves random trees of Go values, in Go and over CBOR.
func FuzzResolve(f *testing.F) {
	seeds := []uint64{0, 1, 2, 3, 42}
	require.NotEmpty(f, seeds)
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(checkRandomTree)
}

func checkRandomTree(t *testing.T, seed uint64) {
	g := &grower{r: rand.New(rand.NewPCG(seed, 1))}
	tree, want := g.grow(0)
	before := fmt.Sprintf("%#v", tree)

	got, err := Resolve(bg, tree)
	require.NoError(t, err)
	require.Equal(t, want, got)
	if g.futures == 0 {
		require.Equal(t, tree, got)
	}
	require.Equal(t, before, fmt.Sprintf("%#v", tree), "it does not write to its input")

	args, err := Encode(tree)
	require.NoError(t, err)
	raw, err := args.Resolve(over(), Limits{})
	require.NoError(t, err)
	var decoded, wanted any
	require.NoError(t, codec.Unmarshal(raw, &decoded))
	require.NoError(t, codec.Unmarshal(mustRaw(t, want), &wanted))
	require.Equal(t, wanted, decoded)

	found, err := Collect(tree)
	require.NoError(t, err)
	require.ElementsMatch(t, futuresOf(found), args.Futures())
}

func futuresOf(found []Nested) (fs []Any) {
	for _, n := range found {
		fs = append(fs, n.Future)
	}
	return fs
}

// grower makes random trees with futures in them, and what they resolve to.
type grower struct {
	r       *rand.Rand
	futures int // and wrappers
	inside  int // how many futures around
	old     []future
}

type future struct{ in, want any }

func (g *grower) grow(depth int) (in, want any) {
	kind := g.r.IntN(16)
	if depth > 5 {
		kind = g.r.IntN(4)
	}
	switch kind {
	case 0:
		return same(g.r.IntN(1000))
	case 1:
		return same(fmt.Sprint("text ", g.r.IntN(1000)))
	case 2:
		return same(nil)
	case 3:
		if len(g.old) > 0 { // and so shared
			f := g.old[g.r.IntN(len(g.old))]
			return f.in, f.want
		}
		return same(true)
	case 4, 5, 6:
		g.futures++
		g.inside++
		v, want := g.grow(depth + 1)
		g.inside--
		f := Ready(v)
		g.old = append(g.old, future{f, want})
		return f, want
	case 7:
		g.futures++
		v, want := g.grow(depth + 1)
		return AllowFailure(v), want
	case 8:
		g.futures++
		n := g.r.IntN(100)
		return []*Future[int]{Ready(n), Ready(n + 1)}, []int{n, n + 1}
	case 9:
		v, want := g.grow(depth + 1)
		return order{Name: "o", Items: []any{v}}, order{Name: "o", Items: []any{want}}
	case 14:
		g.futures++
		f, n := Ready(7), 7
		if g.inside > 0 { // wrappers in results say nothing
			return AllowFailure(Raw(f)), n
		}
		return AllowFailure(Raw(f)), f
	case 15:
		g.futures++
		in := Ready(8)
		f := Opaque(Ready([]any{in}))
		if g.inside > 0 {
			return f, []any{8}
		}
		return f, []any{in}
	case 10, 11:
		in, want := map[string]any{}, map[string]any{}
		for i := range g.r.IntN(4) {
			k := fmt.Sprint("key ", i)
			in[k], want[k] = g.grow(depth + 1)
		}
		return in, want
	default:
		n := g.r.IntN(4)
		in, want := make([]any, n), make([]any, n)
		for i := range n {
			in[i], want[i] = g.grow(depth + 1)
		}
		return in, want
	}
}

func same(v any) (any, any) { return v, v }

// The same without a fuzzer, over many seeds.
func TestRandomTrees(t *testing.T) {
	for seed := range uint64(2000) {
		checkRandomTree(t, seed)
	}
}
