package wasm_test

import (
	"context"
	"os"
	"testing"

	"github.com/pledge-wasm/pledge/host/internal/wasm"
	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// modest keeps what is handed to the engine small: wazero's own decoder allocates by declared counts.
var modest = &wasm.Limits{Types: 100, Imports: 20, Functions: 200, Tables: 5, Globals: 100, Exports: 100, Elements: 100,
	ElementItems: 1000, DataSegments: 100, Params: 50, Results: 50, NameBytes: 1000, Customs: 10}

// FuzzDecode reads anything: no panic; what is read is written and read again unchanged; and what is accepted, bodies
// included, the engine accepts or refuses with an ordinary error.
func FuzzDecode(f *testing.F) {
	n := 0
	for i, file := range specFiles(f) {
		b, err := os.ReadFile(file)
		require.NoError(f, err)
		if i%11 == 0 && len(b) < 2000 {
			f.Add(b)
			n++
		}
	}
	require.Greater(f, n, 300, "the seeds are missing")
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := wasm.Decode(b, modest)
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		out := wasm.Encode(m)
		again, err := wasm.Decode(out, modest)
		require.NoError(t, err)
		require.Equal(t, out, wasm.Encode(again))
		if names, err := m.Names(); err == nil {
			for range names.EachFunc() {
			}
		}
		locals := uint64(0)
		for _, body := range m.Code {
			if walk(m, body) != nil {
				return
			}
			locals += body.NumLocals
		}
		if len(b) > 1<<14 || locals > 10_000 || len(m.Customs) > 0 {
			return // wazero takes memory by the counts that a name section declares
		}
		ctx := context.Background()
		rt := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter().WithCoreFeatures(api.CoreFeaturesV2|
			experimental.CoreFeaturesTailCall|experimental.CoreFeaturesExtendedConst|experimental.CoreFeaturesExceptionHandling))
		defer rt.Close(ctx)
		if _, err := rt.CompileModule(ctx, b); err != nil {
			require.NotContains(t, err.Error(), "runtime error")
		}
	})
}

// walk reads the instructions of a body with their lists.
func walk(m *wasm.Module, body wasm.Body) error {
	var in wasm.Instr
	r := m.Read(body)
	for r.Next(&in) {
		labels := r.Labels(&in)
		for _, ok := labels.Next(); ok; _, ok = labels.Next() {
		}
		_ = r.Types(&in)
		_ = in.Op.String()
	}
	return r.Err()
}

// FuzzNumbers compares the fast ways of reading numbers, inside of instructions, with the plain ones.
func FuzzNumbers(f *testing.F) {
	for _, s := range []string{"\x00", "\x80\x01", "\xff\xff\xff\xff\x0f", "\xff\xff\xff\xff\x7f", "\x80\x80\x80\x80\x70",
		"\xff\xff\xff\xff\x1f", "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x7f", "\xc0\xbb\x78"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		u, un := wasm.Uvarint32(b)
		s32, n32 := wasm.Varint32(b)
		s64, n64 := wasm.Varint64(b)
		for _, c := range []struct {
			op   byte
			want uint64
			n    int
		}{{0x23, uint64(u), un}, {0x41, uint64(int64(s32)), n32}, {0x42, uint64(s64), n64}} {
			for _, pad := range []int{0, 12} {
				code := append([]byte{c.op}, b...)
				code = append(code, make([]byte, pad)...)
				if pad > 0 && c.n == 0 {
					continue // the padding completes it
				}
				m := &wasm.Module{File: code}
				r := m.ReadExpr(wasm.ConstExpr{End: len(code)})
				var in wasm.Instr
				ok := r.Next(&in)
				require.Equal(t, c.n > 0, ok, "%x", code)
				if ok {
					require.Equal(t, c.want, in.Imm, "%x", code)
					require.Equal(t, 1+c.n, in.End, "%x", code)
				}
			}
		}
	})
}
