package admit

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

const magic = "\x00asm"

// looks lists what people hand in instead of a module, by how it begins.
var looks = []struct{ prefix, what, hint string }{
	{"\x1f\x8b", "a gzip file", "unpack it first (gunzip)"},
	{"PK\x03\x04", "a zip file", "unpack it first (unzip)"},
	{"\x28\xb5\x2f\xfd", "a zstd file", "unpack it first (zstd -d)"},
	{"BZh", "a bzip2 file", "unpack it first (bunzip2)"},
	{"\xfd7zXZ", "an xz file", "unpack it first (xz -d)"},
	{"\x7fELF", "a native Linux program or library", "build it for WebAssembly (Go: GOOS=wasip1 GOARCH=wasm; Rust: --target wasm32-wasip1; C: clang --target=wasm32-wasip1)"},
	{"MZ", "a native Windows program", "build it for WebAssembly (Go: GOOS=wasip1 GOARCH=wasm; Rust: --target wasm32-wasip1)"},
	{"\xcf\xfa\xed\xfe", "a native macOS program", "build it for WebAssembly (Go: GOOS=wasip1 GOARCH=wasm; Rust: --target wasm32-wasip1)"},
	{"\xca\xfe\xba\xbe", "a native macOS program or a Java class", "build it for WebAssembly"},
	{"BC\xc0\xde", "LLVM bitcode", "link it into a module (clang, wasm-ld)"},
	{"!<arch>\n", "a library archive", "link it into a module"},
	{"#!", "a script", "pass a WebAssembly module"},
}

// notWasm says what a file without the magic number looks like.
func notWasm(file []byte) error {
	if len(file) == 0 {
		return rejected(0, "the file is empty", "build it again")
	}
	if len(file) < len(magic) && strings.HasPrefix(magic, string(file)) {
		return rejected(len(file), "the file ends inside its magic number", "fetch or build it again; it was cut short")
	}
	for _, l := range looks {
		if bytes.HasPrefix(file, []byte(l.prefix)) {
			return rejected(0, "the file is not a WebAssembly module but "+l.what, l.hint)
		}
	}
	start := file[:min(len(file), 512)]
	text := bytes.TrimLeft(start, " \t\r\n\ufeff")
	switch {
	case bytes.HasPrefix(text, []byte("(module")), bytes.HasPrefix(text, []byte(";;")), bytes.HasPrefix(text, []byte("(;")):
		return rejected(0, "the file is WebAssembly in its text format", "translate it to the binary format first (wat2wasm, wasm-tools parse)")
	case bytes.HasPrefix(text, []byte("(component")):
		return rejected(0, "the file is a WebAssembly component in its text format", "build a core module for wasip1")
	case bytes.HasPrefix(text, []byte("<")):
		return rejected(0, "the file is HTML or XML, not a WebAssembly module", "perhaps a download answered with an error page")
	case utf8.Valid(start[:len(start)-len(start)%4]):
		return rejected(0, "the file is text, not a WebAssembly module", "build it for WebAssembly first")
	}
	return rejected(0, "the file is not a WebAssembly module: it does not begin with \\0asm", "build it for WebAssembly first")
}

// preamble checks the eight bytes that every module begins with.
func preamble(file []byte) error {
	if !bytes.HasPrefix(file, []byte(magic)) {
		return notWasm(file)
	}
	if len(file) < 8 {
		return rejected(len(file), "the file ends inside its header", "fetch or build it again; it was cut short")
	}
	switch version, layer := uint16(file[4])|uint16(file[5])<<8, uint16(file[6])|uint16(file[7])<<8; {
	case layer == 1:
		return unsupported("component-model", 4)
	case version != 1 || layer != 0:
		return rejected(4, "the file says that it is of another version of the format", "build a module of version 1")
	}
	return nil
}
