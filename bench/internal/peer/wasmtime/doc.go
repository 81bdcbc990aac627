// Package wasmtime is wasmtime-go as a contestant, with epoch interruption: an
// instance, in its own store, for each call or one that is kept. It needs cgo
// and so a C compiler; without one there are no contestants, and Missing says
// why.
package wasmtime
