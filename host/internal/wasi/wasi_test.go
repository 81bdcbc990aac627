package wasi_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/host/internal/logs"
	"github.com/pledge-wasm/pledge/host/internal/wasi"
)

const (
	memorySize = 4096
	badByte    = 0xa5
)

// functions by name.
var functions = func() map[string]wasi.Function {
	all := map[string]wasi.Function{}
	for _, f := range wasi.Functions() {
		all[f.Name] = f
	}
	return all
}()

// world is a System with everything that a test looks at.
type world struct {
	*wasi.System
	t      testing.TB
	mem    []byte
	log    logs.Log
	units  uint64 // charged so far
	budget uint64 // units after which the charge fails; zero is no limit
	seed   [32]byte
	seeds  int // how often the seed was asked for
}

var errFuel = errors.New("out of fuel")

// newWorld returns a world with memorySize bytes of memory, all badByte.
func newWorld(t testing.TB) *world {
	w := &world{t: t, mem: bytes.Repeat([]byte{badByte}, memorySize)}
	w.System = wasi.New(w.host())
	return w
}

func (w *world) host() wasi.Host {
	return wasi.Host{
		Charge: func(n uint64) error {
			if w.units += n; w.budget > 0 && w.units > w.budget {
				return errFuel
			}
			return nil
		},
		Seed: func(func(uint64) error) ([32]byte, error) { w.seeds++; return w.seed, nil },
		Logs: &w.log,
	}
}

// try calls a function and returns its errno and error.
func (w *world) try(name string, params ...uint64) (wasi.Errno, error) {
	w.t.Helper()
	f, ok := functions[name]
	require.True(w.t, ok, name)
	require.Len(w.t, params, len(f.Params), name)
	stack := append(params, 0)
	err := f.Call(w.System, w.mem, stack)
	return wasi.Errno(stack[0]), err
}

// call calls a function that must return, and returns its errno.
func (w *world) call(name string, params ...uint64) wasi.Errno {
	w.t.Helper()
	e, err := w.try(name, params...)
	require.NoError(w.t, err, name)
	return e
}

// ok calls a function that must succeed.
func (w *world) ok(name string, params ...uint64) {
	w.t.Helper()
	require.Equal(w.t, wasi.ESUCCESS, w.call(name, params...), name)
}

func (w *world) u16(off int) uint16 { return binary.LittleEndian.Uint16(w.mem[off:]) }
func (w *world) u32(off int) uint32 { return binary.LittleEndian.Uint32(w.mem[off:]) }
func (w *world) u64(off int) uint64 { return binary.LittleEndian.Uint64(w.mem[off:]) }

func (w *world) put32(off int, v ...uint32) {
	for i, v := range v {
		binary.LittleEndian.PutUint32(w.mem[off+4*i:], v)
	}
}
func (w *world) put64(off int, v uint64) { binary.LittleEndian.PutUint64(w.mem[off:], v) }

// print writes text to fd through two buffers.
func (w *world) print(fd uint64, text string) wasi.Errno {
	copy(w.mem[1024:], text)
	half := uint32(len(text) / 2)
	w.put32(0, 1024, half, 1024+half, uint32(len(text))-half)
	return w.call("fd_write", fd, 0, 2, 16)
}

func TestTable(t *testing.T) {
	require.Len(t, wasi.Functions(), 46, "it has all functions of preview 1")
	require.Len(t, functions, 46, "it has each once")
	wasi.Functions()[0].Name = "changed"
	require.Equal(t, "args_get", wasi.Functions()[0].Name, "it hands out a copy")
}

func TestProcExit(t *testing.T) {
	for _, code := range []uint64{0, 1, 0xffffffff, 0xefffffff} {
		_, err := newWorld(t).try("proc_exit", code)
		var exit *wasi.ExitError
		require.ErrorAs(t, err, &exit, "it ends the guest")
		require.Equal(t, uint32(code), exit.Code, "it keeps the guest's code")
	}
}

func TestCharge(t *testing.T) {
	for name, f := range functions {
		w := newWorld(t)
		w.budget = wasi.CallCost - 1
		before := bytes.Clone(w.mem)
		_, err := w.try(name, make([]uint64, len(f.Params))...)
		require.ErrorIs(t, err, errFuel, "%s: it charges before it works", name)
		require.Equal(t, before, w.mem, name)
	}
}

func TestArgsAndEnviron(t *testing.T) {
	grants := &wasi.Grants{Args: []string{"task", "", "ü"}, Environ: []string{"A=1", "B="}}
	require.NoError(t, grants.Validate())
	for _, tt := range []struct {
		sizes, get string
		want       []string
	}{
		{"args_sizes_get", "args_get", grants.Args},
		{"environ_sizes_get", "environ_get", grants.Environ},
	} {
		w := newWorld(t)
		w.ok(tt.sizes, 0, 4)
		require.Zero(t, w.u64(0), "it has none without a grant")
		w.ok(tt.get, 0, 4)
		require.Zero(t, w.u64(0), "it writes none without a grant")

		w.Reset(wasi.State{}, grants)
		w.ok(tt.sizes, 0, 4)
		require.EqualValues(t, len(tt.want), w.u32(0))
		size := uint64(w.u32(4))
		text := uint64(memorySize) - size
		w.ok(tt.get, 8, text)
		for i, want := range tt.want {
			b := w.mem[w.u32(8+4*i):]
			require.Equal(t, want, string(b[:bytes.IndexByte(b, 0)]), "it terminates each")
		}
		require.EqualValues(t, badByte, w.mem[8+4*len(tt.want)], "it writes no further")
		require.Equal(t, wasi.EFAULT, w.call(tt.get, 8, text+1), "it needs room for all")
		require.Equal(t, wasi.EFAULT, w.call(tt.get, memorySize-4, 0), "it needs room for the table")

		w.Reset(wasi.State{}, nil)
		w.ok(tt.sizes, 0, 4)
		require.Zero(t, w.u64(0), "it takes the grant away with the next task")
	}
}

func TestGrantsValidate(t *testing.T) {
	long := string(bytes.Repeat([]byte{'x'}, wasi.MaxStrings))
	tests := []struct {
		name   string
		grants wasi.Grants
		want   string
	}{
		{"it refuses a clock without a wall", wasi.Grants{Clock: &wasi.Clock{Monotonic: func() int64 { return 0 }}}, "clock"},
		{"it refuses a clock without steadiness", wasi.Grants{Clock: &wasi.Clock{Wall: func() int64 { return 0 }}}, "clock"},
		{"it refuses NUL in arguments", wasi.Grants{Args: []string{"a\x00b"}}, "NUL"},
		{"it refuses NUL in the environment", wasi.Grants{Environ: []string{"A=a\x00b"}}, "NUL"},
		{"it refuses a variable without a value", wasi.Grants{Environ: []string{"A"}}, "NAME=VALUE"},
		{"it refuses a variable without a name", wasi.Grants{Environ: []string{"=A"}}, "NAME=VALUE"},
		{"it refuses too many bytes", wasi.Grants{Args: []string{long}}, "limit"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { require.ErrorContains(t, tt.grants.Validate(), tt.want) })
	}
	require.NoError(t, new(wasi.Grants).Validate())
}

func TestWorldIsPristine(t *testing.T) {
	w := newWorld(t)
	fresh := func() []byte {
		clear(w.mem)
		w.ok("clock_time_get", 0, 0, 0)
		w.ok("clock_time_get", 1, 0, 8)
		w.ok("random_get", 16, 40)
		w.ok("fd_fdstat_get", 1, 64)
		w.ok("fd_filestat_get", 2, 128)
		return bytes.Clone(w.mem)
	}
	first := fresh()
	w.ok("fd_close", 0)
	w.ok("fd_renumber", 1, 2)
	w.ok("fd_fdstat_set_flags", 2, 4)
	w.ok("clock_time_get", 1, 0, 0)
	w.Reset(wasi.State{}, nil)
	require.Equal(t, first, fresh(), "it is the same for the next task")

	w.ok("fd_close", 2)
	saved := w.Save()
	var clocks []uint64
	for range 3 {
		w.Reset(saved, nil)
		require.Equal(t, wasi.EBADF, w.print(2, "x"), "it keeps what initialisation closed")
		w.ok("clock_time_get", 1, 0, 0)
		clocks = append(clocks, w.u64(0))
	}
	require.Greater(t, clocks[0], binary.LittleEndian.Uint64(first[8:]), "it never turns time back")
	require.Equal(t, clocks[0], clocks[1])
	require.Equal(t, clocks[0], clocks[2])
}

func TestTaskAllocatesNothing(t *testing.T) {
	w := newWorld(t)
	copy(w.mem[64:], "a line\n")
	w.put32(0, 64, 7)
	write, random, stack := functions["fd_write"], functions["random_get"], make([]uint64, 4)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		w.Reset(wasi.State{}, nil)
		w.log.Reset(logs.Limits{})
		copy(stack, []uint64{1, 0, 1, 16})
		_ = write.Call(w.System, w.mem, stack)
		copy(stack, []uint64{128, 64})
		_ = random.Call(w.System, w.mem, stack)
	}))
}

func BenchmarkReset(b *testing.B) {
	w := newWorld(b)
	state := w.Save()
	b.ReportAllocs()
	for b.Loop() {
		w.Reset(state, nil)
	}
}

func BenchmarkFdWrite(b *testing.B) {
	w := newWorld(b)
	copy(w.mem[64:], "a line of forty characters, more or less\n")
	w.put32(0, 64, 41)
	f, stack := functions["fd_write"], make([]uint64, 4)
	b.ReportAllocs()
	for b.Loop() {
		w.log.Reset(logs.Limits{})
		copy(stack, []uint64{1, 0, 1, 16})
		if err := f.Call(w.System, w.mem, stack); err != nil || stack[0] != 0 {
			b.Fatal(err, stack[0])
		}
	}
}

func BenchmarkRandomPiece(b *testing.B) {
	w := newWorld(b)
	w.mem = make([]byte, 64<<10)
	f, stack := functions["random_get"], make([]uint64, 2)
	b.SetBytes(64 << 10)
	for b.Loop() {
		stack[0], stack[1] = 0, 64<<10
		_ = f.Call(w.System, w.mem, stack)
	}
}

func BenchmarkPoll(b *testing.B) {
	w := newWorld(b)
	w.mem = make([]byte, 1000*80+8)
	f, stack := functions["poll_oneoff"], make([]uint64, 4)
	b.SetBytes(1000 * 48)
	for b.Loop() {
		stack[0], stack[1], stack[2], stack[3] = 8, 48008, 1000, 0
		_ = f.Call(w.System, w.mem, stack)
	}
}

func BenchmarkRandomFirst32(b *testing.B) {
	w := newWorld(b)
	f, stack := functions["random_get"], make([]uint64, 2)
	b.ReportAllocs()
	for b.Loop() {
		w.Reset(wasi.State{}, nil)
		stack[0], stack[1] = 0, 32
		_ = f.Call(w.System, w.mem, stack)
	}
}

func levels(entries []logs.Entry) (lines []string) {
	for _, e := range entries {
		lines = append(lines, e.Level.String()+":"+e.Message)
	}
	return lines
}
