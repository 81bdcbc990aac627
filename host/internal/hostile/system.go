package hostile

import (
	"encoding/binary"

	"github.com/pledge-wasm/pledge/abi"
	. "github.com/pledge-wasm/pledge/internal/wasmtest"
)

// errno is an answer of WASI.
type errno int32

const (
	esuccess errno = 0
	ebadf    errno = 8
	efault   errno = 21
	einval   errno = 28
	eisdir   errno = 31
	enoent   errno = 44
	enosys   errno = 52
	enotsock errno = 57
	erofs    errno = 69
	espipe   errno = 70
)

// want traps unless code pushes this errno.
func (e errno) want(code ...Code) Code {
	return Seq(code...) + I32Const(int32(e)) + I32Ne + If(Empty, Unreachable)
}

// system is numbers 59 to 63 and 68: what a guest does with WASI. Guests trap
// when the answer is not what the specification has for it.
func system() []Case {
	var all []Case
	add := func(number int, name string, wasm func() []byte, codes ...abi.Code) {
		all = append(all, runs('E', number, name, wasm, codes...))
	}
	pollSig := In(I32, I32, I32, I32).Out(I32)
	// sleep polls for one clock subscription, which ends with e.
	sleep := func(clock uint32, timeout uint64, flags uint16, e errno) func() []byte {
		return func() []byte {
			sub := make([]byte, 48)
			binary.LittleEndian.PutUint32(sub[16:], clock)
			binary.LittleEndian.PutUint64(sub[24:], timeout)
			binary.LittleEndian.PutUint16(sub[40:], flags)
			g := NewGuest()
			poll := g.WASI("poll_oneoff", pollSig)
			at := int32(g.Const(sub))
			g.Only(g.Body(nil, esuccess.want(I32Const(at), I32Const(256), I32Const(1), I32Const(512), Call(poll)),
				I32Const(512), Load32(0), I32Const(1), I32Ne, If(Empty, Unreachable),
				e.want(I32Const(256), Load8(8))))
			return g.Bytes()
		}
	}
	add(59, "sleeps for 8 s of virtual time", sleep(1, 8e9, 0, esuccess), Completed)
	add(59, "sleeps for 292 years of virtual time", sleep(1, 1<<63-1, 0, esuccess), Completed)
	add(59, "sleeps for 2^64-1 ns of virtual time", sleep(1, 1<<64-1, 0, esuccess), Completed)
	add(59, "sleeps until the end of time", sleep(0, 1<<64-1, 1, esuccess), Completed)
	add(59, "sleeps on a clock that is not there", sleep(99, 1, 0, einval), Completed)
	for _, p := range []struct {
		name string
		n    int32
		e    errno
	}{
		{"wraps the size of its subscriptions", 0x05555556, efault},
		{"polls for 2^32-1 subscriptions", -1, efault},
		{"polls for nothing", 0, einval},
	} {
		add(60, p.name, once(p.e, "poll_oneoff", pollSig, I32Const(64), I32Const(256), I32Const(p.n), I32Const(512)), Completed)
	}
	add(60, "polls for a million subscriptions for ever", func() []byte {
		g := NewGuest()
		g.MemoryLimits = AtLeast(61 << 4)
		poll := g.WASI("poll_oneoff", pollSig)
		g.Only(g.Body(nil, Loop(Empty, I32Const(64), I32Const(64), I32Const(1_200_000), I32Const(60<<20), Call(poll), Drop, Br(0))))
		return g.Bytes()
	}, abi.CodeDeadline)
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
	add(63, "writes 2^30 pieces at once", once(einval, "fd_write", pollSig, I32Const(1), I32Const(64), I32Const(1<<30), I32Const(128)), Completed)
	add(63, "writes 2^32-1 pieces at once", once(einval, "fd_write", pollSig, I32Const(1), I32Const(64), I32Const(-1), I32Const(128)), Completed)
	add(63, "writes 1,024 empty pieces for ever", called("fd_write", pollSig, I32Const(1), I32Const(8<<10), I32Const(1024), I32Const(64)), abi.CodeDeadline)
	add(63, "reads into 1,024 pieces, of which the last is bad, for ever", func() []byte {
		g := NewGuest()
		read := g.WASI("fd_read", pollSig)
		g.Only(g.Body(nil, I32Const(8<<10), I32Const(-1), Store32(8*1023),
			Loop(Empty, efault.want(I32Const(0), I32Const(8<<10), I32Const(1024), I32Const(64), Call(read)), Br(0))))
		return g.Bytes()
	}, abi.CodeDeadline)
	for _, p := range []struct {
		name string
		code int32
	}{
		{"exits with 0", 0}, {"exits with 2^32-1", -1},
		{"exits with the engine's own code of a deadline", -0x10000001}, {"exits with the engine's own code of a cancellation", -0x10000000},
	} {
		add(68, p.name, func() []byte { return Exit(p.code) }, abi.CodeExit)
	}
	add(68, "raises a signal", once(enosys, "proc_raise", In(I32).Out(I32), I32Const(9)), Completed)
	return all
}

// once is a guest that calls a function of WASI and traps unless it answers e.
func once(e errno, name string, s Sig, args ...Code) func() []byte {
	return func() []byte {
		g := NewGuest()
		f := g.WASI(name, s)
		g.Only(g.Body(nil, e.want(Seq(args...), Call(f))))
		return g.Bytes()
	}
}

func lines(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = '\n'
	}
	return b
}
