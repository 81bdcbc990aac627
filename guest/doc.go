// Package guest lets Go functions be called as tasks of pledge.
//
// # A task
//
// A task is a function that is registered in an init, because the main of a
// module of tasks never runs:
//
//	package main
//
//	import (
//		"context"
//		"strings"
//
//		"github.com/pledge-wasm/pledge/guest"
//	)
//
//	func init() {
//		guest.Handle("count", func(ctx context.Context, page string) (map[string]int, error) {
//			words := map[string]int{}
//			for _, w := range strings.Fields(page) {
//				words[w]++
//			}
//			return words, nil
//		}, guest.Doc("Counts the words of a page."))
//	}
//
//	func main() {}
//
// The Go toolchain makes a module of it, and pledge runs it:
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -trimpath -ldflags='-s -w' -o words.wasm .
//	pledge run words.wasm count --args '"to be or not to be"'
//
// The host initialises a module once and takes a snapshot; every task begins
// from it. So what an init computes (tables, compiled templates) is free for
// the tasks, what a task leaves in variables is gone after it, and so is its
// garbage.
//
// # Values
//
// Arguments and results are CBOR, made from Go values as encoding/json makes
// JSON: structs are maps by their field names, or by tags cbor:"…" or json:"…"
// with omitempty, omitzero and "-", and further keyasint, and toarray on a field
// named _. A []byte is a byte string, a nil slice, map or pointer is null, a
// [time.Time] is a time. Encoding is deterministic. Keys without a field are
// ignored, and names match exactly. Keys that are integers may arrive as decimal
// text, which is how JSON has them. A type with MarshalCBOR and UnmarshalCBOR
// does it itself (the bytes that UnmarshalCBOR gets are not its own to keep);
// for MarshalBinary, MarshalText and math/big import package marshalers.
// What a value may be is worked out at [Handle], from the types, and is part of
// the manifest as JSON Schema: pledge inspect shows it.
//
// # Errors
//
// A handler's error is an answer like any other. An [*Error], alone or wrapped,
// carries a code, data and a hint whether to try again; any other error has
// the code "error". Arguments that do not fit the handler's type never reach
// it. A panic ends the run as crashed, with the stack in its logs.
//
// # The outside
//
// There is none, unless the host grants it: no files, no network, a clock that
// stands still, randomness that is the same on every run. What the host's
// program offers by name is reached by [Call]; [Submit] starts further tasks and
// gives futures of their results, which may stand in arguments and results in
// place of values. [Progress] and [Log] always work, and so do the packages fmt
// and log, whose lines the host collects. For log/slog import package guestlog.
//
// Goroutines, channels and timers work. There is one thread: while a task waits
// in [Call] or [Future.Await] all its goroutines do.
//
// # Tests
//
// The same handlers run natively, in plain go test, through package guesttest.
//
// # Size
//
// A host compiles a module once per machine, at some 3 MB/s, and loads it from
// its cache at some 80 MB/s. The smallest module of Go with this package has 2.8
// MB: 1.8 are the runtime, 0.35 the context, 0.6 this package with reflect. Package
// fmt adds 0.4 MB, log/slog 1. A guest that imports a CBOR or JSON library in
// place of this package's own begins at 3.9.
package guest
