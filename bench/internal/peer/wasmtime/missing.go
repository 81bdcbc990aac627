//go:build !cgo || nowasmtime

package wasmtime

import "github.com/pledge-wasm/pledge/bench/internal/contest"

// Missing says why there are no contestants; empty when there are.
const Missing = "wasmtime is left out: it needs cgo, and this was built without a C compiler"

// Contestants are none.
func Contestants() []contest.Contestant { return nil }
