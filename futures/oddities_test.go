package futures_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/abi/codec"
	. "github.com/pledge-wasm/pledge/futures"
)

// page is a future with more to it, as users make them.
type page struct {
	*Future[int]
	name string
}

type pages struct {
	First page
	Any   any
}

type hidden struct {
	//lint:ignore U1000 the type leads to itself
	*hidden
	Price any
}

type offer struct {
	*hidden
	Name string
}

type node struct {
	Value any
	Next  *node
}

func nodes(n int, last any) *node {
	list := &node{Value: last}
	for range n - 1 {
		list = &node{Next: list}
	}
	return list
}

// Values that one would not think of.
func TestResolveOddities(t *testing.T) {
	f := Ready(1)
	nan := math.NaN()
	t.Run("it resolves under keys that are not equal to themselves", func(t *testing.T) {
		for _, in := range []any{map[float64]any{nan: f, 1: f}, map[any]any{nan: f, [1]any{nan}: f}} {
			got, err := Resolve(bg, in)
			require.NoError(t, err)
			require.Contains(t, fmt.Sprint(got), "NaN:1")
			got, err = Resolve(bg, []any{in, AllowFailure(Broken[int](errBoom))}) // in order
			require.NoError(t, err)
			require.Contains(t, fmt.Sprint(got), "NaN:1")
		}
	})
	t.Run("it takes what embeds a future for one", func(t *testing.T) {
		p := page{f, "p"}
		for _, tt := range []struct{ in, want any }{
			{p, 1}, {&p, 1}, {[]any{p, &p}, []any{1, 1}}, {[]page{p}, []any{1}}, {[]*page{&p}, []any{1}},
			{map[string]page{"a": p}, map[string]any{"a": 1}}, {pages{Any: p}, pages{Any: 1}}, {page{}, page{}}, {[]page{{}}, []page{{}}},
		} {
			got, err := Resolve(bg, tt.in)
			require.NoError(t, err, "%T", tt.in)
			require.Equal(t, tt.want, got)
		}
		var none *page
		for _, in := range []any{none, []any{none, page{}}, []*page{none}, Opaque(none), map[string]any{"a": none}} {
			_, err := Resolve(bg, in)
			require.NoError(t, err)
			_, err = Collect(in)
			require.NoError(t, err)
			require.Contains(t, CallRepr("f", in), "nil")
		}
		_, err := Resolve(bg, pages{First: p})
		require.ErrorIs(t, err, ErrUnassignable)
		args, err := Encode([]any{p, []page{p}})
		require.NoError(t, err)
		require.Len(t, args.Futures(), 1)
		raw, err := args.Resolve(bg, Limits{})
		require.NoError(t, err)
		require.Equal(t, abi.Raw{0x82, 1, 0x81, 1}, raw)
	})
	t.Run("it finds what is behind embedded pointers", func(t *testing.T) {
		for _, plain := range []offer{{Name: "a"}, {&hidden{Price: 1}, "b"}} {
			got, err := Resolve(bg, plain)
			require.NoError(t, err)
			require.Equal(t, plain, got)
		}
		in := offer{&hidden{Price: f}, "c"}
		args, err := Encode([]any{in})
		require.NoError(t, err)
		require.Equal(t, []Any{f}, args.Futures())
		got, err := ResolveAs[[]map[string]any](bg, []any{in})
		require.NoError(t, err)
		require.Equal(t, []map[string]any{{"Name": "c", "Price": int64(1)}}, got)
		_, err = Resolve(bg, []any{in})
		require.ErrorIs(t, err, ErrUnassignable)
		require.ErrorContains(t, err, "$[0].Price")
	})
	t.Run("it follows pointers as far as an encoding would", func(t *testing.T) {
		list := nodes(200, f)
		got, err := Resolve(bg, list)
		require.NoError(t, err)
		require.Equal(t, nodes(200, 1), got)
		args, err := Encode(list)
		require.NoError(t, err)
		require.Len(t, args.Futures(), 1)
		_, err = Resolve(bg, nodes(300, f))
		require.ErrorIs(t, err, ErrDepth)
		var up any = f
		for range 100_000 {
			next := up
			up = &next
		}
		_, err = Resolve(bg, up)
		require.ErrorIs(t, err, ErrDepth)
	})
	t.Run("it takes an id for the future that it names", func(t *testing.T) {
		inner := Ready([]any{f})
		r := Resolver{Lookup: func(id abi.ID) (Any, bool) { return inner, id == ref(inner) }}
		got, err := r.Resolve(bg, []any{Opaque(ref(inner))})
		require.NoError(t, err)
		require.Equal(t, []any{[]any{f}}, got)
	})
	t.Run("it lets futures in CBOR fail where that is allowed", func(t *testing.T) {
		bad := Broken[int](failed(abi.CodeGuest, errBoom))
		r := Resolver{Lookup: func(id abi.ID) (Any, bool) { return bad, id == ref(bad) }}
		raw := mustRaw(t, []any{1, bad})
		_, err := r.Resolve(bg, []any{raw})
		require.ErrorIs(t, err, errBoom)
		_, err = r.Resolve(bg, []any{AllowUpstream(raw)})
		require.ErrorIs(t, err, errBoom)
		require.ErrorContains(t, err, "$[0][1]")
		got, err := r.Resolve(bg, []any{AllowFailure(raw)})
		require.NoError(t, err)
		require.Equal(t, []any{mustRaw(t, []any{1, bad.Err()})}, got)
		args, err := r.Encode([]any{AllowFailure(raw)})
		require.NoError(t, err)
		same, err := args.Resolve(bg, Limits{})
		require.NoError(t, err)
		require.Equal(t, mustRaw(t, got), same)
	})
	t.Run("it shows no secrets in paths", func(t *testing.T) {
		type credentials struct {
			User string
			Key  string `pledge:"secret"`
		}
		_, err := Resolve(bg, map[any]any{credentials{"u", "hush"}: Broken[int](errBoom)})
		require.ErrorContains(t, err, "***")
		require.NotContains(t, err.Error(), "hush")
	})
}

// What wrappers hide from the encoding is found all the same.
func TestWrappersHideNothing(t *testing.T) {
	meet := map[any]any{AllowFailure(1): "a", 1: "b"}
	loop := []any{nil}
	loop[0] = AllowFailure(loop)
	for _, tt := range []struct {
		in   any
		is   error
		path string
	}{{meet, ErrDuplicateKey, "$[1]"}, {[]any{0, meet}, ErrDuplicateKey, "$[1][1]"}, {loop, ErrCycle, "$[0][0]"}} {
		for name, f := range map[string]func() error{
			"Encode":     func() error { _, err := Encode(tt.in); return err },
			"Resolve":    func() error { _, err := Resolve(bg, tt.in); return err },
			"Future.Raw": func() error { _, err := Ready(tt.in).Raw(bg); return err },
		} {
			err := f()
			require.ErrorIs(t, err, tt.is, name)
			var at *ResolveError
			require.ErrorAs(t, err, &at, name)
			if name != "Resolve" { // whichever of the two keys comes second
				require.Equal(t, tt.path, at.Path.String(), name)
			}
		}
	}
}

// Arguments may be resolved by several goroutines at once, also if their futures
// hold futures.
func TestArgsAreShared(t *testing.T) {
	for range 50 {
		args, err := Encode([]any{Ready([]any{Ready(1)}), Ready([]any{Ready(2)})})
		require.NoError(t, err)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				raw, err := args.Resolve(bg, Limits{})
				require.NoError(t, err)
				require.Equal(t, abi.Raw{0x82, 0x81, 1, 0x81, 2}, raw)
				_, ok := args.Find(rid(1))
				require.False(t, ok)
			})
		}
		wg.Wait()
	}
}

// No verb shows a secret.
func TestSecretsDoNotPrint(t *testing.T) {
	for _, secret := range []any{Secret(12345), Secret("12345"), AllowFailure(Secret(12345)), []any{Secret(12345)}, struct{ S Wrapped }{Secret(12345)}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%T %[1]d", "%08.3f"} {
			text := fmt.Sprintf(verb, secret)
			require.NotContains(t, text, "12345", verb)
			require.NotContains(t, text, "3039", verb)
			require.NotContains(t, text, "3132", verb)
		}
	}
	require.Equal(t, "005 [1 2]", fmt.Sprintf("%03d %v", Raw(5), Opaque([]int{1, 2})))
}

type ring *ring

// CallRepr never fails, whatever it is given.
func TestCallReprOddities(t *testing.T) {
	var loop ring
	loop = &loop
	bad := "a\xff\xfeb"
	for _, tt := range []struct {
		args any
		want string
	}{
		{map[string]any{bad: 1}, "f(a\uFFFD\uFFFDb=1)"},
		{map[string]any{"\xff": 1, "\xf0\x9f": 2}, "f(\uFFFD\uFFFD=2, \uFFFD=1)"},
		{map[float64]int{math.NaN(): 1}, "f({NaN: 1})"},
		{NewPromise(Spec[int]{Task: "\xff"}).Future(), ""},
		{loop, "f(...)"},
		{&loop, "f(...)"},
		{[]any{loop}, "f(...)"},
		{map[string]any{strings.Repeat("é", 200): 1}, "f(" + strings.Repeat("é", 100) + "...)"},
		{strings.Repeat("\xff", 1000), `f("` + strings.Repeat(`\xff`, 24) + `\xf...)`},
	} {
		got := CallRepr("f", tt.args)
		if tt.want != "" {
			require.Equal(t, tt.want, got)
		}
		require.NotContains(t, got, "panic")
	}
}

// Sizes are what comes out, not what went in.
func TestSpliceMayShrink(t *testing.T) {
	refs := join(0x98, 100)
	want := join(0x98, 100)
	for range 100 {
		refs = append(refs, join(rid(1))...)
		want = append(want, 7)
	}
	look := func(id abi.ID) (abi.Raw, error) {
		if id == rid(2) {
			return refs, nil
		}
		return abi.Raw{7}, nil
	}
	got, err := Splice(refs, look, Limits{Bytes: len(want)})
	require.NoError(t, err)
	require.Equal(t, want, got)
	got, err = Splice(join(0x81, rid(2)), look, Limits{Bytes: len(want) + 1})
	require.NoError(t, err)
	require.Equal(t, join(0x81, want), got)
	for _, in := range []abi.Raw{refs, join(0x81, rid(2)), join(rid(2))} {
		_, err = Splice(in, look, Limits{Bytes: len(want) - 1})
		require.ErrorIs(t, err, ErrTooLarge)
	}
}

// Results that were planned already are counted where they stand.
func TestSpliceDepthOfShared(t *testing.T) {
	nested := results{0: {0}}
	for i := 1; i <= 1000; i++ {
		nested[i] = join(0x81, rid(i-1))
	}
	in := join(0x85, rid(200), rid(400), rid(600), rid(800), rid(1000))
	_, err := Splice(in, nested.lookup, Limits{})
	require.ErrorIs(t, err, ErrDepth)
	var at *ResolveError
	require.ErrorAs(t, err, &at)
	require.Equal(t, StepIndex, at.Path[0].Kind)
	require.Equal(t, 1, at.Path[0].Index)
	require.ErrorContains(t, err, "results inside one another")
}

// Places in what is deeply nested are found in one pass.
func TestPathAtIsLinear(t *testing.T) {
	const n = 200_000
	raw := append(bytes.Repeat([]byte{0x81}, n), 7)
	start := time.Now()
	require.Len(t, PathAt(raw, n), n)
	require.Less(t, time.Since(start), 5*time.Second, "the square of it takes minutes")
	long := join(0xa1, 0x79, "\x03\xe8", strings.Repeat("é", 500), 7)
	require.Len(t, PathAt(long, len(long)-1)[0].Text, 256+3)
}

// PathAt against the plain way, at all offsets of random items.
func TestPathAtOracle(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		raw := randomItem(r, 0)
		require.NoError(t, wellFormed(raw))
		for off := range raw {
			want := oraclePath(raw, 0, off)
			require.Equal(t, want.String(), PathAt(raw, off).String(), "%x at %d", raw, off)
		}
	}
}

func wellFormed(raw abi.Raw) error {
	end, err := abi.Skip(raw, 0)
	if err == nil && end != len(raw) {
		err = fmt.Errorf("ends at %d of %d", end, len(raw))
	}
	return err
}

func randomItem(r *rand.Rand, depth int) abi.Raw {
	kind := r.IntN(9)
	if depth > 4 {
		kind = r.IntN(4)
	}
	n := r.IntN(4)
	children := func(n int) (b abi.Raw) {
		for range n {
			b = append(b, randomItem(r, depth+1)...)
		}
		return b
	}
	switch kind {
	case 0:
		return join(r.IntN(24))
	case 1:
		return join(0x19, r.IntN(256), r.IntN(256))
	case 2:
		return join(0x60+n, strings.Repeat("x", n))
	case 3:
		return join(0x5f, 0x41, "a", 0x42, "bc", 0xff)
	case 4:
		return join(0x80+n, children(n))
	case 5:
		return join(0x9f, children(n), 0xff)
	case 6:
		return join(0xa0+n, children(2*n))
	case 7:
		return join(0xbf, children(2*n), 0xff)
	}
	return join(0xd8, 100, children(1))
}

// oraclePath is the path to offset in the item that begins at off.
func oraclePath(raw abi.Raw, off, offset int) Path {
	h, next, err := abi.ReadHead(raw, off)
	if err != nil || next > offset || h.Major == abi.MajorBytes || h.Major == abi.MajorText {
		return nil
	}
	for i := 0; ; i++ {
		if b, _, err := abi.ReadHead(raw, next); err != nil || b.Break() {
			return nil
		}
		end, err := abi.Skip(raw, next)
		if err != nil {
			return nil
		}
		if offset < end {
			rest := oraclePath(raw, next, offset)
			switch {
			case h.Major == abi.MajorTag:
				return rest
			case h.Major == abi.MajorArray:
				return append(Path{{Index: i}}, rest...)
			case i%2 == 0:
				return append(Path{{Kind: StepInKey, Text: codec.Diagnose(raw[next:end])}}, rest...)
			}
			return append(Path{keyStepOf(raw, off, i)}, rest...)
		}
		next = end
	}
}

// keyStepOf is the step to the i-th item, a value, of the map at off.
func keyStepOf(raw abi.Raw, off, i int) Step {
	_, next, _ := abi.ReadHead(raw, off)
	for range i - 1 {
		next, _ = abi.Skip(raw, next)
	}
	end, _ := abi.Skip(raw, next)
	var text string
	if raw[next]>>5 == abi.MajorText && codec.Unmarshal(raw[next:end], &text) == nil {
		return Step{Kind: StepName, Text: text}
	}
	return Step{Kind: StepKey, Text: codec.Diagnose(raw[next:end])}
}
