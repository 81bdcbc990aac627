package meter_test

import (
	"testing"

	wt "github.com/pledge-wasm/pledge/internal/wasmtest"
	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"
)

// TestElementSegments has each of the eight kinds of element segment, functions of globals, exports and ref.func: all of
// them must lead to the function that the author meant.
func TestElementSegments(t *testing.T) {
	m := wt.New()
	m.Memory(wt.AtLeast(1))
	m.Table(wt.FuncRef, wt.AtLeast(12))
	m.Table(wt.FuncRef, wt.AtLeast(12))
	answer := wt.In().Out(wt.I32)
	funcs := make([]uint32, 12)
	for i := range funcs {
		funcs[i] = m.Func(answer, nil, wt.I32Const(int32(i)+100))
	}
	offset := func(n int32) []byte { return []byte(wt.I32Const(n) + wt.End) }
	index := func(f int) []byte { return wt.Join([]byte{1}, wt.U32(funcs[f])) }
	expr := func(f int) []byte {
		return wt.Join([]byte{2}, []byte(wt.RefFunc(funcs[f])+wt.End), []byte(wt.RefNullFunc+wt.End))
	}
	m.RawElem(wt.Join([]byte{0}, offset(0), index(0)))
	m.RawElem(wt.Join([]byte{1, 0}, index(1)))
	m.RawElem(wt.Join([]byte{2, 1}, offset(2), []byte{0}, index(2)))
	m.RawElem(wt.Join([]byte{3, 0}, index(3)))
	m.RawElem(wt.Join([]byte{4}, offset(4), expr(4)))
	m.RawElem(wt.Join([]byte{5, 0x70}, expr(5)))
	m.RawElem(wt.Join([]byte{6, 1}, offset(6), []byte{0x70}, expr(6)))
	m.RawElem(wt.Join([]byte{7, 0x70}, expr(7)))
	m.Global(wt.FuncRef, true, wt.RefFunc(funcs[8]))
	m.Export("start", m.Func(wt.In(), nil,
		wt.I32Const(1), wt.I32Const(0), wt.I32Const(1), wt.TableInit(1, 0),
		wt.I32Const(3), wt.RefFunc(funcs[3]), wt.TableSet(0),
		wt.I32Const(5), wt.I32Const(0), wt.I32Const(1), wt.TableInit(5, 1),
		wt.I32Const(7), wt.RefFunc(funcs[7]), wt.TableSet(1),
		wt.I32Const(8), wt.GlobalGet(0), wt.TableSet(0),
		wt.I32Const(9), wt.RefFunc(funcs[9]), wt.TableSet(1)))
	m.Export("nine", funcs[9])
	for table, name := range []string{"call 0", "call 1"} {
		m.Export(name, m.Func(wt.In(wt.I32).Out(wt.I32), nil, wt.LocalGet(0), wt.CallIndirect(m.Type(answer), uint32(table))))
	}
	file := m.Bytes()
	p := plain(t, wazero.NewRuntimeConfigCompiler(), file)
	r := &run{}
	r.start(t, wazero.NewRuntimeConfigCompiler(), file)
	_, err := p.ExportedFunction("start").Call(t.Context())
	require.NoError(t, err)
	_, err = r.call("start")
	require.NoError(t, err)
	reached := 0
	for _, name := range []string{"call 0", "call 1"} {
		for i := range uint64(14) {
			want, wantErr := p.ExportedFunction(name).Call(t.Context(), i)
			got, err := r.call(name, i)
			require.Equal(t, reason(wantErr), reason(err), "%s %d", name, i)
			require.Equal(t, want, got, "%s %d", name, i)
			if err == nil {
				require.Equal(t, []uint64{i + 100}, got, "%s %d", name, i)
				reached++
			}
		}
	}
	require.Equal(t, 10, reached)
}
