package wasmtest_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/sys"

	"github.com/pledge-wasm/pledge/internal/wasmtest"
)

// guest is a module on plain wazero, with the host functions of ABI v1 played
// by the test: call answers [0, "host"], log keeps its lines.
type guest struct {
	api.Module
	logs []string
}

func start(t *testing.T, wasm []byte) *guest {
	t.Helper()
	ctx := t.Context()
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter().WithMemoryLimitPages(16))
	t.Cleanup(func() { _ = r.Close(context.Background()) })
	g := &guest{}
	response := []byte("\x82\x00\x64host")
	_, err := r.NewHostModuleBuilder("pledge_v1").
		NewFunctionBuilder().WithFunc(func(context.Context, api.Module, uint32, uint32) uint64 {
		return 7<<32 | uint64(len(response))
	}).Export("call").
		NewFunctionBuilder().WithFunc(func(_ context.Context, m api.Module, handle, ptr uint32) {
		require.Equal(t, uint32(7), handle)
		require.True(t, m.Memory().Write(ptr, response))
	}).Export("take").
		NewFunctionBuilder().WithFunc(func(_ context.Context, m api.Module, _ int32, ptr, n uint32) {
		b, ok := m.Memory().Read(ptr, n)
		require.True(t, ok)
		g.logs = append(g.logs, string(b))
	}).Export("log").Instantiate(ctx)
	require.NoError(t, err)
	_, err = r.NewHostModuleBuilder("wasi_snapshot_preview1").
		NewFunctionBuilder().WithFunc(func(_ context.Context, _ api.Module, code uint32) {
		panic(sys.NewExitError(code))
	}).Export("proc_exit").
		NewFunctionBuilder().WithFunc(func(_ context.Context, m api.Module, fd, iovs, n, out uint32) uint32 {
		p, _ := m.Memory().ReadUint32Le(iovs)
		l, _ := m.Memory().ReadUint32Le(iovs + 4)
		b, _ := m.Memory().Read(p, l)
		g.logs = append(g.logs, string(b))
		return 0
	}).Export("fd_write").Instantiate(ctx)
	require.NoError(t, err)
	g.Module, err = r.InstantiateWithConfig(ctx, wasm, wazero.NewModuleConfig().WithStartFunctions("_initialize"))
	require.NoError(t, err)
	return g
}

func (g *guest) call(t *testing.T, task, args string) (string, error) {
	t.Helper()
	request := append([]byte{0x82}, name(task)...)
	request = append(request, args...)
	p, err := g.ExportedFunction("pledge_v1_alloc").Call(t.Context(), uint64(len(request)))
	require.NoError(t, err)
	require.NotZero(t, p[0])
	require.True(t, g.Memory().Write(uint32(p[0]), request))
	span, err := g.ExportedFunction("pledge_v1_call").Call(t.Context(), p[0], uint64(len(request)))
	if err != nil {
		return "", err
	}
	b, ok := g.Memory().Read(uint32(span[0]>>32), uint32(span[0]))
	require.True(t, ok)
	return string(b), nil
}

func name(s string) []byte {
	switch {
	case len(s) < 24:
		return append([]byte{0x60 | byte(len(s))}, s...)
	case len(s) < 256:
		return append([]byte{0x78, byte(len(s))}, s...)
	}
	return append([]byte{0x79, byte(len(s) >> 8), byte(len(s))}, s...)
}

func TestGuests(t *testing.T) {
	long, longer := string(make([]byte, 100)), string(make([]byte, 3000))
	tests := []struct {
		name, task, args string
		wasm             []byte
		want             string
		fails            string
	}{
		{"it echoes", "t", "\x18\x2a", wasmtest.Echo(), "\x82\x00\x18\x2a", ""},
		{"it echoes behind a task name with a one-byte length", long, "\x01", wasmtest.Echo(), "\x82\x00\x01", ""},
		{"it echoes behind a task name with a two-byte length", longer, "\x01", wasmtest.Echo(), "\x82\x00\x01", ""},
		{"it echoes more than fits the first buffer", "t", "\x5a\x00\x03\x00\x00" + string(make([]byte, 3<<16)), wasmtest.Echo(), "\x82\x00\x5a\x00\x03\x00\x00" + string(make([]byte, 3<<16)), ""},
		{"it sums", "t", "\xa2\x61a\x19\x01\x00\x61b\x02", wasmtest.Sum(), "\x82\x00\x1b\x00\x00\x00\x00\x00\x00\x01\x02", ""},
		{"it sums below zero", "t", "\xa2\x61a\x38\x63\x61b\x02", wasmtest.Sum(), "\x82\x00\x3b\x00\x00\x00\x00\x00\x00\x00\x61", ""},
		{"it answers a constant", "t", "\xf6", wasmtest.Const([]byte("\x63abc")), "\x82\x00\x63abc", ""},
		{"it fails in its own words", "t", "\xf6", wasmtest.Fail("a", "b"), "\x82\x01\xa2\x64code\x61a\x67message\x61b", ""},
		{"it divides by zero", "t", "\xf6", wasmtest.Trap(), "", "integer divide by zero"},
		{"it aborts", "t", "\xf6", wasmtest.Abort(), "", "unreachable"},
		{"it reads out of bounds", "t", "\xf6", wasmtest.OutOfBounds(), "", "out of bounds memory access"},
		{"it recurses", "t", "\xf6", wasmtest.Recurse(), "", "stack overflow"},
		{"it recurses with large frames", "t", "\xf6", wasmtest.Single(func(g *wasmtest.Guest) uint32 { return g.Recurse(100) }), "", "stack overflow"},
		{"it computes fib", "t", "\xf6", wasmtest.Fib(10), "\x82\x00\x1b\x00\x00\x00\x00\x00\x00\x00\x37", ""},
		{"it grows to the limit", "t", "\xf6", wasmtest.Grow(), "\x82\x00\x1b\x00\x00\x00\x00\x00\x00\x00\x10", ""},
		{"it grows and traps", "t", "\xf6", wasmtest.GrowAndTrap(), "", "unreachable"},
		{"it forwards to the host", "t", "\x82\x61f\xf6", wasmtest.Forward(), "\x82\x00\x64host", ""},
		{"it exits", "t", "\xf6", wasmtest.Exit(3), "", "exit_code(3)"},
		{"it finds a task by name", "sum", "\xa2\x61a\x01\x61b\x02", wasmtest.Tasks(), "\x82\x00\x1b\x00\x00\x00\x00\x00\x00\x00\x03", ""},
		{"it does not take a longer name for a task", "summ", "\x01", wasmtest.Tasks(), "\x82\x01\xa2\x64code\x6cunknown_task\x67message\x78\x1athe guest has no such task", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := start(t, tt.wasm).call(t, tt.task, tt.args)
			if tt.fails != "" {
				require.ErrorContains(t, err, tt.fails)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
		})
	}
}

func TestCounterRemembersInEachPlace(t *testing.T) {
	for place, where := range wasmtest.Places {
		t.Run("it remembers in the "+place, func(t *testing.T) {
			g := start(t, wasmtest.Counter(where))
			got, err := g.call(t, "t", "\xf6")
			require.NoError(t, err)
			require.Equal(t, byte(1), got[len(got)-1])
			got, err = g.call(t, "t", "\xf6")
			if where == wasmtest.InData || where == wasmtest.InElem {
				require.Error(t, err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, byte(2), got[len(got)-1])
		})
	}
}

func TestGuestsThatSpeak(t *testing.T) {
	for _, wasm := range [][]byte{wasmtest.Log(1, "hello"), wasmtest.Write(1, "hello")} {
		g := start(t, wasm)
		got, err := g.call(t, "t", "\xf6")
		require.NoError(t, err)
		require.Equal(t, "\x82\x00\xf6", got)
		require.Equal(t, []string{"hello"}, g.logs)
	}
}

func TestManifestListsTheTasks(t *testing.T) {
	g := start(t, wasmtest.Tasks())
	span, err := g.ExportedFunction("pledge_v1_describe").Call(t.Context())
	require.NoError(t, err)
	b, ok := g.Memory().Read(uint32(span[0]>>32), uint32(span[0]))
	require.True(t, ok)
	require.Contains(t, string(b), "\xa1\x64name\x67forward")
}

func TestNumbers(t *testing.T) {
	require.Equal(t, []byte{0xe5, 0x8e, 0x26}, wasmtest.U32(624485))
	require.Equal(t, []byte{0x80, 0x80, 0x00}, wasmtest.U32Long(0, 3))
	require.Equal(t, []byte{0xff, 0xff, 0xff, 0xff, 0x0f}, wasmtest.U32Long(0xffffffff, 5))
	require.Equal(t, []byte{0xc0, 0xbb, 0x78}, wasmtest.S64(-123456))
	require.Equal(t, []byte{0xc0, 0x00}, wasmtest.S64(64))
}
