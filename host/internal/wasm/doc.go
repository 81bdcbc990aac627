// Package wasm answers one question: what do the bytes of a WebAssembly module say? It reads and writes the binary
// format of core WebAssembly 2.0 (SIMD, bulk memory, reference types, multi-value and the rest of that version), with
// tail calls, extended constant expressions and exception handling (try_table) beside it.
//
// The reader is made for hostile bytes. It allocates in proportion to the bytes that are really there and never by a
// count that a file declares, it never calls itself on input, and every refusal is an [*Error], [*LimitError] or
// [*UnsupportedError] that carries the offset. What it does not do is validate: types are not checked on the operand
// stack, so a module that it accepts may still be refused by an engine.
//
// [Decode] reads the sections and leaves function bodies as ranges of the input. [Body.Code] and [Reader] walk a body
// one instruction at a time without allocating. [Encode] writes a [Module] again, and the Append functions write its
// parts; a module whose numbers were encoded in the shortest way comes back byte for byte.
//
// A decoded Module aliases the bytes that it was read from: they must not change while it is in use. Nothing here keeps
// state between calls, so any number of goroutines may read one Module.
package wasm
