package hostile

import (
	"encoding/binary"

	"github.com/pledge-wasm/pledge/abi"
	. "github.com/pledge-wasm/pledge/internal/wasmtest"
)

// system is numbers 59 to 68: what a guest does with WASI.
func system() []Case {
	var all []Case
	add := func(number int, name string, wasm func() []byte, codes ...abi.Code) {
		all = append(all, runs('E', number, name, wasm, codes...))
	}
	pollSig := In(I32, I32, I32, I32).Out(I32)
	// sleep polls for one clock subscription.
	sleep := func(clock uint32, timeout uint64, flags uint16) func() []byte {
		return func() []byte {
			sub := make([]byte, 48)
			binary.LittleEndian.PutUint32(sub[16:], clock)
			binary.LittleEndian.PutUint64(sub[24:], timeout)
			binary.LittleEndian.PutUint16(sub[40:], flags)
			g := NewGuest()
			poll := g.WASI("poll_oneoff", pollSig)
			at := int32(g.Const(sub))
			g.Only(g.Body(nil, I32Const(at), I32Const(256), I32Const(1), I32Const(512), Call(poll), Drop))
			return g.Bytes()
		}
	}
	add(59, "sleeps for 8 s of virtual time", sleep(1, 8e9, 0), Completed)
	add(59, "sleeps for 292 years of virtual time", sleep(1, 1<<63-1, 0), Completed)
	add(59, "sleeps for 2^64-1 ns of virtual time", sleep(1, 1<<64-1, 0), Completed)
	add(59, "sleeps until the end of time", sleep(0, 1<<64-1, 1), Completed)
	add(59, "sleeps on a clock that is not there", sleep(99, 1, 0), Completed)
	for name, n := range map[string]int32{"wraps the size of its subscriptions": 0x05555556, "polls for 2^32-1 subscriptions": -1, "polls for nothing": 0} {
		add(60, name, func() []byte {
			g := NewGuest()
			poll := g.WASI("poll_oneoff", pollSig)
			g.Only(g.Body(nil, I32Const(64), I32Const(256), I32Const(n), I32Const(512), Call(poll), Drop))
			return g.Bytes()
		}, Completed, abi.CodeTrap)
	}
	add(61, "reads stdin for ever", func() []byte {
		g := NewGuest()
		read := g.WASI("fd_read", pollSig)
		g.Only(g.Body(nil, I32Const(64), I32Const(256), Store32(0), I32Const(64), I32Const(100), Store32(4),
			Loop(Empty, I32Const(0), I32Const(64), I32Const(1), I32Const(128), Call(read), Drop, Br(0))))
		return g.Bytes()
	}, abi.CodeDeadline)
	add(61, "accepts connections for ever", called("sock_accept", In(I32, I32, I32).Out(I32), I32Const(0), I32Const(0), I32Const(64)), abi.CodeDeadline)
	add(62, "fills its memory with random bytes for ever", func() []byte {
		g := NewGuest()
		g.MemoryLimits = AtLeast(61 << 4)
		random := g.WASI("random_get", In(I32, I32).Out(I32))
		g.Only(g.Body(nil, Loop(Empty, I32Const(1024), I32Const(60<<20), Call(random), Drop, Br(0))))
		return g.Bytes()
	}, abi.CodeDeadline)
	flood := func(text []byte) func() []byte {
		return func() []byte {
			g := NewGuest()
			write := g.WASI("fd_write", pollSig)
			at := int32(g.Const(text))
			g.Only(g.Body(nil, I32Const(64), I32Const(at), Store32(0), I32Const(64), I32Const(int32(len(text))), Store32(4),
				Loop(Empty, I32Const(1), I32Const(64), I32Const(1), I32Const(128), Call(write), Drop, Br(0))))
			return g.Bytes()
		}
	}
	add(63, "floods stdout without a newline", flood(make([]byte, 1<<20)), abi.CodeDeadline)
	add(63, "floods stdout with empty lines", flood(lines(1<<16)), abi.CodeDeadline)
	add(63, "floods stdout byte by byte", flood([]byte("x")), abi.CodeDeadline)
	add(63, "writes escapes, NULs and bad UTF-8", func() []byte { return Write(2, "\x1b[2J\x1b]0;owned\x07\x00\xff\xfe\r\n{\"level\":\"error\"}\n") }, Completed)
	add(63, "writes 2^30 pieces at once", func() []byte {
		g := NewGuest()
		write := g.WASI("fd_write", pollSig)
		g.Only(g.Body(nil, I32Const(1), I32Const(64), I32Const(1<<30), I32Const(128), Call(write), Drop))
		return g.Bytes()
	}, Completed, abi.CodeTrap)
	add(67, "renumbers stdout onto stdin and closes all", func() []byte {
		g := NewGuest()
		renumber := g.WASI("fd_renumber", In(I32, I32).Out(I32))
		closing := g.WASI("fd_close", In(I32).Out(I32))
		var code Code
		for i := range int32(5) {
			code += I32Const(i) + Call(closing) + Drop + I32Const(i) + I32Const(i+1) + Call(renumber) + Drop
		}
		g.Only(g.Body(nil, Repeat(100, code)))
		return g.Bytes()
	}, Completed)
	for name, code := range map[string]int32{
		"exits with 0": 0, "exits with 2^32-1": -1,
		"exits with the engine's own code of a deadline": -0x10000001, "exits with the engine's own code of a cancellation": -0x10000000,
	} {
		add(68, name, func() []byte { return Exit(code) }, abi.CodeExit)
	}
	return all
}

func lines(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = '\n'
	}
	return b
}
