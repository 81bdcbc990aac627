package admit

import (
	"errors"
	"fmt"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/host/internal/wasm"
)

// Error says why a module was refused.
type Error struct {
	// Code is module_rejected or import_denied.
	Code abi.Code
	// What happened, to which thing, and which limit was passed, without a
	// prefix.
	What string
	// Hint says what to do about it; it may be empty.
	Hint string
	// Offset is where in the file, in bytes from its start; -1 when no single
	// place is to blame.
	Offset int
	// Limit is the limit that was passed and Count what the module has; both 0
	// when no limit was.
	Count, Limit int64
	// Missing lists the imports that are not here, when Code is import_denied.
	Missing []Import
}

// Error tells what happened. The hint is left to whoever prints it.
func (e *Error) Error() string {
	if e.Offset < 0 {
		return "admit: " + e.What
	}
	return fmt.Sprintf("admit: %s (at byte %d)", e.What, e.Offset)
}

func rejected(offset int, what, hint string) *Error {
	return &Error{Code: abi.CodeModuleRejected, What: what, Hint: hint, Offset: offset}
}

// malformed is for bytes that no tool writes.
func malformed(offset int, what string) error {
	return rejected(offset, "the module is malformed: "+what, "build it again; the file may be damaged")
}

func tooMany(what string, count, limit int64, offset int) error {
	return &Error{
		Code: abi.CodeModuleRejected, Offset: offset, Count: count, Limit: limit,
		What: fmt.Sprintf("%s: %d, the limit is %d", what, count, limit),
		Hint: "make the module smaller, or split it",
	}
}

// proposals names what to switch off, by the proposal that is not supported.
var proposals = map[string]string{
	"threads":             "build without threads and atomics (clang: no -pthread, no -matomics; Rust: no +atomics)",
	"memory64":            "build for wasm32",
	"multi-memory":        "build without multi-memory",
	"gc":                  "build for a target without garbage-collected types; Kotlin, Dart and OCaml targets that need WasmGC do not run here",
	"function-references": "build without typed function references",
	"tail-call":           "build without tail calls (clang: -mno-tail-call; Rust: -C target-feature=-tail-call)",
	"exception-handling":  "build without WebAssembly exceptions (clang: -fno-exceptions or -fignore-exceptions; Emscripten: -sDISABLE_EXCEPTION_CATCHING)",
	"legacy-exceptions":   "build without WebAssembly exceptions (clang: -fno-exceptions or -fignore-exceptions; Emscripten: -sDISABLE_EXCEPTION_CATCHING)",
	"relaxed-simd":        "build without relaxed SIMD; SIMD itself is supported",
}

func unsupported(proposal string, offset int) error {
	if proposal == "component-model" {
		return rejected(offset, "the file is a WebAssembly component, not a core module",
			"build a core module for wasip1 (Rust: --target wasm32-wasip1 as a cdylib; TinyGo: -target=wasip1 -buildmode=c-shared), or take the core module out with `wasm-tools component unbundle`")
	}
	hint, ok := proposals[proposal]
	if !ok {
		hint = "build without it"
	}
	return rejected(offset, "the module uses the proposal "+proposal+", which is off", hint)
}

// decodeError gives a reader's error its place here.
func decodeError(err error) error {
	var bad *wasm.Error
	var limit *wasm.LimitError
	var proposal *wasm.UnsupportedError
	switch {
	case errors.As(err, &proposal):
		return unsupported(proposal.Proposal, proposal.Offset)
	case errors.As(err, &limit):
		return tooMany(limit.What, int64(limit.Count), int64(limit.Limit), limit.Offset)
	case errors.As(err, &bad):
		what := bad.What
		if bad.Section != wasm.SectionNone {
			what = bad.Section.String() + " section: " + what
		}
		return malformed(bad.Offset, what)
	}
	return err
}
