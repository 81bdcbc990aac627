package wasi_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/host/internal/logs"
	"github.com/pledge-wasm/pledge/host/internal/wasi"
)

func TestOutput(t *testing.T) {
	w := newWorld(t)
	require.Equal(t, wasi.ESUCCESS, w.print(1, "hello\nwor"))
	require.EqualValues(t, 9, w.u32(16), "it counts what it took")
	require.Equal(t, wasi.ESUCCESS, w.print(2, "oops\n"))
	w.log.Add(abi.LevelDebug, []byte("from the guest"))
	require.Equal(t, wasi.ESUCCESS, w.print(1, "ld\ntail"))
	require.Equal(t, []string{"info:hello", "warn:oops", "debug:from the guest", "info:world", "info:tail"},
		levels(w.log.Finish()))
	require.Equal(t, wasi.EBADF, w.print(0, "x"), "it does not write to stdin")
	require.Equal(t, wasi.EBADF, w.print(3, "x"))
	require.Equal(t, wasi.EBADF, w.print(0xffffffff, "x"))

	w.System = wasi.New(wasi.Host{})
	require.Equal(t, wasi.ESUCCESS, w.print(1, "nobody listens\n"))
}

func TestInput(t *testing.T) {
	w := newWorld(t)
	w.put32(0, 1024, 100)
	w.ok("fd_read", 0, 0, 1, 16)
	require.Zero(t, w.u32(16), "it is at its end")
	require.EqualValues(t, badByte, w.mem[1024], "it writes nothing")
	require.Equal(t, wasi.EBADF, w.call("fd_read", 1, 0, 1, 16))
	require.Equal(t, wasi.EISDIR, w.call("fd_read", 3, 0, 1, 16))
	require.Equal(t, wasi.EBADF, w.call("fd_read", 4, 0, 1, 16))
}

func TestVectors(t *testing.T) {
	for _, name := range []string{"fd_write", "fd_read"} {
		fd := uint64(1)
		if name == "fd_read" {
			fd = 0
		}
		w := newWorld(t)
		w.ok(name, fd, 0, 0, 16)
		require.Zero(t, w.u32(16), "it takes no buffers")
		w.ok(name, fd, memorySize, 0, 16)
		w.put32(0, memorySize, 0)
		w.ok(name, fd, 0, 1, 16)

		for _, bad := range [][2]uint32{
			{memorySize + 1, 0}, {0xffffffff, 0}, {0xffffffff, 2}, {0, 0xffffffff},
			{memorySize - 1, 2}, {memorySize, 1}, {16, 0xfffffff0},
		} {
			w.put32(0, 1024, 4, bad[0], bad[1])
			w.put32(16, 7)
			require.Equal(t, wasi.EFAULT, w.call(name, fd, 0, 2, 16), "%s %x", name, bad)
			require.EqualValues(t, 7, w.u32(16), "it writes no count")
		}
		require.Empty(t, w.log.Finish(), "it writes nothing when any buffer is bad")
		for _, n := range []uint64{1025, 0x20000000, 0xffffffff} {
			require.Equal(t, wasi.EINVAL, w.call(name, fd, 0, n, 16), "it bounds the number of buffers")
		}
	}
}

func TestWriteTooMuch(t *testing.T) {
	w := newWorld(t)
	w.mem = make([]byte, 4<<20)
	for i := range 1024 {
		w.put32(8*i, 0, 2<<20)
	}
	require.Equal(t, wasi.EINVAL, w.call("fd_write", 1, 0, 1024, 8192), "it bounds the sum")
	require.Less(t, w.units, uint64(wasi.CallCost+1<<16), "it charges for no byte of what it refuses")
	w.budget = 16 << 20
	_, err := w.try("fd_write", 1, 0, 1023, 8192)
	require.ErrorIs(t, err, errFuel, "it charges for each byte, piece by piece")
	require.Less(t, w.units, uint64(17<<20+1))
}

// TestVectorsAreCharged is for lists that take long to look at, good or bad.
func TestVectorsAreCharged(t *testing.T) {
	for _, name := range []string{"fd_write", "fd_read"} {
		for _, last := range []uint32{0, 0xffffffff} {
			w := newWorld(t)
			w.mem = make([]byte, 16<<10)
			w.put32(8+8*1023, last)
			w.call(name, map[string]uint64{"fd_write": 1, "fd_read": 0}[name], 8, 1024, 0)
			require.Greater(t, w.units, uint64(wasi.CallCost+32*1024), "%s charges for each buffer of the list", name)
		}
	}
}

// TestOverlaps is for areas that lie over one another: what the guest then finds
// is its own affair, but every call ends, with what it had checked.
func TestOverlaps(t *testing.T) {
	w := newWorld(t)
	w.put32(0, 8, 8) // the count is written over the list, which is its own buffer
	copy(w.mem[8:], "a line\n")
	w.put32(16, 0, 8, 0, 8)
	w.ok("fd_write", 1, 16, 2, 16)
	require.EqualValues(t, 16, w.u32(16))
	w.log.Finish()

	w.put32(0, 0, 64)
	w.ok("fd_read", 0, 0, 1, 4)
	require.Zero(t, w.u32(4))

	grants := &wasi.Grants{Args: []string{"abc", "def"}}
	w.Reset(wasi.State{}, grants)
	w.ok("args_sizes_get", 0, 0)
	require.EqualValues(t, 8, w.u32(0), "it writes the size last")
	w.ok("args_get", 0, 0)
	require.Equal(t, "de", string(w.mem[4:6]), "it writes the text last")

	// Events are written over the subscriptions, each read before its event is.
	clear(w.mem)
	for i := range 20 {
		w.put64(48*i, uint64(i))
		w.mem[48*i+8] = 2
		w.put32(48*i+16, 1)
	}
	w.ok("poll_oneoff", 0, 0, 20, 2000)
	require.EqualValues(t, 20, w.u32(2000))
	for i := range 20 {
		require.EqualValues(t, i, w.u64(32*i))
	}
	// With the events before the subscriptions by less than one, and by more.
	for _, out := range []uint64{24, 100, 900} {
		require.NotPanics(t, func() { w.call("poll_oneoff", 0, out, 20, out+8) })
	}
}

func TestFlood(t *testing.T) {
	w := newWorld(t)
	w.mem = []byte(strings.Repeat("\x1b[31mflood", 1<<16))
	for range 1000 {
		w.put32(0, 16, uint32(len(w.mem)-16))
		w.ok("fd_write", 1, 0, 1, 8)
	}
	entries := w.log.Finish()
	require.Len(t, entries, 2, "it does not end the task, nor fill memory")
	require.LessOrEqual(t, len(entries[0].Message), logs.DefaultBytes)
	require.NotContains(t, entries[0].Message, "\x1b")
}

func TestDescriptors(t *testing.T) {
	w := newWorld(t)
	require.Equal(t, wasi.EBADF, w.call("fd_close", 4))
	require.Equal(t, wasi.EBADF, w.call("fd_renumber", 1, 4), "it makes no new numbers")
	require.Equal(t, wasi.EBADF, w.call("fd_renumber", 5, 1))
	w.ok("fd_renumber", 1, 1)
	w.ok("fd_renumber", 1, 2)
	require.Equal(t, wasi.ESUCCESS, w.print(2, "stdout by another number\n"))
	require.Equal(t, wasi.EBADF, w.print(1, "x"), "it closes the old number")
	require.Equal(t, wasi.EBADF, w.call("fd_renumber", 2, 1), "it does not reopen one")
	require.Equal(t, wasi.EBADF, w.call("fd_close", 1), "it closes once")
	w.ok("fd_close", 2)
	w.ok("fd_close", 0)
	require.Equal(t, wasi.EBADF, w.call("fd_read", 0, 0, 0, 16))
	require.Equal(t, []string{"info:stdout by another number"}, levels(w.log.Finish()))
}

func TestStat(t *testing.T) {
	const read, write = 1 << 1, 1 << 6
	for fd, want := range []uint64{read, write, write} {
		w := newWorld(t)
		w.ok("fd_fdstat_get", uint64(fd), 0)
		require.EqualValues(t, 2, w.mem[0], "it is a character device, so that C writes line by line")
		require.Zero(t, w.u16(2))
		require.Equal(t, want, w.u64(8)&(read|write))
		require.Zero(t, w.u64(8)&(1<<2|1<<5), "it cannot seek or tell")
		require.EqualValues(t, badByte, w.mem[24])
		w.ok("fd_fdstat_set_flags", uint64(fd), 4)
		w.ok("fd_fdstat_get", uint64(fd), 0)
		require.EqualValues(t, 4, w.u16(2), "it remembers flags")
		require.Equal(t, wasi.EINVAL, w.call("fd_fdstat_set_flags", uint64(fd), 32))
		require.Equal(t, wasi.EINVAL, w.call("fd_fdstat_set_flags", uint64(fd), 0x10000))
		w.ok("fd_filestat_get", uint64(fd), 0)
		require.EqualValues(t, 2, w.mem[16])
		require.Zero(t, w.u64(32), "it is empty")
		require.EqualValues(t, badByte, w.mem[64])
	}
}
