package meter_test

import (
	"math/rand/v2"
	"testing"

	wt "github.com/pledge-wasm/pledge/internal/wasmtest"
	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"
)

// bulkModule exports each bulk instruction on three operands, and a sum over each table.
func bulkModule() []byte {
	m := wt.New()
	m.Memory(wt.Between(8, 9))
	m.ExportMemory("memory")
	content := make([]byte, 300_000)
	for i := range content {
		content[i] = byte(i * 7 >> 3)
	}
	m.PassiveData(content)
	m.Data(100, content[:5000])
	three := wt.In(wt.I32, wt.I32, wt.I32)
	args := wt.LocalGet(0) + wt.LocalGet(1) + wt.LocalGet(2)
	m.Table(wt.ExternRef, wt.Between(40_000, 80_000))
	m.Table(wt.ExternRef, wt.Between(40_000, 80_000))
	m.Table(wt.FuncRef, wt.AtLeast(20_000))
	f := m.Func(three, nil)
	funcs := make([]uint32, 15_000)
	for i := range funcs {
		funcs[i] = f
	}
	m.PassiveElem(funcs...)
	m.Export("memory.fill", m.Func(three, nil, args, wt.MemoryFill))
	m.Export("memory.copy", m.Func(three, nil, args, wt.MemoryCopy))
	m.Export("memory.init", m.Func(three, nil, args, wt.MemoryInit(0)))
	m.Export("memory.init active", m.Func(three, nil, args, wt.MemoryInit(1)))
	m.Export("table.init", m.Func(three, nil, args, wt.TableInit(0, 2)))
	m.Export("table.copy", m.Func(three, nil, args, wt.TableCopy(1, 0)))
	m.Export("table.copy same", m.Func(three, nil, args, wt.TableCopy(0, 0)))
	refs := wt.In(wt.I32, wt.ExternRef, wt.I32)
	m.Export("table.fill", m.Func(refs, nil, args, wt.TableFill(0)))
	m.Export("table.fill.1", m.Func(refs, nil, args, wt.TableFill(1)))
	m.Export("data.drop", m.Func(three, nil, wt.DataDrop(0)))
	m.Export("elem.drop", m.Func(three, nil, wt.ElemDrop(0)))
	for table, name := range []string{"get 0", "get 1"} {
		m.Export(name, m.Func(wt.In(wt.I32).Out(wt.ExternRef), nil, wt.LocalGet(0), wt.TableGet(uint32(table))))
	}
	m.Export("get 2", m.Func(wt.In(wt.I32).Out(wt.I32), nil, wt.LocalGet(0), wt.TableGet(2), wt.Op(0xd1)))
	return m.Bytes()
}

// TestBulk compares bulk instructions with what they do plain: pieces must not show.
func TestBulk(t *testing.T) {
	file := bulkModule()
	p := plain(t, wazero.NewRuntimeConfigCompiler(), file)
	r := &run{slice: 5000}
	r.start(t, wazero.NewRuntimeConfigCompiler(), file)
	rnd := rand.New(rand.NewPCG(3, 4))
	near := func(sizes ...int64) uint64 {
		switch v := sizes[rnd.IntN(len(sizes))]; rnd.IntN(4) {
		case 0:
			return uint64(uint32(v + rnd.Int64N(7) - 3))
		case 1:
			return uint64(uint32(v - rnd.Int64N(70_000)))
		default:
			return uint64(rnd.Int64N(v + 1))
		}
	}
	trapped, names := map[string]int{}, []string{"memory.fill", "memory.copy", "memory.init", "memory.init active", "table.init", "table.copy",
		"table.copy same", "table.fill", "table.fill.1"}
	for i := range 600 {
		name := names[rnd.IntN(len(names))]
		if i == 500 {
			names = append(names, "data.drop", "elem.drop")
		}
		args := []uint64{near(1<<19, 1<<17, 1<<32-1), near(1<<19, 300_000, 1<<17), near(1<<16, 1<<18, 300_000)}
		if name[0] == 't' {
			args = []uint64{near(40_000, 20_000), near(40_000, 15_000), near(8192, 20_000, 15_000)}
		}
		want, wantErr := p.ExportedFunction(name).Call(t.Context(), args...)
		got, err := r.call(name, args...)
		require.Equal(t, reason(wantErr), reason(err), "%s %v", name, args)
		require.Equal(t, want, got)
		require.Less(t, -r.lowest, int32(8192+200), "%s %v: too much in one piece", name, args)
		if err != nil {
			trapped[name]++
		}
		if name[0] == 'm' || i%50 == 0 {
			require.Equal(t, memory(p), memory(r.mod), "%s %v", name, args)
		}
	}
	for _, name := range []string{"get 0", "get 1", "get 2"} {
		for i := uint64(0); i < 20_000; i += 7 {
			want, err := p.ExportedFunction(name).Call(t.Context(), i)
			require.NoError(t, err)
			got, err := r.call(name, i)
			require.NoError(t, err)
			require.Equal(t, want, got, "%s %d", name, i)
		}
	}
	for _, name := range names[:7] {
		require.NotZero(t, trapped[name], name)
	}
}

// TestBulkWritesNothingWhenItTraps has ranges that end one beyond their end: the specification wants nothing written then.
func TestBulkWritesNothingWhenItTraps(t *testing.T) {
	r := &run{}
	r.start(t, wazero.NewRuntimeConfigCompiler(), bulkModule())
	before := append([]byte(nil), memory(r.mod)...)
	const memory8, data = 8 << 16, 300_000
	for name, args := range map[string][]uint64{
		"memory.fill": {memory8 - 200_000, 1, 200_001}, "memory.copy": {memory8 - 200_000, 0, 200_001},
		"memory.init": {memory8 - 200_000, 0, 200_001},
	} {
		_, err := r.call(name, args...)
		require.ErrorContains(t, err, "out of bounds memory access", name)
		require.Equal(t, before, memory(r.mod), name)
	}
	for name, args := range map[string][]uint64{
		"memory.copy": {0, memory8 - 200_000, 200_001}, "memory.init": {0, data - 200_000, 200_001},
	} {
		_, err := r.call(name, args...)
		require.ErrorContains(t, err, "out of bounds memory access", name)
		require.Equal(t, before, memory(r.mod), name)
	}
	for name, args := range map[string][]uint64{
		"table.init": {20_000 - 14_000, 0, 14_001}, "table.fill": {40_000 - 30_000, 7, 30_001}, "table.copy": {0, 40_000 - 30_000, 30_001},
	} {
		_, err := r.call(name, args...)
		require.ErrorContains(t, err, "invalid table access", name)
	}
	for _, name := range []string{"get 0", "get 1"} {
		for i := uint64(0); i < 40_000; i += 7 {
			got, err := r.call(name, i)
			require.NoError(t, err)
			require.Equal(t, []uint64{0}, got, "%s %d", name, i)
		}
	}
	for i := uint64(0); i < 20_000; i += 7 {
		got, err := r.call("get 2", i)
		require.NoError(t, err)
		require.Equal(t, []uint64{1}, got, "%d", i)
	}
}

// TestBulkIsCharged says that length costs fuel.
func TestBulkIsCharged(t *testing.T) {
	r := &run{}
	r.start(t, wazero.NewRuntimeConfigCompiler(), bulkModule())
	for name, each := range map[string]uint64{"memory.fill": 8, "memory.copy": 8, "memory.init": 8, "table.fill": 1, "table.copy": 1, "table.init": 1} {
		_, err := r.call(name, 0, 0, 10)
		require.NoError(t, err)
		short := r.used()
		_, err = r.call(name, 0, 0, 14_000)
		require.NoError(t, err)
		require.GreaterOrEqual(t, r.used()-short, int64(13_000/each), name)
	}
}

// TestTableGrow has a limit of its own, whatever the machine could give.
func TestTableGrow(t *testing.T) {
	m := counting()
	m.Table(wt.ExternRef, wt.AtLeast(10))
	m.Export("grow", m.Func(wt.In(wt.I32).Out(wt.I32), nil, wt.Op(0xd0, 0x6f), wt.LocalGet(0), wt.TableGrow(0)))
	m.Export("size", m.Func(wt.In().Out(wt.I32), nil, wt.TableSize(0)))
	other := m.Table(wt.ExternRef, wt.AtLeast(0))
	m.Export("grow other", m.Func(wt.In(wt.I32).Out(wt.I32), nil, wt.Op(0xd0, 0x6f), wt.LocalGet(0), wt.TableGrow(other)))
	r := &run{}
	r.opt.MaxTable = 1000
	r.start(t, wazero.NewRuntimeConfigCompiler(), m.Bytes())
	for _, step := range []struct{ n, want, size uint64 }{{5, 10, 15}, {986, 1<<32 - 1, 15}, {1<<32 - 1, 1<<32 - 1, 15}, {985, 15, 1000}, {0, 1000, 1000}} {
		out, err := r.call("grow", step.n)
		require.NoError(t, err)
		require.Equal(t, step.want, out[0], "%+v", step)
		out, err = r.call("size")
		require.NoError(t, err)
		require.Equal(t, step.size, out[0], "%+v", step)
	}
	out, err := r.call("grow other", 1)
	require.NoError(t, err)
	require.EqualValues(t, 1<<32-1, out[0], "the limit is for all tables together")
}
