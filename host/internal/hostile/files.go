package hostile

import (
	"github.com/pledge-wasm/pledge/abi"
	. "github.com/pledge-wasm/pledge/internal/wasmtest"
)

// Signatures of WASI's functions for files.
var (
	openSig  = In(I32, I32, I32, I32, I32, I64, I64, I32, I32).Out(I32)
	pathSig  = In(I32, I32, I32).Out(I32)
	renumSig = In(I32, I32).Out(I32)
)

// files is numbers 64 to 67 and 69: guests that look for files and connections,
// of which there are none but an empty directory, descriptor 3. They trap when
// they are told otherwise.
func files() []Case {
	var all []Case
	add := func(number int, name string, wasm func() []byte, codes ...abi.Code) {
		all = append(all, runs('E', number, name, wasm, codes...))
	}
	// on is the path as two parameters.
	on := func(g *Guest, path string) Code {
		return I32Const(int32(g.Const([]byte(path)))) + I32Const(int32(len(path)))
	}
	// opens opens paths, all of which must end with e.
	opens := func(e errno, flags int32, paths ...string) func() []byte {
		return func() []byte {
			g := NewGuest()
			open := g.WASI("path_open", openSig)
			var code Code
			for _, path := range paths {
				code += e.want(I32Const(3), I32Const(1), on(g, path), I32Const(flags), I64Const(-1), I64Const(-1), I32Const(0), I32Const(64), Call(open))
			}
			g.Only(g.Body(nil, code))
			return g.Bytes()
		}
	}
	add(64, "makes a link out of its directory and follows it", func() []byte {
		g := NewGuest()
		symlink := g.WASI("path_symlink", In(I32, I32, I32, I32, I32).Out(I32))
		readlink := g.WASI("path_readlink", In(I32, I32, I32, I32, I32, I32).Out(I32))
		open := g.WASI("path_open", openSig)
		g.Only(g.Body(nil,
			erofs.want(on(g, "/etc"), I32Const(3), on(g, "out"), Call(symlink)),
			enoent.want(I32Const(3), on(g, "out"), I32Const(256), I32Const(100), I32Const(64), Call(readlink)),
			enoent.want(I32Const(3), I32Const(1), on(g, "out/passwd"), I32Const(0), I64Const(2), I64Const(0), I32Const(0), I32Const(64), Call(open))))
		return g.Bytes()
	}, Completed)
	outside := []string{
		"../etc/passwd", "../../../../etc/passwd", "/etc/passwd", "//etc/passwd", "./../etc/passwd", "..", "../", "x/../../etc", "etc/passwd/",
		"/proc/self/environ", "/dev/stdin", "\x00", "/\x00/etc/passwd", "CON", "NUL.txt", "C:\\Windows", "C:/Windows", "\\\\?\\C:\\", "ETC/PASSWD", "\xff\xfe",
	}
	add(65, "opens files outside of its directory", opens(enoent, 0, outside...), Completed)
	add(65, "makes files outside of its directory", opens(erofs, 1, outside...), Completed)
	add(65, "truncates its directory", opens(eisdir, 8, "/", ".", "./", "/./."), Completed)
	add(65, "links and renames across its directory", func() []byte {
		g := NewGuest()
		link := g.WASI("path_link", In(I32, I32, I32, I32, I32, I32, I32).Out(I32))
		rename := g.WASI("path_rename", In(I32, I32, I32, I32, I32, I32).Out(I32))
		unlink, rmdir := g.WASI("path_unlink_file", pathSig), g.WASI("path_remove_directory", pathSig)
		g.Only(g.Body(nil,
			enoent.want(I32Const(3), I32Const(1), on(g, "/etc/passwd"), I32Const(3), on(g, "x"), Call(link)),
			enoent.want(I32Const(3), on(g, "/etc/passwd"), I32Const(3), on(g, "x"), Call(rename)),
			erofs.want(I32Const(3), on(g, "/"), I32Const(3), on(g, "../x"), Call(rename)),
			enoent.want(I32Const(3), on(g, "/etc/passwd"), Call(unlink)),
			erofs.want(I32Const(3), on(g, "/"), Call(rmdir))))
		return g.Bytes()
	}, Completed)
	add(65, "looks at a path of 4,096 slashes for ever", func() []byte {
		return withMemory(2, func(g *Guest) uint32 {
			link := g.WASI("path_link", In(I32, I32, I32, I32, I32, I32, I32).Out(I32))
			return g.Body(nil, I32Const(0), I32Const('/'), I32Const(8192), MemoryFill,
				Loop(Empty, I32Const(3), I32Const(0), I32Const(0), I32Const(4096), I32Const(3), I32Const(4096), I32Const(4096), Call(link), Drop, Br(0)))
		})
	}, abi.CodeDeadline)
	add(66, "makes a million files", func() []byte {
		g := NewGuest()
		open, mkdir := g.WASI("path_open", openSig), g.WASI("path_create_directory", pathSig)
		g.Only(g.Body(Locals(1, I32), Loop(Empty,
			erofs.want(I32Const(3), I32Const(0), on(g, "x"), I32Const(1), I64Const(-1), I64Const(-1), I32Const(0), I32Const(64), Call(open)),
			erofs.want(I32Const(3), on(g, "d"), Call(mkdir)),
			LocalGet(2), I32Const(1), I32Add, LocalTee(2), I32Const(1_000_000), I32LtU, BrIf(0))))
		return g.Bytes()
	}, abi.CodeDeadline, Completed)
	add(66, "allocates a terabyte", func() []byte {
		g := NewGuest()
		allocate := g.WASI("fd_allocate", In(I32, I64, I64).Out(I32))
		size := g.WASI("fd_filestat_set_size", In(I32, I64).Out(I32))
		g.Only(g.Body(nil,
			eisdir.want(I32Const(3), I64Const(0), I64Const(1<<40), Call(allocate)),
			espipe.want(I32Const(1), I64Const(0), I64Const(1<<40), Call(allocate)),
			eisdir.want(I32Const(3), I64Const(1<<40), Call(size))))
		return g.Bytes()
	}, Completed)
	add(66, "reads its directory byte by byte for ever", called("fd_readdir", In(I32, I32, I32, I64, I32).Out(I32),
		I32Const(3), I32Const(256), I32Const(1), I64Const(0), I32Const(64)), abi.CodeDeadline)
	add(67, "opens its directory until there are no descriptors", func() []byte {
		g := NewGuest()
		open := g.WASI("path_open", openSig)
		root := on(g, "/")
		g.Only(g.Body(Locals(1, I32), Loop(Empty,
			I32Const(3), I32Const(0), root, I32Const(0), I64Const(0), I64Const(0), I32Const(0), I32Const(64), Call(open), Drop,
			LocalGet(2), I32Const(1), I32Add, LocalTee(2), I32Const(10_000), I32LtU, BrIf(0)),
			// EMFILE, and the last that was given is a small number.
			errno(33).want(I32Const(3), I32Const(0), root, I32Const(0), I64Const(0), I64Const(0), I32Const(0), I32Const(64), Call(open)),
			I32Const(64), Load32(0), I32Const(8), I32GeU, If(Empty, Unreachable)))
		return g.Bytes()
	}, Completed)
	add(67, "renumbers stdout onto stdin and closes all", func() []byte {
		g := NewGuest()
		renumber := g.WASI("fd_renumber", renumSig)
		closing := g.WASI("fd_close", In(I32).Out(I32))
		var code Code
		for i := range int32(5) {
			code += I32Const(i) + Call(closing) + Drop + I32Const(i) + I32Const(i+1) + Call(renumber) + Drop
		}
		g.Only(g.Body(nil, Repeat(100, code)))
		return g.Bytes()
	}, Completed)
	add(67, "renumbers its directory onto stdout and writes there", func() []byte {
		g := NewGuest()
		renumber := g.WASI("fd_renumber", renumSig)
		write := g.WASI("fd_write", In(I32, I32, I32, I32).Out(I32))
		prestat := g.WASI("fd_prestat_get", renumSig)
		g.Only(g.Body(nil,
			esuccess.want(I32Const(3), I32Const(1), Call(renumber)),
			ebadf.want(I32Const(1), I32Const(256), I32Const(1), I32Const(64), Call(write)),
			ebadf.want(I32Const(3), I32Const(64), Call(prestat)),
			ebadf.want(I32Const(3), I32Const(1), Call(renumber)),
			ebadf.want(I32Const(1), I32Const(-1), Call(renumber))))
		return g.Bytes()
	}, Completed)
	add(67, "closes stdout and stderr and writes to them", func() []byte {
		g := NewGuest()
		closing := g.WASI("fd_close", In(I32).Out(I32))
		write := g.WASI("fd_write", In(I32, I32, I32, I32).Out(I32))
		var code Code
		for _, fd := range []int32{1, 2} {
			code += esuccess.want(I32Const(fd), Call(closing)) + ebadf.want(I32Const(fd), Call(closing)) +
				ebadf.want(I32Const(fd), I32Const(256), I32Const(1), I32Const(64), Call(write))
		}
		g.Only(g.Body(nil, code))
		return g.Bytes()
	}, Completed)
	add(69, "talks to whatever descriptor may be a socket", func() []byte {
		g := NewGuest()
		accept := g.WASI("sock_accept", In(I32, I32, I32).Out(I32))
		send := g.WASI("sock_send", In(I32, I32, I32, I32, I32).Out(I32))
		receive := g.WASI("sock_recv", In(I32, I32, I32, I32, I32, I32).Out(I32))
		shutdown := g.WASI("sock_shutdown", renumSig)
		var code Code
		for fd := range int32(6) {
			e := enotsock
			if fd > 3 {
				e = ebadf
			}
			code += e.want(I32Const(fd), I32Const(0), I32Const(64), Call(accept)) +
				e.want(I32Const(fd), I32Const(256), I32Const(1), I32Const(0), I32Const(64), Call(send)) +
				e.want(I32Const(fd), I32Const(256), I32Const(1), I32Const(0), I32Const(64), I32Const(68), Call(receive)) +
				e.want(I32Const(fd), I32Const(2), Call(shutdown))
		}
		g.Only(g.Body(nil, code))
		return g.Bytes()
	}, Completed)
	return all
}
