// Package wasmtest answers: how does a test get the WebAssembly module that it
// needs, without a compiler for wasm on the machine?
//
// It has three layers, from the most comfortable to the most dangerous:
//
//   - ready-made guests of ABI v1, one function each: [Echo], [Sum], [Const],
//     [Trap], [Spin], [Recurse], [Grow], [Counter], [Forward] and others, and
//     [Tasks], which has most of them as named tasks behind a manifest. Each
//     returns the bytes of a whole module;
//   - [Guest], to write a guest of your own: it brings the memory and the
//     allocator, you bring the body of the call;
//   - [Module], to write any module at all, and [Raw], [Section], [U32] and
//     friends for the bytes of modules that should never have been written.
//
// A function that adds one to a number:
//
//	m := wasmtest.New()
//	inc := m.Func(wasmtest.In(wasmtest.I32).Out(wasmtest.I32), nil,
//		wasmtest.LocalGet(0), wasmtest.I32Const(1), wasmtest.I32Add)
//	m.Export("inc", inc)
//	wasm := m.Bytes()
//
// A guest whose every task answers with its request, as it is:
//
//	g := wasmtest.NewGuest()
//	g.Call(nil, wasmtest.Span(wasmtest.LocalGet(0), wasmtest.LocalGet(1)))
//	wasm := g.Bytes()
//
// Nothing here checks that a module is valid: tests want invalid ones too. The
// package panics when it is used wrongly (an import after a function), since
// only tests use it. Values are not safe for concurrent use; the byte slices
// that it returns are fresh and belong to the caller.
package wasmtest
